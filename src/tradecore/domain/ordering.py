"""Make the orders of a plan, and ask for the end of others."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, Plan
from tradecore.domain.commands import Cancel
from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.ids import OrderId, order_id_for
from tradecore.domain.looking import give_up, send
from tradecore.domain.money import HUNDRED, ZERO, ceil_to, floor_to
from tradecore.domain.orders import Bracket, Order, OrderState, OrderType, Purpose, Side, Ticket
from tradecore.domain.pacing import delay
from tradecore.domain.planning import own_id
from tradecore.domain.resting import only_reduces, takes_bracket
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve

_AT_VENUE: Final = (OrderState.WORKING, OrderState.HELD)
# A venue that refused a cancel, or has not got round to it, is asked again after this.
CANCEL_AGAIN: Final = timedelta(seconds=2)
# So far through the market, in percent of the price, goes the limit of an exit that must fill at once.
THROUGH_PERCENT: Final = 5
# So many looks in vain, and it has not filled at once: some fifteen seconds.
LEFT_BEHIND_LOOKS: Final = 3


def own_orders(book: Book, plan: Plan) -> tuple[Order, ...]:
    """Return the plan's own orders that are not over; the legs of its entries rest on purpose, and do not count."""
    return tuple(o for o in book.orders if o.plan_id == plan.wish.id and not o.ticket.purpose.protects)


def call_off(decision: Decision, orders: tuple[Order, ...], facts: Facts) -> Decision:
    """Ask for the end of *orders*, of each again after a while; those in doubt are waited for."""
    for order in orders:
        again_at = cancel_again_at(order)
        if order.state in _AT_VENUE and (again_at is None or facts.now >= again_at):
            soon = facts.now + delay(0)
            asked = evolve(order, state=OrderState.CANCELLING, cancel_at=facts.now, looks=0, look_at=soon)
            decision = decision.order(asked).do(Cancel(order_id=order.id))
        elif order.state is OrderState.INTENDED and order.send_at is not None:
            # It never left: the venue was not reached, and nothing was done.
            decision = give_up(decision, order, facts)
    return decision


def call_off_left_behind(decision: Decision, orders: tuple[Order, ...], facts: Facts) -> Decision:
    """Call off exits whose limit the market has left behind, while it trades: the next goes by the price of then."""
    if facts.quote is None or facts.hours is None or facts.hours.now is None:
        return decision
    waiting = [(order, order.ticket.limit_price) for order in orders if order.looks >= LEFT_BEHIND_LOOKS]
    last = facts.quote.last
    left = (o for o, limit in waiting if limit is not None and (last - limit) * o.ticket.side.sign > ZERO)
    return call_off(decision, tuple(left), facts)


def cancel_again_at(order: Order) -> datetime | None:
    """Return when the end of *order* may be asked for again, where the venue has refused it; None where it has not."""
    if order.cancel_at is None or order.state not in _AT_VENUE:
        return None
    return order.cancel_at + CANCEL_AGAIN


def submit(
    decision: Decision, plan: Plan, change: Decimal, purpose: Purpose, facts: Facts, guard: Bracket | None = None
) -> Decision:
    """Write an order for signed *change* down and send it; its id is made from plan, number and attempt."""
    book, wish = decision.book, evolve(plan.wish, sent=plan.wish.sent + 1)
    meets = plan.met_others and purpose is not Purpose.ENTRY
    limit_price = _through_the_market(Side.of(change), facts) if meets else None
    ticket = Ticket(
        id=order_id_for(wish.id, wish.sent, plan.attempts + 1),
        symbol=book.key.symbol,
        side=Side.of(change),
        quantity=abs(change),
        type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
        limit_price=limit_price,
        purpose=purpose,
        bracket=guard if takes_bracket(book, facts.rules, guard) else None,
        reduce_only=purpose is not Purpose.ENTRY and facts.rules.reduce_only and only_reduces(book, change),
    )
    bot_id = None if purpose is Purpose.FLATTEN else wish.bot_id
    order = Order(ticket=ticket, plan_id=wish.id, bot_id=bot_id, created_at=facts.now, guard=guard)
    entry_id = order.id if purpose is Purpose.ENTRY else plan.entry_id
    plan = evolve(plan, wish=wish, entry_id=entry_id, clear_by=None)
    return send(decision.on(evolve(book, plan=plan)), order, facts)


def _through_the_market(side: Side, facts: Facts) -> Decimal | None:
    """Return a limit at which an order on *side* fills at once, and meets no order far away; None without a price."""
    if facts.quote is None or facts.instrument is None:
        return None
    tick = facts.instrument.tick_size
    price = facts.quote.last * (HUNDRED + side.sign * THROUGH_PERCENT) / HUNDRED
    return ceil_to(price, tick) if side is Side.BUY else max(tick, floor_to(price, tick))


def place_stop(decision: Decision, share: Share, quantity: Decimal, stop_price: Decimal, facts: Facts) -> Decision:
    """Send a plain stop for positive *quantity* of the share."""
    plan_id = own_id(decision, facts)
    order_id: OrderId = order_id_for(plan_id, 1, 1)
    side = Side.of(-share.quantity)
    # Where one order may cross zero, another share can come to stand against it while it rests, and it must do so.
    reduces = facts.rules.reduce_only and not facts.rules.crosses_zero
    ticket = Ticket(
        id=order_id, symbol=decision.book.key.symbol, side=side, quantity=quantity, type=OrderType.STOP,
        stop_price=stop_price, purpose=Purpose.STOP,
        reduce_only=reduces and only_reduces(decision.book, quantity * side.sign))  # fmt: skip
    opened_by = share.trade.opened_by if share.trade else plan_id
    order = Order(ticket=ticket, plan_id=opened_by, bot_id=share.bot_id, created_at=facts.now)
    return send(evolve(decision, own=decision.own + 1), order, facts)
