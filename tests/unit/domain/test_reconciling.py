"""Compare broker and book: believe a difference only when it is seen twice, and keep exits free of it."""

from datetime import timedelta

import pytest
from attrs import evolve

from tests.builders import (
    AAPL,
    BOT,
    MONDAY,
    OTHER_BOT,
    a_book,
    a_bot,
    a_report,
    a_survey,
    arrived,
    judge,
    some_facts,
)
from tests.unit.domain.examples import (
    BUY,
    CLOSE,
    FLAT,
    STOP_2,
    D,
    Tale,
    a_share,
    a_stop,
    a_ticket,
    an_order,
    looked_up,
    submitted,
    surveys,
    told,
)
from tradecore.domain.book import Suspicion
from tradecore.domain.commands import Remind, Urgency
from tradecore.domain.decisions import Status
from tradecore.domain.events import DriftAdopted, LookFailed, ReconcileDue
from tradecore.domain.ids import BotId, BrokerOrderId
from tradecore.domain.orders import News, OrderState, Purpose, Report, Side
from tradecore.domain.refusals import Refusal
from tradecore.domain.venues import Quote, VenueRules


def test_what_was_there_before_us_belongs_to_people() -> None:
    decision = judge(a_book(surveyed_at=None), a_survey(7))

    assert (decision.book.external, decision.book.drift, decision.book.net) == (7, 0, 7)
    assert told(decision, Urgency.ALARM) == ""
    assert decision.book.surveyed_at == MONDAY


def test_only_the_first_survey_is_taken_for_what_was_there_before() -> None:
    tale = Tale(book=a_book(surveyed_at=None))
    tale.hear(a_survey(7))

    tale.hear(a_survey(9))

    assert (tale.book.external, tale.book.drift) == (7, 0)
    assert tale.book.suspicion == Suspicion(difference=D(2), at=MONDAY, moves=0)


def test_a_first_survey_after_our_own_fills_is_no_first_one() -> None:
    book = a_book(surveyed_at=None, shares=(a_share(10),), moves=1)

    decision = judge(book, a_survey(12))

    assert (decision.book.external, decision.book.suspicion is not None) == (0, True)


def test_a_difference_seen_once_is_only_a_suspicion() -> None:
    decision = judge(a_book(), a_survey(3))

    assert decision.book.drift == 0
    assert told(decision, Urgency.ALARM) == ""
    assert Remind(at=MONDAY + timedelta(seconds=2)) in decision.commands


@pytest.mark.parametrize(("after", "drift"), [(1, 0), (2, 3), (3, 3)])
def test_a_difference_seen_again_two_seconds_later_is_believed(after: int, drift: int) -> None:
    tale = Tale()
    tale.hear(a_survey(3))

    decision = tale.hear(a_survey(3), after=after)

    assert tale.book.drift == drift
    assert ("the broker holds 3 that no bot" in told(decision, Urgency.ALARM)) is bool(drift)


def test_the_second_look_is_taken_by_itself() -> None:
    tale = Tale()
    tale.hear(a_survey(3))

    early, due = tale.wake(after=1), tale.wake(after=1)

    assert [surveys(one) for one in (early, due)] == [False, True]


def test_a_second_look_that_fails_is_taken_again_later() -> None:
    tale = Tale()
    tale.hear(a_survey(3))
    tale.wake(after=2)
    failed = tale.hear(LookFailed(why="line down"))

    later = [tale.wake(after=5) for _ in range(4)]

    assert not surveys(failed)
    assert any(surveys(one) for one in later)


def test_a_difference_that_changed_or_went_away_is_not_believed() -> None:
    tale = Tale()
    tale.hear(a_survey(3))
    tale.hear(a_survey(4), after=2)
    changed = tale.book.drift

    tale.hear(a_survey(0), after=2)

    assert (changed, tale.book.drift, tale.book.suspicion) == (0, 0, None)


def test_a_survey_beside_a_fill_is_not_believed() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.hear(a_survey(10))
    tale.report(News.ACCEPTED, filled=D(4))

    tale.hear(a_survey(10), after=2)

    assert tale.book.drift == 0
    assert tale.book.suspicion is not None
    assert tale.book.suspicion.difference == 6


@pytest.mark.parametrize("state", [OrderState.INTENDED, OrderState.UNKNOWN])
def test_nothing_is_compared_while_an_outcome_is_unknown(state: OrderState) -> None:
    tale = Tale(book=a_book(orders=(an_order(state=state),)))

    for _ in range(3):
        tale.hear(a_survey(10), after=3)

    assert (tale.book.drift, tale.book.suspicion) == (0, None)


def test_a_difference_that_goes_away_again_is_forgiven_with_a_word() -> None:
    tale = Tale(book=a_book(drift=D(3)))
    tale.hear(a_survey(0))

    decision = tale.hear(a_survey(0), after=2)

    assert tale.book.drift == 0
    assert "broker and book agree again" in told(decision, Urgency.NOTE)


def test_drift_blocks_entries_and_no_exits() -> None:
    tale = Tale(book=a_book(drift=D(3), shares=(a_share(5, OTHER_BOT),)))

    tale.alert(BUY, "ENTRY")
    tale.alert(CLOSE, "EXIT", OTHER_BOT)

    assert tale.verdicts["ENTRY"].refusal is Refusal.BOOK_IN_QUESTION
    assert [ticket.quantity for ticket in tale.tickets] == [5]


def test_drift_does_not_block_the_close_of_a_reversal() -> None:
    decision = judge(a_book(drift=D(-3), shares=(a_share(-5),)), arrived(BUY))

    assert [ticket.quantity for ticket in submitted(decision)] == [5]


def test_flat_closes_drift_with_everything_else() -> None:
    tale = Tale(book=a_book(drift=D(3), shares=(a_share(5),)))
    tale.alert(FLAT)
    tale.hear(a_survey(8))

    tale.report()

    assert [ticket.quantity for ticket in tale.tickets] == [8]
    assert (tale.book.drift, tale.book.net) == (0, 0)


def test_a_person_takes_drift_as_held_by_hand_and_entries_flow_again() -> None:
    tale = Tale(book=a_book(drift=D(3)))

    decision = tale.hear(DriftAdopted(quantity=D(3), by="ada"))
    tale.alert(BUY)

    assert (tale.book.drift, tale.book.external) == (0, 3)
    assert "ada took 3 as held by hand" in told(decision, Urgency.NOTE)
    assert len(tale.tickets) == 1


def test_taking_a_part_leaves_the_rest_in_question() -> None:
    decision = judge(a_book(drift=D(3)), DriftAdopted(quantity=D(1), by="ada"))

    assert (decision.book.drift, decision.book.external, decision.book.net) == (2, 1, 3)


def test_a_request_that_is_repeated_takes_nothing_twice() -> None:
    first = DriftAdopted(quantity=D(1), by="ada", request_id="R1")
    book = judge(a_book(drift=D(3)), first, first).book
    assert (book.drift, book.external) == (2, 1)

    again = judge(book, DriftAdopted(quantity=D(1), by="ada", request_id="R2")).book

    assert (again.drift, again.external) == (1, 2)


@pytest.mark.parametrize("drift", [0, -3, 2])
def test_nothing_is_taken_where_the_drift_is_not_what_was_looked_at(drift: int) -> None:
    decision = judge(a_book(drift=D(drift)), DriftAdopted(quantity=D(3), by="ada", bot_id=BOT))

    assert (decision.book.drift, decision.book.external, decision.book.shares) == (drift, 0, ())
    assert "nothing was done" in told(decision, Urgency.WARNING)


def test_a_person_gives_drift_to_a_bot_which_protects_it_from_then_on() -> None:
    tale = Tale(a_bot(protection=STOP_2), book=a_book(drift=D(3)), rules=VenueRules(brackets=False))

    decision = tale.hear(DriftAdopted(quantity=D(3), by="ada", bot_id=BOT), price=D(110))

    share = tale.book.share(BOT)
    assert (share.quantity, share.average_price(D(1)), tale.book.drift, tale.book.net) == (3, 110, 0, 3)
    assert tale.sent == [(Side.SELL, 3, Purpose.STOP)]
    assert tale.last.stop_price == 108
    assert "ada gave 3 to the bot" in told(decision, Urgency.NOTE)
    assert [(fill.quantity, fill.price, fill.crossed) for fill in decision.fills] == [(3, 110, True)]


def test_what_a_person_sold_of_a_bot_closes_its_share_and_ends_its_trade() -> None:
    tale = Tale(book=a_book(shares=(a_share(10, price=90),), drift=D(-10)))

    decision = tale.hear(DriftAdopted(quantity=D(-10), by="ada", bot_id=BOT))

    assert (tale.book.shares, tale.book.net, tale.sent) == ((), 0, [])
    assert [trade.net for trade in decision.trades] == [100]


def test_drift_stays_where_the_bot_or_the_price_is_not_known() -> None:
    event = DriftAdopted(quantity=D(3), by="ada", bot_id=BOT)

    priceless = judge(a_book(drift=D(3)), event, facts=some_facts(price=None))
    nobodys = judge(a_book(drift=D(3)), evolve(event, bot_id=BotId("gone")))

    for decision in (priceless, nobodys):
        assert (decision.book.drift, decision.book.shares) == (3, ())
        assert "nobody's still" in told(decision, Urgency.WARNING)


def test_the_share_of_no_bot_changes_by_a_survey() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))

    for _ in range(2):
        tale.hear(a_survey(4), after=3)

    assert (tale.held(), tale.book.drift) == (10, -6)


def test_an_order_that_the_venue_does_not_list_is_looked_up() -> None:
    working, legs = an_order(a_ticket("W")), an_order(a_ticket("H"), state=OrderState.HELD)

    decision = judge(a_book(orders=(working, legs)), a_survey(0))

    assert looked_up(decision) == ("W",)


def test_an_order_of_ours_that_the_book_forgot_is_looked_up_and_counted_as_a_stray() -> None:
    report = a_report(a_ticket("GONE"), News.ACCEPTED).report

    decision = judge(a_book(), a_survey(0, report))

    assert looked_up(decision) == ("GONE",)
    assert decision.book.strays == 1


def test_an_order_of_people_is_counted_and_left_alone() -> None:
    report = Report(order_id=None, broker_order_id=BrokerOrderId("b-1"), news=News.ACCEPTED, at=MONDAY)

    decision = judge(a_book(), a_survey(0, report))

    assert (decision.book.strays, decision.commands) == (1, ())


def test_a_survey_tells_of_fills_that_the_stream_has_lost() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)))
    partly = a_report(stop.ticket, News.ACCEPTED, filled=D(4), average_price=D(98)).report

    for _ in range(2):
        tale.hear(a_survey(6, partly), after=3)

    assert (tale.held(), tale.book.drift, tale.book.suspicion) == (6, 0, None)


def test_after_a_gap_everything_open_is_looked_at_again() -> None:
    orders = (an_order(a_ticket("W")), an_order(a_ticket("U"), state=OrderState.UNKNOWN))

    decision = judge(a_book(orders=orders), ReconcileDue(why="start"))

    assert surveys(decision)
    assert looked_up(decision) == ("W", "U")


def test_an_answer_that_nobody_waits_for_ends_no_step() -> None:
    tale = Tale(a_bot(), book=a_book(shares=(a_share(10),)))
    tale.alert(FLAT)
    tale.hear(a_survey(10))
    before = tale.book.plan

    tale.hear(a_survey(10))

    assert tale.book.plan == before
    assert len(tale.tickets) == 1


def test_a_share_that_people_closed_by_hand_is_crossed_by_flat_without_an_order() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)), price=95)
    tale.alert(FLAT)
    for _ in range(4):
        if surveys(tale.decisions[-1]):
            tale.hear(a_survey(0))
        tale.wake(after=2)

    assert tale.tickets == []
    assert (tale.book.shares, tale.book.net) == ((), 0)
    trades = [trade for decision in tale.decisions for trade in decision.trades]
    assert [trade.gross for trade in trades] == [-50]


def test_what_somebody_closed_by_hand_is_not_closed_a_second_time() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),), drift=D(-10)), price=95)

    decision = tale.alert(CLOSE)

    assert tale.tickets == []
    assert [trade.gross for trade in decision.trades] == [-50]
    assert (tale.book.shares, tale.book.drift, tale.book.net) == ((), 0, 0)
    assert tale.verdicts["A"].status is Status.DONE


@pytest.mark.parametrize(("drift", "sent"), [(-4, 6), (4, 10), (-15, None)])
def test_a_close_sends_what_is_left_of_the_share(drift: int, sent: int | None) -> None:
    tale = Tale(book=a_book(shares=(a_share(10),), drift=D(drift)))

    tale.alert(CLOSE)

    assert [ticket.quantity for ticket in tale.tickets] == ([] if sent is None else [sent])


def test_drift_nets_against_what_people_held_before_it_touches_a_share() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),), external=D(5), drift=D(-5)))

    tale.alert(CLOSE)
    tale.report()

    assert [ticket.quantity for ticket in tale.tickets] == [10]
    assert (tale.held(), tale.book.net) == (0, 0)


@pytest.mark.parametrize("last", ["0", "-1"])
def test_a_price_of_nothing_is_no_price(last: str) -> None:
    with pytest.raises(ValueError, match="is no price"):
        Quote(symbol=AAPL.symbol, last=D(last), at=MONDAY)


def test_a_book_tells_its_net_as_the_sum_of_all_its_parts() -> None:
    book = a_book(shares=(a_share(10), a_share(-7, OTHER_BOT)), external=D(2), drift=D(-1))

    assert book.net == 4
    assert evolve(book, shares=()).net == 1


@pytest.mark.parametrize("owed", [True, False])
def test_what_agrees_while_an_order_fills_is_looked_at_again_where_a_look_was_owed(owed: bool) -> None:
    soon = MONDAY + timedelta(seconds=30) if owed else None
    tale = Tale(book=a_book(shares=(a_share(10),), moves=1, surveyed_at=MONDAY, survey_at=soon))
    tale.alert(CLOSE)
    tale.report(News.ACCEPTED)

    # The exit may have filled while a stranger bought as much: then it only looks as if nothing had happened.
    tale.hear(a_survey(10))

    assert (tale.book.survey_at is not None) is owed
