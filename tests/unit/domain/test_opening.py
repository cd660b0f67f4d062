"""Let entries wait for the market to open, where their bot asks for it; exits never wait, the latest alert counts."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.builders import BOT, KEY, MONDAY, OPEN, OTHER_BOT, SESSION, a_book, a_bot, a_survey, an_account, arrived
from tests.unit.domain.examples import BUY, CLOSE, FLAT, HOLD, SELL, D, Tale, a_share, submitted
from tradecore.domain.book import Wish
from tradecore.domain.commands import Remind
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.events import CloseAsked, ReconcileDue
from tradecore.domain.ids import HaltId, PlanId
from tradecore.domain.limits import BotLimits
from tradecore.domain.orders import Purpose, Side
from tradecore.domain.pacing import CLOCK_TIME
from tradecore.domain.parties import Halt, HaltLevel, Mode, WhenClosed
from tradecore.domain.refusals import Refusal
from tradecore.domain.sessions import Hours
from tradecore.domain.signals import Direction, Strategy
from tradecore.domain.timeframes import Timeframe

NIGHT = 9 * 3600
OPENING = MONDAY + timedelta(seconds=NIGHT)
TOMORROW = evolve(SESSION, opens=OPENING, closes=OPENING + timedelta(hours=6))
SHUT = Hours(now=None, next=TOMORROW, day=OPEN.day, day_began=OPEN.day_began)
AGAIN = Hours(now=TOMORROW, next=None, day=OPEN.day, day_began=OPEN.day_began)
QUEUES = a_bot(when_closed=WhenClosed.QUEUE)
ALSO_QUEUES = a_bot(id=OTHER_BOT, timeframe=Timeframe(300), when_closed=WhenClosed.QUEUE)


def at_night(*bots: Any, **changes: Any) -> Tale:
    """Return a book in a night in which the market is closed until nine hours from now."""
    return Tale(*(bots or (QUEUES,)), **{"hours": SHUT, **changes})


def open_market(tale: Tale, after: int = NIGHT) -> Decision:
    """Let the opening come, *after* so many seconds."""
    tale.usual["hours"] = AGAIN
    return tale.wake(after=after)


def queued(tale: Tale) -> list[str]:
    return [wish.id for wish in tale.book.waiting if wish.queued_until is not None]


# ---------------------------------------------------------------- waiting, and being judged


def test_an_entry_waits_for_the_opening_and_says_until_when() -> None:
    tale = at_night()

    decision = tale.alert(BUY)

    (verdict,) = decision.verdicts
    assert (verdict.status, verdict.refusal) == (Status.PENDING, None)
    assert verdict.outcome == "Waits until 2026-11-24 00:00 UTC, when the market opens; it is judged then."
    assert (queued(tale), tale.book.plan, tale.tickets) == (["A"], None, [])
    assert Remind(at=MONDAY + CLOCK_TIME) in decision.commands


def test_a_bot_that_does_not_ask_for_it_is_refused_at_once() -> None:
    tale = at_night(a_bot())

    tale.alert(BUY)

    assert tale.verdicts["A"].refusal is Refusal.MARKET_CLOSED
    assert tale.book.waiting == ()


def test_at_the_opening_it_is_judged_and_sent_once() -> None:
    tale = at_night()
    tale.alert(BUY)
    tale.wake(after=NIGHT - 1)
    assert tale.tickets == []

    open_market(tale, after=1)
    tale.report()
    tale.wake(after=60)

    assert tale.sent == [(Side.BUY, D(10), Purpose.ENTRY)]
    assert (tale.verdicts["A"].status, tale.held()) == (Status.DONE, 10)
    turn = next(gate for gate in tale.verdicts["A"].gates if gate.name == "turn")
    assert turn.detail == "waited 0 s of 300 s allowed"


@pytest.mark.parametrize(("late", "refusal"), [(300, None), (301, Refusal.WAITED_TOO_LONG)])
def test_whoever_wakes_late_after_the_opening_finds_the_entry_as_old_as_the_opening(
    late: int, refusal: Refusal | None
) -> None:
    tale = at_night()
    tale.alert(BUY)

    open_market(tale, after=NIGHT + late)

    assert (tale.verdicts["A"].refusal, len(tale.tickets)) == (refusal, 0 if refusal else 1)


def test_its_age_is_that_on_arrival() -> None:
    tale = at_night(a_bot(when_closed=WhenClosed.QUEUE, limits=BotLimits(alert_age_max=60)))
    tale.alert(BUY, fired_at=MONDAY - timedelta(seconds=30))
    tale.alert(BUY, "OLD", fired_at=MONDAY - timedelta(seconds=61))

    open_market(tale)

    assert tale.verdicts["OLD"].refusal is Refusal.TOO_OLD
    assert [ticket.id for ticket in tale.tickets] == ["A-1-1"]


HALTED = Halt(id=HaltId("h"), level=HaltLevel.NO_ENTRIES, reason="x", by="ada", at=MONDAY)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"halts": (HALTED,)}, Refusal.HALTED),
        ({"account": an_account(active=False)}, Refusal.BOT_INACTIVE),
        ({"bots": {BOT: evolve(QUEUES, active=False)}}, Refusal.BOT_INACTIVE),
    ],
)
@pytest.mark.parametrize("when", ["on arrival", "at the opening"])
def test_what_stands_before_the_hours_refuses_it_whenever_it_is_there(
    changes: dict[str, Any], refusal: Refusal, when: str
) -> None:
    tale = at_night(**(changes if when == "on arrival" else {}))
    tale.alert(BUY)
    assert bool(queued(tale)) == (when == "at the opening")

    tale.usual |= changes
    open_market(tale)

    assert (tale.verdicts["A"].refusal, tale.tickets) == (refusal, [])


def test_an_opening_that_did_not_come_is_waited_for_again() -> None:
    """A holiday that the calendar did not know in the evening."""
    tale = at_night()
    tale.alert(BUY)
    later = evolve(TOMORROW, opens=OPENING + timedelta(days=1), closes=OPENING + timedelta(days=1, hours=6))
    tale.usual["hours"] = evolve(SHUT, next=later)

    tale.wake(after=NIGHT)

    assert tale.tickets == []
    assert [wish.queued_until for wish in tale.book.waiting] == [later.opens]
    open_market(tale, after=86_400)
    assert [ticket.id for ticket in tale.tickets] == ["A-1-1"]


def test_a_market_that_opens_earlier_than_was_said_is_seen_within_a_minute() -> None:
    tale = at_night()
    tale.alert(BUY)
    tale.usual["hours"] = AGAIN

    decision = tale.wake(after=60)

    assert [ticket.id for ticket in tale.tickets] == ["A-1-1"]
    turn = next(gate for gate in tale.book.plan.gates if gate.name == "turn") if tale.book.plan else None
    assert turn is not None
    assert turn.detail == "waited 0 s of 300 s allowed"
    assert decision.verdicts == ()


@pytest.mark.parametrize("hours", [-3, 3])
def test_an_opening_that_is_said_to_be_another_is_told_and_looked_at_each_minute(hours: int) -> None:
    tale = at_night()
    tale.alert(BUY)
    opens = OPENING + timedelta(hours=hours)
    tale.usual["hours"] = evolve(SHUT, next=evolve(TOMORROW, opens=opens, closes=opens + timedelta(hours=6)))

    first, second = tale.wake(after=60), tale.wake(after=60)

    assert [one.outcome[:28] for one in first.verdicts] == [f"Waits until {opens:%Y-%m-%d %H:%M}"]
    assert second.verdicts == ()
    assert second.commands == (Remind(at=MONDAY + 3 * CLOCK_TIME),)
    assert tale.tickets == []


@pytest.mark.parametrize("hours", [None, evolve(SHUT, next=None), evolve(SHUT, next=SESSION)])
def test_where_nobody_knows_an_opening_to_come_nothing_waits(hours: Hours | None) -> None:
    tale = at_night(hours=hours)

    tale.alert(BUY)

    assert tale.verdicts["A"].refusal is Refusal.MARKET_CLOSED


def test_an_entry_whose_turn_comes_just_after_the_close_waits_as_well() -> None:
    tale = Tale(QUEUES, book=a_book(surveyed_at=None))
    tale.alert(BUY)
    tale.usual["hours"] = SHUT

    tale.hear(a_survey(0))

    assert (queued(tale), tale.tickets, tale.book.plan) == (["A"], [], None)


def test_a_clock_that_is_set_back_does_not_move_the_opening() -> None:
    tale = at_night()
    tale.alert(BUY)

    tale.wake(after=-3600)

    assert [wish.queued_until for wish in tale.book.waiting] == [OPENING]
    open_market(tale, after=NIGHT + 3600)
    assert [ticket.id for ticket in tale.tickets] == ["A-1-1"]


# ---------------------------------------------------------------- reversals and target mode


def test_a_reversal_waits_whole_and_sends_both_halves_at_the_opening() -> None:
    tale = at_night(book=a_book(shares=(a_share(10),)))

    tale.alert(SELL)
    assert tale.tickets == []
    open_market(tale)
    tale.report()
    tale.report()

    assert [(side, purpose) for side, _, purpose in tale.sent] == [
        (Side.SELL, Purpose.EXIT),
        (Side.SELL, Purpose.ENTRY),
    ]
    assert tale.held() == -10


def test_a_reversal_that_the_close_of_the_market_cuts_in_two_opens_later_under_an_id_of_its_own() -> None:
    tale = Tale(QUEUES, book=a_book(shares=(a_share(10),)))
    tale.alert(SELL)
    tale.usual["hours"] = SHUT
    tale.report()
    assert (queued(tale), tale.held()) == (["A"], 0)

    open_market(tale)

    assert [ticket.id for ticket in tale.tickets] == ["A-1-1", "A-2-1"]


def test_what_only_closes_does_not_wait_whatever_it_is_called() -> None:
    target = a_bot(mode=Mode.TARGET, when_closed=WhenClosed.QUEUE)
    tale = at_night(target, book=a_book(shares=(a_share(10),)))

    tale.alert(SELL, strategy=Strategy(direction=Direction.LONG, quantity=D(4)))

    assert tale.sent == [(Side.SELL, D(6), Purpose.EXIT)]


# ---------------------------------------------------------------- overtaking, and being replaced


@pytest.mark.parametrize("signal", [CLOSE, FLAT])
def test_a_later_exit_overtakes_what_waits(signal: Any) -> None:
    tale = at_night()
    tale.alert(BUY)

    tale.alert(signal, "EXIT")

    assert tale.verdicts["A"].refusal is Refusal.OVERTAKEN
    assert queued(tale) == []


def test_what_tradecore_closes_by_itself_overtakes_as_well() -> None:
    tale = at_night()
    tale.alert(BUY)

    tale.hear(CloseAsked(bot_id=BOT, why="the bot is to be deleted"))

    assert tale.verdicts["A"].refusal is Refusal.OVERTAKEN
    assert tale.book.is_idle


def test_a_close_of_another_bot_leaves_it_in_line() -> None:
    tale = at_night(QUEUES, ALSO_QUEUES, book=a_book(shares=(a_share(5, OTHER_BOT),)))
    tale.alert(BUY)

    tale.alert(CLOSE, "EXIT", OTHER_BOT)
    tale.report()

    assert tale.verdicts["EXIT"].status is Status.DONE
    assert queued(tale) == ["A"]


@pytest.mark.parametrize("second", [BUY, SELL])
def test_a_second_entry_takes_the_place_of_the_first(second: Any) -> None:
    tale = at_night()
    tale.alert(BUY, "FIRST")

    tale.alert(second, "SECOND")
    open_market(tale)

    assert tale.verdicts["FIRST"].refusal is Refusal.REPLACED
    assert [ticket.id for ticket in tale.tickets] == ["SECOND-1-1"]


def test_a_second_entry_that_finds_its_side_held_replaces_the_reversal_that_waits() -> None:
    tale = at_night(book=a_book(shares=(a_share(10),)))
    tale.alert(SELL, "REVERSE")

    tale.alert(BUY, "STAY")
    open_market(tale)

    assert tale.verdicts["REVERSE"].refusal is Refusal.REPLACED
    assert (tale.tickets, tale.held()) == ([], 10)


def test_what_says_nothing_replaces_nothing() -> None:
    tale = at_night()
    tale.alert(BUY, "FIRST")

    tale.alert(HOLD, "HOLD")
    tale.alert(SELL, "PART", strategy=Strategy(direction=Direction.LONG, quantity=D(4)))

    assert queued(tale) == ["FIRST"]


def test_bots_wait_beside_one_another_and_go_in_the_order_of_their_coming() -> None:
    tale = at_night(QUEUES, ALSO_QUEUES)
    tale.alert(BUY, "A")
    tale.alert(BUY, "B", OTHER_BOT)

    open_market(tale)
    tale.report()

    assert [ticket.id for ticket in tale.tickets] == ["A-1-1", "B-1-1"]


# ---------------------------------------------------------------- the rest of the book goes on


def test_a_book_in_which_something_waits_goes_on_meanwhile() -> None:
    tale = at_night(QUEUES, a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
    tale.alert(BUY)

    refused = tale.alert(BUY, "B", OTHER_BOT)
    looked = tale.hear(ReconcileDue(why="a start"))

    assert refused.verdicts[0].refusal is Refusal.MARKET_CLOSED
    assert (submitted(looked), queued(tale)) == ((), ["A"])


def test_an_entry_that_waits_for_the_opening_never_waits_too_long_before_it() -> None:
    waiting = Wish(
        id=PlanId("A"), signal=BUY, bot_id=BOT, came_at=MONDAY, alert=arrived(BUY, "A").alert, queued_until=OPENING
    )
    tale = at_night(book=a_book(key=KEY, waiting=(waiting,)))

    tale.wake(after=400)

    assert queued(tale) == ["A"]
