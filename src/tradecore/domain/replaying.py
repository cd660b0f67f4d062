"""Judge stored judgements again, and tell in words what today's code, or other limits, would have decided."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any, assert_never

from attrs import fields, frozen

from tradecore.domain.book import Book
from tradecore.domain.commands import Cancel, CancelStray, LookUp, Remind, Submit, TakeSurvey, Tell
from tradecore.domain.deciding import decide, set_aside
from tradecore.domain.decisions import Decision, Verdict
from tradecore.domain.events import Event
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId, PlanId
from tradecore.domain.money import plain
from tradecore.domain.orders import Bracket
from tradecore.domain.records import Judged, about
from tradecore.domain.stories import say_fill, say_ticket
from tradecore.domain.supposing import Supposed
from tradecore.domain.values import evolve

Judge = Callable[[Book, Event, Facts], Decision]


class Comparison(Enum):
    """What came of judging a judgement again."""

    SAME = "the same"
    DIFFERENT = "different"
    MENDED = "set aside then, judged now"  # no difference of opinion: then there was none
    UNCERTAIN = "nobody can tell"  # a supposed limit asks for what nobody looked up then


@frozen(kw_only=True)
class Replayed:
    """A judgement, and what it would be today. `unseen` are the limits that nobody can tell it by."""

    judged: Judged
    today: Decision
    comparison: Comparison
    unseen: tuple[str, ...] = ()


def replay(judged: Judged, supposed: Supposed | None = None, judge: Judge = decide) -> Replayed:
    """Let the same event meet the same book and facts again; with *supposed* limits where there are some.

    The judgement stands alone: what would have followed from another decision is not played on.
    """
    if supposed is None:
        today = _again(judged, judged.facts, judge)
        return Replayed(judged=judged, today=today, comparison=_compare(judged.decision, today))
    today = _again(judged, supposed.put_into(judged.facts), judge)
    unseen = tuple(
        name for name, worst in supposed.unseen(judged.facts).items()
        if _acts(today) != _acts(_again(judged, supposed.put_into(evolve(judged.facts, **worst)), judge))
    )  # fmt: skip
    compared = Comparison.SAME if _alike(judged.decision, today) else _compare(judged.decision, today)
    if unseen and compared is Comparison.SAME:
        compared = Comparison.UNCERTAIN
    return Replayed(judged=judged, today=today, comparison=compared, unseen=unseen)


def differences(stored: Iterable[Judged]) -> Iterator[Replayed]:
    """Yield each judgement that today's code judges otherwise."""
    return (one for one in map(replay, stored) if one.comparison is Comparison.DIFFERENT)


def concerns(judged: Judged, bot_id: BotId) -> bool:
    """Tell whether a judgement is about the bot: it was the event's, the plan's, or had an order that changed."""
    plans = (judged.before.plan, judged.decision.book.plan)
    return bot_id in {
        getattr(judged.event, "bot_id", None),
        *(plan.wish.bot_id for plan in plans if plan is not None),
        *(order.bot_id for order in judged.decision.orders),
    }


def _again(judged: Judged, facts: Facts, judge: Judge) -> Decision:
    try:
        return judge(judged.before, judged.event, facts)
    except Exception as error:  # noqa: BLE001 - as in the engine: what our own code cannot judge is set aside
        return set_aside(judged.before, judged.event, repr(error))


def _compare(then: Decision, today: Decision) -> Comparison:
    if then == today or (then.aside and today.aside):
        return Comparison.SAME  # An error's words may change; that nobody could judge it has not.
    return Comparison.MENDED if then.aside else Comparison.DIFFERENT


def _alike(one: Decision, other: Decision) -> bool:
    """Tell whether both decide the same: a limit that lets an entry pass leaves its words among the gates."""
    return one == other or _without_gates(one) == _without_gates(other)


def _without_gates(decision: Decision) -> Decision:
    plan = decision.book.plan
    book = evolve(decision.book, plan=evolve(plan, gates=()) if plan is not None else None)
    return evolve(decision, book=book, verdicts=tuple(evolve(verdict, gates=()) for verdict in decision.verdicts))


def _acts(decision: Decision) -> Decision:
    """Leave out why: two refusals for different reasons are the same act."""
    bare = _without_gates(decision)
    return evolve(bare, verdicts=tuple(evolve(one, outcome="", refusal=None) for one in bare.verdicts))


# ---- in words


def then_and_now(replayed: Replayed) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say what was decided then and would be now, as far as the two differ."""
    then, today = tuple(_deeds(replayed.judged.decision, replayed)), tuple(_deeds(replayed.today, replayed))
    only_then = tuple(deed for deed in then if deed not in today)
    only_now = tuple(deed for deed in today if deed not in then)
    if not (only_then or only_now):
        names = ", ".join(_names(replayed.judged.decision, replayed.today))
        is_uncertain = replayed.comparison is Comparison.UNCERTAIN
        only_now = ("the same" if is_uncertain else f"the same in words, but not in {names}",)
    if replayed.unseen:
        limits = " or ".join(replayed.unseen)
        only_now += (f"unless {limits} was reached: no such limit was in force, so nobody looked",)
    return only_then or then or ("nothing is done",), only_now or ("none of that",)


def _deeds(decision: Decision, replayed: Replayed) -> Iterator[str]:
    if decision.aside:
        yield f"set aside, because tradecore itself failed on it: {decision.aside}"
    for verdict in decision.verdicts:
        whose = "" if PlanId(verdict.alert_id) == about(replayed.judged) else f"{verdict.alert_id} "
        yield whose + _end(verdict)
    for command in decision.commands:
        if not isinstance(command, Remind):  # When the book looks again says nothing to a person.
            yield _say(command)
    for fill in decision.fills:
        yield f"booked: {say_fill(fill)}"


def _end(verdict: Verdict) -> str:
    gates = "; ".join(f"{gate.name}: {gate.detail}" for gate in verdict.gates if gate.refusal is not None)
    return f"{verdict.status.value}: {verdict.outcome}" + (f" ({gates})" if gates else "")


def _say(command: Submit | Cancel | CancelStray | LookUp | TakeSurvey | Tell) -> str:
    match command:
        case Submit(ticket=ticket):
            guard = ticket.bracket or Bracket()
            prices = (("stop", guard.stop_price), ("target", guard.target_price))
            return say_ticket(ticket) + "".join(f", {name} {plain(price)}" for name, price in prices if price)
        case Cancel(order_id=order_id):
            return f"cancel {order_id}"
        case CancelStray(broker_order_id=broker_order_id):
            return f"cancel the broker's {broker_order_id}, which is not ours"
        case LookUp(order_id=order_id):
            return f"look {order_id} up"
        case TakeSurvey():
            return "ask the broker what is held"
        case Tell(urgency=urgency, text=text):
            return f"tell a person ({urgency.value}): {text}"
        case _:
            assert_never(command)


def _names(then: Decision, now: Decision) -> Iterator[str]:
    """Name the parts in which two decisions differ; of the book its own parts."""
    for name in _changed(then, now):
        if name == "book":
            yield from (f"book.{part}" for part in _changed(then.book, now.book))
        else:
            yield name


def _changed(then: Any, now: Any) -> Iterator[str]:  # noqa: ANN401 - any two of one class
    return (one.name for one in fields(type(then)) if getattr(then, one.name) != getattr(now, one.name))
