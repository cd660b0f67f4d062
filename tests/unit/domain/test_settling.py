"""Settle orders by what the broker says of them, however late, doubled, reordered or contradictory that is."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import (
    AAPL,
    BOT,
    CLOSED,
    MES,
    MONDAY,
    OTHER_BOT,
    a_book,
    a_bot,
    a_report,
    a_survey,
    an_account,
    judge,
    some_facts,
)
from tests.unit.domain.examples import (
    BRACKET,
    BUY,
    CLOSE,
    FLAT,
    SELL,
    D,
    Tale,
    a_share,
    a_stop,
    a_ticket,
    an_order,
    cancelled,
    laps,
    looked_up,
    submitted,
    surveys,
    told,
)
from tradecore.domain.book import Suspicion
from tradecore.domain.commands import CancelStray, Command, LookUp, Submit, TakeSurvey, Urgency
from tradecore.domain.decisions import Status
from tradecore.domain.events import (
    Event,
    FlattenAsked,
    LookFailed,
    OrderLost,
    OrderMissing,
    OrderNotSent,
    ReconcileDue,
    Woken,
)
from tradecore.domain.ids import BrokerOrderId, OrderId
from tradecore.domain.limits import AccountLimits
from tradecore.domain.orders import News, OrderState, Purpose, Report, Side
from tradecore.domain.protecting import uncovered
from tradecore.domain.refusals import Refusal
from tradecore.domain.settling import says_nothing_new
from tradecore.domain.venues import VenueRules

S, N = OrderState, News


def opened(**usual: Any) -> Tale:
    """Return a tale in which an entry of ten was sent, and nothing was heard of it yet."""
    tale = Tale(**usual)
    tale.alert(BUY)
    return tale


# ---------------------------------------------------------------- fills


def test_each_part_of_a_fill_is_booked_at_its_own_price() -> None:
    tale = opened()

    first = tale.report(N.ACCEPTED, filled=D(4), average_price=D(100), commission=D("0.40"))
    second = tale.report(N.FILLED, filled=D(10), average_price=D("100.6"), commission=D(1))

    fills = [*first.fills, *second.fills]
    assert [(fill.quantity, fill.price, fill.commission) for fill in fills] == [
        (4, 100, D("0.40")), (6, 101, D("0.60"))]  # fmt: skip
    assert {(fill.order_id, fill.plan_id, fill.bot_id) for fill in fills} == {("A-1-1", "A", BOT)}
    assert not told(first, Urgency.ALARM) + told(second, Urgency.ALARM)
    assert tale.book.share(BOT).average_price(D(1)) == D("100.6")


def test_an_average_that_the_venue_rounded_never_makes_a_price_below_zero() -> None:
    tale = opened()
    tale.report(N.ACCEPTED, filled=D(9), average_price=D("0.02"))

    decision = tale.report(N.FILLED, filled=D(10), average_price=D("0.01"))

    assert decision.fills[0].price == D("0.01")


def test_the_multiplier_of_a_future_counts_in_its_results() -> None:
    tale = Tale(book=a_book(instrument=MES), instrument=MES)
    tale.alert(BUY)
    tale.report(average_price=D(6000))
    tale.alert(CLOSE, "B")

    decision = tale.report(average_price=D("6000.25"), commission=D("2.50"))

    (trade,) = decision.trades
    assert (trade.gross, trade.net) == (D("12.50"), D("10.00"))
    assert decision.results[0].amount == D("10.00")


def test_a_commission_that_comes_after_the_fill_is_booked_once() -> None:
    tale = opened()
    tale.report()

    late = tale.report(commission=D("1.40"))
    again = tale.report(commission=D("1.40"))
    lower = tale.report(commission=D(1))

    assert [result.amount for result in late.results] == [D("-1.40")]
    assert (again.results, lower.results) == ((), ())
    share = tale.book.share(BOT)
    assert share.trade is not None
    assert share.trade.commission == D("1.40")


def test_a_late_commission_of_a_flatten_goes_to_those_who_were_closed() -> None:
    tale = Tale(book=a_book(shares=(a_share(6), a_share(2, OTHER_BOT))))
    tale.alert(FLAT)
    tale.hear(a_survey(8))
    tale.report()
    tale.hear(a_survey(0))

    late = tale.report(ticket=tale.tickets[0], commission=D(4))

    assert {result.bot_id: result.amount for result in late.results} == {BOT: -3, OTHER_BOT: -1}


def test_a_fill_of_more_than_was_ordered_is_booked_as_it_happened() -> None:
    tale = opened()

    tale.report(filled=D(12))

    assert (tale.held(), tale.book.net) == (12, 12)
    assert tale.verdicts["A"].status is Status.DONE


# ---------------------------------------------------------------- late, doubled, reordered


reports = st.permutations([
    (N.ACCEPTED, 0, 100), (N.ACCEPTED, 3, 100), (N.ACCEPTED, 3, 100), (N.ACCEPTED, 7, 101), (N.FILLED, 10, 102),
    (N.FILLED, 10, 102), (N.CANCEL_PENDING, 3, 100),
])  # fmt: skip


@given(reports)
def test_reports_in_any_order_come_to_the_same_share(order: list[tuple[News, int, int]]) -> None:
    tale = opened()

    for news, filled, price in order:
        tale.report(news, filled=D(filled), average_price=D(price))

    share = tale.book.share(BOT)
    assert (share.quantity, share.cost) == (10, 1020)
    assert tale.book.orders == ()
    assert tale.verdicts["A"].status is Status.DONE
    assert sum(fill.quantity for decision in tale.decisions for fill in decision.fills) == 10


def test_the_same_report_again_changes_nothing() -> None:
    tale = opened()
    tale.report()
    before = tale.book

    again = tale.report()

    assert again.book == before
    assert (again.fills, again.results, again.verdicts, again.commands) == ((), (), (), ())


@pytest.mark.parametrize("news", [N.ACCEPTED, N.HELD, N.CANCEL_PENDING, N.CANCELLED, N.REJECTED, N.EXPIRED])
def test_old_news_of_a_filled_order_bring_nothing_back(news: News) -> None:
    tale = opened()
    tale.report()

    tale.report(news, filled=D(3))

    assert (tale.held(), tale.book.orders) == (10, ())
    assert tale.order(tale.last.id).state is S.FILLED


@pytest.mark.parametrize("end", [N.CANCELLED, N.EXPIRED])
def test_a_fill_after_the_end_still_finds_its_share(end: News) -> None:
    tale = opened()
    tale.report(N.ACCEPTED)
    tale.report(end)

    tale.report(N.FILLED, filled=D(10))

    assert tale.held() == 10
    assert tale.order(tale.last.id).state is S.FILLED


def test_a_fill_told_with_a_rejection_is_booked_all_the_same() -> None:
    tale = opened()

    tale.report(N.REJECTED, filled=D(2))

    assert tale.held() == 2
    assert tale.verdicts["A"].status is Status.DONE


def test_a_late_fill_of_an_entry_is_protected_like_any_other() -> None:
    tale = Tale(a_bot(protection=BRACKET), rules=VenueRules(brackets=False))
    tale.alert(BUY)
    tale.report(N.CANCELLED)

    tale.report(N.FILLED, filled=D(10))

    assert tale.book.share(BOT).stop_price == 98
    assert tale.sent[-1] == (Side.SELL, D(10), Purpose.STOP)


# ---------------------------------------------------------------- lost answers


def test_a_lost_answer_is_looked_up_and_never_blindly_repeated() -> None:
    tale = opened()
    lost = tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    looks = [looked_up(tale.wake(after=1)) for _ in range(8)]

    assert submitted(lost) == ()
    assert len(tale.tickets) == 1
    assert [bool(look) for look in looks] == [True, False, True, False, False, False, True, False]
    assert tale.order(tale.last.id).state is S.UNKNOWN


def test_an_order_that_only_waits_is_looked_up_ever_later_and_at_once_again_after_news() -> None:
    tale = opened(book=a_book(shares=(a_share(-10),)))
    tale.alert(CLOSE)
    tale.report(N.ACCEPTED)
    order, waits = tale.last, []

    for _ in range(10):
        begun = tale.seconds
        while not looked_up(tale.wake(after=1)):
            pass
        waits.append(tale.seconds - begun)
        tale.report(N.ACCEPTED, order)
    tale.report(N.ACCEPTED, order, filled=D(4))

    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert [bool(looked_up(tale.wake(after=1))) for _ in range(2)] == [False, True]


def test_a_cancel_of_what_has_waited_for_long_is_looked_up_soon() -> None:
    waiting = an_order(a_ticket("X", Side.BUY), bot_id=None, looks=9, look_at=MONDAY + timedelta(seconds=300))
    tale = Tale(book=a_book(orders=(waiting,)))

    tale.wake()
    tale.report(N.CANCEL_PENDING, waiting.ticket)

    assert [bool(looked_up(tale.wake(after=1))) for _ in range(2)] == [False, True]


def test_what_has_waited_for_long_and_is_denied_is_asked_for_again_soon() -> None:
    waiting = a_stop(looks=9)
    tale = Tale(book=a_book(shares=(a_share(10),), orders=(waiting,)))

    tale.hear(OrderMissing(order_id=waiting.id))

    order = tale.book.order(waiting.id)
    assert order is not None
    assert order.look_at == MONDAY + timedelta(seconds=2)


def test_what_was_lost_and_found_goes_on_as_if_nothing_had_been() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    tale.report(N.FILLED)

    assert (tale.held(), tale.verdicts["A"].status, len(tale.tickets)) == (10, Status.DONE, 1)


def deny(tale: Tale, times: int, after: int = 3) -> None:
    for _ in range(times):
        tale.hear(OrderMissing(order_id=tale.tickets[0].id), after=after)


def test_news_between_denials_take_the_alarm_back() -> None:
    tale = opened()
    tale.report(N.ACCEPTED)
    deny(tale, 2, after=6)
    tale.report(N.ACCEPTED)

    deny(tale, 2, after=6)

    assert not any(told(decision, Urgency.ALARM) for decision in tale.decisions)


def test_a_venue_must_deny_an_order_three_times_before_it_is_handed_over_again_under_the_same_id() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    deny(tale, 2)
    before = len(tale.tickets)
    deny(tale, 1)

    assert before == 1
    assert [ticket.id for ticket in tale.tickets] == ["A-1-1", "A-1-1"]
    assert tale.tickets[0] == tale.tickets[1]


def test_after_it_was_handed_over_again_an_order_must_be_denied_three_times_anew() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))
    deny(tale, 3)

    deny(tale, 2, after=6)

    assert len(tale.tickets) == 2


def test_three_quick_denials_are_no_proof() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    deny(tale, 4, after=1)

    assert len(tale.tickets) == 1


def test_news_between_two_denials_begin_the_count_anew() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))
    deny(tale, 2)
    tale.report(N.ACCEPTED)
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    deny(tale, 2)

    assert len(tale.tickets) == 1


def test_an_order_is_handed_over_three_times_at_most() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    deny(tale, 12)

    assert len(tale.tickets) == 3
    assert {ticket.id for ticket in tale.tickets} == {"A-1-1"}
    assert tale.verdicts["A"].status is Status.FAILED
    assert tale.order(OrderId("A-1-1")).state is S.NEVER_PLACED


def test_an_entry_is_not_handed_over_again_after_its_deadline() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    deny(tale, 3, after=30)

    assert len(tale.tickets) == 1
    assert tale.verdicts["A"].status is Status.FAILED


def test_an_order_given_up_that_is_found_after_all_is_called_off() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))
    deny(tale, 3, after=30)

    decision = tale.report(N.ACCEPTED)

    assert cancelled(decision) == ("A-1-1",)


def test_an_order_given_up_that_has_filled_after_all_is_told_aloud() -> None:
    tale = opened()
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))
    deny(tale, 3, after=30)

    decision = tale.report(N.FILLED)

    assert tale.held() == 10
    assert "given up as never placed, has filled: bought 10 AAPL at 100." in told(decision, Urgency.ALARM)


def test_an_order_that_worked_and_is_denied_is_told_to_a_person() -> None:
    tale = opened()
    tale.report(N.ACCEPTED)

    for _ in range(2):
        tale.hear(OrderMissing(order_id=tale.last.id), after=3)
    third = tale.hear(OrderMissing(order_id=tale.last.id), after=3)

    assert "order A-1-1 worked, and the broker no longer knows it." in told(third, Urgency.ALARM)
    assert tale.order(tale.last.id).state is S.WORKING


def test_an_order_that_worked_counts_as_gone_after_a_minute_of_denials_and_the_broker_is_asked_what_it_holds() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(CLOSE)
    tale.report(N.ACCEPTED)

    decisions = [tale.hear(OrderMissing(order_id=tale.tickets[0].id), after=15) for _ in range(6)]

    assert tale.order(tale.tickets[0].id).state is S.CANCELLED
    assert surveys(decisions[-1])


@pytest.mark.parametrize(("said", "state"), [(N.ACCEPTED, S.WORKING), (N.CANCELLED, S.CANCELLED), (N.FILLED, S.FILLED)])
def test_an_order_that_counts_as_gone_comes_back_by_the_venues_word(said: News, state: OrderState) -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(CLOSE)
    gone = tale.last
    tale.report(N.ACCEPTED)
    for _ in range(6):
        tale.hear(OrderMissing(order_id=gone.id), after=15)

    tale.report(said, gone)

    assert tale.order(gone.id).state is state
    assert (tale.book.order(gone.id) is not None) is (state is S.WORKING)


def test_an_order_that_the_venue_itself_has_ended_stays_ended() -> None:
    tale = opened()
    tale.report(N.CANCELLED)

    tale.report(N.ACCEPTED, tale.tickets[0])

    assert tale.order(tale.tickets[0].id).state is S.CANCELLED


def test_a_leg_whose_entry_still_works_need_not_be_known_yet() -> None:
    tale = Tale(a_bot(protection=BRACKET))
    tale.alert(BUY)
    tale.report(N.ACCEPTED)

    for _ in range(6):
        tale.hear(OrderMissing(order_id=OrderId("A-1-1-SL")), after=5)

    assert tale.order(OrderId("A-1-1-SL")).state is S.INTENDED


# ---------------------------------------------------------------- not reached


def test_an_order_that_did_not_reach_the_venue_is_handed_over_again_later_under_the_same_id() -> None:
    tale = opened()
    failed = tale.hear(OrderNotSent(order_id=tale.last.id, why="line down"))

    early, due = tale.wake(after=1), tale.wake(after=1)

    assert (submitted(failed), submitted(early)) == ((), ())
    assert [ticket.id for ticket in submitted(due)] == ["A-1-1"]


def test_the_venues_own_pause_is_kept() -> None:
    tale = opened()
    tale.hear(OrderNotSent(order_id=tale.last.id, why="rate limit", retry_after=20))

    early, due = tale.wake(after=19), tale.wake(after=1)

    assert (submitted(early), len(submitted(due))) == ((), 1)


def test_an_entry_that_could_not_be_sent_by_its_deadline_fails() -> None:
    tale = opened()
    tale.hear(OrderNotSent(order_id=tale.last.id, why="line down", retry_after=61))

    tale.wake(after=61)

    assert len(tale.tickets) == 1
    assert tale.verdicts["A"].outcome == "The entry was not filled: line down."


def test_an_entry_is_not_sent_again_at_its_deadline_itself() -> None:
    tale = opened()
    tale.hear(OrderNotSent(order_id=tale.last.id, why="line down", retry_after=60))

    tale.wake(after=60)

    assert len(tale.tickets) == 1


def test_an_order_that_no_plan_wants_any_more_is_not_sent_again() -> None:
    order = an_order(state=S.INTENDED, send_at=MONDAY)
    tale = Tale(book=a_book(orders=(order,)))

    tale.wake()

    assert tale.tickets == []
    assert tale.order(order.id).state is S.NEVER_PLACED


def test_an_entry_is_judged_again_before_it_is_handed_over_again() -> None:
    tale = opened()
    tale.hear(OrderNotSent(order_id=tale.last.id, why="line down"))

    tale.wake(after=2, hours=CLOSED)

    assert len(tale.tickets) == 1
    assert tale.verdicts["A"].refusal is Refusal.MARKET_CLOSED


def test_an_entry_is_handed_over_again_whatever_the_broker_speaks_of_in_its_moment() -> None:
    tale = opened()
    tale.hear(OrderNotSent(order_id=tale.last.id, why="line down"))

    due = tale.report(News.ACCEPTED, a_ticket("OLD-1-1"), after=2)

    assert [ticket.id for ticket in submitted(due)] == ["A-1-1"]


def test_an_entry_counts_not_against_itself_when_it_is_handed_over_again() -> None:
    limits = AccountLimits(orders_per_minute=1)
    tale = opened(account=an_account(limits=limits))
    tale.hear(OrderNotSent(order_id=tale.last.id, why="line down"))

    tale.wake(after=2, orders_last_minute=1)

    assert len(tale.tickets) == 2


def test_an_exit_that_cannot_be_sent_is_tried_for_as_long_as_it_takes() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.hear(FlattenAsked(why="halt"))
    tale.hear(a_survey(10))

    for _ in range(20):
        tale.hear(OrderNotSent(order_id=tale.last.id, why="line down"))
        tale.wake(after=60)

    assert len(tale.tickets) == 21
    assert {ticket.id for ticket in tale.tickets} == {tale.tickets[0].id}


def test_a_cancel_that_did_not_reach_the_venue_is_asked_for_again() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10),), orders=(stop,)))
    tale.alert(CLOSE)
    tale.hear(OrderNotSent(order_id=stop.id, why="line down"))
    tale.wake(after=2)

    tale.report(N.ACCEPTED, stop.ticket)
    tale.wake(after=1)

    assert [order_id for decision in tale.decisions for order_id in cancelled(decision)] == [stop.id, stop.id]


@pytest.mark.parametrize(
    "event",
    [
        OrderLost(order_id=OrderId("NOBODY"), why="x"), OrderNotSent(order_id=OrderId("NOBODY"), why="x"),
        OrderMissing(order_id=OrderId("NOBODY")),
    ],
)  # fmt: skip
def test_word_of_an_order_that_nobody_follows_changes_nothing(event: Event) -> None:
    book = a_book(shares=(a_share(10),))

    decision = judge(book, event)

    assert (decision.book, decision.commands) == (book, ())


# ---------------------------------------------------------------- exits that overshoot


def test_two_exits_that_both_fill_are_put_right_at_once() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)))
    tale.alert(CLOSE)
    tale.report(N.CANCELLED, stop.ticket)
    tale.report()

    decision = tale.report(N.FILLED, stop.ticket, filled=D(10), average_price=D(98))

    assert tale.held() == -10
    assert tale.sent[-1] == (Side.BUY, D(10), Purpose.EXIT)
    assert "and opened the other side: closing it." in told(decision, Urgency.ALARM)
    tale.report()
    assert tale.held() == 0


def test_two_bots_exits_that_overshoot_in_one_breath_are_each_put_right() -> None:
    mine, others = a_stop("P-1-1-SL"), a_stop("Q-1-1-SL", bot_id=OTHER_BOT)
    book = a_book(shares=(a_share(2), a_share(3, OTHER_BOT)), orders=(mine, others))
    tale = Tale(a_bot(), a_bot(id=OTHER_BOT), book=book)
    both = [a_report(stop.ticket, N.CANCELLED, filled=D(10), average_price=D(98)).report for stop in (mine, others)]

    tale.hear(a_survey(-15, *both))
    for _ in range(2):
        tale.report()

    assert len({ticket.id for ticket in tale.tickets}) == 2
    assert sorted(tale.sent, key=str) == [(Side.BUY, D(7), Purpose.EXIT), (Side.BUY, D(8), Purpose.EXIT)]
    assert (tale.held(), tale.held(OTHER_BOT)) == (0, 0)


def test_what_fills_for_everyone_beyond_what_was_held_is_drift_and_is_closed_before_flat_ends() -> None:
    tale = Tale(book=a_book(shares=(a_share(3),)))
    tale.alert(FLAT)
    tale.hear(a_survey(3))

    tale.report(filled=D(5))
    tale.hear(a_survey(-2), after=3)
    for _ in range(6):
        if len(tale.tickets) > 1:
            break
        tale.wake(after=3)
        tale.hear(a_survey(-2))
    tale.report(ticket=tale.last)
    tale.hear(a_survey(0), after=3)

    assert tale.sent[1:] == [(Side.BUY, D(2), Purpose.FLATTEN)]
    assert tale.verdicts["A"].status is Status.DONE


# ---------------------------------------------------------------- the legs of a bracket


def bracketed() -> Tale:
    tale = Tale(a_bot(protection=BRACKET))
    tale.alert(BUY)
    return tale


def test_a_share_knows_what_protects_it() -> None:
    tale = bracketed()

    tale.report(N.ACCEPTED, filled=D(4))

    share = tale.book.share(BOT)
    assert (share.stop_price, share.target_price) == (98, 103)


def test_legs_are_looked_for_once_the_entry_has_filled() -> None:
    tale = bracketed()
    tale.report()

    decision = tale.wake(after=2)

    assert set(looked_up(decision)) == {"A-1-1-SL", "A-1-1-TP"}


@pytest.mark.parametrize("news", [N.REJECTED, N.CANCELLED, N.EXPIRED])
def test_the_legs_of_an_entry_that_never_filled_are_let_go(news: News) -> None:
    tale = bracketed()

    tale.report(news)

    assert tale.book.orders == ()


@pytest.mark.parametrize("leg_news", [N.ACCEPTED, N.HELD])
def test_a_leg_that_works_although_its_entry_never_filled_is_called_off(leg_news: News) -> None:
    tale = bracketed()
    tale.report(N.REJECTED)

    decision = tale.report(leg_news, a_ticket("A-1-1-SL"))

    assert cancelled(decision) == ("A-1-1-SL",)


def test_a_target_that_fills_closes_the_share_and_its_sibling_is_not_missed() -> None:
    tale = bracketed()
    tale.report()
    for leg in ("A-1-1-SL", "A-1-1-TP"):
        tale.report(N.ACCEPTED, tale.order(OrderId(leg)).ticket)

    stop_first = tale.report(N.CANCELLED, tale.order(OrderId("A-1-1-SL")).ticket)
    tale.report(N.FILLED, tale.order(OrderId("A-1-1-TP")).ticket, average_price=D(103))
    tale.wake(after=3)

    assert submitted(stop_first) == ()
    assert len(tale.tickets) == 1
    assert (tale.held(), tale.book.orders) == (0, ())
    assert tale.decisions[-2].trades[0].gross == 30


def test_the_legs_of_an_entry_that_ended_in_part_are_for_that_part() -> None:
    tale = bracketed()

    tale.report(N.CANCELLED, filled=D(4))

    assert [(order.id, order.left) for order in tale.book.orders] == [("A-1-1-SL", 4), ("A-1-1-TP", 4)]
    assert uncovered(tale.book, tale.book.share(BOT)) == 0


def test_a_leg_is_as_large_as_the_venue_says() -> None:
    tale = bracketed()
    tale.report()
    stop, target = (tale.order(OrderId(leg)).ticket for leg in ("A-1-1-SL", "A-1-1-TP"))

    tale.report(N.ACCEPTED, target, filled=D(4), average_price=D(103))
    tale.report(N.ACCEPTED, stop, quantity=D(6))

    assert tale.order(stop.id).left == 6
    assert (tale.held(), len(tale.tickets), uncovered(tale.book, tale.book.share(BOT))) == (6, 1, 0)


def test_a_leg_that_the_venue_made_too_small_is_made_up_for() -> None:
    tale = bracketed()
    tale.report()

    tale.report(N.ACCEPTED, tale.order(OrderId("A-1-1-SL")).ticket, quantity=D(6))

    assert tale.sent[1:] == [(Side.SELL, D(4), Purpose.STOP)]


# ---------------------------------------------------------------- never in circles


def repeating(**reports: Report) -> Callable[[Command], Event | None]:
    """Return a world that always says the same: the venue's answer to each question, at once."""

    def answer(command: Command) -> Event | None:
        match command:
            case LookUp(order_id=order_id):
                known = reports.get(order_id.replace("-", "_"))
                return OrderMissing(order_id=order_id) if known is None else _as_event(known)
            case TakeSurvey():
                return reports_survey
            case Submit(ticket=ticket):
                return OrderLost(order_id=ticket.id, why="timeout")
            case _:
                return None

    working = tuple(report for report in reports.values() if report.news in {N.ACCEPTED, N.HELD, N.CANCEL_PENDING})
    reports_survey = a_survey(3, *working)
    return answer


def _as_event(report: Report) -> Event:
    return evolve(a_report(a_ticket()), report=report)


CONTRADICTIONS = [(state, news) for state in OrderState if state.is_over for news in News if news.value != "lost"]


@pytest.mark.parametrize(("state", "news"), CONTRADICTIONS)
def test_a_venue_that_keeps_contradicting_us_is_not_asked_in_circles(state: OrderState, news: News) -> None:
    order = an_order(a_ticket("X"), state=state)
    report = a_report(order.ticket, news).report

    count = laps(a_book(), _as_event(report), some_facts(order=order), repeating(X=report))

    assert count < 20


@pytest.mark.parametrize("state", [S.INTENDED, S.UNKNOWN, S.WORKING, S.HELD, S.CANCELLING])
@pytest.mark.parametrize("event", [Woken(), ReconcileDue(why="test"), LookFailed(why="test"), FlattenAsked(why="test")])
def test_whatever_the_world_keeps_saying_an_event_comes_to_an_end(state: OrderState, event: Event) -> None:
    order = an_order(a_ticket("X"), state=state, look_at=MONDAY)
    foreign = a_report(a_ticket("FOREIGN"), N.ACCEPTED, filled=D(1)).report
    nobodys = Report(
        order_id=None, broker_order_id=BrokerOrderId("b-1"), news=N.ACCEPTED, at=MONDAY, symbol=AAPL.symbol
    )
    doubt = Suspicion(difference=D(3), at=MONDAY - timedelta(minutes=1), moves=0)
    book = a_book(orders=(order,), suspicion=doubt, shares=(a_share(10, stop_price=D(98)),))

    ours = a_report(order.ticket, N.ACCEPTED).report

    for answers in (repeating(), repeating(FOREIGN=foreign), repeating(NOBODYS=nobodys, X=ours)):
        count = laps(book, event, some_facts(seconds=61), answers)

        assert count < 40


@pytest.mark.parametrize("event", [Woken(), ReconcileDue(why="test"), FlattenAsked(why="test")])
def test_a_venue_that_cannot_be_asked_is_not_asked_in_circles(event: Event) -> None:
    doubt = Suspicion(difference=D(3), at=MONDAY - timedelta(minutes=1), moves=0)

    def nobody_answers(command: Command) -> Event | None:
        return LookFailed(why="line down") if isinstance(command, TakeSurvey | LookUp | CancelStray) else None

    held = a_book(suspicion=doubt, shares=(a_share(10),), orders=(an_order(look_at=MONDAY),))
    for book in (a_book(suspicion=doubt), held):
        assert laps(book, event, some_facts(seconds=5), nobody_answers) < 20


def test_an_unknown_order_that_says_it_filled_has_the_broker_asked_what_it_holds() -> None:
    tale = Tale()
    tale.hear(a_report(a_ticket("FOREIGN"), N.FILLED))

    decisions = [tale.wake(after=1) for _ in range(2)]

    assert any(surveys(decision) for decision in decisions)
    assert tale.book.net == Decimal(0)


def test_a_sell_rests_on_what_the_venue_says_and_not_on_what_was_asked() -> None:
    tale = Tale()
    tale.alert(SELL)
    tale.report(N.EXPIRED, filled=D(4))

    assert (tale.held(), tale.verdicts["A"].status) == (-4, Status.DONE)


@pytest.mark.parametrize(
    ("state", "news", "filled", "says_nothing"),
    [
        (OrderState.FILLED, News.FILLED, 10, True),
        (OrderState.FILLED, News.ACCEPTED, 0, True),
        (OrderState.WORKING, News.ACCEPTED, 0, False),
        (OrderState.CANCELLED, News.FILLED, 10, False),
        (OrderState.NEVER_PLACED, News.ACCEPTED, 0, False),
        (OrderState.NEVER_PLACED, News.FILLED, 10, False),
    ],
)
def test_only_a_repeat_about_an_order_that_is_over_says_nothing_new(
    state: OrderState, news: News, filled: int, says_nothing: bool
) -> None:
    order = an_order(state=state, filled=D(10) if state is OrderState.FILLED else D(0))
    report = Report(order_id=order.id, broker_order_id=None, news=news, at=MONDAY, filled=D(filled),
                    average_price=Decimal(100) if filled else None)  # fmt: skip

    assert says_nothing_new(order, report) is says_nothing


@pytest.mark.parametrize(
    ("order", "report", "says_nothing"),
    [
        ({}, {}, True),
        ({}, {"broker_order_id": BrokerOrderId("other")}, False),
        ({}, {"filled": D(1), "average_price": D(100)}, False),
        ({}, {"reason": "held by a person"}, False),
        ({}, {"news": News.CANCEL_PENDING}, False),
        ({"looks": 1}, {}, False),
        ({"looks_missing": 1}, {}, False),
        ({"denied_at": MONDAY}, {}, False),
        ({"send_at": MONDAY}, {}, False),
        ({"look_at": None}, {}, False),
        ({"state": OrderState.UNKNOWN}, {}, False),
        ({"state": OrderState.CANCELLING}, {}, False),
        ({"ticket": a_stop().ticket, "size": D(10)}, {"quantity": D(10)}, True),
        ({"ticket": a_stop().ticket, "size": D(10)}, {"quantity": D(5)}, False),
    ],
)
def test_that_an_order_works_is_a_repeat_only_where_nobody_doubts_it(
    order: dict[str, Any], report: dict[str, Any], says_nothing: bool
) -> None:
    known = an_order(**{
        "state": OrderState.WORKING, "filled": D(0), "broker_order_id": BrokerOrderId("B1"), "look_at": MONDAY, **order,
    })  # fmt: skip
    said = Report(**{
        "order_id": known.id, "broker_order_id": BrokerOrderId("B1"), "news": News.ACCEPTED, "at": MONDAY, **report,
    })  # fmt: skip

    assert says_nothing_new(known, said) is says_nothing
