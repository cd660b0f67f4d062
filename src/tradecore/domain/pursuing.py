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
from tradecore.domain.entering import Entrance, judge_entry
from tradecore.domain.facts import Facts
from tradecore.domain.limits import Judgement
from tradecore.domain.money import ZERO, plain, sign
from tradecore.domain.opening import wait_for_opening
from tradecore.domain.ordering import call_off, in_the_way, own_orders, submit
from tradecore.domain.orders import Bracket, OrderState, Purpose, Side
from tradecore.domain.pacing import ATTEMPTS_MAX
from tradecore.domain.planning import DEADLINE, end, wants_long
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Direction, Signal
from tradecore.domain.values import evolve

# How long an exit waits at most for the second look at a difference between broker and book.
SUSPICION_WAIT: Final = timedelta(seconds=5)


def pursue(decision: Decision, facts: Facts) -> Decision:
    """Take the plan under way one step further, or return the decision unchanged where it has to wait."""
    plan = decision.book.plan
    assert plan is not None
    step = plan.step
    if step is None:
        return _finish(decision, plan)
    if plan.overtaken_by is not None and _may_stop(plan, step):
        return _stop(decision, plan, facts)
    return _STEPS[step.kind](decision, plan, step, facts)


def _on_plan(decision: Decision, plan: Plan | None) -> Decision:
    return decision.on(evolve(decision.book, plan=plan))


def _may_stop(plan: Plan, step: Step) -> bool:
    """Tell whether an overtaken plan stops at *step*: FLAT stops everything, CLOSE only what has not been sent."""
    return plan.overtaken_by is Signal.FLAT or step.kind in {StepKind.OPEN, StepKind.LOOK}


def _stop(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """End an overtaken plan, once what it has sent is over."""
    working = own_orders(decision.book, plan)
    if working:
        return call_off(decision, working, facts)
    if plan.entry_filled or not plan.wish.signal.is_entry:
        return _finish(decision, plan)
    refusal = Refusal.OVERTAKEN
    decision = end(decision, plan.wish, Status.REFUSED, refusal.value, refusal=refusal, gates=plan.gates)
    return _on_plan(decision, None)


def _look(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Ask the broker what is held; `reconciling` takes its answer, and marks the step as done."""
    if step.asked_at is None:
        if plan.not_before is not None and facts.now < plan.not_before:
            return decision
        return _on_plan(decision.do(TakeSurvey()), plan.step_asked(facts.now))
    if facts.now >= plan.deadline and plan.wish.signal.is_entry:
        trouble = plan.trouble or "the broker did not say what is held"
        decision = end(decision, plan.wish, Status.FAILED, f"Nothing was sent: {trouble}.", gates=plan.gates)
        return _on_plan(decision.tell(Urgency.WARNING, f"{decision.book.key}: {trouble}."), None)
    return _late(decision, plan, facts)


def _cancel_own(decision: Decision, plan: Plan, _step: Step, facts: Facts) -> Decision:
    working = decision.book.orders_of(plan.wish.bot_id)
    if working:
        return _late(call_off(decision, working, facts), plan, facts)
    return _on_plan(decision, plan.step_done())


def _cancel_all(decision: Decision, plan: Plan, _step: Step, facts: Facts) -> Decision:
    working = decision.book.orders
    if working:
        return _late(call_off(decision, working, facts), plan, facts)
    if plan.not_before is not None and facts.now < plan.not_before:
        return _late(decision, plan, facts)  # It was all done before, and the broker did not confirm it.
    return _on_plan(decision, plan.step_done())


def _close(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Bring the bot's share to where the step wants it (flat, where it says nothing), as an exit without gates."""
    book = decision.book
    share = book.share(plan.wish.bot_id)
    if own_orders(book, plan):
        return _late(decision, plan, facts)
    if book.orders_of(plan.wish.bot_id):
        return _cancel_own(decision, plan, step, facts)  # One that came to light since.
    doubt = book.suspicion is not None and book.suspicion.difference * share.quantity < ZERO
    if doubt and facts.now < plan.started_at + SUSPICION_WAIT:
        return decision  # Somebody may have closed it by hand: seconds from now the broker is asked again.
    if book.held_for_sure(plan.wish.bot_id) != share.quantity and plan.wish.bot_id is not None:
        price = facts.quote.last if facts.quote else share.average_price(book.point_value)
        gone = Execution(order_id=None, plan_id=plan.wish.id, quantity=ZERO, price=price, at=facts.now)
        return give_to_drift(decision, plan.wish.bot_id, gone)
    # An exit never opens: where the share has changed sides meanwhile, it is closed and no more.
    to = step.to if step.to is not None and step.to * share.quantity > ZERO else ZERO
    change = to - share.quantity
    if not share.quantity or change == ZERO or sign(change) == sign(share.quantity):
        return _on_plan(decision, plan.step_done())
    if plan.attempts >= ATTEMPTS_MAX and plan.wish.alert is not None:
        return _fail(decision, plan, f"Could not close {plain(abs(share.quantity))} {book.key.symbol}: {plan.trouble}.")
    blocking = in_the_way(book, plan, Side.of(change))
    if blocking:
        return _late(call_off(decision, blocking, facts), plan, facts)
    return _exit(decision, plan, change, Purpose.EXIT, facts)


def _flatten(decision: Decision, plan: Plan, step: Step, facts: Facts) -> Decision:
    """Close the account's whole position with one order; what cancels out inside is crossed."""
    book = decision.book
    if own_orders(book, plan):
        return _late(decision, plan, facts)
    if book.orders:
        return _cancel_all(decision, plan, step, facts)  # One that came to light since.
    if book.net == ZERO:
        if book.shares:
            price = facts.quote.last if facts.quote else book.shares[0].average_price(book.point_value)
            nothing = Execution(order_id=None, plan_id=plan.wish.id, quantity=ZERO, price=price, at=facts.now)
            decision = share_out(decision, nothing)
        return _on_plan(decision, plan.step_done())
    return _exit(decision, plan, -book.net, Purpose.FLATTEN, facts)


def _exit(decision: Decision, plan: Plan, change: Decimal, purpose: Purpose, facts: Facts) -> Decision:
    """Send an order that changes the position by signed *change*; split at zero where the venue asks for it."""
    if plan.not_before is not None and facts.now < plan.not_before:
        return (
            _step_aside(decision, plan, facts) if _may_others_go(decision.book, facts) else _late(decision, plan, facts)
        )
    net = decision.book.net
    crosses = net != ZERO and sign(net + change) == -sign(net)
    if crosses and not facts.rules.crosses_zero:
        change = -net
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
    entrance = judge_entry(decision.book, plan.wish, facts, long=long, to=step.to)
    if entrance.refusal is not None:
        queued = None if plan.entry_filled else wait_for_opening(decision, plan.wish, entrance, facts)
        return _refuse(decision, plan, entrance) if queued is None else _on_plan(queued, None)
    plan = evolve(plan, gates=entrance.gates, deadline=facts.now + DEADLINE)
    change = entrance.quantity if long else -entrance.quantity
    net = decision.book.net
    if net != ZERO and sign(net + change) == -sign(net) and not facts.rules.crosses_zero:
        # Beside another bot's opposite share: as far as zero first; the rest follows when that has filled.
        return _open_in_two(decision, plan, change, entrance.guard, facts)
    return submit(decision, plan, change, Purpose.ENTRY, facts, entrance.guard)


def _refuse(decision: Decision, plan: Plan, entrance: Entrance) -> Decision:
    """End a plan whose entry, or the rest of it, no gate lets through; say what was done before."""
    refusal = entrance.refusal
    assert refusal is not None
    if plan.entry_filled:
        outcome = f"{_outcome(decision.book, plan)} The rest was refused: {refusal.value}"
        return _on_plan(end(decision, plan.wish, Status.DONE, outcome, gates=entrance.gates), None)
    closed = any(step.kind is StepKind.CLOSE and step.done for step in plan.steps)
    outcome = f"Closed, but not reversed: {refusal.value}" if closed else refusal.value
    decision = end(decision, plan.wish, Status.REFUSED, outcome, refusal=refusal, gates=entrance.gates)
    return _on_plan(decision, None)


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
        working = own_orders(decision.book, plan)
        return _late(call_off(decision, working, facts), plan, facts) if facts.now >= plan.deadline else decision
    if plan.entry_filled == ZERO:
        if plan.entry_end is OrderState.NEVER_PLACED:
            step = plan.step
            long, to = wants_long(plan.wish, plan.steps), step.to if step is not None else None
            entrance = judge_entry(decision.book, plan.wish, facts, long=long, to=to)
            if entrance.refusal is not None:
                return _refuse(decision, plan, entrance)
        return _fail(decision, plan, f"The entry was not filled: {plan.trouble or plan.entry_end.value}.")
    whole = plan.entry_end is OrderState.FILLED
    # What did not fill is not tried again: the rest of an entry in two goes with it.
    steps = tuple(evolve(step, done=True) if step.kind is StepKind.OPEN else step for step in plan.steps)
    plan = plan.step_done() if whole else evolve(plan, steps=steps)
    return _on_plan(decision, evolve(plan, entry_id=None, entry_end=None))


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


def _late(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """Tell a person once that a plan is past its deadline; an exit is never given up for that."""
    plan = decision.book.plan or plan
    if facts.now < plan.deadline or plan.late:
        return decision
    what = plan.step.kind.value if plan.step else "the plan"
    told = f"{decision.book.key}: {plan.wish.signal.value} is late: {what} takes longer than a minute."
    because = f" The last trouble: {plan.trouble}." if plan.trouble else ""
    return _on_plan(decision.tell(Urgency.ALARM, told + because), evolve(plan, late=True))


def _fail(decision: Decision, plan: Plan, why: str) -> Decision:
    decision = end(decision, plan.wish, Status.FAILED, why, gates=plan.gates)
    return _on_plan(decision.tell(Urgency.ALARM, f"{decision.book.key}: {why}"), None)


def _finish(decision: Decision, plan: Plan) -> Decision:
    """End a plan whose steps are all done, and say what it came to."""
    gates = plan.gates or (Judgement(name="anything to close", refusal=None, detail="yes"),)
    decision = end(decision, plan.wish, Status.DONE, _outcome(decision.book, plan), gates=gates)
    decision = _on_plan(decision, None)
    return evolve(decision, flat=True) if plan.wish.signal is Signal.FLAT and plan.overtaken_by is None else decision


def _outcome(book: Book, plan: Plan) -> str:
    if plan.wish.signal is Signal.FLAT:
        return f"Flat: the broker confirms that nothing is held and nothing works in {book.key.symbol}."
    if plan.overtaken_by is not None:
        return f"A later {plan.overtaken_by.value} took over."
    share = book.share(plan.wish.bot_id)
    kinds = {step.kind for step in plan.steps}
    if share.direction is Direction.FLAT:
        return f"Closed: the bot holds no {book.key.symbol} any more."
    held = f"{share.direction.value.lower()} {plain(abs(share.quantity))} {book.key.symbol}"
    price = plain(share.average_price(book.point_value).quantize(Decimal("0.00001")))
    rest = f" The rest was not filled: {plan.trouble}." if plan.trouble else ""
    done = "Reversed" if StepKind.CLOSE in kinds else "Reduced" if StepKind.REDUCE in kinds else "Opened"
    return f"{done}: the bot is {held} at {price}.{rest}"


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
