"""Find how much to trade in each way of saying it, and never more than that."""

from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AAPL, MES
from tests.unit.domain.examples import D
from tradecore.domain.instruments import Instrument
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Size, SizeUnit
from tradecore.domain.sizing import (
    Dollars,
    PercentOfEquity,
    RiskDollars,
    RiskPercent,
    Sizing,
    Units,
    asked_for,
    quantity_for,
)

WHOLE = evolve(AAPL, lot_step=D(1))


def found(
    sizing: Sizing, instrument: Instrument = WHOLE, price: Decimal | int = 100, *, long: bool = True,
    stop: Decimal | int | None = 98, equity: Decimal | int | None = 10_000,
) -> Decimal | Refusal:  # fmt: skip
    return quantity_for(
        sizing, instrument, price=D(price), stop_price=None if stop is None else D(stop),
        equity=None if equity is None else D(equity), long=long)  # fmt: skip


@pytest.mark.parametrize(
    ("sizing", "quantity"),
    [
        (Units(D(10)), 10), (Units(D("10.9")), 10),
        (Dollars(D(1000)), 10), (Dollars(D(1099)), 10), (Dollars(D("999.99")), 9),
        (PercentOfEquity(D(10)), 10), (PercentOfEquity(D("9.99")), 9), (PercentOfEquity(D(200)), 200),
        (RiskDollars(D(20)), 10), (RiskDollars(D("21.99")), 10), (RiskDollars(D("19.99")), 9),
        (RiskPercent(D("0.2")), 10), (RiskPercent(D("0.1999")), 9),
    ],
)  # fmt: skip
def test_each_way_of_sizing_is_rounded_down(sizing: Sizing, quantity: int) -> None:
    assert found(sizing) == quantity


@pytest.mark.parametrize(
    ("sizing", "quantity"),
    [(Units(D(2)), 2), (Dollars(D(60_000)), 2), (RiskDollars(D(50)), 5), (RiskDollars(D("49.99")), 4)],
)
def test_contracts_are_counted_with_their_multiplier(sizing: Sizing, quantity: int) -> None:
    assert found(sizing, MES, price=6000, stop=5998) == quantity


def test_dollars_buy_a_fraction_only_long_and_only_where_allowed() -> None:
    sizes = [
        found(Dollars(D(250)), AAPL), found(Dollars(D(250)), AAPL, long=False), found(Dollars(D(250)), WHOLE),
        found(Dollars(D(12_000)), MES, price=6000),
    ]  # fmt: skip

    assert sizes == [D("2.5"), 2, 2, Refusal.TOO_SMALL]


def test_risk_counts_the_distance_to_the_stop_on_either_side() -> None:
    sizes = [found(RiskDollars(D(20)), stop=98), found(RiskDollars(D(20)), stop=102, long=False)]

    assert sizes == [10, 10]


@pytest.mark.parametrize("sizing", [Units(D("0.9")), Dollars(D("99.99")), RiskDollars(D("1.99"))])
def test_a_size_that_rounds_to_nothing_is_refused(sizing: Sizing) -> None:
    assert found(sizing) is Refusal.TOO_SMALL


@pytest.mark.parametrize("sizing", [PercentOfEquity(D(10)), RiskPercent(D(1))])
def test_a_part_of_an_equity_that_nobody_knows_is_refused(sizing: Sizing) -> None:
    assert found(sizing, equity=None) is Refusal.ACCOUNT_UNKNOWN_STATE


@pytest.mark.parametrize("equity", [0, -500])
def test_a_part_of_no_equity_is_nothing(equity: int) -> None:
    assert found(PercentOfEquity(D(10)), equity=equity) is Refusal.TOO_SMALL


@pytest.mark.parametrize("stop", [None, 100])
@pytest.mark.parametrize("sizing", [RiskDollars(D(20)), RiskPercent(D(1))])
def test_risk_without_a_distance_to_a_stop_is_refused(sizing: Sizing, stop: int | None) -> None:
    assert found(sizing, stop=stop) is Refusal.NO_STOP


@pytest.mark.parametrize("kind", [Units, Dollars, PercentOfEquity, RiskDollars, RiskPercent])
@pytest.mark.parametrize("amount", [0, -1])
def test_a_sizing_of_nothing_cannot_be_configured(kind: type, amount: int) -> None:
    with pytest.raises(ValueError, match="must be above zero"):
        kind(D(amount))


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (SizeUnit.UNITS, Units(D(3))), (SizeUnit.DOLLARS, Dollars(D(3))),
        (SizeUnit.PERCENT_OF_EQUITY, PercentOfEquity(D(3))), (SizeUnit.RISK_DOLLARS, RiskDollars(D(3))),
    ],
)  # fmt: skip
def test_a_size_that_the_alert_states_counts_before_the_bots_own(unit: SizeUnit, expected: Sizing) -> None:
    assert asked_for(Size(amount=D(3), unit=unit), Units(D(7))) == expected


@pytest.mark.parametrize("size", [None, Size(amount=D(1), stated=False)])
def test_a_size_that_only_the_alerts_form_supplied_leaves_the_bots_own(size: Size | None) -> None:
    assert asked_for(size, Units(D(7))) == Units(D(7))


amounts = st.decimals("0.01", 10**6, places=2)
prices = st.decimals("0.01", 10**5, places=2)
kinds = st.sampled_from([Dollars, PercentOfEquity, RiskDollars, RiskPercent])
instruments = st.sampled_from([AAPL, WHOLE, MES])


@given(kinds, amounts, prices, prices, amounts, instruments, st.booleans())
def test_nothing_that_is_found_costs_or_risks_more_than_was_meant(
    kind: type[Dollars | PercentOfEquity | RiskDollars | RiskPercent],
    amount: Decimal, price: Decimal, stop: Decimal, equity: Decimal, instrument: Instrument, long: bool,
) -> None:  # fmt: skip
    quantity = found(kind(amount), instrument, price, long=long, stop=stop, equity=equity)

    if isinstance(quantity, Decimal):
        meant = amount if kind in {Dollars, RiskDollars} else equity * amount / 100
        per_unit = price if kind in {Dollars, PercentOfEquity} else abs(price - stop)
        assert 0 < quantity * per_unit * instrument.point_value <= meant
        assert quantity == instrument.lots(quantity, long=long)


@given(kinds, amounts, amounts, amounts, prices, instruments, st.booleans())
def test_more_equity_never_makes_an_entry_smaller(
    kind: type[Dollars | PercentOfEquity | RiskDollars | RiskPercent],
    amount: Decimal, equity: Decimal, more: Decimal, price: Decimal, instrument: Instrument, long: bool,
) -> None:  # fmt: skip
    first, second = (
        found(kind(amount), instrument, price, long=long, stop=price + 1, equity=known)
        for known in (equity, equity + more)
    )

    small, large = (size if isinstance(size, Decimal) else D(0) for size in (first, second))
    assert small <= large
