"""Close a share at its target where no order at the venue waits for it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import AAPL, BOT, CLOSED, MONDAY, OTHER_BOT, a_book, a_bot
from tests.unit.domain.examples import (
    BRACKET,
    BUY,
    D,
    Tale,
    a_share,
    a_stop,
    a_target,
    cancelled,
    submitted,
    told,
)
from tradecore.domain.commands import Remind, Urgency
from tradecore.domain.orders import News, Order, Purpose, Side
from tradecore.domain.venues import Quote, VenueRules

N = News
STOP, EXIT = Purpose.STOP, Purpose.EXIT


def aiming(*orders: Order, quantity: int = 10, target: int = 103, **usual: Any) -> Tale:
    share = a_share(quantity, stop_price=D(98) if quantity > 0 else D(102), target_price=D(target))
    return Tale(a_bot(), a_bot(id=OTHER_BOT), book=a_book(shares=(share,), orders=orders), **usual)


@pytest.mark.parametrize(
    ("quantity", "target", "price", "closes"),
    [(10, 103, 103, True), (10, 103, D("102.99"), False), (-10, 97, 97, True), (-10, 97, D("97.01"), False)],
)
def test_a_target_that_rests_nowhere_closes_its_share_when_the_price_is_there(
    quantity: int, target: int, price: int, closes: bool
) -> None:
    side = Side.SELL if quantity > 0 else Side.BUY
    stop = a_stop(price=98 if quantity > 0 else 102)
    tale = aiming(quantity=quantity, target=target)
    tale.wake()  # which places the stop
    placed = tale.last

    decision = tale.wake(after=1, price=price)
    tale.report(N.CANCELLED, placed) if closes else None

    assert placed.purpose is stop.ticket.purpose
    assert tale.sent[1:] == ([(side, D(10), EXIT)] if closes else [])
    told_of = f"the price is {price}, and the target at {target} is reached: closing the share."
    assert (told_of in told(decision, Urgency.NOTE)) is closes


def test_a_target_at_the_venue_is_the_venues_to_fill() -> None:
    tale = aiming(a_stop(), a_target())

    decision = tale.wake(price=104)

    assert (tale.tickets, cancelled(decision)) == ([], ())
    assert tale.book.share(BOT).watch_at is None


@pytest.mark.parametrize(
    "changes",
    [{"hours": CLOSED}, {"hours": None}, {"price": None},
     {"quote": Quote(symbol=AAPL.symbol, last=D(104), at=MONDAY - timedelta(seconds=61))}],
    ids=["closed", "nobody knows the hours", "no price", "an old price"],
)  # fmt: skip
def test_only_a_price_of_now_in_an_open_market_reaches_a_target(changes: dict[str, Any]) -> None:
    tale = aiming(a_stop(), price=104)

    decision = tale.wake(**changes)

    assert (tale.tickets, cancelled(decision)) == ([], ())


def test_the_price_is_looked_at_again_and_again() -> None:
    tale = aiming(a_stop())

    first = tale.wake()
    again = tale.wake(after=15)

    assert Remind(at=MONDAY + timedelta(seconds=15)) in first.commands
    assert Remind(at=MONDAY + timedelta(seconds=30)) in again.commands


def test_a_target_is_watched_from_the_entry_on_where_the_venue_has_no_brackets() -> None:
    tale = Tale(a_bot(protection=BRACKET), rules=VenueRules(brackets=False))
    tale.alert(BUY)
    tale.report()
    stop = tale.last

    tale.wake(after=15, price=103)
    tale.report(N.CANCELLED, stop)
    tale.report(average_price=D(103))

    assert [ticket.purpose for ticket in tale.tickets] == [Purpose.ENTRY, STOP, EXIT]
    assert tale.held() == 0


def test_a_target_that_was_lost_is_told_of_and_closes_its_share_later() -> None:
    stop, target = a_stop(), a_target()
    tale = aiming(stop, target)
    tale.report(N.CANCELLED, target.ticket)
    note = told(tale.wake(after=2), Urgency.NOTE)

    tale.wake(after=10, price=103)
    tale.report(N.CANCELLED, stop.ticket)

    assert note.endswith("the target of 10 has ended unasked: its price is watched from here.")
    assert tale.sent == [(Side.SELL, D(10), EXIT)]


def test_a_target_that_its_stop_has_ended_closes_nothing_twice() -> None:
    stop, target = a_stop(), a_target()
    tale = aiming(stop, target)
    tale.report(N.CANCELLED, target.ticket)
    tale.wake(after=1, price=103)  # the stop's fill is still on its way

    late = tale.report(N.FILLED, stop.ticket, average_price=D(98))

    assert (submitted(late), tale.tickets, tale.held()) == ((), [], 0)
