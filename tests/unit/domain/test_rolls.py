"""Test when a contract month is expected to give way, and that one that did is not forgotten too soon."""

from datetime import date

import pytest
from attrs import evolve

from tests.builders import AAPL, MES
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.rolls import delivery, expected_roll, rolled, with_past

MARCH = evolve(MES, symbol=Symbol("MESH2027"))
CRUDE = evolve(MES, symbol=Symbol("CLF2027"), root=Symbol("CL"))


@pytest.mark.parametrize(
    ("symbol", "month"),
    [
        ("MESZ2026", date(2026, 12, 1)), ("CLF2027", date(2027, 1, 1)), ("MES", None), ("AAPL", None), ("", None),
        ("MESZ6", None), ("CON.F.US.MES.Z26", None), ("BTC/USD", None), ("MESA2026", None), ("2026", None),
    ],
)  # fmt: skip
def test_the_month_of_delivery_is_in_the_symbol(symbol: str, month: date | None) -> None:
    assert delivery(Symbol(symbol)) == month


@pytest.mark.parametrize(
    ("instrument", "day"),
    [
        (MES, date(2026, 12, 14)),  # the third Friday is the 18th
        (MARCH, date(2027, 3, 15)),  # the 19th
        (evolve(MES, symbol=Symbol("NQM2029"), root=Symbol("NQ")), date(2029, 6, 11)),  # the 15th, as early as can be
        (evolve(MES, symbol=Symbol("ESU2028"), root=Symbol("ES")), date(2028, 9, 11)),  # the 15th
        (evolve(MES, symbol=Symbol("YMZ2028"), root=Symbol("YM")), date(2028, 12, 11)),
        (CRUDE, None),
        (evolve(CRUDE, expires=date(2026, 12, 21)), date(2026, 12, 17)),
        (AAPL, None),
    ],
)  # fmt: skip
def test_equity_indices_roll_on_the_monday_before_the_third_friday(instrument: Instrument, day: date | None) -> None:
    assert expected_roll(instrument) == day
    assert day is None or instrument.root == "CL" or day.weekday() == 0


def test_a_month_that_is_listed_no_more_stays_known_and_is_not_active() -> None:
    kept = with_past((MARCH, CRUDE), (MES, CRUDE), date(2026, 12, 14))

    assert kept == (MARCH, CRUDE, evolve(MES, active=False, tradable=False))
    assert with_past(kept, kept, date(2026, 12, 15)) == kept


@pytest.mark.parametrize(("today", "known"), [(date(2027, 3, 31), True), (date(2027, 4, 1), False)])
def test_a_month_is_forgotten_long_after_its_delivery(today: date, known: bool) -> None:
    kept = with_past((MARCH,), (MES,), today)

    assert (MES.symbol in {one.symbol for one in kept}) is known


def test_only_an_active_month_that_another_has_replaced_has_rolled() -> None:
    before = (MES, evolve(MARCH, active=False), CRUDE, AAPL)

    assert list(rolled((evolve(MES, active=False), MARCH, AAPL), before)) == [("MESZ2026", "MESH2027")]
    assert list(rolled(before, before)) == []
    assert list(rolled((CRUDE,), (AAPL,))) == []
