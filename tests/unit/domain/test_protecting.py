"""Keep every open share under its stop, and leave no protection without a share."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.builders import AAPL, ACCOUNT, BOT, CLOSED, MONDAY, OTHER_BOT, a_book, a_bot
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
    looked_up,
    submitted,
    surveys,
    told,
)
from tradecore.domain.book import Book
from tradecore.domain.commands import Remind, Urgency
from tradecore.domain.decisions import Status
from tradecore.domain.events import CloseAsked, DriftAdopted, LookFailed, Surveyed
from tradecore.domain.ids import OrderId
from tradecore.domain.instruments import Kind
from tradecore.domain.orders import News, Order, OrderState, OrderType, Purpose, Side
from tradecore.domain.pacing import STOPS_LOST_MAX
from tradecore.domain.protecting import uncovered
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import Quote, Survey, VenueRules

STOP, EXIT = Purpose.STOP, Purpose.EXIT


def guarded(*orders: Order, quantity: int = 10, **changes: Any) -> Book:
    """Return a book whose share asks for a stop at 98."""
    share = a_share(quantity, stop_price=D(98) if quantity > 0 else D(102), **changes)
    return a_book(shares=(share,), orders=orders)


def a_survey(net: Decimal | int) -> Surveyed:
    """Let the broker say that it holds *net*, as it does now."""
    return Surveyed(survey=Survey(symbol=AAPL.symbol, net=D(net), working=(), at=MONDAY + timedelta(hours=1)))


# ---------------------------------------------------------------- arming, and arming again


def test_a_venue_without_brackets_gets_the_stop_after_the_entry() -> None:
    tale = Tale(a_bot(protection=STOP_2), rules=VenueRules(brackets=False))
    tale.alert(BUY)

    tale.report()

    assert tale.sent[1:] == [(Side.SELL, D(10), STOP)]
    assert (tale.last.type, tale.last.stop_price) == (OrderType.STOP, 98)


def test_a_short_gets_its_stop_above() -> None:
    tale = Tale(a_bot(protection=STOP_2), rules=VenueRules(brackets=False))
    tale.alert(SELL)

    tale.report()

    assert (tale.last.side, tale.last.stop_price) == (Side.BUY, 102)


def test_a_bracket_at_the_venue_needs_no_second_stop() -> None:
    tale = Tale(a_bot(protection=STOP_2))
    tale.alert(BUY)

    tale.report()
    tale.report(News.ACCEPTED, tale.order(OrderId("A-1-1-SL")).ticket)
    tale.wake(after=5)

    assert len(tale.tickets) == 1
    assert uncovered(tale.book, tale.book.shares[0]) == 0


@pytest.mark.parametrize("news", [News.CANCELLED, News.REJECTED, News.EXPIRED])
def test_a_stop_that_ends_unasked_is_replaced_and_told(news: News) -> None:
    stop = a_stop()
    tale = Tale(book=guarded(stop))

    decision = tale.report(news, stop.ticket, reason="the price is outside its range.")

    assert tale.sent == [(Side.SELL, D(10), STOP)]
    assert tale.last.id != stop.id
    words = f"10 of 10 had no stop: a new one is placed. The last was {news.value}: the price is outside its range."
    assert words in told(decision, Urgency.WARNING)
    assert tale.book.shares[0].stops_lost == 1


def test_only_what_is_bare_gets_a_new_stop() -> None:
    tale = Tale(book=guarded(a_stop(quantity=6)))

    tale.wake()

    assert tale.sent == [(Side.SELL, D(4), STOP)]


def test_a_stop_whose_fate_is_unknown_counts_as_covering() -> None:
    for state in (OrderState.INTENDED, OrderState.UNKNOWN, OrderState.WORKING, OrderState.HELD):
        tale = Tale(book=guarded(a_stop(state=state)))

        tale.wake()

        assert tale.tickets == []


def test_a_stop_that_is_leaving_covers_nothing_and_is_waited_for() -> None:
    stop = a_stop(state=OrderState.CANCELLING, cancel_at=MONDAY)
    tale = Tale(book=guarded(stop))
    tale.wake()
    before = len(tale.tickets)

    tale.report(News.CANCELLED, stop.ticket)

    assert (before, tale.sent) == (0, [(Side.SELL, D(10), STOP)])
    assert tale.book.shares[0].stops_lost == 0, "it was asked to go"


def test_a_stop_beside_a_target_is_replaced_only_after_a_second_look() -> None:
    stop, target = a_stop(), a_target()
    tale = Tale(book=guarded(stop, target))

    first = tale.report(News.CANCELLED, stop.ticket)
    early, later = tale.wake(after=1), tale.wake(after=1)

    assert looked_up(first) == (target.id,)
    assert (submitted(first), submitted(early)) == ((), ())
    assert [ticket.purpose for ticket in submitted(later)] == [STOP]


@pytest.mark.parametrize("news", [News.CANCELLED, News.REJECTED, News.EXPIRED])
def test_of_a_target_that_ends_unasked_a_person_is_told_once(news: News) -> None:
    stop, target = a_stop(), a_target()
    tale = Tale(book=guarded(stop, target))

    first = tale.report(news, target.ticket)
    notes = [told(tale.wake(after=1), Urgency.NOTE) for _ in range(4)]

    assert looked_up(first) == (stop.id,)
    assert [bool(note) for note in notes] == [False, True, False, False]
    assert notes[1].endswith("the target of 10 has ended unasked: its price is watched from here.")
    assert tale.tickets == []


@pytest.mark.parametrize("stop_first", [False, True])
def test_nobody_is_told_of_a_target_that_ends_because_its_stop_fills(*, stop_first: bool) -> None:
    stop, target = a_stop(), a_target()
    tale = Tale(book=guarded(stop, target))
    news = [(News.FILLED, stop.ticket), (News.CANCELLED, target.ticket)]

    for one, ticket in news if stop_first else reversed(news):
        tale.report(one, ticket)
    later = [tale.wake(after=1) for _ in range(4)]

    assert "".join(told(decision, Urgency.NOTE) for decision in later) == ""


def test_nobody_is_told_of_a_target_that_was_asked_to_go() -> None:
    stop, target = a_stop(), a_target()
    tale = Tale(book=guarded(stop, target))
    tale.alert(CLOSE)

    tale.report(News.CANCELLED, target.ticket)
    later = [tale.wake(after=1) for _ in range(4)]

    assert "".join(told(decision, Urgency.NOTE) for decision in later) == ""


def test_a_lost_stop_is_replaced_while_another_bots_plan_is_under_way() -> None:
    stop = a_stop()
    tale = Tale(a_bot(), a_bot(id=OTHER_BOT), book=guarded(stop))
    tale.alert(BUY, "OTHER", OTHER_BOT)
    tale.report(News.ACCEPTED)

    tale.report(News.CANCELLED, stop.ticket)

    assert tale.sent[-1] == (Side.SELL, D(10), STOP)


def test_a_share_that_its_own_bot_is_closing_gets_no_new_stop() -> None:
    stop = a_stop()
    tale = Tale(book=guarded(stop))
    tale.alert(CLOSE)

    tale.report(News.CANCELLED, stop.ticket)

    assert tale.sent == [(Side.SELL, D(10), EXIT)]


def test_the_part_of_an_entry_that_filled_is_not_left_bare_until_the_deadline() -> None:
    tale = Tale(a_bot(protection=STOP_2), rules=VenueRules(brackets=False))
    tale.alert(BUY)

    tale.report(News.ACCEPTED, filled=D(4))
    tale.wake(after=5)

    assert (Side.SELL, D(4), STOP) in tale.sent


def test_a_stop_is_not_placed_at_once_beside_an_entry_that_is_filling() -> None:
    tale = Tale(a_bot(protection=STOP_2), rules=VenueRules(brackets=False))
    tale.alert(BUY)
    tale.report(News.ACCEPTED, filled=D(4))

    tale.wake(after=4)

    assert len(tale.tickets) == 1


def test_a_stop_that_filled_is_not_counted_as_lost() -> None:
    first, second = a_stop("A-1-1-SL", 6), a_stop("B-1-1-SL", 4)
    tale = Tale(book=guarded(first, second))

    tale.report(News.FILLED, first.ticket, average_price=D(98))

    assert (tale.held(), tale.book.shares[0].stops_lost) == (4, 0)


# ---------------------------------------------------------------- closing instead


@pytest.mark.parametrize(
    ("quantity", "price", "closes"),
    [(10, 98, True), (10, D("98.01"), False), (-10, 102, True), (-10, D("101.99"), False)],
)
def test_a_share_whose_price_is_past_its_lost_stop_is_closed(quantity: int, price: int, closes: bool) -> None:
    tale = Tale(book=guarded(quantity=quantity), price=price)

    decision = tale.wake()

    assert [ticket.purpose for ticket in tale.tickets] == [EXIT if closes else STOP]
    assert ("the price is past it: closing the share." in told(decision, Urgency.ALARM)) is closes


def test_without_a_price_the_stop_is_placed() -> None:
    tale = Tale(book=guarded(), price=None)

    tale.wake()

    assert [ticket.purpose for ticket in tale.tickets] == [STOP]


def test_a_share_whose_stop_the_venue_refuses_three_times_is_closed() -> None:
    tale = Tale(book=guarded())
    tale.wake()
    for _ in range(STOPS_LOST_MAX):
        tale.report(News.REJECTED, reason="no stops today")
        tale.wake(after=2)
    assert surveys(tale.decisions[-1]), "it may hold less than is believed"
    assert [ticket.purpose for ticket in tale.tickets] == [STOP, STOP, STOP]

    tale.hear(a_survey(10), after=1)
    tale.wake(after=1)

    assert [ticket.purpose for ticket in tale.tickets] == [STOP, STOP, STOP, EXIT]
    assert len({ticket.id for ticket in tale.tickets}) == 4
    words = "the venue does not take one: closing the share. The last was rejected: no stops today."
    assert words in told(tale.decisions[-1], Urgency.ALARM)
    tale.report()
    assert tale.book.shares == ()


def test_a_share_without_a_stop_is_closed_although_the_broker_does_not_say_what_it_holds() -> None:
    tale = Tale(book=guarded())
    tale.wake()
    for _ in range(STOPS_LOST_MAX):
        tale.report(News.REJECTED, reason="no stops today")
        tale.wake(after=2)

    for _ in range(7):
        assert tale.last.purpose is STOP
        tale.hear(LookFailed(why="away"), after=2)

    assert tale.last.purpose is EXIT


def test_three_refusals_of_a_stop_in_an_instant_do_not_close_the_share() -> None:
    tale = Tale(book=guarded())
    tale.wake()

    tale.report(News.REJECTED, reason="not now")
    tale.report(News.REJECTED, reason="not now")
    early, later = tale.wake(after=1), tale.wake(after=1)

    assert [submitted(decision) for decision in (early, later)] == [(), (tale.last,)]
    assert [ticket.purpose for ticket in tale.tickets] == [STOP, STOP, STOP]
    assert tale.held() == 10


def test_a_close_for_a_lost_stop_is_never_given_up() -> None:
    tale = Tale(book=guarded(), price=90)
    tale.wake()

    for _ in range(10):
        tale.report(News.REJECTED, reason="market closed")
        tale.wake(after=60)

    assert len(tale.tickets) == 11
    assert all(ticket.purpose is EXIT for ticket in tale.tickets)


def test_a_fraction_that_no_venue_takes_a_stop_for_is_closed() -> None:
    share = a_share(D("10.5"), stop_price=D(98))
    tale = Tale(book=a_book(shares=(share,)))

    tale.wake()

    assert tale.sent == [(Side.SELL, D("10.5"), EXIT)]


def test_a_fraction_of_a_coin_is_stopped_like_any_other() -> None:
    coin = evolve(AAPL, kind=Kind.CRYPTO)
    tale = Tale(book=a_book(shares=(a_share(D("0.5"), stop_price=D(98)),), instrument=coin), instrument=coin)

    tale.wake()

    assert tale.sent == [(Side.SELL, D("0.5"), STOP)]


# ---------------------------------------------------------------- what somebody seems to have closed


def test_what_surely_is_there_is_stopped_at_once_and_the_rest_when_the_suspicion_has_gone() -> None:
    stop = a_stop()
    tale = Tale(book=guarded(stop))

    tale.hear(a_survey(8))
    tale.report(News.CANCELLED, stop.ticket)
    first = tale.last
    tale.report(News.ACCEPTED, first)
    tale.hear(a_survey(10), after=2)

    assert tale.sent == [(Side.SELL, D(8), STOP), (Side.SELL, D(2), STOP)]


def test_what_is_believed_to_be_gone_gets_no_stop_either() -> None:
    tale = Tale(book=guarded())

    tale.hear(a_survey(8))
    tale.report(News.ACCEPTED)
    tale.hear(a_survey(8), after=2)

    assert (tale.sent, tale.book.drift) == ([(Side.SELL, D(8), STOP)], -2)


@pytest.mark.parametrize("net", [12, 10])
def test_a_suspicion_in_the_shares_favour_changes_nothing(net: int) -> None:
    stop = a_stop()
    tale = Tale(book=guarded(stop))

    tale.hear(a_survey(net))
    tale.report(News.CANCELLED, stop.ticket)

    assert tale.sent == [(Side.SELL, D(10), STOP)]


def test_what_people_hold_is_suspected_first() -> None:
    tale = Tale(book=evolve(guarded(), external=D(5)))

    tale.hear(a_survey(12))

    assert tale.sent == [(Side.SELL, D(10), STOP)]


@pytest.mark.parametrize(("net", "stopped"), [(0, []), ("8.5", [D(8)]), ("0.5", [])])
def test_no_share_is_closed_and_no_fraction_stopped_for_a_suspicion(net: object, stopped: list[Decimal]) -> None:
    tale = Tale(book=guarded())

    tale.hear(a_survey(D(str(net))))

    assert tale.sent == [(Side.SELL, quantity, STOP) for quantity in stopped]


def test_of_a_stop_that_has_no_room_the_broker_is_asked_and_what_it_holds_gets_its_stop_at_once() -> None:
    tale = Tale(book=guarded(), rules=VenueRules(crosses_zero=False, holds_shares=True))
    tale.wake()

    refused = tale.report(News.REJECTED, reason="insufficient qty available for order")
    tale.hear(a_survey(8))

    assert surveys(refused)
    assert tale.sent == [(Side.SELL, D(10), STOP), (Side.SELL, D(8), STOP)]


def test_a_share_is_not_closed_for_stops_that_were_larger_than_what_the_broker_holds() -> None:
    tale = Tale(book=guarded())
    tale.wake()
    for _ in range(STOPS_LOST_MAX):
        tale.report(News.REJECTED, reason="insufficient qty available for order")
        tale.wake(after=2)

    tale.hear(a_survey(8), after=1)
    tale.report(News.ACCEPTED)
    for _ in range(10):
        tale.hear(a_survey(8), after=2)

    assert tale.sent[-1] == (Side.SELL, D(8), STOP)
    assert (tale.held(), tale.book.drift) == (10, -2)


# ---------------------------------------------------------------- stops that were jumped over


@pytest.mark.parametrize("state", [OrderState.WORKING, OrderState.HELD])
@pytest.mark.parametrize(("quantity", "price"), [(10, 97), (-10, 103)])
def test_a_share_whose_stop_the_price_has_jumped_over_is_closed_and_told(
    state: OrderState, quantity: int, price: int
) -> None:
    side, at = (Side.SELL, 98) if quantity > 0 else (Side.BUY, 102)
    stop = evolve(a_stop(price=at), state=state)
    stop = evolve(stop, ticket=evolve(stop.ticket, side=side))
    tale = Tale(book=guarded(stop, quantity=quantity), price=price)

    seen, early = tale.wake(), tale.wake(after=4)
    late = tale.wake(after=1)
    tale.report(News.CANCELLED, stop.ticket)

    (reminder,) = [command for command in seen.commands if isinstance(command, Remind)]
    assert looked_up(seen) == (stop.id,)
    assert reminder.at <= MONDAY + timedelta(seconds=5)
    assert (told(seen, Urgency.ALARM) + told(early, Urgency.ALARM), cancelled(early)) == ("", ())
    assert f"the price is {price}, past the stop at {at}, which has not filled: closing" in told(late, Urgency.ALARM)
    assert cancelled(late) == (stop.id,)
    assert tale.sent == [(side, D(10), EXIT)]


def test_a_stop_that_fills_after_the_price_was_past_it_is_left_alone() -> None:
    stop = a_stop()
    tale = Tale(book=guarded(stop), price=97)
    tale.wake()

    tale.report(News.FILLED, stop.ticket, average_price=D(97))
    decision = tale.wake(after=5)

    assert (tale.tickets, told(decision, Urgency.ALARM), tale.book.shares) == ([], "", ())


def test_a_price_that_comes_back_before_its_stop_is_forgotten() -> None:
    tale = Tale(book=guarded(a_stop()))
    tale.wake(price=97)
    tale.wake(after=4, price=99)

    again = tale.wake(after=4, price=97)

    assert (cancelled(again), told(again, Urgency.ALARM)) == ((), "")
    assert tale.book.shares[0].passed_at == MONDAY + timedelta(seconds=8)


@pytest.mark.parametrize(
    "changes",
    [
        {"hours": CLOSED}, {"hours": None}, {"price": None}, {"price": 98},
        {"quote": Quote(symbol=AAPL.symbol, last=D(97), at=MONDAY - timedelta(seconds=61))},
    ],
    ids=["closed", "nobody knows the hours", "no price", "at the stop", "an old price"],
)  # fmt: skip
def test_only_a_price_of_now_in_an_open_market_tells_that_a_stop_was_jumped_over(changes: dict[str, Any]) -> None:
    tale = Tale(book=guarded(a_stop(), passed_at=MONDAY - timedelta(seconds=60)), price=97)

    decision = tale.wake(**changes)

    assert (cancelled(decision), told(decision, Urgency.ALARM)) == ((), "")
    assert tale.book.shares[0].passed_at is None


# ---------------------------------------------------------------- leftovers


def test_protection_without_a_share_is_let_go() -> None:
    stop, target = a_stop(), a_target()
    tale = Tale(book=a_book(orders=(stop, target)))

    decision = tale.wake()

    assert set(cancelled(decision)) == {stop.id, target.id}


def test_protection_on_the_wrong_side_of_a_share_is_let_go() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(-10),), orders=(stop,)))

    decision = tale.wake()

    assert cancelled(decision) == (stop.id,)


def test_what_does_not_go_is_asked_again_after_a_while() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(orders=(stop,)))
    tale.wake()
    tale.report(News.ACCEPTED, stop.ticket)

    early, later = tale.wake(after=1), tale.wake(after=1)

    assert (cancelled(early), cancelled(later)) == ((), (stop.id,))


def test_a_second_stop_over_the_same_share_is_let_go_and_the_first_stays() -> None:
    first, second = a_stop("OLD-1-1-SL"), a_stop("SPARE-1-1")
    tale = Tale(book=guarded(first, second))

    decision = tale.wake()

    assert cancelled(decision) == (second.id,)


def test_the_stops_of_a_pyramid_all_stay() -> None:
    tale = Tale(book=guarded(a_stop("A-1-1-SL", 10), a_stop("B-1-1-SL", 5), quantity=15))

    decision = tale.wake()

    assert (cancelled(decision), submitted(decision)) == ((), ())


def test_a_stop_is_let_go_where_its_share_was_closed_by_hand() -> None:
    stop = a_stop()
    tale = Tale(book=evolve(guarded(stop), drift=D(-10)))

    decision = tale.wake()

    assert (cancelled(decision), submitted(decision)) == ((stop.id,), ())


def test_drift_against_two_shares_counts_once_and_leaves_what_is_left_under_its_stop() -> None:
    mine, others = a_stop("P-1-1-SL"), a_stop("Q-1-1-SL", bot_id=OTHER_BOT)
    shares = (a_share(10, stop_price=D(98)), a_share(10, OTHER_BOT, stop_price=D(98)))
    tale = Tale(a_bot(), a_bot(id=OTHER_BOT), book=a_book(shares=shares, orders=(mine, others), drift=D(-10)))

    decision = tale.wake()

    assert len(cancelled(decision)) == 1


def test_an_entry_that_outlived_its_plan_is_called_off() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.report(News.ACCEPTED)

    decision = Tale(book=evolve(tale.book, plan=None)).wake()

    assert cancelled(decision) == ("A-1-1",)


def test_legs_whose_entry_has_not_filled_yet_are_left_alone() -> None:
    tale = Tale(a_bot(protection=BRACKET))
    tale.alert(BUY)
    tale.report(News.ACCEPTED)
    tale.report(News.HELD, tale.order(OrderId("A-1-1-SL")).ticket)

    decision = tale.wake(after=3)

    assert cancelled(decision) == ()


def test_a_bot_that_asks_for_nothing_gets_no_stop() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))

    tale.wake()

    assert tale.tickets == []


# ---------------------------------------------------------------- other exits


def test_a_close_that_was_asked_for_by_tradecore_closes_that_bot_alone() -> None:
    tale = Tale(book=a_book(shares=(a_share(10), a_share(5, OTHER_BOT))))

    tale.hear(CloseAsked(bot_id=OTHER_BOT, why="risk limit"))
    tale.report()

    assert tale.sent == [(Side.SELL, D(5), EXIT)]
    assert (tale.held(), tale.held(OTHER_BOT)) == (10, 0)


def test_a_close_does_not_wait_for_ever_behind_another_bots_that_the_venue_refuses() -> None:
    tale = Tale(a_bot(), a_bot(id=OTHER_BOT), book=a_book(shares=(a_share(10), a_share(5, OTHER_BOT))))
    tale.hear(CloseAsked(bot_id=OTHER_BOT, why="risk limit"))
    for _ in range(5):
        tale.report(News.REJECTED, reason="five are not to be had")
        tale.wake(after=60)

    tale.report(News.REJECTED, reason="five are not to be had")
    tale.alert(CLOSE)
    for _ in range(10):
        tale.wake(after=30)
        if tale.last.quantity == 5:
            tale.report(News.REJECTED, reason="five are not to be had")
        else:
            tale.report(News.FILLED)

    assert (tale.held(), tale.verdicts["A"].status) == (0, Status.DONE)


@pytest.mark.parametrize("says", [{}, {"holds_shares": True}], ids=["found out", "known before"])
def test_a_close_is_not_held_up_by_another_bots_stop_where_the_venue_holds_shares(says: dict[str, Any]) -> None:
    bots = (
        a_bot(sizing=Units(D(10))),
        a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(D(1)), protection=STOP_2),
    )
    desk = Desk(*bots, rules=VenueRules(crosses_zero=False, brackets=False, **says), holds_shares=True)
    for bot_id in (BOT, OTHER_BOT):
        desk.send(BUY, bot_id)
        desk.run()
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, D(4))
    desk.settle()
    desk.post(DriftAdopted(quantity=D(-4), by="ada"))

    desk.send(CLOSE)
    desk.settle()

    assert (desk.held(), desk.held(OTHER_BOT), desk.net()) == (0, 1, -3)
    assert desk.last().status is Status.DONE
    book = desk.book()
    assert uncovered(book, book.share(OTHER_BOT)) == 0
    refused = [row.reason for row in desk.exchange.orders(ACCOUNT) if row.news is News.REJECTED]
    assert len(refused) == (0 if says else 1), refused


def test_a_share_is_covered_through_every_accident_of_the_venue() -> None:
    desk = Desk(a_bot(protection=BRACKET), rules=VenueRules(brackets=False), commission_per_unit=D("0.01"))
    desk.send(BUY)
    desk.run()
    desk.exchange.reject_next("no reason")
    (row,) = desk.exchange.working(ACCOUNT, AAPL.symbol)

    desk.exchange.cancel(ACCOUNT, row.id)
    desk.settle()

    book = desk.book()
    assert uncovered(book, book.shares[0]) == 0
    assert desk.net() == 10
