"""Compare what we believe with what the broker says; believe a difference only when it is seen twice.

A survey can be older than a fill that we have heard of, or younger than one that we have not.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, Plan, Step, StepKind, Suspicion
from tradecore.domain.commands import CancelStray, LookUp, TakeSurvey, Urgency
from tradecore.domain.crossing import Execution, assign_drift
from tradecore.domain.decisions import Decision
from tradecore.domain.events import DriftAdopted
from tradecore.domain.facts import Facts
from tradecore.domain.fitting import guard_around
from tradecore.domain.ids import BotId
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import OrderState, Report, Side
from tradecore.domain.pacing import LAG, SECOND_LOOK, STOPS_LOST_MAX
from tradecore.domain.planning import own_id
from tradecore.domain.settling import hear
from tradecore.domain.signals import Signal
from tradecore.domain.values import evolve
from tradecore.domain.venues import Survey

# How long after a failed question it is asked again.
FAILED_LOOK: Final = timedelta(seconds=10)
# How long after a look at a book in question the broker is asked again.
DRIFT_LOOK: Final = timedelta(seconds=60)


def survey_taken(decision: Decision, survey: Survey, facts: Facts) -> Decision:
    """Take what the broker holds and works in the instrument."""
    strays = tuple(report for report in survey.working if not _is_followed(decision.book, report))
    for report in survey.working:
        if _is_followed(decision.book, report):
            decision = hear(decision, report, facts)
    decision = _look_closer(decision, survey)
    first = decision.book.surveyed_at is None and not decision.book.moves
    was_owed = decision.book.survey_at is not None
    seen = evolve(decision.book, surveyed_at=survey.at, strays=len(strays), stray_sides=_sides(strays))
    decision = decision.on(evolve(seen, survey_at=None))
    plan = decision.book.plan
    step = plan.step if plan is not None else None
    if plan is not None and step is not None and step.asked_at is not None:
        if step.kind is StepKind.CONFIRM:
            return _confirmed(decision, plan, survey, facts)
        if plan.wish.signal is Signal.FLAT:
            return _everything_seen(decision, plan, survey, strays, facts, first=first)
        decision = decision.on(evolve(decision.book, plan=plan.step_done()))
    if decision.book.in_doubt:
        return decision.on(evolve(decision.book, survey_at=facts.now + SECOND_LOOK))
    difference = survey.net - decision.book.net
    if first:
        return _owned_by_people(decision, difference)
    decision = _weigh(decision, difference, facts, settled=survey.settled)
    if was_owed and decision.book.survey_at is None and _is_moving(decision.book):
        # What agrees while an order of ours fills may agree by chance: what a stranger's fill did is looked at again.
        decision = decision.on(evolve(decision.book, survey_at=facts.now + DRIFT_LOOK))
    return decision


def _is_moving(book: Book) -> bool:
    """Tell whether an order of ours works that does not only rest to protect."""
    return any(not order.ticket.purpose.protects for order in book.orders)


def _sides(strays: tuple[Report, ...]) -> tuple[Side, ...]:
    """Return the sides on which orders work that are not ours."""
    found = {stray.side for stray in strays if stray.order_id is None}
    return tuple(side for side in Side if side in found)


def _owned_by_people(decision: Decision, difference: Decimal) -> Decision:
    """Take what was there before us: it belongs to people."""
    return decision.on(evolve(decision.book, external=decision.book.external + difference))


def _is_followed(book: Book, report: Report) -> bool:
    return report.order_id is not None and book.order(report.order_id) is not None


def _look_closer(decision: Decision, survey: Survey) -> Decision:
    """Look up every order on which broker and book disagree whether it works."""
    at_venue = {report.order_id for report in survey.working if report.order_id is not None}
    followed = {order.id for order in decision.book.orders}
    asleep = {OrderState.HELD, OrderState.INTENDED}
    odd = [order.id for order in decision.book.orders if order.id not in at_venue and order.state not in asleep]
    odd += sorted(at_venue - followed)
    return decision.do(*(LookUp(order_id=order_id) for order_id in odd))


def _seen_twice(decision: Decision, difference: Decimal, facts: Facts, *, settled: bool) -> tuple[Decision, bool]:
    """Tell whether *difference* was seen before, unchanged and long enough ago; else remember it, and ask again."""
    wait = SECOND_LOOK if settled else LAG
    book, seen = decision.book, decision.book.suspicion
    if seen is None or (seen.difference, seen.moves) != (difference, book.moves):
        seen = Suspicion(difference=difference, at=facts.now, moves=book.moves)
        book = _free_to_cover(evolve(book, suspicion=seen))
    if facts.now >= seen.at + wait:
        return decision.on(evolve(book, suspicion=None)), True
    return decision.on(evolve(book, suspicion=seen, survey_at=facts.now + SECOND_LOOK)), False


def _free_to_cover(book: Book) -> Book:
    """Let each share against which the suspicion speaks have one more stop at once, for what surely is there.

    What the venue refused before was for more than it holds.
    """
    for share in book.shares:
        if book.held_at_least(share.bot_id) != book.held_for_sure(share.bot_id) and share.stops_lost:
            book = book.with_share(evolve(share, cover_at=None, stops_lost=min(share.stops_lost, STOPS_LOST_MAX - 1)))
    return book


def _weigh(decision: Decision, difference: Decimal, facts: Facts, *, settled: bool) -> Decision:
    if difference == ZERO:
        decision = decision.on(evolve(decision.book, suspicion=None)) if decision.book.suspicion else decision
        return _look_again_while_odd(decision, facts)
    decision, sure = _seen_twice(decision, difference, facts, settled=settled)
    if not sure:
        return decision
    book = decision.book
    drift = book.drift + difference
    decision = decision.on(evolve(book, drift=drift))
    if drift == ZERO:
        return decision.tell(Urgency.NOTE, f"{book.key}: broker and book agree again.")
    told = (
        f"{book.key}: the broker holds {plain(drift)} that no bot and no known person bought. "
        "Entries wait until a person has taken it as held by hand, or has closed it."
    )
    return _look_again_while_odd(decision.tell(Urgency.ALARM, told), facts)


def _look_again_while_odd(decision: Decision, facts: Facts) -> Decision:
    """Have the broker asked each minute as long as something is in question: it may have been the broker's own lag."""
    if not decision.book.drift:
        return decision
    return decision.on(evolve(decision.book, survey_at=facts.now + DRIFT_LOOK))


def _everything_seen(
    decision: Decision, plan: Plan, survey: Survey, strays: tuple[Report, ...], facts: Facts, *, first: bool
) -> Decision:
    """For FLAT: let every other order go, then take the broker's count as what is to be closed, once it is sure."""
    again = evolve(plan.step_asked(None), not_before=facts.now + SECOND_LOOK)
    if strays or decision.book.orders:
        ids = [report.broker_order_id for report in strays if report.broker_order_id is not None]
        decision = decision.do(*(CancelStray(broker_order_id=broker_order_id) for broker_order_id in ids))
        return decision.on(evolve(decision.book, plan=again))
    difference = survey.net - decision.book.net
    if first:
        decision = _owned_by_people(decision, difference)
    elif difference != ZERO:
        # A count that lags behind our last fill must not be closed a second time.
        decision, sure = _seen_twice(decision, difference, facts, settled=survey.settled)
        if not sure:
            return decision.on(evolve(decision.book, plan=again, survey_at=None))
        decision = decision.on(evolve(decision.book, drift=decision.book.drift + difference))
    return decision.on(evolve(decision.book, suspicion=None, plan=plan.step_done()))


def _confirmed(decision: Decision, plan: Plan, survey: Survey, facts: Facts) -> Decision:
    """For FLAT: done only when the broker says so; else all of it again."""
    book = decision.book
    if survey.net == ZERO and not survey.working and not book.orders and not book.shares:
        # What people held and what nobody could explain have cancelled out, or are gone.
        flat = evolve(book, external=ZERO, drift=ZERO, suspicion=None, plan=plan.step_done())
        return decision.on(flat)
    anew = tuple(Step(kind=step.kind, to=step.to) for step in plan.steps)
    trouble = f"the broker still holds {plain(survey.net)}, with {len(survey.working)} orders working"
    later = evolve(plan, steps=anew, not_before=facts.now + SECOND_LOOK, trouble=trouble)
    return decision.on(evolve(book, plan=later))


def look_failed(decision: Decision, why: str, facts: Facts) -> Decision:
    """Take note that the broker could not be asked: a plan that waits for the answer asks again, ever more slowly."""
    plan = decision.book.plan
    if plan is None or plan.step is None or plan.step.asked_at is None:
        return decision.on(evolve(decision.book, survey_at=facts.now + FAILED_LOOK))
    wait = timedelta(seconds=min(2**plan.attempts, 30))
    again = evolve(plan.step_asked(None), attempts=plan.attempts + 1, not_before=facts.now + wait, trouble=why)
    return decision.on(evolve(decision.book, plan=again))


def reconcile(decision: Decision) -> Decision:
    """Look at everything that is open, as after a restart or a gap in a stream."""
    return decision.do(TakeSurvey(), *(LookUp(order_id=order.id) for order in decision.book.orders))


def doubts(decision: Decision, facts: Facts) -> Decision:
    """Ask again where a difference was seen once, or could not be told, when its moment has come."""
    book = decision.book
    if book.survey_at is None or facts.now < book.survey_at:
        return decision
    if book.in_doubt:
        return decision.on(evolve(book, survey_at=facts.now + SECOND_LOOK))
    return decision.on(evolve(book, survey_at=None)).do(TakeSurvey())


def adopt(decision: Decision, adopted: DriftAdopted, facts: Facts) -> Decision:
    """Take drift as people's, or as a bot's, because a person says so: each request once, never more than there is."""
    book, quantity = decision.book, adopted.quantity
    if adopted.request_id and adopted.request_id in book.adopted:
        return decision
    if quantity * book.drift <= ZERO or abs(quantity) > abs(book.drift):
        told = f"{adopted.by} wanted to say whose {plain(quantity)} are, and {plain(book.drift)} are in question now"
        return decision.tell(Urgency.WARNING, f"{book.key}: {told}: nothing was done.")
    noted = book.with_request(adopted.request_id) if adopted.request_id else book
    taken = decision.on(evolve(noted, suspicion=None))
    if adopted.bot_id is not None:
        return _give_to_bot(taken, adopted.bot_id, adopted, facts)
    taken = taken.on(evolve(taken.book, drift=book.drift - quantity, external=book.external + quantity))
    return taken.tell(Urgency.NOTE, f"{book.key}: {adopted.by} took {plain(quantity)} as held by hand.")


def seems_closed(book: Book) -> tuple[BotId, ...]:
    """Return the bots whose shares somebody seems to have closed: the drift is against them, or nothing is held."""
    gone = ZERO if book.is_emptied else book.drift
    return tuple(share.bot_id for share in book.shares if book.drift and share.quantity * gone <= ZERO)


def left_by_hand(book: Book, quantity: Decimal) -> str | None:
    """Say what people would hold against the bots, were *quantity* taken as held by hand; None where nothing."""
    people, bots = book.external + quantity, book.net - book.external - book.drift
    if people * bots >= ZERO:
        return None
    side, held = "short" if people < ZERO else "long", plain(abs(people))
    return (
        f"Then {held} {side} are held by hand beside the bots' {plain(abs(bots))}: "
        f"when these are closed, the account is {side} {held}."
    )


def _give_to_bot(decision: Decision, bot_id: BotId, adopted: DriftAdopted, facts: Facts) -> Decision:
    """Book it to the bot's share at the last price; what the bot then holds is protected as it asks."""
    book, bot = decision.book, facts.bot(bot_id)
    if bot is None or facts.quote is None or facts.instrument is None:
        missing = "there is no such bot" if bot is None else "there is no price to book it at"
        return decision.tell(Urgency.WARNING, f"{book.key}: {plain(adopted.quantity)} are nobody's still: {missing}.")
    plan_id, price = own_id(decision, facts), facts.quote.last
    done = Execution(order_id=None, plan_id=plan_id, quantity=ZERO, price=price, at=facts.now)
    decision = assign_drift(evolve(decision, own=decision.own + 1), bot_id, adopted.quantity, done)
    share = decision.book.share(bot_id)
    if share.quantity and share.stop_price is None:
        long, held = share.quantity > ZERO, abs(share.quantity)
        guard = guard_around(price, bot.protection, facts.instrument, long=long, quantity=held)
        guarded = evolve(share, stop_price=guard.stop_price, target_price=share.target_price or guard.target_price)
        decision = decision.on(decision.book.with_share(guarded))
    told = f"{adopted.by} gave {plain(adopted.quantity)} to the bot {bot.label}, at {plain(price)}"
    return decision.tell(Urgency.NOTE, f"{book.key}: {told}.")
