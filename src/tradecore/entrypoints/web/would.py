"""Say what the state machine would do with an alert now, and do nothing."""

from decimal import Decimal

from attrs import evolve, frozen

from tradecore.domain.book import Book, Plan, StepKind, Wish
from tradecore.domain.commands import Submit
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision, Status, Verdict
from tradecore.domain.entering import judge_entry
from tradecore.domain.events import AlertArrived
from tradecore.domain.facts import Facts
from tradecore.domain.ids import PlanId
from tradecore.domain.limits import Judgement
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Side, Ticket
from tradecore.domain.planning import wants_long
from tradecore.domain.signals import INTENTIONS, Alert, Intention, Signal
from tradecore.entrypoints.alerts.addressing import Addressed
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.web.present import gate_view, refusal_view
from tradecore.entrypoints.web.views import GateView, RefusalView

_OPENING = {StepKind.OPEN}
_CLOSING = {StepKind.CLOSE, StepKind.REDUCE}


@frozen(kw_only=True)
class Outlook:
    """What would happen, in one sentence; and what the gates say."""

    sentence: str
    refusal: RefusalView | None = None
    gates: tuple[GateView, ...] = ()


def outlook(addressed: Addressed, alert: Alert, services: Services) -> Outlook:
    """Judge *alert* as the engine would, on the book and the facts of this moment, and throw the decision away."""
    event = AlertArrived(alert=alert, bot_id=addressed.bot.id if addressed.bot else None, nobody=addressed.nobody)
    book = services.ledger.book(addressed.key)
    facts = services.engine.gatherer.facts_for(book, event)
    decision = decide(book, event, facts)
    verdict = next((one for one in decision.verdicts if one.alert_id == alert.id), None)
    if verdict is not None:
        return _ended(verdict)
    plan = decision.book.plan
    if plan is None or plan.wish.id != PlanId(alert.id):
        return _in_line(decision, alert)
    return _under_way(book, decision, plan, facts)


def _ended(verdict: Verdict) -> Outlook:
    gates = tuple(map(gate_view, verdict.gates))
    if verdict.status is Status.PENDING:
        return Outlook(sentence=f"Let it wait: {verdict.outcome}")
    if verdict.status is not Status.REFUSED:
        return Outlook(sentence=verdict.outcome, gates=gates)
    return Outlook(
        sentence=f"Refuse it: {_because(verdict.outcome, verdict.gates)}",
        refusal=refusal_view(verdict.refusal),
        gates=gates,
    )


def _because(outcome: str, gates: tuple[Judgement, ...]) -> str:
    said = [f"{gate.name}: {gate.detail}" for gate in gates if gate.refusal is not None and gate.detail != outcome]
    return f"{outcome} ({'; '.join(said)})" if said else outcome


def _in_line(decision: Decision, alert: Alert) -> Outlook:
    mine = PlanId(alert.id)
    ahead = next((place for place, wish in enumerate(decision.book.waiting) if wish.id == mine), 0)
    first = f"{ahead} more" if ahead else "what is under way"
    return Outlook(sentence=f"Let it wait for {first} in {decision.book.key.symbol}, then judge it by what is held.")


def _under_way(book: Book, decision: Decision, plan: Plan, facts: Facts) -> Outlook:
    does = _sentence(_intention(book, plan))
    steps = ", ".join(step.kind.value for step in plan.steps)
    opening = next((step for step in plan.steps if step.kind in _OPENING), None)
    if opening is None:
        closing = _closing(book, plan)
        return Outlook(sentence=f"{does}{f': {closing}' if closing else ''}. Steps: {steps}.")
    long = wants_long(plan.wish, plan.steps)
    closes_first = any(step.kind in _CLOSING for step in plan.steps)
    after = _without(book, plan.wish) if closes_first else book
    after = evolve(after, instrument=decision.book.instrument)
    entrance = judge_entry(after, plan.wish, facts, long=long, to=opening.to)
    gates = tuple(map(gate_view, entrance.gates))
    if entrance.refusal is not None:
        why = _because(entrance.refusal.value, entrance.gates)
        closed = "Close what is held, but open nothing" if closes_first else "Refuse it"
        return Outlook(sentence=f"{closed}: {why}", refusal=refusal_view(entrance.refusal), gates=gates)
    sent = next((one.ticket for one in decision.commands if isinstance(one, Submit) and not closes_first), None)
    order = _order(sent, entrance.quantity, book, long=long)
    order = f"{_closing(book, plan)}, then {order}" if closes_first else order
    return Outlook(sentence=f"{does}: {order}. All {len(gates)} gates let it pass. Steps: {steps}.", gates=gates)


def _without(book: Book, wish: Wish) -> Book:
    """Return the book as it is once the bot's share is closed."""
    return evolve(book, shares=tuple(share for share in book.shares if share.bot_id != wish.bot_id))


def _intention(book: Book, plan: Plan) -> str:
    share = book.share(plan.wish.bot_id)
    target = next((step.to for step in plan.steps if step.to is not None), None)
    if target is not None:
        return f"bring the bot from {plain(share.quantity)} to {plain(target)}"
    intention = INTENTIONS[plan.wish.signal, share.direction]
    if intention in {Intention.ALREADY_LONG, Intention.ALREADY_SHORT}:
        return f"add to the {share.direction.value.lower()}"
    return str(intention.value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _closing(book: Book, plan: Plan) -> str:
    """Say what is sent to close or reduce what is held; nothing, where that is nothing."""
    held = book.net if plan.wish.signal is Signal.FLAT else book.share(plan.wish.bot_id).quantity
    to = next((step.to for step in plan.steps if step.kind is StepKind.REDUCE), None) or ZERO
    return _words(Side.of(to - held), abs(to - held), book) if held != to else ""


def _order(sent: Ticket | None, quantity: Decimal, book: Book, *, long: bool) -> str:
    return _words(Side.BUY if long else Side.SELL, sent.quantity if sent else quantity, book)


def _words(side: Side, quantity: Decimal, book: Book) -> str:
    return f"{side.value} {plain(quantity)} {book.key.symbol} at the market"
