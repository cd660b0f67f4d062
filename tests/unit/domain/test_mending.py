"""Call off protection that never woke, or that is larger than what it protects."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import BOT, MONDAY, OTHER_BOT, a_book, a_bot
from tests.unit.domain.examples import (
    D,
    Tale,
    a_share,
    a_stop,
    a_target,
    a_ticket,
    an_order,
    cancelled,
    told,
)
from tradecore.domain.commands import Urgency
from tradecore.domain.mending import ASLEEP_LOOKS
from tradecore.domain.orders import Bracket, News, Order, OrderState, Purpose, Side
from tradecore.domain.pacing import STOPS_LOST_MAX

N, S = News, OrderState
STOP, EXIT = Purpose.STOP, Purpose.EXIT


def holding(*orders: Order, quantity: int = 10, **changes: Any) -> Tale:
    share = a_share(quantity, stop_price=D(98), **changes)
    return Tale(a_bot(), a_bot(id=OTHER_BOT), book=a_book(shares=(share,), orders=orders))


def looks_in_vain(tale: Tale, order: Order) -> None:
    """Let the venue say that *order* sleeps as often as it is asked."""
    tale.wake()
    while cancelled(tale.wake(after=16)) == ():
        tale.report(N.HELD, order.ticket)
        assert tale.seconds < 120, "nobody called it off"


def test_a_stop_that_never_wakes_is_replaced_and_told() -> None:
    stop = a_stop(state=S.HELD)
    tale = holding(stop)

    looks_in_vain(tale, stop)
    told_of = told(tale.decisions[-1], Urgency.WARNING)
    tale.report(N.CANCELLED, stop.ticket)

    assert "the stop of 10 has never woken: calling it off." in told_of
    assert tale.sent == [(Side.SELL, D(10), STOP)]


def test_a_stop_that_wakes_at_a_look_stays() -> None:
    stop = a_stop(state=S.HELD)
    tale = holding(stop)
    tale.wake()
    for _ in range(ASLEEP_LOOKS - 1):
        tale.wake(after=10)

    tale.report(N.ACCEPTED, stop.ticket)
    later = [tale.wake(after=60) for _ in range(6)]

    assert (tale.tickets, [cancelled(one) for one in later]) == ([], [()] * 6)


def test_a_share_whose_stop_neither_wakes_nor_goes_is_closed() -> None:
    stop = a_stop(state=S.HELD)
    tale = holding(stop, stops_lost=STOPS_LOST_MAX - 1)

    looks_in_vain(tale, stop)
    tale.report(N.CANCELLED, stop.ticket)

    assert tale.sent == [(Side.SELL, D(10), EXIT)]


def test_the_legs_of_an_entry_that_still_works_may_sleep() -> None:
    entry = an_order(a_ticket("A-1-1", bracket=Bracket(stop_price=D(98))), look_at=MONDAY + timedelta(days=1))
    stop = a_stop("A-1-1-SL", state=S.HELD, look_at=MONDAY + timedelta(days=1))
    tale = Tale(book=a_book(orders=(entry, stop)))

    tale.wake(after=400)

    book_order = tale.book.order(stop.id)
    assert book_order is not None
    assert book_order.look_at == MONDAY + timedelta(days=1)


@pytest.mark.parametrize("quantity", [10, 4])
def test_a_target_larger_than_its_share_is_called_off_and_one_that_fits_stays(quantity: int) -> None:
    stop, target = a_stop(quantity=quantity), a_target()
    tale = holding(stop, target, quantity=quantity, target_price=D(103))

    tale.wake()
    late = tale.wake(after=5)

    assert cancelled(late) == (() if quantity == 10 else (target.id,))


def test_what_a_fill_makes_fit_before_long_stays() -> None:
    stop, target = a_stop(), a_target()
    tale = holding(stop, target)
    tale.report(N.ACCEPTED, target.ticket, filled=D(4), average_price=D(103))
    first = tale.book.share(BOT).large_at

    tale.report(N.ACCEPTED, stop.ticket, quantity=D(6))
    later = tale.wake(after=10)

    assert (first, tale.book.share(BOT).large_at) == (MONDAY, None)
    assert (cancelled(later), tale.tickets) == ((), [])


def test_of_two_stops_the_younger_makes_way_and_comes_back_smaller() -> None:
    old, young = a_stop("A-1-1-SL", 6), a_stop("B-1-1-SL", 6, created_at=MONDAY + timedelta(seconds=1))
    tale = holding(old, young)

    tale.wake()
    late = tale.wake(after=5)
    tale.report(N.CANCELLED, young.ticket)

    assert cancelled(late) == (young.id,)
    assert tale.sent == [(Side.SELL, D(4), STOP)]
