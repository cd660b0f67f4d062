"""Hold bars and request counts to the minutes that they are of."""

from datetime import timedelta

import pytest

from tests.unit.venues.alpaca.floors import Floored
from tradecore.adapters.memory.clock import QUIET_MONDAY, MemoryClock
from tradecore.entrypoints.venues.alpaca.rates import RateLimit
from tradecore.entrypoints.venues.alpaca.tape import Tape
from tradecore.entrypoints.venues.bars import Bar


@pytest.fixture
def told() -> list[tuple[str, Bar]]:
    return []


@pytest.fixture
def tape(floor: Floored, told: list[tuple[str, Bar]]) -> Tape:
    tape = Tape(floor.exchange.floor)
    floor.exchange.watch(tape.tick)
    tape.listen(lambda symbol, bar: told.append((symbol, bar)))
    return tape


def test_a_minute_is_told_of_once_when_it_is_over(floor: Floored, tape: Tape, told: list[tuple[str, Bar]]) -> None:
    for price in (103, 98, 101):
        floor.price(price)
    assert told == []

    floor.clock.advance(60)
    floor.price(105)
    tape.roll(floor.clock.now())

    ((symbol, bar),) = [one for one in told if one[0] == "AAPL"]
    assert (symbol, bar.at, bar.open, bar.high, bar.low, bar.close) == ("AAPL", QUIET_MONDAY, 100, 103, 98, 101)
    assert (bar.volume, bar.count, bar.average) == (400, 4, 100.5)


def test_a_minute_ends_without_another_tick(floor: Floored, tape: Tape, told: list[tuple[str, Bar]]) -> None:
    floor.price(103)
    floor.clock.advance(60)

    for _ in range(2):
        tape.roll(floor.clock.now())

    assert [bar.close for symbol, bar in told if symbol == "AAPL"] == [103]


@pytest.mark.parametrize(("timeframe", "minutes", "bars"), [
    ("1Min", 1, 2), ("3Min", 2, 1), ("3Min", 3, 2), ("1Hour", 59, 1), ("1Hour", 60, 2),
    ("1Day", 60 * 13, 1), ("1Day", 60 * 14, 2), ("1Week", 60 * 24 * 6, 1), ("1Week", 60 * 24 * 7, 2),
    ("1Month", 60 * 24 * 26, 1), ("1Month", 60 * 24 * 27, 2), ("3Month", 60 * 24 * 80, 1), ("3Month", 60 * 24 * 90, 2),
])  # fmt: skip
def test_longer_bars_begin_where_their_time_begins(
    floor: Floored, tape: Tape, timeframe: str, minutes: int, bars: int
) -> None:
    floor.clock.advance(timedelta(minutes=minutes))
    floor.price(101)

    found = tape.bars("AAPL", timeframe, QUIET_MONDAY - timedelta(days=20), floor.clock.now())

    assert len(found) == bars
    assert (found[0].open, found[-1].close) == (100, 101)


def test_a_timeframe_that_is_none(tape: Tape) -> None:
    with pytest.raises(ValueError, match="invalid timeframe"):
        tape.bars("AAPL", "1Fortnight", QUIET_MONDAY, QUIET_MONDAY)


def test_requests_are_counted_by_a_minute_that_begins_with_the_first() -> None:
    clock = MemoryClock()
    rate = RateLimit(clock, limit=2)

    counts = [rate.count("a") for _ in range(3)]
    clock.advance(59)
    counts += [rate.count("a"), rate.count("b")]
    clock.advance(1)
    counts.append(rate.count("a"))

    reset = int(QUIET_MONDAY.timestamp()) + 60
    assert [(one.remaining, one.is_over, one.reset - reset) for one in counts if one] == [
        (1, False, 0), (0, False, 0), (0, True, 0), (0, True, 0), (1, False, 59), (1, False, 60),
    ]  # fmt: skip
    assert RateLimit(clock, limit=0).count("a") is None
