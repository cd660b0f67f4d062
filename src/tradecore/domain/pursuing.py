"""Take a plan as far as it can go: the next step is taken when the last one's outcome is known, never by sleeping.

Each step's function returns the decision unchanged where it has to wait.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, Plan, Step, StepKind, Wish
from tradecore.domain.commands import TakeSurvey, Urgency
from tradecore.domain.crossing import Execution, give_to_drift, share_out
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.ending import fail, finish, late, not_taken, on_plan, refuse
from tradecore.domain.entering import Entrance, judge_entry
from tradecore.domain.facts import Facts
from tradecore.domain.money import ONE, ZERO, plain, sign
from tradecore.domain.opening import wait_for_opening
from tradecore.domain.ordering import call_off, call_off_left_behind, own_orders, submit
from tradecore.domain.orders import Bracket, Order, OrderState, Purpose
from tradecore.domain.pacing import ATTEMPTS_MAX
from tradecore.domain.planning import DEADLINE, end, wants_long
from tradecore.domain.refusals import Refusal
from tradecore.domain.resting import in_the_way, takes_bracket
from tradecore.domain.signals import Signal
from tradecore.domain.values import evolve

# How long an exit waits at most for the second look at a difference between broker and book.
SUSPICION_WAIT: Final = timedelta(seconds=5)
# How long what protects may be off for the sake of another order: so long it is waited for, and so long an entry may
# take that no stop can be placed beside.
BARE_TIME: Final = timedelta(seconds=10)


def pursue(decision: Decision, facts: Facts) -> Decision:
    """Take the plan under way one step further, or return the decision unchanged where it has to wait."""
    plan = decision.book.plan
    assert plan is not None
    step = plan.step
    if step is None:
        return finish(decision, plan, facts)
    if plan.overtaken_by is not None and _may_stop(plan, step):
        return _stop(decision, plan, facts)
    return _STEPS[step.kind](decision, plan, step, facts)


def _may_stop(plan: Plan, step: Step) -> bool:
    """Tell whether an overtaken plan stops at *step*: FLAT stops everything, CLOSE only what has not been sent."""
    return plan.overtaken_by is Signal.FLAT or step.kind in {StepKind.OPEN, StepKind.LOOK}


def _stop(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """End an overtaken plan, once what it has sent is over."""
    working = own_orders(decision.book, plan)
    if working:
        return call_off(decision, working, facts)
    if plan.entry_filled or not plan.wish.signal.is_entry:
        return finish(decision, plan, facts)
    refusal = Refusal.OVERTAKEN
    decision = end(decision, plan.wish, Status.REFUSED, refusal.value, refusal=refusal, gates=plan.gates)
    return on_plan(decision, None)


def _look(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Ask the broker what is held; `reconciling` takes its answer, and marks the step as done."""
    if step.asked_at is None:
        if plan.not_before is not None and facts.now < plan.not_before:
            return decision
        return on_plan(decision.do(TakeSurvey()), plan.step_asked(facts.now))
    if facts.now >= plan.deadline and plan.wish.signal.is_entry:
        trouble = plan.trouble or "the broker did not say what is held"
        decision = end(decision, plan.wish, Status.FAILED, f"Nothing was sent: {trouble}.", gates=plan.gates)
        return on_plan(decision.tell(Urgency.WARNING, f"{decision.book.key}: {trouble}."), None)
    return late(decision, plan, facts)


def _cancel_own(decision: Decision, plan: Plan, _step: Step, facts: Facts) -> Decision:
    working = decision.book.orders_of(plan.wish.bot_id)
    if working:
        return late(call_off(decision, working, facts), plan, facts)
    return on_plan(decision, plan.step_done())


def _cancel_all(decision: Decision, plan: Plan, _step: Step, facts: Facts) -> Decision:
    working = decision.book.orders
    if working:
        return late(call_off(decision, working, facts), plan, facts)
    if plan.not_before is not None and facts.now < plan.not_before:
        return late(decision, plan, facts)  # It was all done before, and the broker did not confirm it.
    return on_plan(decision, plan.step_done())


def _close(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Bring the bot's share to where the step wants it (flat, where it says nothing), as an exit without gates."""
    book = decision.book
    share = book.share(plan.wish.bot_id)
    if working := own_orders(book, plan):
        return late(call_off_left_behind(decision, working, facts), plan, facts)
    if book.orders_of(plan.wish.bot_id):
        return _cancel_own(decision, plan, step, facts)  # One that came to light since.
    doubt = book.suspicion is not None and book.suspicion.difference * share.quantity < ZERO
    if doubt and facts.now < plan.started_at + SUSPICION_WAIT:
        return decision  # Somebody may have closed it by hand: seconds from now the broker is asked again.
    if book.held_for_sure(plan.wish.bot_id) != share.quantity and plan.wish.bot_id is not None:
        price = facts.quote.last if facts.quote else share.average_price(book.point_value)
        gone = Execution(order_id=None, plan_id=plan.wish.id, quantity=ZERO, price=price, at=facts.now)
        decision = give_to_drift(decision, plan.wish.bot_id, gone)
        return on_plan(decision, evolve(plan, met_drift=plan.met_drift + book.drift - decision.book.drift))
    # An exit never opens: where the share has changed sides meanwhile, it is closed and no more.
    to = step.to if step.to is not None and step.to * share.quantity > ZERO else ZERO
    change = to - share.quantity
    if not share.quantity or change == ZERO or sign(change) == sign(share.quantity):
        return on_plan(decision, plan.step_done())
    if plan.attempts >= ATTEMPTS_MAX and plan.wish.alert is not None:
        return fail(decision, plan, f"Could not close {plain(abs(share.quantity))} {book.key.symbol}: {plan.trouble}.")
    pauses = plan.not_before is not None and facts.now < plan.not_before
    blocking = () if pauses and not plan.is_refused else in_the_way(book, plan, change, facts.rules)
    if blocking and not _is_overdue(plan, facts):
        return late(_clear_way(decision, plan, blocking, facts), plan, facts)
    return _exit(decision, plan, change, Purpose.EXIT, facts)


def _clear_way(decision: Decision, plan: Plan, blocking: tuple[Order, ...], facts: Facts) -> Decision:
    """Call off what rests in the way of the plan's next order; `protecting` places it again afterwards."""
    if plan.clear_by is None:
        decision = on_plan(decision, evolve(plan, clear_by=facts.now + BARE_TIME))
    return call_off(decision, blocking, facts)


def _is_overdue(plan: Plan, facts: Facts) -> bool:
    """Tell whether what is in the way has not gone in time."""
    return plan.clear_by is not None and facts.now >= plan.clear_by


def _flatten(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Close the account's whole position with one order; what cancels out inside is crossed."""
    book = decision.book
    if working := own_orders(book, plan):
        return late(call_off_left_behind(decision, working, facts), plan, facts)
    if book.orders:
        return _cancel_all(decision, plan, step, facts)  # One that came to light since.
    if book.net == ZERO:
        if book.shares:
            price = facts.quote.last if facts.quote else book.shares[0].average_price(book.point_value)
            nothing = Execution(order_id=None, plan_id=plan.wish.id, quantity=ZERO, price=price, at=facts.now)
            decision = share_out(decision, nothing)
        return on_plan(decision, plan.step_done())
    return _exit(decision, plan, -book.net, Purpose.FLATTEN, facts)


def _exit(decision: Decision, plan: Plan, change: Decimal, purpose: Purpose, facts: Facts) -> Decision:
    """Send an order that changes the position by signed *change*; split at zero where the venue asks for it."""
    if plan.not_before is not None and facts.now < plan.not_before:
        return (
            _step_aside(decision, plan, facts) if _may_others_go(decision.book, facts) else late(decision, plan, facts)
        )
    net = decision.book.net
    crosses = net != ZERO and sign(net + change) == -sign(net)
    if crosses and (not facts.rules.crosses_zero or facts.rules.reduce_only):
        change = -net  # So that it may only reduce: what is held may have gone meanwhile.
    return submit(decision, plan, change, purpose, facts)


def _open(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Judge the entry at the moment it would be sent, on the facts of that moment; then send it, once."""
    if plan.entry_id is not None:
        return _opened(decision, plan, facts)
    if not plan.entry_filled and any(_is_ready(wish, facts) for wish in decision.book.waiting):
        return _step_aside(decision, plan, facts)
    if decision.book.suspicion is not None and facts.now < plan.deadline:
        return decision  # Seconds from now the broker is asked again whether the book is right.
    long = wants_long(plan.wish, plan.steps)
    # What its own close has met is in question all the same: nobody has said whose it was.
    book = evolve(decision.book, drift=decision.book.drift + plan.met_drift) if plan.met_drift else decision.book
    entrance = judge_entry(book, plan.wish, facts, long=long, to=step.to)
    if entrance.refusal is not None:
        queued = None if plan.entry_filled else wait_for_opening(decision, plan.wish, entrance, facts)
        return refuse(decision, plan, entrance, facts) if queued is None else on_plan(queued, None)
    change = entrance.quantity if long else -entrance.quantity
    blocking = in_the_way(decision.book, plan, change, facts.rules)
    if blocking and _is_overdue(plan, facts):
        return fail(decision, plan, "The entry was not sent: what rests on the other side could not be called off.")
    if blocking:
        return _clear_way(decision, plan, blocking, facts)
    plan = evolve(plan, gates=entrance.gates, deadline=facts.now + _time_for_entry(decision.book, entrance, facts))
    net = decision.book.net
    if net != ZERO and sign(net + change) == -sign(net) and not facts.rules.crosses_zero:
        # Beside another bot's opposite share: as far as zero first; the rest follows when that has filled.
        return _open_in_two(decision, plan, change, entrance.guard, facts)
    return submit(decision, plan, change, Purpose.ENTRY, facts, entrance.guard)


def _time_for_entry(book: Book, entrance: Entrance, facts: Facts) -> timedelta:
    """Return how long the entry may work: not long where no stop can be placed as long as it does."""
    stops = entrance.guard.stop_price is not None or any(share.stop_price is not None for share in book.shares)
    bare = facts.rules.refuses_wash_trades and stops and not takes_bracket(book, facts.rules, entrance.guard)
    return BARE_TIME if bare else DEADLINE


def _open_in_two(decision: Decision, plan: Plan, change: Decimal, guard: Bracket, facts: Facts) -> Decision:
    present = plan.step
    assert present is not None
    share = decision.book.share(plan.wish.bot_id)
    rest = Step(kind=StepKind.OPEN, to=share.quantity + change)
    plan = evolve(plan, steps=(*plan.steps, rest))
    return submit(decision, plan, -decision.book.net, Purpose.ENTRY, facts, guard)


def _opened(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """Wait for the entry that was sent; what has not filled at the deadline is cancelled."""
    if plan.entry_end is None:
        soon = facts.now + BARE_TIME
        if plan.deadline > soon and _is_bare_in_part(decision.book, plan):
            return on_plan(decision, evolve(plan, deadline=soon))
        working = own_orders(decision.book, plan)
        return late(call_off(decision, working, facts), plan, facts) if facts.now >= plan.deadline else decision
    if plan.entry_filled == ZERO:
        if plan.met_others:
            return _met_others(decision, plan, facts)
        if plan.entry_end is OrderState.NEVER_PLACED:
            step = plan.step
            long, to = wants_long(plan.wish, plan.steps), step.to if step is not None else None
            entrance = judge_entry(decision.book, plan.wish, facts, long=long, to=to)
            if entrance.refusal is not None:
                return refuse(decision, plan, entrance, facts)
        why = (plan.trouble or plan.entry_end.value).rstrip(".")
        if plan.entry_end is OrderState.REJECTED:
            return not_taken(decision, plan, f"The venue refused the order: {why}.")
        return fail(decision, plan, f"The entry was not filled: {why}.")
    whole = plan.entry_end is OrderState.FILLED
    # What did not fill is not tried again: the rest of an entry in two goes with it.
    steps = tuple(evolve(step, done=True) if step.kind is StepKind.OPEN else step for step in plan.steps)
    plan = plan.step_done() if whole else evolve(plan, steps=steps)
    return on_plan(decision, evolve(plan, entry_id=None, entry_end=None))


def _is_bare_in_part(book: Book, plan: Plan) -> bool:
    """Tell whether a part has filled whose stop sleeps until all has: Alpaca wakes a bracket's legs no sooner."""
    entry = book.order(plan.entry_id) if plan.entry_id is not None else None
    if entry is None or not entry.filled or not entry.left:
        return False
    legs = (book.order(leg_id) for leg_id in entry.leg_ids)
    return any(leg is not None and leg.ticket.purpose is Purpose.STOP and leg.state is OrderState.HELD for leg in legs)


def _met_others(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """Try an entry once more that the venue refused for what works on the other side, if that is ours to call off."""
    change = ONE if wants_long(plan.wish, plan.steps) else -ONE
    again = evolve(plan, entry_id=None, entry_end=None, met_others=False, alone=True, attempts=0, not_before=None)
    if not plan.alone and in_the_way(decision.book, again, change, facts.rules):
        return on_plan(decision, again)
    whose = "an order that is not ours works on the other side"
    return not_taken(decision, plan, f"The venue took the entry for a wash trade: {whose} ({plan.trouble}).")


def _may_others_go(book: Book, facts: Facts) -> bool:
    """Tell whether another bot's exit waits behind one that only waits for its next attempt; FLAT lets none past."""
    flat = book.plan is not None and book.plan.wish.signal is Signal.FLAT
    return not flat and any(_is_ready(wish, facts) for wish in book.waiting)


def _is_ready(wish: Wish, facts: Facts) -> bool:
    return wish.signal.is_exit and (wish.retry_at is None or wish.retry_at <= facts.now)


def _step_aside(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """Let a waiting exit go first: the wish takes its turn again afterwards, from what is then held."""
    book = decision.book
    wish = evolve(plan.wish, tries=plan.attempts, retry_at=plan.not_before)
    ready = tuple(other for other in book.waiting if _is_ready(other, facts))
    others = tuple(other for other in book.waiting if other not in ready)
    exits = tuple(other for other in (*others, wish) if other.signal.is_exit)
    entries = tuple(other for other in (wish, *others) if not other.signal.is_exit)
    return decision.on(evolve(book, plan=None, waiting=(*ready, *exits, *entries)))


def _confirm(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Ask the broker until it says that nothing is held and nothing works; `reconciling` takes its answer."""
    return _look(decision, plan, step, facts)


_Pursue = Callable[[Decision, Plan, Step, Facts], Decision]
_STEPS: Final[Mapping[StepKind, _Pursue]] = {
    StepKind.LOOK: _look,
    StepKind.CANCEL: _cancel_own,
    StepKind.CANCEL_ALL: _cancel_all,
    StepKind.CLOSE: _close,
    StepKind.REDUCE: _close,
    StepKind.OPEN: _open,
    StepKind.FLATTEN: _flatten,
    StepKind.CONFIRM: _confirm,
}
