"""Judge what happened: one event and one snapshot go in, the next book and the commands come out.

`decide` is the whole application. It is total and deterministic, and knows no clock, id source, network or database.
"""

from datetime import datetime
from typing import Final, assert_never

from tradecore.domain.book import Book, Wish
from tradecore.domain.commands import Remind, Urgency
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.ending import tell_trouble
from tradecore.domain.events import (
    AlertArrived,
    CloseAsked,
    DriftAdopted,
    Event,
    FlattenAsked,
    LookFailed,
    OrderLost,
    OrderMissing,
    OrderNotSent,
    OrderReported,
    ReconcileDue,
    ReduceAsked,
    StopAsked,
    Surveyed,
    Woken,
)
from tradecore.domain.facts import Facts
from tradecore.domain.halting import stay_flat
from tradecore.domain.ids import PlanId
from tradecore.domain.limits import Judgement
from tradecore.domain.looking import deny, due_now, lose, not_sent
from tradecore.domain.moving import move_stop
from tradecore.domain.opening import look_at_clock, released
from tradecore.domain.ordering import cancel_again_at
from tradecore.domain.pacing import PASSED_TIME
from tradecore.domain.planning import begin, end, expire, queue, want
from tradecore.domain.protecting import protect
from tradecore.domain.pursuing import SUSPICION_WAIT, pursue
from tradecore.domain.reconciling import adopt, doubts, look_failed, reconcile, survey_taken
from tradecore.domain.settling import hear
from tradecore.domain.signals import Signal
from tradecore.domain.timekeeping import in_step
from tradecore.domain.values import evolve

# A book that needs more rounds than this for one event goes in circles: a bug of ours.
_ROUNDS_MAX: Final = 500


def decide(book: Book, event: Event, facts: Facts) -> Decision:
    """Judge *event*, given the *book* so far and the *facts* about the world."""
    if facts.instrument is not None and book.instrument != facts.instrument:
        book = evolve(book, instrument=facts.instrument)
    if book.shares:
        facts = evolve(facts, counted=book.shares)
    decision = _hear(Decision(book=in_step(book, facts.now)), event, facts)
    decision = _advance(doubts(due_now(decision, facts), facts), facts)
    return _remind(tell_trouble(decision, book), facts)


def set_aside(book: Book, event: Event, why: str) -> Decision:
    """Return the decision on an event that `decide` could not judge, for a bug of ours.

    Nobody trades on it, an alert ends as failed, and a person is told.
    """
    told = f"{book.key}: tradecore itself failed on an event, and has set it aside: {why}. Look at the book."
    decision = Decision(book=book, aside=why).tell(Urgency.ALARM, told)
    if not isinstance(event, AlertArrived):
        return decision
    wish = Wish(id=PlanId(event.alert.id), signal=event.alert.signal, bot_id=event.bot_id,
                came_at=event.alert.received_at, alert=event.alert)  # fmt: skip
    return end(decision, wish, Status.FAILED, f"Nothing was done: tradecore itself failed on it ({why}).")


def _hear(decision: Decision, event: Event, facts: Facts) -> Decision:
    match event:
        case AlertArrived():
            return _alert(decision, event, facts)
        case OrderReported(report=report):
            return hear(decision, report, facts)
        case OrderNotSent(order_id=order_id, why=why, retry_after=retry_after):
            return not_sent(decision, order_id, why, retry_after, facts)
        case OrderLost(order_id=order_id, why=why):
            return lose(decision, order_id, why, facts)
        case OrderMissing(order_id=order_id):
            return deny(decision, order_id, facts)
        case LookFailed(why=why):
            return look_failed(decision, why, facts)
        case Surveyed(survey=survey):
            return survey_taken(decision, survey, facts)
        case Woken():
            return decision
        case ReconcileDue():
            return reconcile(decision)
        case FlattenAsked(why=why):
            return want(decision, facts, Signal.FLAT, None, why)
        case CloseAsked(bot_id=bot_id, why=why):
            return want(decision, facts, Signal.CLOSE, bot_id, why)
        case ReduceAsked(bot_id=bot_id, to=to, why=why):
            return want(decision, facts, Signal.CLOSE, bot_id, why, to or None)
        case StopAsked():
            return move_stop(decision, event, facts)
        case DriftAdopted():
            return adopt(decision, event, facts)
        case _:
            assert_never(event)


def _alert(decision: Decision, event: AlertArrived, facts: Facts) -> Decision:
    alert = event.alert
    # What lay in the inbox while nobody worked has waited as well.
    came_at = min(facts.now, alert.received_at)
    wish = Wish(id=PlanId(alert.id), signal=alert.signal, bot_id=event.bot_id, came_at=came_at, alert=alert)
    if event.nobody is not None:
        gate = Judgement(name="bot", refusal=event.nobody, detail=event.nobody.value)
        return end(decision, wish, Status.REFUSED, event.nobody.value, refusal=event.nobody, gates=(gate,))
    return queue(decision, wish)


def _advance(decision: Decision, facts: Facts) -> Decision:
    """Go on until nothing more can be done without news."""
    decision = expire(look_at_clock(decision, facts), facts)
    for _ in range(_ROUNDS_MAX + 2 * len(decision.book.waiting)):
        further = _once(decision, facts)
        if further is decision:
            return decision
        decision = further
    message = f"{decision.book.key}: no end after {_ROUNDS_MAX} rounds"
    raise AssertionError(message)


def _once(decision: Decision, facts: Facts) -> Decision:
    book = decision.book
    if book.plan is not None:
        further = pursue(decision, facts)
        return protect(decision, facts) if further is decision else further
    wish = next((wish for wish in book.waiting if not wish.is_queued(facts.now)), None)
    if wish is not None:
        rest = tuple(other for other in book.waiting if other is not wish)
        return begin(decision.on(evolve(book, waiting=rest)), released(wish), facts)
    further = stay_flat(decision, facts)
    return protect(decision, facts) if further is decision else further


def awaits(book: Book) -> frozenset[datetime]:
    """Return the moments at which the book has something to do by itself; where there is none, none need wake it."""
    moments: list[datetime | None] = [moment for order in book.orders for moment in (order.look_at, order.send_at)]
    if book.plan is not None:
        moments.append(book.plan.not_before)
        moments.append(book.plan.started_at + SUSPICION_WAIT if book.suspicion is not None else None)
        moments.append(None if book.plan.late else book.plan.deadline)
        moments.append(book.plan.clear_by)
    moments.append(book.survey_at)
    moments += [cancel_again_at(order) for order in book.orders]
    moments += [moment for wish in book.waiting for moment in (wish.queued_until, wish.clock_at)]
    for share in book.shares:
        seen = [share.passed_at, share.large_at]
        moments += [moment + PASSED_TIME for moment in seen if moment is not None]
        moments += [share.cover_at, share.tell_target_at, share.watch_at, share.move_by]
    return frozenset(moment for moment in moments if moment is not None)


def _remind(decision: Decision, facts: Facts) -> Decision:
    """See to it that the book is woken at the first moment at which it has something to do by itself."""
    book = decision.book
    moments = awaits(book)
    due = min((moment for moment in moments if moment > facts.now), default=None)
    # A reminder of nothing is let go unjudged when it comes: no later moment may count on it.
    is_asked_for = moments and book.remind_at is not None and book.remind_at > facts.now
    remind_at = book.remind_at if is_asked_for else None
    if due is not None and (remind_at is None or due < remind_at):
        remind_at, decision = due, decision.do(Remind(at=due))
    judged_at = facts.now if remind_at is not None else None
    if (remind_at, judged_at) == (book.remind_at, book.judged_at):
        return decision
    return decision.on(evolve(book, remind_at=remind_at, judged_at=judged_at))
