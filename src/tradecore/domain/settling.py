"""Judge what the broker says of an order: its state, its fills, and what its end means for the plan."""

from datetime import datetime

from tradecore.domain.book import Plan
from tradecore.domain.booking import book
from tradecore.domain.commands import LookUp, TakeSurvey, Urgency
from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import News, Order, OrderState, Purpose, Report
from tradecore.domain.pacing import REST_TIME, SECOND_LOOK, STOPS_LOST_MAX, delay, patience
from tradecore.domain.values import evolve


def says_nothing_new(order: Order, report: Report) -> bool:
    """Tell whether *report* is a repeat: venues say everything twice, and late.

    Of an order that works it is one as long as nobody is in doubt about it: then any word says that it is there.
    """
    return (
        (order.state.is_over or _is_known_to_work(order, report))
        and order.after(report.news) in {None, order.state}
        and report.filled <= order.filled
        and report.commission <= order.commission
    )


def _is_known_to_work(order: Order, report: Report) -> bool:
    doubted = order.looks or order.looks_missing or order.denied_at is not None or order.send_at is not None
    return (
        order.state is OrderState.WORKING
        and report.news is News.ACCEPTED
        and order.look_at is not None
        and not doubted
        and report.broker_order_id in {None, order.broker_order_id}
        and not (order.ticket.purpose.protects and report.quantity not in {None, order.size})
        and not (order.ticket.purpose.protects and report.works_at not in {None, order.price})
        and report.reason in {"", order.reason}
    )


def hear(decision: Decision, report: Report, facts: Facts) -> Decision:
    """Take *report* into the book; late, doubled and reordered ones change nothing."""
    order = None
    if report.order_id is not None:
        order = decision.known(report.order_id) or facts.order
    if order is None:
        # Not ours, or older than our memory: only the broker's own count tells what it did to the position. Not at
        # once, or a venue that repeats itself would keep us asking.
        soon = decision.book.survey_at or facts.now + delay(0)
        return decision.on(evolve(decision.book, survey_at=soon)) if report.filled else decision
    if says_nothing_new(order, report):
        return decision
    heard = _after(order, report, facts.now)
    decision = book(_follow(decision.order(heard), order, heard), order, heard, report, facts)
    if order.state is OrderState.NEVER_PLACED and heard.filled > order.filled:
        told = f"{decision.book.key}: order {order.id}, given up as never placed, has filled: {heard.words}."
        decision = decision.tell(Urgency.ALARM, told)
    return ended(decision, heard, facts) if heard.state.is_over and not order.state.is_over else decision


def _after(order: Order, report: Report, now: datetime) -> Order:
    """Return *order* as *report* leaves it; what contradicts its state leaves that, and has it looked up."""
    more = report.filled > order.filled
    state = order.after(report.news) or order.state
    size = report.quantity if order.ticket.purpose.protects and report.quantity is not None else order.size
    moved = order.ticket.purpose.protects and report.works_at not in {None, order.price}
    is_news = more or moved or state is not order.state or size != order.size
    looks = 0 if is_news else order.looks
    return evolve(
        order,
        state=state,
        broker_order_id=report.broker_order_id or order.broker_order_id,
        filled=max(order.filled, report.filled),
        average_price=report.average_price if more else order.average_price,
        commission=max(order.commission, report.commission),
        size=size,
        works_at=report.works_at if moved else order.works_at,
        reason=report.reason or order.reason,
        wash_trade=report.wash_trade or order.wash_trade,
        changed_at=now,
        looks=looks,
        looks_missing=0,
        denied_at=None,
        send_at=None,
        look_at=_next_look(order.ticket.purpose, state, looks, now),
    )


def _follow(decision: Decision, before: Order, after: Order) -> Decision:
    """Have the share count with where its stop or target rests: a venue may price it by the fill, people move it.

    Of several stops, the one that stands where the share's stop was counted moves it along.
    """
    share, purpose = decision.book.share(after.bot_id), after.ticket.purpose
    if after.price == before.price or not purpose.protects or not share.quantity:
        return decision
    others = (one for one in decision.book.orders_of(share.bot_id) if one.id != after.id)
    alone = all(one.ticket.purpose is not purpose for one in others)
    if purpose is Purpose.STOP and (alone or share.stop_price == before.price):
        share = evolve(share, stop_price=after.price)
    elif purpose is Purpose.TARGET and (alone or share.target_price == before.price):
        share = evolve(share, target_price=after.price)
    return decision.on(decision.book.with_share(share))


def _next_look(purpose: Purpose, state: OrderState, looks: int, now: datetime) -> datetime | None:
    """Return when to look next: ever later for what does not change, such as an exit that waits for the opening."""
    if state.is_over:
        return None
    resting = purpose.protects and state in (OrderState.WORKING, OrderState.HELD)
    return now + (REST_TIME if resting else patience(looks))


def ended(decision: Decision, order: Order, facts: Facts) -> Decision:
    """Take note that *order* is over: for its legs, for the share that it covered, and for its plan."""
    if order.filled == ZERO:
        for leg_id in order.leg_ids:
            known = decision.known(leg_id)
            if known is not None and known.state is OrderState.INTENDED:
                # Not "cancelled": where the venue knows better, its word brings the leg back.
                over = evolve(known, state=OrderState.NEVER_PLACED, look_at=None, reason="its entry never filled")
                decision = decision.order(over)
    elif order.left:
        # Venues cut a bracket's legs to what has filled; until they say so themselves, ours are cut as well.
        for leg_id in order.leg_ids:
            known = decision.known(leg_id)
            if known is not None and not known.state.is_over:
                decision = decision.order(evolve(known, size=min(known.size or order.filled, order.filled)))
    if order.ticket.purpose is Purpose.STOP and order.cancel_at is None and order.left:
        decision = _stop_lost(decision, order, facts)
    if order.ticket.purpose is Purpose.TARGET and order.cancel_at is None and order.left:
        decision = _target_lost(decision, order, facts)
    plan = decision.book.plan
    if plan is None or plan.wish.id != order.plan_id or order.ticket.purpose.protects:
        return decision
    failed = order.left > ZERO
    decision = decision.on(evolve(decision.book, plan=_plan_after(plan, order, facts.now)))
    # What the venue refuses an exit for may be an order of ours that we have lost sight of.
    return decision.do(TakeSurvey()) if failed and order.ticket.purpose is not Purpose.ENTRY else decision


def _plan_after(plan: Plan, order: Order, now: datetime) -> Plan:
    if order.id == plan.entry_id:
        plan = evolve(plan, entry_end=order.state, entry_filled=plan.entry_filled + order.filled)
    plan = evolve(plan, met_others=order.wash_trade)
    if not order.left:
        return evolve(plan, attempts=0, trouble="", not_before=None)
    trouble = order.reason or f"the order was {order.state.value}"
    return evolve(plan, attempts=plan.attempts + 1, trouble=trouble, not_before=now + delay(plan.attempts))


def _stop_lost(decision: Decision, order: Order, facts: Facts) -> Decision:
    """Count a stop that ended unasked. Its sibling may have filled, with the news on its way: look before re-arming.

    The first one is replaced at once, the next a little later: a venue that refuses it now may take it in a moment.
    """
    share = decision.book.share(order.bot_id)
    if not share.quantity:
        return decision
    if share.move_to not in {None, share.stop_price} and order.ticket.stop_price == share.move_to:
        why = f" ({order.reason.rstrip('.')})" if order.reason else ""
        told = f"the stop could not be moved to {plain(order.price or ZERO)}: it was {order.state.value}{why}"
        stays = decision.on(decision.book.with_share(evolve(share, move_to=None, move_by=None)))
        return stays.tell(Urgency.WARNING, f"{decision.book.key}: {told}. The old one stays.")
    siblings = _siblings(decision, order, Purpose.TARGET)
    again = 0 < share.stops_lost < STOPS_LOST_MAX - 1
    # Where shares are held, fewer may be free than are believed to be held: the broker is asked before the next.
    asks = order.state is OrderState.REJECTED and facts.rules.holds_shares
    wait = delay(share.stops_lost) if again or asks else SECOND_LOOK if siblings else None
    cover_at = facts.now + wait if wait is not None else None
    how = f"{order.state.value}: {order.reason.rstrip('.')}" if order.reason else order.state.value
    lost = evolve(share, stops_lost=share.stops_lost + 1, cover_at=cover_at, lost_how=how, lost_at=facts.now)
    looks = (LookUp(order_id=other.id) for other in siblings)
    lost_now = decision.on(decision.book.with_share(lost)).do(*looks)
    return lost_now.do(TakeSurvey()) if asks else lost_now


def _target_lost(decision: Decision, order: Order, facts: Facts) -> Decision:
    """Have a target that ended unasked told of; not at once: its stop may have filled, with the news on its way."""
    share = decision.book.share(order.bot_id)
    if not share.quantity:
        return decision
    looks = (LookUp(order_id=other.id) for other in _siblings(decision, order, Purpose.STOP))
    told = evolve(share, tell_target_at=facts.now + SECOND_LOOK)
    return decision.on(decision.book.with_share(told)).do(*looks)


def _siblings(decision: Decision, order: Order, purpose: Purpose) -> list[Order]:
    """Return the orders for *purpose* that were made together with *order*, and are not over."""
    others = decision.book.orders_of(order.bot_id)
    return [other for other in others if other.plan_id == order.plan_id and other.ticket.purpose is purpose]
