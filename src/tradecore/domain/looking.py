"""Find out what became of an order: look it up by our id, and hand it over again only under that same id."""

from datetime import timedelta
from typing import Final

from tradecore.domain.book import Plan
from tradecore.domain.commands import LookUp, Submit, TakeSurvey, Urgency
from tradecore.domain.decisions import Decision
from tradecore.domain.entering import judge_entry
from tradecore.domain.facts import Facts
from tradecore.domain.ids import OrderId
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, Order, OrderState, Purpose, Side
from tradecore.domain.pacing import ANSWER_TIME, delay
from tradecore.domain.settling import ended
from tradecore.domain.values import evolve

# So often in a row, and over so long, a venue must deny an order before we believe that it never had it:
# listings lag, and a request may still be on its way.
DENIALS_MIN: Final = 3
DENIAL_TIME: Final = timedelta(seconds=5)
# The same for an order that did work there: a person is told at once, and this much later it counts as gone.
GONE_DENIALS: Final = 6
GONE_TIME: Final = timedelta(seconds=60)
# So often one order is handed over, always under the same id, which a venue takes only once.
SENDS_MAX: Final = 3


def send(decision: Decision, order: Order, facts: Facts) -> Decision:
    """Hand the order to the venue: for the first time, with the legs to come, or again under the same id."""
    legs = order.legs() if not order.sends else ()
    sent = evolve(
        order,
        state=OrderState.INTENDED,
        sends=order.sends + 1,
        send_at=None,
        changed_at=facts.now,
        look_at=facts.now + ANSWER_TIME,
    )
    return decision.order(*legs, sent).do(Submit(ticket=order.ticket))


def lose(decision: Decision, order_id: OrderId, why: str, facts: Facts) -> Decision:
    """Take note that nobody knows what became of the order; it is looked up until somebody does."""
    order = decision.known(order_id)
    if order is None:
        return decision
    state = order.after(News.LOST) or order.state
    look_at = None if state.is_over else facts.now + delay(order.looks)
    # Had it not been sent before, it may have been now: it is looked up before anything else is done with it.
    lost = evolve(order, state=state, reason=why, changed_at=facts.now, look_at=look_at, send_at=None)
    return decision.order(lost)


def not_sent(decision: Decision, order_id: OrderId, why: str, retry_after: int | None, facts: Facts) -> Decision:
    """Take note that the venue was not reached: hand the order over again later, as long as its plan wants it."""
    order = decision.known(order_id)
    if order is None or order.state.is_over:
        return decision
    wait = max(timedelta(seconds=retry_after or 0), delay(order.sends))
    if order.state is OrderState.INTENDED:
        return decision.order(evolve(order, reason=why, send_at=facts.now + wait, look_at=None))
    return decision.order(evolve(order, reason=why, look_at=facts.now + wait))


def deny(decision: Decision, order_id: OrderId, facts: Facts) -> Decision:
    """Take note that the venue knows no such order. Said often enough, it is handed over again, or given up."""
    order = decision.known(order_id)
    if order is None or order.state.is_over:
        return decision
    since = order.denied_at or facts.now
    # However long it was looked up in vain before: that it is missing is news.
    wait = delay(min(order.looks, order.looks_missing + 1))
    denied = evolve(order, looks_missing=order.looks_missing + 1, denied_at=since, look_at=facts.now + wait)
    sure = denied.looks_missing >= DENIALS_MIN and facts.now >= since + DENIAL_TIME
    if not sure or order.id in decision.book.legs_to_come:
        return decision.order(denied)
    if order.after(News.NEVER_PLACED) is None:
        return _gone(decision, denied, facts)
    if is_wanted(decision, order, facts) and order.sends < SENDS_MAX and not order.ticket.purpose.protects:
        return send(decision, evolve(denied, looks=0, looks_missing=0, denied_at=None), facts)
    return give_up(decision, denied, facts)


def _gone(decision: Decision, order: Order, facts: Facts) -> Decision:
    """End an order that worked at the venue and that it no longer knows, as after a reset of the account."""
    gone = "the broker no longer knows it"
    if order.reason != gone:
        told = f"{decision.book.key}: order {order.id} worked, and {gone}. Look at the broker's own page."
        decision = decision.tell(Urgency.ALARM, told)
    assert order.denied_at is not None
    if order.looks_missing < GONE_DENIALS or facts.now < order.denied_at + GONE_TIME:
        return decision.order(evolve(order, reason=gone))
    over = evolve(order, state=OrderState.CANCELLED, reason=gone, look_at=None)
    return ended(decision.order(over).do(TakeSurvey()), over, facts)


def give_up(decision: Decision, order: Order, facts: Facts) -> Decision:
    """End an order that the venue never had."""
    over = evolve(
        order,
        state=OrderState.NEVER_PLACED,
        reason=order.reason or "the venue never had it",
        changed_at=facts.now,
        look_at=None,
        send_at=None,
    )
    if order.sends:
        # Should the venue have had it after all, the position tells.
        book = decision.book
        decision = decision.on(evolve(book, survey_at=book.survey_at or facts.now + delay(3))).do(TakeSurvey())
    return ended(decision.order(over), over, facts)


def is_wanted(decision: Decision, order: Order, facts: Facts) -> bool:
    """Tell whether the plan at hand still wants *order* to be placed; an entry only in time and past every gate."""
    plan = decision.book.plan
    if order.ticket.purpose.protects:
        return decision.book.held(order.bot_id) != ZERO
    if plan is None or plan.wish.id != order.plan_id or plan.overtaken_by is not None:
        return False
    if order.ticket.purpose is not Purpose.ENTRY:
        return True
    return facts.now < plan.deadline and _passes_again(decision, plan, order, facts)


def _passes_again(decision: Decision, plan: Plan, order: Order, facts: Facts) -> bool:
    """Judge an entry again before it is handed over again: a halt, say, may have come since."""
    to = plan.step.to if plan.step is not None else None
    # The order itself is among those of the last minute.
    others = evolve(facts, orders_last_minute=max(0, facts.orders_last_minute - 1))
    entrance = judge_entry(decision.book, plan.wish, others, long=order.ticket.side is Side.BUY, to=to)
    return entrance.refusal is None and entrance.quantity >= order.ticket.quantity


def due_now(decision: Decision, facts: Facts) -> Decision:
    """Look up, or hand over again, every order whose moment has come."""
    for order in decision.book.orders:
        if order.send_at is not None and order.send_at <= facts.now:
            wanted = is_wanted(decision, order, facts)
            decision = send(decision, order, facts) if wanted else give_up(decision, order, facts)
        elif order.look_at is not None and order.look_at <= facts.now:
            looked = evolve(order, looks=order.looks + 1, look_at=facts.now + delay(order.looks + 1))
            decision = decision.order(looked).do(LookUp(order_id=order.id))
    return decision
