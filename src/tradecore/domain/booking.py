"""Book what an order has filled, and what it cost, to the shares that it traded."""

from decimal import Decimal

from tradecore.domain.commands import Urgency
from tradecore.domain.crossing import Execution, share_out
from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.ids import OrderId, stop_leg_id, target_leg_id
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Order, OrderState, Part, Purpose, Report
from tradecore.domain.pacing import FILL_TIME, delay
from tradecore.domain.planning import want
from tradecore.domain.signals import Signal
from tradecore.domain.trades import Fill, charge, take
from tradecore.domain.values import evolve


def book(decision: Decision, before: Order, after: Order, report: Report, facts: Facts) -> Decision:
    """Book what is new in *after*, which was *before* until *report* came: units, and commission."""
    commission = after.commission - before.commission
    newly = after.filled - before.filled
    if newly == ZERO:
        return _charge(decision, after, commission, facts) if commission else decision
    price = _price_of(before, report, newly)
    if after.bot_id is None:
        return _share_out(decision, after, newly, price, commission, facts)
    return _book_own(decision, after, newly, price, commission, facts)


def _price_of(before: Order, report: Report, newly: Decimal) -> Decimal:
    """Return the price of what is new, from two averages over all; a venue's rounding must not turn it odd."""
    assert report.average_price is not None
    value = before.filled * before.average_price if before.average_price is not None else ZERO
    price = (report.filled * report.average_price - value) / newly
    return price if price > ZERO else report.average_price


def _share_out(
    decision: Decision, order: Order, newly: Decimal, price: Decimal, commission: Decimal, facts: Facts
) -> Decision:
    """Book an order that closes everything; remember who took part, for a commission that comes later."""
    known = len(decision.fills)
    done = Execution(
        order_id=order.id,
        plan_id=order.plan_id,
        quantity=newly * order.ticket.side.sign,
        price=price,
        at=facts.now,
        commission=commission,
    )
    decision = share_out(decision, done)
    shared = tuple(
        Part(bot_id=fill.bot_id, quantity=abs(fill.quantity))
        for fill in decision.fills[known:]
        if fill.bot_id is not None and not fill.crossed
    )
    return decision.order(evolve(order, shared_by=order.shared_by + shared))


def _book_own(
    decision: Decision, order: Order, newly: Decimal, price: Decimal, commission: Decimal, facts: Facts
) -> Decision:
    """Book an order of one bot to its share."""
    assert order.bot_id is not None
    held = decision.book.share(order.bot_id)
    fill = Fill(
        order_id=order.id,
        plan_id=order.plan_id,
        bot_id=order.bot_id,
        symbol=decision.book.key.symbol,
        quantity=newly * order.ticket.side.sign,
        price=price,
        at=facts.now,
        commission=commission,
    )
    taken = take(held, fill, decision.book.key.account_id, decision.book.point_value)
    decision = decision.taken(fill, taken)
    if order.ticket.purpose is not Purpose.ENTRY and taken.share.quantity * fill.quantity > ZERO:
        return _overshot(decision, order, held.quantity, facts)
    if order.guard is not None and taken.share.quantity:
        stop, target = (_rests_at(decision, leg_id) for leg_id in (stop_leg_id(order.id), target_leg_id(order.id)))
        guarded = evolve(
            taken.share,
            stop_price=stop or order.guard.stop_price or taken.share.stop_price,
            target_price=target or order.guard.target_price or taken.share.target_price,
        )
        if order.ticket.bracket is None and order.left:
            # The stop is the book's to place; not beside an entry that is filling, which some venues refuse.
            guarded = evolve(guarded, cover_at=guarded.cover_at or facts.now + FILL_TIME)
        decision = _expect_legs(decision.on(decision.book.with_share(guarded)), order, facts)
    return decision


def _rests_at(decision: Decision, leg_id: OrderId) -> Decimal | None:
    """Return where a leg rests, as the venue may have said before it told of its entry's fill."""
    leg = decision.known(leg_id)
    return leg.price if leg is not None else None


def _overshot(decision: Decision, order: Order, held: Decimal, facts: Facts) -> Decision:
    """Close what two exits that both filled have opened: nobody wanted it."""
    text = f"{decision.book.key}: {order.words} to close {plain(held)}, and opened the other side: closing it."
    return want(decision.tell(Urgency.ALARM, text), facts, Signal.CLOSE, order.bot_id, "an exit overshot")


def _expect_legs(decision: Decision, order: Order, facts: Facts) -> Decision:
    """Look soon for the legs that a filled entry must have at the venue by now."""
    legs = (decision.known(leg_id) for leg_id in order.leg_ids)
    unseen = [leg for leg in legs if leg is not None and leg.state is OrderState.INTENDED and leg.look_at is None]
    return decision.order(*(evolve(leg, look_at=facts.now + delay(1)) for leg in unseen)) if unseen else decision


def _charge(decision: Decision, order: Order, commission: Decimal, facts: Facts) -> Decision:
    """Book a commission that was told after its fill, to those whom the order traded for."""
    parts = order.shared_by
    if order.bot_id is not None:
        parts = (Part(bot_id=order.bot_id, quantity=Decimal(1)),)
    whole = sum((part.quantity for part in parts), ZERO)
    for part in parts:
        share = decision.book.share(part.bot_id)
        taken = charge(share, commission * part.quantity / whole, facts.now)
        decision = evolve(
            decision, book=decision.book.with_share(taken.share), results=decision.results + taken.results
        )
    return decision
