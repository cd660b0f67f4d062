"""Let sessions begin and end, by the calendar and by hand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.venues.alpaca.floors import BRACKET, COINS, D, Floored
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Status

# New York is five hours behind: the session runs from 14:30 to 21:00, the extended one from 9:00 to 1:00.
SUNDAY = datetime(2026, 1, 4, 15, tzinfo=UTC)
BEFORE = datetime(2026, 1, 5, 10, tzinfo=UTC)
OPENING = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
AFTER = datetime(2026, 1, 5, 21, tzinfo=UTC)
NIGHT = datetime(2026, 1, 6, 1, tzinfo=UTC)
NEXT_OPENING = datetime(2026, 1, 6, 14, 30, tzinfo=UTC)
THE_DAY_AFTER = datetime(2026, 1, 6, 15, tzinfo=UTC)
HALF_DAY_CLOSE = datetime(2026, 11, 27, 18, tzinfo=UTC)  # the day after Thanksgiving, at 13:00


def at(floor: Floored, moment: datetime) -> None:
    floor.clock.set(moment)
    floor.exchange.pulse()


def by_calendar(floor: Floored, *, is_open: bool) -> None:
    at(floor, NEXT_OPENING if is_open else NIGHT)


def by_hand(floor: Floored, *, is_open: bool) -> None:
    floor.exchange.force_phase(Phase.CORE if is_open else Phase.CLOSED)
    floor.exchange.pulse()


@pytest.mark.parametrize(("moment", "phase"), [
    (SUNDAY, Phase.CLOSED), (datetime(2026, 1, 5, 9, tzinfo=UTC), Phase.EXTENDED),
    (datetime(2026, 1, 5, 8, 59, tzinfo=UTC), Phase.CLOSED),
    (BEFORE, Phase.EXTENDED), (OPENING, Phase.CORE), (AFTER, Phase.EXTENDED),
    (NIGHT, Phase.CLOSED), (HALF_DAY_CLOSE, Phase.EXTENDED),
    (datetime(2026, 7, 6, 13, 30, tzinfo=UTC), Phase.CORE),  # in summer it is four hours
    (datetime(2026, 1, 1, 15, tzinfo=UTC), Phase.CLOSED),
])  # fmt: skip
def test_the_phases_of_a_day(floor: Floored, moment: datetime, phase: Phase) -> None:
    floor.clock.set(moment)

    assert floor.exchange.floor.hours.now().phase is phase


@pytest.mark.parametrize("move", [by_calendar, by_hand])
def test_an_order_waits_for_the_session(floor: Floored, move: Callable[..., None]) -> None:
    move(floor, is_open=False)
    order = floor.order()
    assert (order.status, floor.now(order).status) == (Status.ACCEPTED, Status.ACCEPTED)
    floor.price(90)
    assert floor.now(order).status is Status.ACCEPTED

    move(floor, is_open=True)

    assert floor.now(order).average_price == 90
    assert floor.told() == ["accepted", "new", "fill"]


def test_a_queued_order_is_not_replaced_but_canceled(floor: Floored) -> None:
    at(floor, NIGHT)
    order = floor.order(type="limit", limit_price=90)

    refusal = floor.replace(order, limit_price=91)

    assert "unable to replace order, order isn't sent to exchange yet" in str(refusal)
    assert floor.cancel(order) is None
    assert floor.now(order).status is Status.CANCELED


@pytest.mark.parametrize("move", [by_calendar, by_hand])
def test_day_orders_expire_at_the_close_and_lasting_ones_do_not(floor: Floored, move: Callable[..., None]) -> None:
    day, gtc = (floor.order(type="limit", limit_price=50, time_in_force=tif) for tif in ("day", "gtc"))

    move(floor, is_open=False)

    assert [floor.now(one).status for one in (day, gtc)] == [Status.EXPIRED, Status.NEW]
    move(floor, is_open=True)
    floor.price(50)
    assert floor.net() == 10


def test_day_orders_may_end_canceled_instead(floor: Floored) -> None:
    floor.exchange.floor.day_end = Status.CANCELED
    order = floor.order(type="limit", limit_price=50)

    at(floor, AFTER)

    assert floor.now(order).status is Status.CANCELED


def test_the_legs_of_a_day_bracket_expire_too(floor: Floored) -> None:
    entry = floor.order(**BRACKET)

    at(floor, AFTER)

    assert [leg.status for leg in floor.legs(entry)] == [Status.EXPIRED, Status.EXPIRED]
    assert floor.net() == 10


def test_what_lasts_ends_after_ninety_days_but_for_coins(floor: Floored) -> None:
    share = floor.order(type="limit", limit_price=50, time_in_force="gtc")
    coin = floor.order(**COINS, type="limit", limit_price=50, qty=1)

    at(floor, BEFORE + timedelta(days=89))
    assert floor.now(share).status is Status.NEW
    at(floor, BEFORE + timedelta(days=92))

    assert [floor.now(one).status for one in (share, coin)] == [Status.EXPIRED, Status.NEW]


def test_whoever_sleeps_over_a_night_finds_the_day_turned(floor: Floored) -> None:
    order = floor.order(type="limit", limit_price=50)

    at(floor, THE_DAY_AFTER)

    assert floor.now(order).status is Status.EXPIRED


def test_extended_hours_are_for_orders_that_ask_for_them(floor: Floored) -> None:
    at(floor, AFTER)
    waits = floor.order(type="limit", limit_price=101)
    trades = floor.order(type="limit", limit_price=101, extended_hours=True)
    rests = floor.order(type="limit", limit_price=50, extended_hours=True)

    assert [floor.now(one).status for one in (waits, trades, rests)] == [Status.ACCEPTED, Status.FILLED, Status.NEW]
    at(floor, NIGHT)
    assert [floor.now(one).status for one in (waits, rests)] == [Status.ACCEPTED, Status.EXPIRED]
    at(floor, NEXT_OPENING)
    assert floor.now(waits).status is Status.FILLED


def test_the_auctions(floor: Floored) -> None:
    at(floor, BEFORE)
    opens = floor.order(time_in_force="opg")
    misses = floor.order(time_in_force="opg", type="limit", limit_price=50)
    at(floor, OPENING)
    closes = floor.order(time_in_force="cls")
    floor.price(120)
    assert [floor.now(one).status for one in (opens, misses, closes)] == [Status.FILLED, Status.EXPIRED, Status.NEW]

    at(floor, AFTER)

    assert floor.now(closes).average_price == 120


@pytest.mark.parametrize(("tif", "hour", "minute", "is_taken"), [
    ("opg", 14, 27, True), ("opg", 14, 28, False), ("opg", 23, 59, False),
    ("cls", 20, 49, True), ("cls", 20, 50, False), ("cls", 23, 59, False),
])  # fmt: skip
def test_an_auction_takes_orders_until_shortly_before(
    floor: Floored, tif: str, hour: int, minute: int, is_taken: bool
) -> None:
    at(floor, BEFORE.replace(hour=hour, minute=minute))

    assert isinstance(floor.ask(time_in_force=tif), Order) is is_taken


def test_the_close_is_remembered(floor: Floored) -> None:
    floor.order()
    floor.price(130)

    at(floor, AFTER)

    assert floor.account.last_equity == 100_300
    assert floor.exchange.floor.closes["AAPL"] == D(130)
