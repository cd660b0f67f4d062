"""Give each share its part of an order that closes everything at once.

FLAT over +10 and -7 sends one order of 3. The 7 that cancel out change hands inside the account, at the order's
price, so that every share has its fills and the books balance.
"""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tradecore.domain.decisions import Decision
from tradecore.domain.ids import BotId, OrderId, PlanId
from tradecore.domain.money import ZERO, sign
from tradecore.domain.trades import Fill, take
from tradecore.domain.values import evolve


@frozen(kw_only=True)
class Execution:
    """What was executed for everyone: signed units (zero where nothing was sent), price per unit, commission."""

    order_id: OrderId | None
    plan_id: PlanId
    quantity: Decimal
    price: Decimal
    at: datetime
    commission: Decimal = ZERO


def share_out(decision: Decision, done: Execution) -> Decision:
    """Book *done* to the shares: first what cancels out among them, then what the venue executed.

    What people hold, and what nobody can explain, take part like a share, without a result of their own.
    """
    decision = _cross(decision, done)
    left = done.quantity
    for bot_id, held in _holders(decision):
        if left and sign(held) == -sign(left):
            part = left if abs(left) <= abs(held) else -held
            commission = done.commission * part / done.quantity
            decision = _book(decision, bot_id, part, evolve(done, commission=commission), crossed=False)
            left -= part
    # More was executed than anybody held: nobody's, so it is for a person to explain.
    return decision.on(evolve(decision.book, drift=decision.book.drift + left)) if left else decision


def give_to_drift(decision: Decision, bot_id: BotId, done: Execution) -> Decision:
    """Book as closed what somebody has closed at the broker already, so that no order closes it a second time."""
    book = decision.book
    gone = book.held_for_sure(bot_id) - book.held(bot_id)
    return assign_drift(decision, bot_id, gone, done) if gone else decision


def assign_drift(decision: Decision, bot_id: BotId, quantity: Decimal, done: Execution) -> Decision:
    """Book signed *quantity* of the drift to the bot's share, at the price of *done* and without an order."""
    decision = _book(decision, bot_id, quantity, done, crossed=True)
    return decision.on(evolve(decision.book, drift=decision.book.drift - quantity))


def _cross(decision: Decision, done: Execution) -> Decision:
    """Close the smaller side against the larger one."""
    holders = _holders(decision)
    longs = sum((held for _, held in holders if held > ZERO), ZERO)
    shorts = -sum((held for _, held in holders if held < ZERO), ZERO)
    room = {1: min(longs, shorts), -1: min(longs, shorts)}
    for bot_id, held in holders:
        part = min(abs(held), room[sign(held)]) * sign(held)
        if part:
            room[sign(held)] -= abs(part)
            decision = _book(decision, bot_id, -part, evolve(done, commission=ZERO), crossed=True)
    return decision


_EXTERNAL = BotId("external")
_DRIFT = BotId("drift")


def _holders(decision: Decision) -> list[tuple[BotId, Decimal]]:
    book = decision.book
    shares = [(share.bot_id, share.quantity) for share in book.shares]
    holders = [*shares, (_EXTERNAL, book.external), (_DRIFT, book.drift)]
    return [(bot_id, held) for bot_id, held in holders if held]


def _book(decision: Decision, bot_id: BotId, part: Decimal, done: Execution, *, crossed: bool) -> Decision:
    book = decision.book
    if bot_id == _EXTERNAL:
        return decision.on(evolve(book, external=book.external + part, moves=book.moves + 1))
    if bot_id == _DRIFT:
        return decision.on(evolve(book, drift=book.drift + part, moves=book.moves + 1))
    fill = Fill(
        order_id=done.order_id, plan_id=done.plan_id, bot_id=bot_id, symbol=book.key.symbol, quantity=part,
        price=done.price, at=done.at, commission=done.commission, crossed=crossed)  # fmt: skip
    return decision.taken(fill, take(book.share(bot_id), fill, book.key.account_id, book.point_value))
