"""Put prices and quantities on an instrument's grid, and read the names that alerts give it."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AAPL, MES
from tests.unit.domain.examples import D
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import (
    Instrument,
    Kind,
    Named,
    is_dated,
    is_stoppable,
    is_venues_own,
    name_of,
    root_of,
)

ES = evolve(MES, symbol=Symbol("ESZ2026"), root=Symbol("ES"), tick_value=D("12.50"))
BTC = evolve(AAPL, symbol=Symbol("BTC/USD"), root=Symbol("BTC/USD"), kind=Kind.CRYPTO)


def test_a_point_of_es_is_fifty_dollars_and_of_mes_five() -> None:
    points = [ES.point_value, MES.point_value, AAPL.point_value]

    assert points == [50, 5, 1]


@pytest.mark.parametrize("name", ["tick_size", "tick_value", "lot_step"])
@pytest.mark.parametrize("amount", [D(0), D(-1)])
def test_an_instrument_without_a_grid_is_refused(name: str, amount: Decimal) -> None:
    changes: dict[str, Any] = {name: amount}

    with pytest.raises(ValueError, match=name):
        evolve(MES, **changes)


@pytest.mark.parametrize(
    ("price", "long", "expected"),
    [
        ("5989.9", True, "5989.75"), ("5990", True, "5990"),
        ("6010.1", False, "6010.25"), ("6010.25", False, "6010.25"),
    ],
)  # fmt: skip
def test_a_stop_goes_onto_the_grid_away_from_the_entry(price: str, long: bool, expected: str) -> None:
    assert MES.stop_price(Decimal(price), long=long) == Decimal(expected)


@pytest.mark.parametrize(
    ("price", "long", "expected"), [("6010.1", True, "6010"), ("6010", True, "6010"), ("5989.9", False, "5990")]
)
def test_a_target_goes_onto_the_grid_towards_the_entry(price: str, long: bool, expected: str) -> None:
    assert MES.target_price(Decimal(price), long=long) == Decimal(expected)


@pytest.mark.parametrize(
    ("quantity", "long", "expected"),
    [("10.5", True, "10.5"), ("10.5", False, "10"), ("0.9", False, "0"), ("1.0000000019", True, "1.000000001")],
)
def test_a_long_may_be_a_fraction_and_a_short_is_whole(quantity: str, long: bool, expected: str) -> None:
    assert AAPL.lots(Decimal(quantity), long=long) == Decimal(expected)


def test_contracts_are_whole_either_way() -> None:
    lots = [MES.lots(D("2.9"), long=long) for long in (True, False)]

    assert lots == [2, 2]
    assert [AAPL.fractionable, MES.fractionable] == [True, False]


@given(st.decimals(0, 10**6, places=9), st.booleans(), st.sampled_from([AAPL, MES, BTC]))
def test_lots_are_never_more_than_was_wanted(quantity: Decimal, long: bool, instrument: Instrument) -> None:
    lots = instrument.lots(quantity, long=long)

    assert 0 <= lots <= quantity


@pytest.mark.parametrize("price", ["0", "-0.25", "100.10"])
def test_a_price_off_the_grid_is_refused(price: str) -> None:
    with pytest.raises(ValueError, match="is no price of MESZ2026"):
        MES.check_price(Decimal(price))


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5"])
def test_a_quantity_off_the_grid_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="is no quantity of MESZ2026"):
        MES.check_quantity(Decimal(quantity))


def test_prices_and_quantities_on_the_grid_are_taken() -> None:
    MES.check_price(D("0.25"))

    MES.check_quantity(D(1))


@pytest.mark.parametrize(
    ("instrument", "quantity", "expected"),
    [(AAPL, "10", True), (AAPL, "10.5", False), (BTC, "0.5", True), (MES, "3", True)],
)
def test_no_venue_holds_a_stop_for_a_fraction_of_a_share(instrument: Instrument, quantity: str, expected: bool) -> None:
    assert is_stoppable(instrument, Decimal(quantity)) is expected


@pytest.mark.parametrize(
    ("text", "root", "month"),
    [
        ("AAPL", "AAPL", None), ("aapl", "AAPL", None), (" NASDAQ:AAPL ", "AAPL", None), ("BRK.B", "BRK.B", None),
        ("BTCUSD", "BTCUSD", None), ("BTC/USD", "BTC/USD", None), ("MES", "MES", None), ("MES1!", "MES", None),
        ("CME_MINI:MES1!", "MES", None), ("MESZ2026", "MES", "MESZ2026"), ("MESZ26", "MES", "MESZ2026"),
        ("6EH2027", "6E", "6EH2027"), ("M2KZ2026", "M2K", "M2KZ2026"), ("mnqu26", "MNQ", "MNQU2026"),
        ("MESZ6", "MES", "MESZ6"), ("m2kh7", "M2K", "M2KH7"), ("NYMEX:CLV6", "CL", "CLV6"),
        ("CON.F.US.MES.Z26", "CON.F.US.MES.Z26", "CON.F.US.MES.Z26"),
        ("con.f.us.cle.u26", "CON.F.US.CLE.U26", "CON.F.US.CLE.U26"),
    ],
)  # fmt: skip
def test_an_alerts_name_for_an_instrument_is_read(text: str, root: str, month: str | None) -> None:
    expected = Named(Symbol(root), Symbol(month) if month else None)

    assert name_of(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a symbol"), ("A B", "is not a symbol"), ("{{ticker}}", "is not a symbol"),
        ("MES!", "written MES1!"),
        ("MES2!", "only MES1! can be traded"), ("CME_DL:MES1!", "delayed feed"), ("NYMEX_DLY:CL1!", "delayed feed"),
        ("A:B:C", "is not a symbol"), ("ÄAPL", "is not a symbol"), ("A" * 40, "is not a symbol"),
    ],
)  # fmt: skip
def test_what_cannot_be_traded_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        name_of(text)


@pytest.mark.parametrize(
    ("symbol", "dated"),
    [
        ("MESZ2026", True), ("MESZ26", True), ("MESZ6", True), ("MES", False), ("AAPL", False), ("MES1!", False),
        ("CON.F.US.MES.Z26", False),
    ],
)  # fmt: skip
def test_a_dated_symbol_names_one_month(symbol: str, dated: bool) -> None:
    assert is_dated(Symbol(symbol)) is dated


@pytest.mark.parametrize(
    ("symbol", "theirs"),
    [
        ("CON.F.US.CLE.U26", True),
        ("con.f", True),
        ("MESZ6", True),
        ("MESZ2026", False),
        ("MES", False),
        ("CONE", False),
    ],
)
def test_only_the_venue_can_say_what_its_own_names_are(symbol: str, theirs: bool) -> None:
    assert is_venues_own(symbol) is theirs


def test_a_month_goes_by_its_id_and_by_the_exchanges_short_name() -> None:
    crude = evolve(MES, symbol=Symbol("CLV2026"), root=Symbol("CL"), venue_id="CON.F.US.CLE.U26")

    assert crude.short_name == "CLV6"
    assert all(crude.is_called(name) for name in ("con.f.us.cle.u26", "CON.F.US.CLE.U26", "clv6", "CLV6"))
    assert not any(crude.is_called(name) for name in ("CON.F.US.CLE.V26", "CLU6", "CL", ""))
    assert AAPL.short_name == "AAPL"


@pytest.mark.parametrize(("text", "root"), [("MES", "MES"), ("MESZ2026", "MES"), ("MESZ6", "MES"), ("aapl", "AAPL")])
def test_a_bots_root_is_read_from_any_name_but_an_id(text: str, root: str) -> None:
    assert root_of(text) == root

    with pytest.raises(ValueError, match="write the root, such as MES"):
        root_of("CON.F.US.MES.Z26")
