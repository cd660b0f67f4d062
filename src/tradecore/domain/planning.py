"""Turn a wish into a plan: the steps from what is held to what the signal wants."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, Plan, Step, StepKind, Wish
from tradecore.domain.decisions import Decision, Status, Verdict
from tradecore.domain.entering import WAIT_SECONDS_MAX, judge_age, judge_entry
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId, PlanId
from tradecore.domain.limits import Judgement
from tradecore.domain.money import ZERO, plain, sign
from tradecore.domain.opening import wait_for_opening, waits_for_opening
from tradecore.domain.parties import Bot, Mode
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import INTENTIONS, Direction, Intention, Signal
from tradecore.domain.values import evolve

# How long an entry may take before what is left of it is cancelled, and an exit before a person is told.
DEADLINE: Final = timedelta(seconds=60)

_K = StepKind


def _steps(*kinds: StepKind, to: Decimal | None = None) -> tuple[Step, ...]:
    return tuple(Step(kind=kind, to=to if kind in (_K.OPEN, _K.REDUCE) else None) for kind in kinds)


_STEPS: Final = {
    Intention.OPEN_LONG: _steps(_K.CANCEL, _K.OPEN),
    Intention.OPEN_SHORT: _steps(_K.CANCEL, _K.OPEN),
    Intention.REVERSE_TO_LONG: _steps(_K.CANCEL, _K.CLOSE, _K.OPEN),
    Intention.REVERSE_TO_SHORT: _steps(_K.CANCEL, _K.CLOSE, _K.OPEN),
    Intention.CLOSE: _steps(_K.CANCEL, _K.CLOSE),
    Intention.CLEAR: _steps(_K.CANCEL_ALL, _K.LOOK, _K.FLATTEN, _K.CONFIRM),
}


def begin(decision: Decision, wish: Wish, facts: Facts) -> Decision:
    """Begin *wish*: lay its plan, or end it at once where there is nothing to do, or nothing it may."""
    bot = facts.bot(wish.bot_id)
    found = _steps_for(decision.book, wish, bot)
    age = judge_age(wish, bot) if bot is not None and wish.signal.is_entry else None
    if age is not None and age.refusal is not None:
        # What is not of now says nothing of what is held now: not even its closing half is done.
        return end(decision, wish, Status.REFUSED, age.refusal.value, refusal=age.refusal, gates=(age,))
    if isinstance(found, Refusal):
        gate = Judgement(name="signal", refusal=found, detail=found.value)
        return end(decision, wish, Status.REFUSED, found.value, refusal=found, gates=(gate,))
    decision = _replace_queued(decision, wish)
    if isinstance(found, str):
        gates = (Judgement(name="anything to do", refusal=None, detail=found),)
        return end(decision, wish, Status.DONE, found, gates=gates)
    opens = any(step.kind is _K.OPEN for step in found)
    if opens and waits_for_opening(wish, facts):
        entrance = judge_entry(decision.book, wish, facts, long=wants_long(wish, found), to=found[-1].to)
        queued = wait_for_opening(decision, wish, entrance, facts)
        if queued is not None:
            return queued
    if opens and _asks_first(decision.book, found, facts):
        if _only_opens(found):
            # An entry that no gate lets through needs no question to the broker first.
            book = evolve(decision.book, stray_sides=())
            entrance = judge_entry(book, wish, facts, long=wants_long(wish, found), to=found[-1].to)
            if entrance.refusal is not None:
                refusal = entrance.refusal
                return end(decision, wish, Status.REFUSED, entrance.sentence, refusal=refusal, gates=entrance.gates)
        found = (Step(kind=_K.LOOK), *found)
    plan = Plan(
        wish=wish,
        steps=found,
        started_at=facts.now,
        deadline=facts.now + DEADLINE,
        attempts=wish.tries,
        not_before=wish.retry_at,
    )
    return decision.on(evolve(decision.book, plan=plan))


def _asks_first(book: Book, steps: tuple[Step, ...], facts: Facts) -> bool:
    """Tell whether an entry waits for the broker's word.

    It does where the broker was not asked since we last may have missed what it says, where it has said something that
    is to be looked at, or where an order by hand may be gone.
    """
    if book.surveyed_at is None or book.survey_at is not None:
        return True
    if facts.heard_since is not None and book.surveyed_at < facts.heard_since:
        return True
    return bool(facts.rules.refuses_wash_trades and book.stray_sides and _only_opens(steps))


def _only_opens(steps: tuple[Step, ...]) -> bool:
    return all(step.kind in {_K.CANCEL, _K.OPEN} for step in steps)


def _replace_queued(decision: Decision, wish: Wish) -> Decision:
    """End what the same bot has waiting for an opening: the latest entry is what is meant."""
    for old in decision.book.waiting:
        if wish.signal.is_entry and old.queued_until is not None and old.bot_id == wish.bot_id:
            waiting = tuple(other for other in decision.book.waiting if other is not old)
            decision = decision.on(evolve(decision.book, waiting=waiting))
            refusal = Refusal.REPLACED
            decision = end(decision, old, Status.REFUSED, refusal.value, refusal=refusal)
    return decision


def wants_long(wish: Wish, steps: tuple[Step, ...]) -> bool:
    """Tell which way the entry goes: to the side its steps name, else as the signal says."""
    to = next((step.to for step in steps if step.kind is _K.OPEN), None)
    return to > ZERO if to is not None else wish.signal is Signal.BUY


def _steps_for(book: Book, wish: Wish, bot: Bot | None) -> tuple[Step, ...] | Refusal | str:
    """Return the steps, or why there are none: a refusal, or a sentence where nothing is to be done."""
    held = book.held(wish.bot_id)
    target = _target(book, wish, bot)
    if target is not None:
        return _steps_to(held, target)
    if wish.at_most is not None and held:
        lots = book.instrument.lots(wish.at_most, long=held > ZERO) if book.instrument else wish.at_most
        left = min(abs(held), lots)
        return _steps_to(held, left if held > ZERO else -left)
    strategy = wish.alert.strategy if wish.alert else None
    signal = wish.signal
    if strategy is not None and strategy.direction is Direction.FLAT and signal.is_entry:
        signal = Signal.CLOSE  # The order that ends the strategy's position, whichever side it has.
    if strategy is not None and (wish.signal, strategy.direction) in {
        (Signal.SELL, Direction.LONG), (Signal.BUY, Direction.SHORT),
    }:  # fmt: skip
        return Refusal.PARTIAL_EXIT
    direction = Direction.of(held)
    intention = INTENTIONS[signal, direction]
    if intention in (Intention.ALREADY_LONG, Intention.ALREADY_SHORT):
        if bot is not None and bot.mode is Mode.PYRAMID:
            return _steps(_K.OPEN)
        return f"Already {direction.value.lower()} {plain(abs(held))} {book.key.symbol}: nothing to do."
    if intention is Intention.NOTHING_TO_CLOSE:
        return f"Nothing to close: the bot holds no {book.key.symbol}."
    if intention is Intention.NOTHING:
        return "The alert says to hold: nothing to do."
    return _STEPS[intention]


def _target(book: Book, wish: Wish, bot: Bot | None) -> Decimal | None:
    """Return the signed share that the alert names as its end state, for a bot that follows such."""
    strategy = wish.alert.strategy if wish.alert else None
    if bot is None or bot.mode is not Mode.TARGET or strategy is None or not wish.signal.is_entry:
        return None
    if strategy.direction is Direction.FLAT:
        return ZERO
    if strategy.quantity is None:
        return None
    long = strategy.direction is Direction.LONG
    # TradingView writes sizes that lie between two lots, and that no venue takes.
    quantity = book.instrument.lots(strategy.quantity, long=long) if book.instrument else strategy.quantity
    return quantity if long else -quantity


def _steps_to(held: Decimal, target: Decimal) -> tuple[Step, ...] | str:
    if held == target:
        return f"Already at the target of {plain(target)}: nothing to do."
    if target == ZERO:
        return _steps(_K.CANCEL, _K.CLOSE)
    if held and sign(held) != sign(target):
        return _steps(_K.CANCEL, _K.CLOSE, _K.OPEN, to=target)
    if abs(target) < abs(held):
        return _steps(_K.CANCEL, _K.REDUCE, to=target)
    # What protects the part that is held stays in force while more is added.
    return _steps(_K.OPEN, to=target)


def end(
    decision: Decision,
    wish: Wish,
    status: Status,
    outcome: str,
    *,
    refusal: Refusal | None = None,
    gates: tuple[Judgement, ...] = (),
) -> Decision:
    """Give *wish* its end, in one sentence; only an alert has somebody who reads it."""
    if wish.alert is None:
        return decision
    return decision.verdict(Verdict(
        alert_id=wish.alert.id, status=status, outcome=outcome, refusal=refusal, gates=gates))  # fmt: skip


def queue(decision: Decision, wish: Wish) -> Decision:
    """Put *wish* in line: an entry last, an exit before every entry.

    The entries it makes pointless end refused: for CLOSE the bot's own, for FLAT everybody's.
    """
    book = decision.book
    running = (*book.waiting, *((book.plan.wish,) if book.plan else ()))
    meant = (wish.signal, wish.bot_id, wish.at_most)
    if wish.alert is None and any((one.signal, one.bot_id, one.at_most) == meant for one in running):
        return decision  # What tradecore wants by itself, it wants once.
    if not wish.signal.is_exit:
        return decision.on(evolve(book, waiting=(*book.waiting, wish)))
    mine = [other for other in book.waiting if _overtakes(wish, other)]
    for other in mine:
        refusal = Refusal.OVERTAKEN
        decision = end(decision, other, Status.REFUSED, refusal.value, refusal=refusal)
    others = [other for other in book.waiting if other not in mine]
    exits = [other for other in others if other.signal.is_exit]
    entries = [other for other in others if not other.signal.is_exit]
    line = (wish, *exits, *entries) if wish.signal is Signal.FLAT else (*exits, wish, *entries)
    plan = book.plan
    flat_first = wish.signal is Signal.FLAT and plan is not None and plan.wish.signal is not Signal.FLAT
    if plan is not None and (flat_first or _overtakes(wish, plan.wish)):
        plan = evolve(plan, overtaken_by=wish.signal)
    return decision.on(evolve(book, waiting=line, plan=plan))


def want(
    decision: Decision, facts: Facts, signal: Signal, bot_id: BotId | None, reason: str, at_most: Decimal | None = None
) -> Decision:
    """Put a wish of tradecore's own in line: nobody's alert, and so nobody who reads its end."""
    wish = Wish(
        id=own_id(decision, facts), signal=signal, bot_id=bot_id, came_at=facts.now, reason=reason, at_most=at_most
    )
    queued = queue(decision, wish)
    return queued if queued is decision else evolve(queued, own=decision.own + 1)


def own_id(decision: Decision, facts: Facts) -> PlanId:
    """Return an id for what the decision begins by itself; `Decision.own` is then to be one higher."""
    return PlanId(f"{facts.new_id}-{decision.own + 1}")


def _overtakes(exit_wish: Wish, other: Wish) -> bool:
    return other.signal.is_entry and (exit_wish.signal is Signal.FLAT or other.bot_id == exit_wish.bot_id)


def expire(decision: Decision, facts: Facts) -> Decision:
    """End the waiting entries whose turn has come too late, so that none fires hours after it was meant."""
    refusal = Refusal.WAITED_TOO_LONG
    for wish in decision.book.waiting:
        since = wish.queued_until or wish.came_at
        if wish.signal.is_entry and (facts.now - since).total_seconds() > WAIT_SECONDS_MAX:
            gate = Judgement(name="turn", refusal=refusal, detail=f"{WAIT_SECONDS_MAX} s are allowed")
            waiting = tuple(other for other in decision.book.waiting if other is not wish)
            decision = decision.on(evolve(decision.book, waiting=waiting))
            decision = end(decision, wish, Status.REFUSED, refusal.value, refusal=refusal, gates=(gate,))
    return decision
