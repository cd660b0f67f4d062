"""Pursue plans to their end: each step when the last one's outcome is known, through every kind of trouble."""

from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tests.builders import (
    BOT,
    CLOSED,
    MONDAY,
    OTHER_BOT,
    a_book,
    a_bot,
    a_report,
    a_survey,
    an_account,
    arrived,
    judge,
    some_facts,
)
from tests.desk import Desk
from tests.unit.domain.examples import (
    BRACKET,
    BUY,
    CLOSE,
    FLAT,
    SELL,
    STOP_2,
    D,
    Tale,
    a_share,
    a_stop,
    a_target,
    a_ticket,
    an_order,
    cancelled,
    looked_up,
    submitted,
    surveys,
    told,
)
from tradecore.domain.book import Book, Suspicion
from tradecore.domain.commands import CancelStray, Remind, Urgency
from tradecore.domain.decisions import Status
from tradecore.domain.events import CloseAsked, FlattenAsked, LookFailed, OrderLost, OrderMissing, OrderNotSent
from tradecore.domain.ids import BrokerOrderId, HaltId
from tradecore.domain.limits import AccountLimits, BotLimits
from tradecore.domain.orders import News, OrderState, Purpose, Report, Side, Ticket
from tradecore.domain.pacing import ATTEMPTS_MAX
from tradecore.domain.parties import Halt, HaltLevel, Mode
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Direction, Strategy
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules
from tradecore.ports.history import Asked

TWO = (a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
NO_CROSSING = VenueRules(crosses_zero=False)
NO_BRACKETS = VenueRules(brackets=False)
ENTRY, EXIT, FLATTEN = Purpose.ENTRY, Purpose.EXIT, Purpose.FLATTEN


# ---------------------------------------------------------------- opening


def test_a_buy_opens_a_long_and_says_what_it_came_to() -> None:
    tale = Tale()
    tale.alert(BUY)

    tale.report(average_price=D("100.02"))

    assert tale.sent == [(Side.BUY, D(10), ENTRY)]
    verdict = tale.verdicts["A"]
    assert (verdict.status, verdict.outcome) == (Status.DONE, "Opened: the bot is long 10 AAPL at 100.02.")
    assert [gate.name for gate in verdict.gates][:2] == ["kill switch", "bot active"]


def test_a_sell_opens_a_short() -> None:
    tale = Tale()
    tale.alert(SELL)

    tale.report()

    assert (tale.sent, tale.held()) == ([(Side.SELL, D(10), ENTRY)], -10)


def test_nothing_is_done_until_the_entrys_outcome_is_known() -> None:
    tale = Tale()
    tale.alert(BUY)

    quiet = tale.wake(after=1)

    assert submitted(quiet) == ()
    assert tale.verdicts == {}


def test_a_partly_filled_entry_goes_on_until_its_deadline_then_keeps_what_filled() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.report(News.ACCEPTED, filled=D(4))

    early, late = tale.wake(after=59), tale.wake(after=1)
    tale.report(News.CANCELLED, filled=D(4))

    assert (cancelled(early), cancelled(late)) == ((), ("A-1-1",))
    assert (tale.held(), tale.verdicts["A"].status) == (4, Status.DONE)
    assert tale.verdicts["A"].outcome.startswith("Opened: the bot is long 4 AAPL at 100.")


def legs_of(ticket: Ticket) -> tuple[Ticket, ...]:
    return tuple(leg.ticket for leg in an_order(ticket).legs())


@pytest.mark.parametrize(("asleep", "waits"), [(True, 10), (False, 60)])
def test_a_part_whose_stop_sleeps_until_all_has_filled_is_not_left_so(asleep: bool, waits: int) -> None:
    tale = Tale(a_bot(protection=STOP_2))
    tale.alert(BUY)
    entry, (stop, *_) = tale.last, legs_of(tale.last)
    tale.report(News.ACCEPTED, filled=D(4))
    tale.report(News.HELD if asleep else News.ACCEPTED, stop)

    early, late = tale.wake(after=waits - 1), tale.wake(after=1)
    tale.report(News.CANCELLED, stop)
    tale.report(News.CANCELLED, entry, filled=D(4))

    assert (cancelled(early), cancelled(late)) == ((), (entry.id,))
    assert [(one.purpose, one.quantity) for one in tale.tickets[1:]] == [(Purpose.STOP, 4)]


def test_an_entry_that_never_fills_is_cancelled_at_its_deadline_and_fails_aloud() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.report(News.ACCEPTED)

    tale.wake(after=60)
    decision = tale.report(News.CANCELLED)

    assert tale.verdicts["A"].status is Status.FAILED
    assert "The entry was not filled" in told(decision, Urgency.ALARM)
    assert (tale.book.plan, tale.held(), tale.book.orders) == (None, 0, ())


def test_a_fill_that_crosses_the_cancel_is_kept() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.report(News.ACCEPTED)
    tale.wake(after=60)

    tale.report(News.FILLED)

    assert (tale.held(), tale.verdicts["A"].status) == (10, Status.DONE)


def test_a_rejected_entry_is_not_tried_again() -> None:
    tale = Tale()
    tale.alert(BUY)

    tale.report(News.REJECTED, reason="insufficient buying power")
    tale.wake(after=600)

    assert len(tale.tickets) == 1
    assert tale.verdicts["A"].outcome == "The venue refused the order: insufficient buying power."
    assert tale.verdicts["A"].refusal is Refusal.VENUE_REFUSED


def test_a_book_is_woken_at_an_entrys_deadline() -> None:
    tale = Tale()

    tale.alert(BUY)
    tale.report(News.ACCEPTED)
    for _ in range(40):
        tale.wake(after=1)

    assert tale.book.remind_at is not None
    assert tale.book.remind_at <= MONDAY + timedelta(seconds=60)


def test_a_book_is_not_reminded_twice_of_the_same_moment() -> None:
    tale = Tale()
    tale.alert(BUY)

    again = tale.wake()

    assert again.commands == ()


def test_a_book_is_reminded_of_what_comes_first() -> None:
    tale = Tale()
    tale.alert(BUY)

    sooner = tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    assert Remind(at=MONDAY + timedelta(seconds=1)) in sooner.commands


# ---------------------------------------------------------------- closing and reversing


def test_a_sell_while_long_closes_then_opens_short_in_two_orders() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(SELL)
    before = len(tale.tickets)

    tale.report()
    tale.report(average_price=D(99))

    assert before == 1
    assert tale.sent == [(Side.SELL, D(10), EXIT), (Side.SELL, D(10), ENTRY)]
    assert tale.verdicts["A"].outcome == "Reversed: the bot is short 10 AAPL at 99."


def test_a_buy_while_short_closes_then_opens_long() -> None:
    tale = Tale(book=a_book(shares=(a_share(-10),)))
    tale.alert(BUY)

    tale.report()

    assert tale.sent == [(Side.BUY, D(10), EXIT), (Side.BUY, D(10), ENTRY)]


def test_a_reversal_waits_for_the_whole_close() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(SELL)

    tale.report(News.ACCEPTED, filled=D(6))

    assert tale.sent == [(Side.SELL, D(10), EXIT)]
    assert tale.held() == 4


def test_a_reversal_survives_a_kill_between_its_two_orders_on_a_venue_that_cannot_cross_zero() -> None:
    desk = Desk(rules=NO_CROSSING)
    desk.send(BUY)
    desk.run()
    desk.send(SELL)
    desk.deadly = "after performing"

    desk.run()
    desk.restart()
    desk.settle()

    fills = [(row.order.ticket.purpose, row.order.filled) for row in desk.store.history.orders(Asked(limit=1000))]
    assert sorted(fills, key=str) == sorted([(ENTRY, D(10)), (EXIT, D(10)), (ENTRY, D(10))], key=str)
    assert (desk.held(), desk.net(), desk.last().status) == (-10, -10, Status.DONE)


def test_a_reversal_closes_even_where_the_other_side_may_not_be_opened() -> None:
    facts = some_facts(hours=CLOSED)
    book = a_book(shares=(a_share(10),))

    decision = judge(book, arrived(SELL), facts=facts)
    after = judge(decision.book, a_report(submitted(decision)[0]), facts=facts)

    (verdict,) = after.verdicts
    assert (verdict.status, verdict.refusal) == (Status.REFUSED, Refusal.MARKET_CLOSED)
    assert verdict.outcome == "Closed, but not reversed: The market is closed."
    assert after.book.shares == ()


def test_a_close_takes_the_bots_share_and_no_other() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(10), a_share(5, OTHER_BOT)), external=D(3)))
    tale.alert(CLOSE)

    tale.report()

    assert tale.sent == [(Side.SELL, D(10), EXIT)]
    assert (tale.held(), tale.held(OTHER_BOT), tale.book.external) == (0, 5, 3)
    assert tale.verdicts["A"].outcome == "Closed: the bot holds no AAPL any more."


def test_what_protects_is_cancelled_before_a_close_is_sent() -> None:
    stop, target = a_stop(), a_target()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop, target)))

    first = tale.alert(CLOSE)
    tale.report(News.CANCELLED, stop.ticket)
    between = len(tale.tickets)
    tale.report(News.CANCELLED, target.ticket)

    assert set(cancelled(first)) == {stop.id, target.id}
    assert (between, tale.sent) == (0, [(Side.SELL, D(10), EXIT)])


def test_a_stop_that_fills_while_it_is_cancelled_leaves_only_the_rest_to_close() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)))
    tale.alert(CLOSE)

    tale.report(News.CANCELLED, stop.ticket, filled=D(4), average_price=D(98))

    assert tale.sent == [(Side.SELL, D(6), EXIT)]


def test_a_stop_that_fills_whole_while_it_is_cancelled_leaves_nothing_to_close() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)))
    tale.alert(CLOSE)

    tale.report(News.FILLED, stop.ticket, average_price=D(98))

    assert tale.tickets == []
    assert tale.verdicts["A"].status is Status.DONE


def test_a_refused_cancel_is_asked_for_again_after_a_while() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)))
    tale.alert(CLOSE)

    at_once = tale.report(News.ACCEPTED, stop.ticket)
    later = tale.wake(after=2)

    assert (cancelled(at_once), cancelled(later)) == ((), (stop.id,))


@pytest.mark.parametrize(
    ("net_first", "orders"),
    [
        # +10 beside -7: three close the account's long, then seven are sold short.
        (((10, BOT), (-7, OTHER_BOT)), [(Side.SELL, D(3), EXIT), (Side.SELL, D(7), EXIT)]),
        (((-10, BOT), (7, OTHER_BOT)), [(Side.BUY, D(3), EXIT), (Side.BUY, D(7), EXIT)]),
        # -7 beside +10: closing it only enlarges the account's long.
        (((-7, BOT), (10, OTHER_BOT)), [(Side.BUY, D(7), EXIT)]),
        (((10, BOT), (5, OTHER_BOT)), [(Side.SELL, D(10), EXIT)]),
    ],
)
def test_a_close_beside_another_share_is_split_at_zero_where_the_venue_asks_for_it(
    net_first: tuple[tuple[int, str], ...], orders: list[tuple[Side, Decimal, Purpose]]
) -> None:
    shares = tuple(sorted((a_share(q, bot) for q, bot in net_first), key=lambda one: one.bot_id))  # type: ignore[arg-type] # ids are strings
    tale = Tale(*TWO, book=a_book(shares=shares), rules=NO_CROSSING)
    tale.alert(CLOSE)

    for _ in orders:
        tale.report()

    assert tale.sent == orders
    assert tale.held() == 0
    assert tale.verdicts["A"].status is Status.DONE


def test_a_close_beside_another_share_is_one_order_where_the_venue_crosses_zero() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(10), a_share(-7, OTHER_BOT))))

    tale.alert(CLOSE)

    assert tale.sent == [(Side.SELL, D(10), EXIT)]


def test_a_close_passes_every_gate() -> None:
    everything_says_no = {
        "hours": CLOSED, "quote": None, "instrument": None, "state": None,
        "halts": (Halt(id=HaltId("h"), level=HaltLevel.REDUCE_ONLY, reason="x", by="ada", at=MONDAY),),
    }  # fmt: skip
    bot = a_bot(active=False, limits=BotLimits(position_max=D(1), alert_age_max=1))
    for signal in (CLOSE, FLAT):
        tale = Tale(bot, book=a_book(shares=(a_share(10),)), **everything_says_no)

        tale.alert(signal, fired_at=MONDAY - timedelta(days=1))
        if signal is FLAT:
            tale.hear(a_survey(10))

        assert [ticket.quantity for ticket in tale.tickets] == [10]


def test_a_close_waits_five_seconds_at_most_for_a_doubt_to_be_settled() -> None:
    book = a_book(shares=(a_share(10),), suspicion=Suspicion(difference=D(-1), at=MONDAY, moves=0))
    tale = Tale(book=book)
    tale.alert(CLOSE)

    early = [len(submitted(tale.hear(LookFailed(why="line down"), after=1))) for _ in range(4)]
    late = tale.wake(after=1)

    assert (early, [ticket.quantity for ticket in submitted(late)]) == ([0, 0, 0, 0], [10])


def test_a_close_under_a_doubt_is_woken_by_itself() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.hear(a_survey(11))
    tale.alert(CLOSE)
    tale.wake(after=2)

    tale.hear(LookFailed(why="line down"))

    assert tale.book.remind_at is not None
    assert tale.book.remind_at <= MONDAY + timedelta(seconds=5)


def test_a_close_works_for_a_bot_that_is_configured_no_more() -> None:
    facts = evolve(some_facts(), bots={})

    decision = judge(a_book(shares=(a_share(10),)), arrived(CLOSE), facts=facts)

    assert [ticket.quantity for ticket in submitted(decision)] == [10]


def test_an_exit_that_is_refused_is_tried_again_ever_more_slowly_then_given_up_aloud() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(CLOSE)
    gaps = []
    for _ in range(ATTEMPTS_MAX - 1):
        decision = tale.report(News.REJECTED, reason="market closed")
        gap, before = 0, len(tale.tickets)
        assert submitted(decision) == ()
        while len(tale.tickets) == before:
            tale.wake(after=1)
            gap += 1
        gaps.append(gap)

    last = tale.report(News.REJECTED, reason="market closed")

    assert gaps == sorted(gaps)
    assert len({ticket.id for ticket in tale.tickets}) == ATTEMPTS_MAX
    assert tale.verdicts["A"].status is Status.FAILED
    assert "Could not close 10 AAPL: market closed." in told(last, Urgency.ALARM)


def test_a_close_that_was_given_up_leaves_the_share_under_its_stop_again() -> None:
    stop = a_stop()
    tale = Tale(book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)))
    tale.alert(CLOSE)
    tale.report(News.CANCELLED, stop.ticket)

    for _ in range(ATTEMPTS_MAX):
        tale.report(News.REJECTED, reason="no")
        tale.wake(after=60)

    assert tale.verdicts["A"].status is Status.FAILED
    assert tale.sent[-1] == (Side.SELL, D(10), Purpose.STOP)


@pytest.mark.parametrize("event", [FlattenAsked(why="halt"), CloseAsked(bot_id=BOT, why="risk limit")])
def test_what_tradecore_itself_closes_is_never_given_up(event: FlattenAsked | CloseAsked) -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.hear(event)
    if isinstance(event, FlattenAsked):
        tale.hear(a_survey(10))
    alarms = ""

    for _ in range(20):
        alarms += told(tale.report(News.REJECTED, reason="no"), Urgency.ALARM)
        alarms += told(tale.wake(after=60), Urgency.ALARM)

    assert len(tale.tickets) == 21
    assert alarms.count("is late") == 1


def test_a_late_exit_is_told_once_and_goes_on() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(CLOSE)
    tale.report(News.ACCEPTED)

    alarms = [told(tale.wake(after=30), Urgency.ALARM) for _ in range(6)]

    assert [bool(alarm) for alarm in alarms] == [False, True, False, False, False, False]
    assert "CLOSE is late: close takes too long." in alarms[1]
    assert tale.book.plan is not None


def test_an_exit_that_filled_in_part_is_followed_by_one_for_the_rest() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(CLOSE)

    tale.report(News.EXPIRED, filled=D(4))
    tale.wake(after=2)

    assert [(ticket.quantity, ticket.id) for ticket in tale.tickets] == [(10, "A-1-1"), (6, "A-2-2")]


# ---------------------------------------------------------------- reducing and adding


def test_target_mode_reduces_with_an_exit_and_protects_the_rest() -> None:
    stop = a_stop()
    tale = Tale(
        a_bot(mode=Mode.TARGET, protection=STOP_2),
        book=a_book(shares=(a_share(10, stop_price=D(98)),), orders=(stop,)),
    )
    tale.alert(SELL, strategy=Strategy(direction=Direction.LONG, quantity=D(4)))

    tale.report(News.CANCELLED, stop.ticket)
    tale.report(News.FILLED)

    assert tale.sent == [(Side.SELL, D(6), EXIT), (Side.SELL, D(4), Purpose.STOP)]
    assert tale.verdicts["A"].outcome == "Reduced: the bot is long 4 AAPL at 100."


def test_a_reduction_passes_every_gate() -> None:
    tale = Tale(a_bot(mode=Mode.TARGET), book=a_book(shares=(a_share(10),)), hours=CLOSED)

    tale.alert(SELL, strategy=Strategy(direction=Direction.LONG, quantity=D(4)))

    assert tale.sent == [(Side.SELL, D(6), EXIT)]


def test_target_mode_flips_in_two_orders_to_exactly_its_end() -> None:
    tale = Tale(a_bot(mode=Mode.TARGET), book=a_book(shares=(a_share(10),)))
    tale.alert(SELL, strategy=Strategy(direction=Direction.SHORT, quantity=D(3)))

    tale.report()
    tale.report()

    assert tale.sent == [(Side.SELL, D(10), EXIT), (Side.SELL, D(3), ENTRY)]
    assert tale.held() == -3


def test_target_mode_adds_only_what_is_missing_and_a_late_fill_counts() -> None:
    late = an_order(a_ticket("OLD-1-1", Side.BUY, 5), state=OrderState.CANCELLED)
    tale = Tale(a_bot(mode=Mode.TARGET), book=a_book(shares=(a_share(5),), surveyed_at=None))
    tale.alert(BUY, strategy=Strategy(direction=Direction.LONG, quantity=D(8)))

    tale.hear(a_report(late.ticket), order=late)
    tale.hear(a_survey(10))

    assert tale.tickets == []
    assert tale.held() == 10


# ---------------------------------------------------------------- opening beside an opposite share


def test_an_entry_through_zero_is_sent_in_two_where_the_venue_asks_for_it() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(-7, OTHER_BOT),)), rules=NO_CROSSING)
    tale.alert(BUY)

    tale.report(average_price=D(100))
    tale.report(average_price=D(102))

    assert tale.sent == [(Side.BUY, D(7), ENTRY), (Side.BUY, D(3), ENTRY)]
    assert (tale.held(), tale.held(OTHER_BOT)) == (10, -7)
    assert tale.verdicts["A"].outcome == "Opened: the bot is long 10 AAPL at 100.6."


@pytest.mark.parametrize("others", [5, -15])
def test_an_entry_that_does_not_cross_zero_is_one_order_on_every_venue(others: int) -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(others, OTHER_BOT),)), rules=NO_CROSSING)

    tale.alert(BUY)

    assert tale.sent == [(Side.BUY, D(10), ENTRY)]


def test_an_entry_to_exactly_zero_is_one_order() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(-10, OTHER_BOT),)), rules=NO_CROSSING)
    tale.alert(BUY)

    tale.report()

    assert tale.sent == [(Side.BUY, D(10), ENTRY)]
    assert tale.verdicts["A"].outcome == "Opened: the bot is long 10 AAPL at 100."


@pytest.mark.parametrize("news", [News.REJECTED, News.CANCELLED])
def test_an_entry_of_which_only_the_first_half_filled_says_so(news: News) -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(-7, OTHER_BOT),)), rules=NO_CROSSING)
    tale.alert(BUY)
    tale.report()

    tale.report(news, reason="no shares left")

    verdict = tale.verdicts["A"]
    assert verdict.status is Status.DONE
    assert "long 7 AAPL" in verdict.outcome


def test_the_second_half_of_an_entry_is_judged_again_at_its_own_moment() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(-7, OTHER_BOT),)), rules=NO_CROSSING)
    tale.alert(BUY)

    tale.hear(a_report(tale.last), hours=CLOSED)

    verdict = tale.verdicts["A"]
    assert len(tale.tickets) == 1
    assert (verdict.status, verdict.outcome) == (
        Status.DONE, "Opened: the bot is long 7 AAPL at 100. The rest was refused: The market is closed.")  # fmt: skip


# ---------------------------------------------------------------- brackets


@pytest.mark.parametrize(
    ("rules", "book", "as_one"),
    [
        (VenueRules(), a_book(), True),
        (VenueRules(brackets_from_flat=True), a_book(), True),
        (VenueRules(brackets_from_flat=True), a_book(external=D(3)), False),
        (VenueRules(brackets_from_flat=True), a_book(strays=1), False),
        (VenueRules(brackets_from_flat=False), a_book(external=D(3)), True),
        (NO_BRACKETS, a_book(), False),
    ],
)
def test_protection_goes_with_the_entry_where_the_venue_can(rules: VenueRules, book: object, as_one: bool) -> None:
    tale = Tale(a_bot(protection=BRACKET), book=book, rules=rules)  # type: ignore[arg-type] # one of the books above

    tale.alert(BUY)

    bracket = tale.last.bracket
    assert (bracket is not None) is as_one
    if bracket is not None:
        assert (bracket.stop_price, bracket.target_price) == (98, 103)
        assert {order.id for order in tale.book.orders} == {"A-1-1", "A-1-1-SL", "A-1-1-TP"}


def test_a_bot_without_protection_sends_no_bracket() -> None:
    tale = Tale()

    tale.alert(BUY)

    assert tale.last.bracket is None
    assert len(tale.book.orders) == 1


# ---------------------------------------------------------------- overtaking


def test_a_close_ends_an_entry_that_has_not_been_sent() -> None:
    tale = Tale(book=a_book(surveyed_at=None))
    tale.alert(BUY, "ENTRY")

    tale.alert(CLOSE, "EXIT")
    tale.hear(a_survey(0))

    assert tale.tickets == []
    assert tale.verdicts["ENTRY"].refusal is Refusal.OVERTAKEN
    assert tale.verdicts["EXIT"].outcome == "Nothing to close: the bot holds no AAPL."


def test_a_close_ends_a_reversal_before_its_second_order() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(SELL, "REVERSE")
    tale.alert(CLOSE, "EXIT")

    tale.report()

    assert tale.sent == [(Side.SELL, D(10), EXIT)]
    assert tale.verdicts["REVERSE"].refusal is Refusal.OVERTAKEN
    assert tale.verdicts["EXIT"].status is Status.DONE


def test_a_close_takes_back_an_entry_that_works_and_closes_what_hada_report() -> None:
    tale = Tale()
    tale.alert(BUY, "ENTRY")
    tale.report(News.ACCEPTED, filled=D(4))

    overtaking = tale.alert(CLOSE, "EXIT")
    tale.report(News.CANCELLED, filled=D(4))
    tale.report()

    assert cancelled(overtaking) == ("ENTRY-1-1",)
    assert tale.sent == [(Side.BUY, D(10), ENTRY), (Side.SELL, D(4), EXIT)]
    assert (tale.verdicts["ENTRY"].status, tale.verdicts["ENTRY"].outcome) == (Status.DONE, "A later CLOSE took over.")
    assert (tale.held(), tale.verdicts["EXIT"].status) == (0, Status.DONE)


def test_another_bots_close_lets_an_unsent_entry_step_aside_and_take_its_turn_again() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(5, OTHER_BOT),), surveyed_at=None))
    tale.alert(BUY, "ENTRY")
    tale.alert(CLOSE, "EXIT", OTHER_BOT)

    tale.hear(a_survey(5))
    tale.report()
    tale.report()

    assert [(ticket.id, ticket.purpose) for ticket in tale.tickets] == [("EXIT-1-1", EXIT), ("ENTRY-1-1", ENTRY)]
    assert {name: verdict.status for name, verdict in tale.verdicts.items()} == {
        "EXIT": Status.DONE,
        "ENTRY": Status.DONE,
    }


def test_an_exit_that_let_another_go_first_keeps_its_own_pace() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(10), a_share(5, OTHER_BOT))))
    tale.hear(CloseAsked(bot_id=OTHER_BOT, why="risk"))
    for after in (1, 2, 0):
        tale.report(News.REJECTED, reason="no")
        tale.wake(after=after)
    tale.alert(CLOSE, "MINE")

    tale.report()
    early, due = tale.wake(after=3), tale.wake(after=1)

    assert (tale.held(), submitted(early)) == (0, ())
    assert [ticket.quantity for ticket in submitted(due)] == [5]


def test_another_bots_close_waits_for_an_entry_that_was_sent() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(5, OTHER_BOT),)))
    tale.alert(BUY, "ENTRY")

    waiting = tale.alert(CLOSE, "EXIT", OTHER_BOT)
    tale.report()

    assert (submitted(waiting), cancelled(waiting)) == ((), ())
    assert [ticket.id for ticket in tale.tickets] == ["ENTRY-1-1", "EXIT-1-1"]


def test_flat_takes_over_from_a_close_under_way() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(CLOSE, "EXIT")
    tale.report(News.ACCEPTED)

    overtaking = tale.alert(FLAT, "FLAT")
    tale.report(News.CANCELLED, filled=D(3))
    tale.hear(a_survey(7))

    assert cancelled(overtaking) == ("EXIT-1-1",)
    assert tale.sent == [(Side.SELL, D(10), EXIT), (Side.SELL, D(7), FLATTEN)]
    assert tale.verdicts["EXIT"].outcome == "A later FLAT took over."


def test_an_overtaken_entry_whose_fate_is_unknown_is_waited_for() -> None:
    tale = Tale()
    tale.alert(BUY, "ENTRY")
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    tale.alert(FLAT, "FLAT")
    tale.wake(after=5)
    tale.report(News.FILLED, tale.tickets[0])
    tale.hear(a_survey(10))

    assert tale.sent == [(Side.BUY, D(10), ENTRY), (Side.SELL, D(10), FLATTEN)]


def test_an_order_that_one_did_not_send_and_another_may_have_sent_is_looked_up_before_it_is_given_up() -> None:
    tale = Tale()
    tale.alert(BUY)
    order_id = tale.last.id
    tale.hear(OrderNotSent(order_id=order_id, why="said late, by one that slept"))
    tale.hear(OrderLost(order_id=order_id, why="timeout"))

    tale.hear(FlattenAsked(why="halt"), after=2)

    assert tale.order(order_id).state is OrderState.UNKNOWN


def test_an_overtaken_entry_that_never_left_is_not_sent_again() -> None:
    tale = Tale()
    tale.alert(BUY, "ENTRY")
    tale.hear(OrderNotSent(order_id=tale.last.id, why="line down"))

    tale.alert(CLOSE, "EXIT")
    tale.wake(after=60)

    assert len(tale.tickets) == 1
    assert tale.verdicts["ENTRY"].refusal is Refusal.OVERTAKEN


# ---------------------------------------------------------------- FLAT, to the end


def test_flat_cancels_everything_then_looks_then_closes_then_has_it_confirmed() -> None:
    stop, others = a_stop(), an_order(a_ticket("B-1-1"), bot_id=OTHER_BOT)
    tale = Tale(*TWO, book=a_book(shares=(a_share(10),), orders=(stop, others)))

    first = tale.alert(FLAT)
    tale.report(News.CANCELLED, stop.ticket)
    looking = tale.report(News.CANCELLED, others.ticket)
    tale.hear(a_survey(10))
    confirming = tale.report()
    done = tale.hear(a_survey(0))

    assert (cancelled(first), surveys(first)) == ((stop.id, others.id), False)
    assert surveys(looking)
    assert tale.sent == [(Side.SELL, D(10), FLATTEN)]
    assert surveys(confirming)
    assert (confirming.flat, done.flat) == (False, True)
    assert tale.verdicts["A"].outcome == "Flat: the broker confirms that nothing is held and nothing works in AAPL."


def test_flat_believes_the_brokers_count_and_not_its_own() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(FLAT)
    for _ in range(3):
        tale.hear(a_survey(12), after=3)

    tale.report()

    assert [ticket.quantity for ticket in tale.tickets] == [12]
    assert (tale.book.net, tale.book.shares) == (0, ())


def test_flat_cancels_orders_that_are_not_ours_and_looks_again() -> None:
    stray = Report(order_id=None, broker_order_id=BrokerOrderId("b-9"), news=News.ACCEPTED, at=MONDAY)
    tale = Tale()
    tale.alert(FLAT)

    seen = tale.hear(a_survey(0, stray))
    again = tale.wake(after=2)
    tale.hear(a_survey(0))
    tale.hear(a_survey(0))

    assert CancelStray(broker_order_id=BrokerOrderId("b-9")) in seen.commands
    assert (surveys(seen), surveys(again)) == (False, True)
    assert tale.verdicts["A"].status is Status.DONE


FROM_FLAT = VenueRules(brackets_from_flat=True)


@pytest.mark.parametrize(
    ("rules", "book", "said"),
    [
        (VenueRules(), a_book(), None),
        (FROM_FLAT, a_book(), None),
        (VenueRules(brackets=False), a_book(), "the venue takes none with an entry"),
        (FROM_FLAT, a_book(shares=(a_share(5, OTHER_BOT),)),
         "the venue takes one only where nothing else is held, or works, in the instrument"),
    ],
)  # fmt: skip
def test_an_entry_whose_target_the_venue_does_not_keep_says_so_and_why(
    rules: VenueRules, book: Book, said: str | None
) -> None:
    tale = Tale(a_bot(protection=BRACKET), a_bot(id=OTHER_BOT), book=book, rules=rules)

    tale.alert(BUY)
    tale.report()

    opened = "Opened: the bot is long 10 AAPL at 100."
    whole = (
        f"{opened} Its target is not kept at the venue: {said}. Its price is watched here instead." if said else opened
    )
    assert (tale.verdicts["A"].status, tale.verdicts["A"].outcome) == (Status.DONE, whole)


def test_what_is_added_beside_a_bracket_says_for_how_much_its_target_is_kept() -> None:
    tale = Tale(a_bot(protection=BRACKET, mode=Mode.PYRAMID), rules=FROM_FLAT)
    tale.alert(BUY)
    entry = tale.last
    tale.report(ticket=entry)

    tale.alert(BUY, "B")
    tale.report()

    assert "Its target is kept at the venue for 10 of 20 only: the venue takes one" in tale.verdicts["B"].outcome


def test_a_short_whose_target_no_price_can_reach_says_so() -> None:
    far = Protection(target=Distance(D(100), DistanceUnit.PERCENT))
    tale = Tale(a_bot(protection=far))

    tale.alert(SELL)
    tale.report()

    assert tale.verdicts["A"].outcome.endswith("Its target is not kept at the venue: no price falls so far.")


@pytest.mark.parametrize("stray", [True, False])
def test_flat_is_not_done_while_the_broker_does_not_confirm_it(stray: bool) -> None:
    working = (Report(order_id=None, broker_order_id=BrokerOrderId("b-9"), news=News.ACCEPTED, at=MONDAY),)
    tale = Tale()
    tale.alert(FLAT)
    tale.hear(a_survey(0))

    tale.hear(a_survey(0 if stray else 5, *(working if stray else ())))

    verdict = tale.verdicts["A"]
    assert verdict.status is Status.PENDING
    assert verdict.outcome.startswith("Not done yet, and still tried: the broker still holds ")
    assert tale.book.plan is not None


def test_flat_closes_what_appears_between_its_order_and_the_confirmation() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(FLAT)
    tale.hear(a_survey(10))
    tale.report()
    for _ in range(10):
        tale.hear(a_survey(5), after=3)
        tale.wake(after=3)
        if len(tale.tickets) > 1:
            break

    tale.report()
    tale.hear(a_survey(0), after=3)

    assert [ticket.quantity for ticket in tale.tickets] == [10, 5]
    assert tale.verdicts["A"].status is Status.DONE


def test_flat_does_not_sell_twice_where_the_brokers_count_lags_behind_a_fill() -> None:
    tale = Tale(book=a_book(shares=(a_share(3),)))
    tale.alert(FLAT)
    tale.hear(a_survey(3))
    tale.report()

    counts = [3, 3, 0, 0]
    for _ in range(20):
        if surveys(tale.decisions[-1]) and counts:
            tale.hear(a_survey(counts.pop(0)))
        else:
            tale.wake(after=1)

    assert [ticket.quantity for ticket in tale.tickets] == [3]
    assert tale.verdicts["A"].status is Status.DONE


def test_a_confirmed_flat_leaves_nothing_in_question() -> None:
    tale = Tale(book=a_book(external=D(5), drift=D(-5)))
    tale.alert(FLAT)

    tale.hear(a_survey(0))
    tale.hear(a_survey(0))

    assert (tale.book.external, tale.book.drift) == (0, 0)


def test_flat_asks_again_where_the_broker_cannot_be_asked() -> None:
    tale = Tale()
    tale.alert(FLAT)

    failed = tale.hear(LookFailed(why="line down"))
    again = tale.wake(after=1)
    failed_again = tale.hear(LookFailed(why="line down"))
    too_soon, later = tale.wake(after=1), tale.wake(after=1)

    assert [surveys(one) for one in (failed, again, failed_again, too_soon, later)] == [False, True, False, False, True]


def test_an_entry_whose_question_goes_unanswered_fails_at_its_deadline() -> None:
    tale = Tale(book=a_book(surveyed_at=None))
    tale.alert(BUY)
    for _ in range(40):
        tale.hear(LookFailed(why="line down"))
        tale.wake(after=10)
        if tale.verdicts["A"].status is not Status.PENDING:
            break

    assert tale.tickets == []
    assert tale.verdicts["A"].status is Status.FAILED
    assert tale.verdicts["A"].outcome == "Nothing was sent: line down."
    assert tale.seconds <= 120


def test_flat_while_flat_still_cancels_what_rests() -> None:
    resting = an_order(a_ticket("OLD-1-1"))
    tale = Tale(book=a_book(orders=(resting,)))

    decision = tale.alert(FLAT)

    assert cancelled(decision) == (resting.id,)


# ---------------------------------------------------------------- doubt


def test_an_entry_waits_while_broker_and_book_may_disagree() -> None:
    doubt = Suspicion(difference=D(3), at=MONDAY, moves=0)
    tale = Tale(book=a_book(suspicion=doubt))
    tale.alert(BUY)

    waiting = len(tale.tickets)
    tale.hear(a_survey(0), after=3)

    assert (waiting, len(tale.tickets)) == (0, 1)


def test_an_entry_is_refused_when_the_difference_is_there_to_stay() -> None:
    tale = Tale(book=a_book(suspicion=Suspicion(difference=D(3), at=MONDAY, moves=0)))
    tale.alert(BUY)

    tale.hear(a_survey(3), after=3)

    assert (tale.tickets, tale.verdicts["A"].refusal) == ([], Refusal.BOOK_IN_QUESTION)


def test_an_entry_is_not_sent_on_a_doubt_that_nobody_could_settle() -> None:
    tale = Tale(book=a_book(suspicion=Suspicion(difference=D(3), at=MONDAY, moves=0)))
    tale.alert(BUY)

    for _ in range(10):
        tale.hear(LookFailed(why="line down"), after=10)

    assert tale.tickets == []
    assert tale.verdicts["A"].status in {Status.REFUSED, Status.FAILED}


def test_an_order_that_the_venue_forgot_does_not_hold_up_flat_for_ever() -> None:
    order = an_order(a_ticket("OLD-1-1"))
    tale = Tale(book=a_book(orders=(order,)))
    tale.alert(FLAT)

    for _ in range(30):
        missing = tale.hear(OrderMissing(order_id=order.id), after=60)
        if surveys(missing):
            tale.hear(a_survey(0))
            tale.hear(a_survey(0))

    assert tale.verdicts["A"].status is Status.DONE


# ---------------------------------------------------------------- ids


def test_every_order_of_a_plan_has_an_id_of_its_own_made_from_the_alert() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(SELL)
    tale.report(News.REJECTED)
    tale.wake(after=60)
    tale.report()
    tale.report()

    assert [ticket.id for ticket in tale.tickets] == ["A-1-1", "A-2-2", "A-3-1"]


def test_limits_are_judged_when_the_entry_is_sent_and_not_only_when_it_came() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)))
    tale.alert(SELL)
    full = AccountLimits(losing_streak=1)

    tale.hear(a_report(tale.last), account=an_account(limits=full), losses_in_a_row=1)

    assert tale.verdicts["A"].refusal is Refusal.LOSING_STREAK
    assert len(tale.tickets) == 1


def test_a_lookup_is_asked_for_while_an_outcome_is_missing() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.hear(OrderLost(order_id=tale.last.id, why="timeout"))

    decision = tale.wake(after=2)

    assert looked_up(decision) == ("A-1-1",)
    assert any(isinstance(command, Remind) for d in tale.decisions for command in d.commands)
