"""End a plan, or tell of its trouble, in sentences that say what it came to."""

from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, Plan, StepKind
from tradecore.domain.commands import TakeSurvey, Urgency
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.entering import Entrance
from tradecore.domain.facts import Facts
from tradecore.domain.limits import Judgement
from tradecore.domain.money import plain
from tradecore.domain.orders import OrderState
from tradecore.domain.planning import end
from tradecore.domain.refusals import Refusal
from tradecore.domain.resting import say_untargeted
from tradecore.domain.signals import Direction, Signal
from tradecore.domain.values import evolve

# Of these orders nobody knows that they are at the venue, or gone from it, as is wanted.
_NOT_THERE: Final = (OrderState.INTENDED, OrderState.UNKNOWN, OrderState.CANCELLING)


def on_plan(decision: Decision, plan: Plan | None) -> Decision:
    """Return the decision with *plan* under way."""
    return decision.on(evolve(decision.book, plan=plan))


def last_trouble(book: Book) -> str:
    """Return why the plan under way is not done yet, as far as the venue or the way to it gave a reason."""
    if book.plan is None:
        return ""
    reasons = (order.reason for order in book.orders if order.state in _NOT_THERE and order.reason)
    return (book.plan.trouble or next(reasons, "")).rstrip(".")


def tell_trouble(decision: Decision, before: Book) -> Decision:
    """Tell whoever waits for an alert's end what its plan has run into since the book was as *before*."""
    plan, trouble = decision.book.plan, last_trouble(decision.book)
    if plan is None or plan.wish.alert is None:
        return decision
    is_same = before.plan is not None and before.plan.wish.id == plan.wish.id
    if trouble == (last_trouble(before) if is_same else ""):
        return decision
    outcome = f"Not done yet, and still tried: {trouble}." if trouble else ""
    return end(decision, plan.wish, Status.PENDING, outcome)


def late(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """Tell a person once that a plan is past its deadline; an exit is never given up for that."""
    plan = decision.book.plan or plan
    if facts.now < plan.deadline or plan.late:
        return decision
    what = plan.step.kind.value if plan.step else "the plan"
    told = f"{decision.book.key}: {plan.wish.signal.value} is late: {what} takes too long."
    trouble = last_trouble(decision.book)
    because = f" The last trouble: {trouble}." if trouble else ""
    return on_plan(decision.tell(Urgency.ALARM, told + because), evolve(plan, late=True))


def fail(decision: Decision, plan: Plan, why: str) -> Decision:
    """End a plan that could not be carried out, and tell a person; say what was done before."""
    closed = any(step.kind is StepKind.CLOSE and step.done for step in plan.steps)
    why = f"Closed, but not reversed: {why[:1].lower()}{why[1:]}" if closed else why
    decision = end(decision, plan.wish, Status.FAILED, why, gates=plan.gates)
    return on_plan(decision.tell(Urgency.ALARM, f"{decision.book.key}: {why}"), None)


def not_taken(decision: Decision, plan: Plan, why: str) -> Decision:
    """End a plan whose entry the venue refused whole, and tell a person *why*; say what was done before."""
    closed = any(step.kind is StepKind.CLOSE and step.done for step in plan.steps)
    outcome = f"Closed, but not reversed: {why[:1].lower()}{why[1:]}" if closed else why
    decision = end(decision, plan.wish, Status.REFUSED, outcome, refusal=Refusal.VENUE_REFUSED, gates=plan.gates)
    return on_plan(decision.tell(Urgency.WARNING, f"{decision.book.key}: {outcome}"), None)


def finish(decision: Decision, plan: Plan, facts: Facts) -> Decision:
    """End a plan whose steps are all done, and say what it came to."""
    gates = plan.gates or (Judgement(name="anything to close", refusal=None, detail="yes"),)
    decision = end(decision, plan.wish, Status.DONE, _outcome(decision.book, plan, facts), gates=gates)
    decision = on_plan(decision, None)
    return evolve(decision, flat=True) if plan.wish.signal is Signal.FLAT and plan.overtaken_by is None else decision


def refuse(decision: Decision, plan: Plan, entrance: Entrance, facts: Facts) -> Decision:
    """End a plan whose entry, or the rest of it, no gate lets through; say what was done before."""
    refusal = entrance.refusal
    assert refusal is not None
    if plan.entry_filled:
        outcome = f"{_outcome(decision.book, plan, facts)} The rest was refused: {entrance.sentence}"
        return on_plan(end(decision, plan.wish, Status.DONE, outcome, gates=entrance.gates), None)
    closed = any(step.kind is StepKind.CLOSE and step.done for step in plan.steps)
    outcome = f"Closed, but not reversed: {entrance.sentence}" if closed else entrance.sentence
    decision = end(decision, plan.wish, Status.REFUSED, outcome, refusal=refusal, gates=entrance.gates)
    if closed and refusal is Refusal.ORDER_BY_HAND:
        decision = decision.do(TakeSurvey())  # Its closing half did not wait for the question whether it still works.
    return on_plan(decision, None)


def _outcome(book: Book, plan: Plan, facts: Facts) -> str:
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
    return f"{done}: the bot is {held} at {price}.{rest}{_no_target(book, plan, facts)}"


def _no_target(book: Book, plan: Plan, facts: Facts) -> str:
    """Say why the target of what was opened, or is left, is not kept at the venue; nothing where it is."""
    bot = facts.bot(plan.wish.bot_id)
    if bot is None:
        return ""
    why = "it came to be without a bracket"
    if any(step.kind is StepKind.REDUCE for step in plan.steps):
        why = "it was called off so that the position could be reduced"
    elif not facts.rules.brackets:
        why = "the venue takes none with an entry"
    elif facts.rules.brackets_from_flat:
        why = "the venue takes one only where nothing else is held, or works, in the instrument"
    told = say_untargeted(book, book.share(bot.id), bot.protection, why)
    return f" {told}" if told else ""
