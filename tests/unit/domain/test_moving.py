"""Move a stop by hand: the share is covered all the while, or bare only as long as the old one takes to go."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.alpaca_desk import AlpacaDesk
from tests.builders import AAPL, ACCOUNT, BOT, MONDAY, OTHER_BOT, a_book, a_bot
from tests.desk import Desk
from tests.unit.domain.examples import (
    BRACKET,
    BUY,
    CLOSE,
    SELL,
    STOP_2,
    D,
    Tale,
    a_share,
    a_stop,
    a_target,
    cancelled,
    submitted,
    told,
)
from tradecore.domain.book import Book, Suspicion
from tradecore.domain.commands import Urgency
from tradecore.domain.deciding import awaits
from tradecore.domain.decisions import Status
from tradecore.domain.events import StopAsked
from tradecore.domain.moving import MOVE_TIME
from tradecore.domain.orders import News, Order, OrderState, Purpose, Side
from tradecore.domain.protecting import uncovered
from tradecore.domain.venues import VenueRules

STOP, EXIT = Purpose.STOP, Purpose.EXIT
OPEN = VenueRules()
HOLDING = VenueRules(crosses_zero=False, brackets_from_flat=True, holds_shares=True, refuses_wash_trades=True)


def asked(price: str | int = 99, request_id: str = "R", **changes: Any) -> StopAsked:
    return StopAsked(**{"bot_id": BOT, "price": D(price), "request_id": request_id, "by": "ada", **changes})


def guarded(*orders: Order, quantity: int = 10, **changes: Any) -> Book:
    """Return a book whose share asks for a stop at 98, or above a short at 102."""
    share = a_share(quantity, stop_price=D(98) if quantity > 0 else D(102), **changes)
    return a_book(shares=(share,), orders=orders)


# ---------------------------------------------------------------- the order of things


def test_where_two_may_rest_the_old_stop_goes_only_when_the_new_one_rests() -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=OPEN)

    first = tale.hear(asked(99), after=1)
    early = tale.wake(after=5)
    second = tale.report(News.ACCEPTED)
    tale.report(News.CANCELLED, old.ticket)
    tale.wake(after=60)

    assert [(ticket.quantity, ticket.stop_price) for ticket in submitted(first)] == [(10, 99)]
    assert (cancelled(first), cancelled(early), cancelled(second)) == ((), (), (old.id,))
    (left,) = tale.book.orders
    assert (left.price, left.left, len(tale.tickets)) == (99, 10, 1)
    share = tale.book.share(BOT)
    assert (share.stop_price, share.move_to, share.move_by) == (99, None, None)


def test_where_shares_are_held_the_old_stop_goes_first_and_the_new_one_at_once_after_it() -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=HOLDING)

    first = tale.hear(asked(99))
    second = tale.report(News.CANCELLED, old.ticket)

    assert (submitted(first), cancelled(first)) == ((), (old.id,))
    assert "the share is without one until the old one has gone" in told(first, Urgency.NOTE)
    assert [(ticket.quantity, ticket.stop_price) for ticket in submitted(second)] == [(10, 99)]
    assert tale.book.share(BOT).stops_lost == 0


def test_a_stop_that_the_venue_does_not_take_leaves_the_old_one_where_it_is() -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=OPEN)
    tale.hear(asked(99))

    decision = tale.report(News.REJECTED, reason="too near.")
    tale.wake(after=60)

    words = "the stop could not be moved to 99: it was rejected (too near). The old one stays."
    assert words in told(decision, Urgency.WARNING)
    share = tale.book.share(BOT)
    assert (share.stop_price, share.move_to, share.stops_lost) == (98, None, 0)
    assert ([order.id for order in tale.book.orders], len(tale.tickets)) == ([old.id], 1)


@pytest.mark.parametrize("rules", [OPEN, HOLDING])
def test_an_old_stop_that_does_not_go_stays_and_is_told_of(rules: VenueRules) -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=rules)
    tale.hear(asked(99), after=1)
    if rules is OPEN:
        tale.report(News.ACCEPTED)

    for _ in range(15):
        tale.report(News.ACCEPTED, old.ticket)
        tale.wake(after=2)

    decision = tale.decisions[-1]
    assert "the stop at 98 could not be moved in time: it stays there." in told(decision, Urgency.ALARM)
    share = tale.book.share(BOT)
    assert (share.stop_price, share.move_to) == (98, None)
    if rules is OPEN:
        assert cancelled(decision) == (tale.last.id,), "one too many"
    assert uncovered(tale.book, share) == 0


def test_a_stop_that_fills_while_it_is_moved_takes_the_new_one_with_it() -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=OPEN)
    tale.hear(asked(99))
    tale.report(News.ACCEPTED)

    decision = tale.report(News.FILLED, old.ticket, average_price=D(98))

    assert (tale.held(), cancelled(decision)) == (0, (tale.last.id,))


def test_every_stop_of_the_share_is_moved() -> None:
    first, second = a_stop("A-1-1-SL", 10, 97), a_stop("B-1-1-SL", 5, 98)
    tale = Tale(book=guarded(first, second, quantity=15), rules=OPEN)

    tale.hear(asked(99))
    decision = tale.report(News.ACCEPTED)

    assert (tale.sent, set(cancelled(decision))) == ([(Side.SELL, D(15), STOP)], {first.id, second.id})


def test_a_stop_that_the_venue_rounds_is_the_one_that_was_asked_for() -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=OPEN)
    tale.hear(asked(99), after=1)

    decision = tale.report(News.ACCEPTED, works_at=D("98.5"))

    assert (len(tale.tickets), cancelled(decision)) == (1, (old.id,))


def test_where_the_old_stop_rests_says_no_more_where_the_new_one_is_to_stand() -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=HOLDING)
    tale.hear(asked(99))

    tale.report(News.ACCEPTED, old.ticket, works_at=D(97))
    tale.report(News.CANCELLED, old.ticket)

    assert tale.last.stop_price == 99


def test_the_book_is_woken_when_a_move_is_given_up() -> None:
    tale = Tale(book=guarded(a_stop()), rules=HOLDING)

    tale.hear(asked(99))

    assert MONDAY + MOVE_TIME in awaits(tale.book)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("book", "event", "facts", "words"),
    [
        (guarded(a_stop()), asked(100), {}, "the last price is 100, and the stop of what is held below it must stay"),
        (guarded(quantity=-10), asked(100), {}, "the last price is 100, and the stop of what is held above it must"),
        (guarded(a_stop()), asked(97), {}, "97 is looser than the stop at 98, and risks more: say so (loosen)"),
        (guarded(quantity=-10), asked(103), {}, "103 is looser than the stop at 102"),
        (guarded(a_stop(price=99)), asked(98), {}, "98 is looser than the stop at 99"),
        (guarded(a_stop()), asked(101, loosen=True), {}, "the last price is 100"),
        (guarded(a_stop()), asked("0.001", loosen=True), {}, "the last price is 100"),
        (a_book(), asked(), {}, "the bot holds nothing here"),
        (evolve(guarded(a_stop()), drift=D(-10)), asked(), {}, "the bot holds nothing here"),
        (a_book(shares=(a_share(10),)), asked(), {}, "the bot holds it without a stop: there is none to move"),
        (guarded(a_stop()), asked(), {"price": None}, "there is no price to judge the stop by"),
        (guarded(a_stop(state=OrderState.UNKNOWN)), asked(), {}, "an order is under way"),
        (evolve(guarded(a_stop()), suspicion=Suspicion(difference=D(1), at=MONDAY, moves=0)), asked(), {}, "is being"),
        (evolve(guarded(a_stop()), stray_sides=(Side.BUY,)), asked(), {"rules": HOLDING}, "would find no room"),
    ],
)  # fmt: skip
def test_what_may_not_be_is_refused_with_a_sentence(
    book: Book, event: StopAsked, facts: dict[str, Any], words: str
) -> None:
    tale = Tale(book=book, **facts)

    decision = tale.hear(event)

    assert words in told(decision, Urgency.WARNING)
    assert "ada wanted the stop at" in told(decision, Urgency.WARNING)
    assert all(ticket.stop_price in {98, 102} for ticket in tale.tickets)
    assert cancelled(decision) == () or not tale.book.share(BOT).move_to
    assert all(share.move_to is None for share in tale.book.shares)


def test_nothing_is_moved_while_the_bot_closes() -> None:
    tale = Tale(a_bot(protection=STOP_2), book=guarded(a_stop()))
    tale.alert(CLOSE)

    decision = tale.hear(asked())

    assert "an order is under way" in told(decision, Urgency.WARNING)


def test_another_bots_stop_without_room_of_its_own_keeps_this_one_where_it_is() -> None:
    others = evolve(a_stop("Q-1-1"), bot_id=OTHER_BOT)
    others = evolve(others, ticket=evolve(others.ticket, side=Side.BUY, stop_price=D(102)))
    shares = (a_share(10, stop_price=D(98)), a_share(-4, OTHER_BOT, stop_price=D(102)))
    tale = Tale(book=a_book(shares=shares, orders=(a_stop(), others)), rules=HOLDING)

    decision = tale.hear(asked())

    assert "would find no room" in told(decision, Urgency.WARNING)


def test_nobody_can_ask_for_a_stop_at_nothing() -> None:
    with pytest.raises(ValueError, match="above zero"):
        asked(0)


# ---------------------------------------------------------------- where it comes to stand, and once


@pytest.mark.parametrize(("quantity", "price", "stands"), [(10, "98.999", "98.99"), (-10, "101.001", "101.01")])
def test_between_two_ticks_it_is_put_away_from_the_entry(quantity: int, price: str, stands: str) -> None:
    tale = Tale(book=guarded(quantity=quantity), rules=OPEN)
    tale.wake()
    tale.report(News.ACCEPTED)

    tale.hear(asked(price))

    assert tale.last.stop_price == D(stands)


def test_a_looser_stop_is_taken_where_it_is_said() -> None:
    tale = Tale(book=guarded(a_stop()), rules=OPEN)

    tale.hear(asked(95, loosen=True))

    assert tale.last.stop_price == 95


@pytest.mark.parametrize("first", [99, 97])
def test_a_request_counts_once_whatever_became_of_it(first: int) -> None:
    old = a_stop()
    tale = Tale(book=guarded(old), rules=OPEN)
    tale.hear(asked(first))
    if first == 99:
        tale.report(News.ACCEPTED)
        tale.report(News.CANCELLED, old.ticket)
    before = tale.book

    decision = tale.hear(asked(first, loosen=True), after=5)

    assert (submitted(decision), cancelled(decision), told(decision, Urgency.NOTE)) == ((), (), "")
    assert (tale.book.orders, tale.book.shares) == (before.orders, before.shares)


def test_where_it_stands_already_nothing_is_done() -> None:
    tale = Tale(book=guarded(a_stop()), rules=OPEN)

    decision = tale.hear(asked(98))

    assert (decision.commands, tale.book.share(BOT).move_to) == ((), None)


# ---------------------------------------------------------------- over exchanges


@pytest.mark.parametrize("signal", [BUY, SELL])
@pytest.mark.parametrize("guard", [STOP_2, BRACKET])
@pytest.mark.parametrize("rules", [OPEN, VenueRules(brackets=False), HOLDING])
def test_a_moved_stop_is_the_only_one_and_fills_where_it_stands(signal: Any, guard: Any, rules: VenueRules) -> None:
    desk = Desk(a_bot(protection=guard), rules=rules)
    desk.send(signal)
    desk.settle()
    at, past = (99, 98) if signal is BUY else (101, 102)

    for _ in range(2):
        desk.post(asked(at))
    desk.settle()

    rows = [row for row in desk.exchange.working(ACCOUNT, AAPL.symbol) if row.stop_price is not None]
    assert [(row.stop_price, row.left) for row in rows] == [(at, 10)]
    assert abs(desk.net()) == 10
    desk.price(Decimal(past))
    desk.settle()
    assert (desk.net(), desk.held(), desk.exchange.working(ACCOUNT)) == (0, 0, ())


@pytest.mark.parametrize("guard", [STOP_2, BRACKET])
def test_at_alpaca_a_brackets_leg_is_moved_too(guard: Any) -> None:
    desk = AlpacaDesk(a_bot(protection=guard))
    desk.send(BUY)
    desk.settle()

    desk.post(asked(99))
    desk.settle()

    (stop,) = desk.book().orders
    assert (stop.price, stop.left, stop.state) == (99, 10, OrderState.WORKING)
    assert (desk.net(), desk.last().status) == (10, Status.DONE)
    assert desk.book().share(BOT).target_price == (103 if guard is BRACKET else None), "watched from here"


@pytest.mark.parametrize("rules", [OPEN, HOLDING])
@pytest.mark.parametrize("point", ["before recording", "after recording", "before performing", "after performing"])
@pytest.mark.parametrize("lives", [1, 2, 3, 4])
def test_a_kill_at_any_point_leaves_one_stop_where_it_was_asked_for(rules: VenueRules, point: str, lives: int) -> None:
    desk = Desk(a_bot(protection=STOP_2), rules=rules)
    desk.send(BUY)
    desk.settle()

    desk.deadly, desk.lives = point, lives
    desk.post(asked(99))
    desk.settle()

    rows = desk.exchange.working(ACCOUNT, AAPL.symbol)
    assert [(row.stop_price, row.left) for row in rows] == [(99, 10)]
    assert desk.net() == 10


def test_what_rests_beside_a_moved_stop_of_a_bracket_is_not_left_alone() -> None:
    stop, target = a_stop("OLD-1-1-SL"), a_target("OLD-1-1-TP")
    tale = Tale(book=guarded(stop, target, target_price=D(103)), rules=OPEN)
    tale.hear(asked(99))
    tale.report(News.ACCEPTED)

    tale.report(News.CANCELLED, stop.ticket)

    assert target.id in {gone for one in tale.decisions for gone in cancelled(one)}, "nothing ties it to the new stop"
