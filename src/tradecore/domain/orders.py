"""Say what an order is: as it is sent, as a venue tells of it, and as the book follows it.

A `Ticket` is what is sent, and never changes. A `Report` is what a venue says of an order: always the whole
state so far (filled in total, average price), so that a late, doubled or reordered report does no harm.
"""

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import frozen

from tradecore.domain.ids import BotId, BrokerOrderId, OrderId, PlanId, Symbol, parent_of, stop_leg_id, target_leg_id
from tradecore.domain.money import ZERO, plain
from tradecore.domain.order_states import LIFE, News, OrderState

__all__ = ["Bracket", "News", "Order", "OrderState", "OrderType", "Part", "Purpose", "Report", "Side", "Ticket"]


class Side(Enum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @classmethod
    def of(cls, quantity: Decimal) -> "Side":
        """Return the side that trades a signed *quantity*."""
        return cls.BUY if quantity > 0 else cls.SELL


class OrderType(Enum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


# Which types have a limit price, and which a stop price.
_PRICES: Final = {
    OrderType.MARKET: (False, False), OrderType.LIMIT: (True, False),
    OrderType.STOP: (False, True), OrderType.STOP_LIMIT: (True, True),
}  # fmt: skip


class Purpose(Enum):
    """What an order is for."""

    ENTRY = "entry"
    EXIT = "exit"
    FLATTEN = "flatten"
    STOP = "stop"
    TARGET = "target"

    @property
    def protects(self) -> bool:
        """Whether the order rests to protect a position."""
        return self in _PROTECTING


_PROTECTING: Final = (Purpose.STOP, Purpose.TARGET)


@frozen(kw_only=True)
class Bracket:
    """The stop and target that go with an entry as one server-side order; prices on the grid.

    `reference` is the price from which both were counted, as it was quoted: a venue that takes distances in place of
    prices is told how far from it they stand. None in an order of an older version, and where neither is asked for.
    """

    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    reference: Decimal | None = None


@frozen(kw_only=True)
class Ticket:
    """An order as it is sent: positive quantity in units, prices per unit on the grid.

    `purpose` says what it is for. With `reduce_only` the venue must refuse it where it would open, or enlarge what
    is held.
    """

    id: OrderId
    symbol: Symbol
    side: Side
    quantity: Decimal
    type: OrderType = OrderType.MARKET
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    purpose: Purpose = Purpose.ENTRY
    bracket: Bracket | None = None
    reduce_only: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse an order that contradicts itself."""
        if self.quantity <= ZERO:
            message = f"order {self.id}: the quantity must be above zero, not {self.quantity}"
            raise ValueError(message)
        if (self.limit_price is not None, self.stop_price is not None) != _PRICES[self.type]:
            message = f"order {self.id}: a {self.type.value} order has the wrong prices"
            raise ValueError(message)
        if self.reduce_only and self.purpose is Purpose.ENTRY:
            message = f"order {self.id}: an entry cannot be reduce-only"
            raise ValueError(message)

    @property
    def signed(self) -> Decimal:
        """What the position changes by when it fills."""
        return self.quantity * self.side.sign


@frozen(kw_only=True)
class Report:
    """What a venue says of one order: the whole state so far.

    `filled` is in units and in total, `average_price` per unit over all of it, `commission` in money and in total.
    `order_id` is None for an order that is not ours; then symbol, side and quantity tell what it is. `wash_trade`
    marks a refusal because another order works on the other side. `works_at` is the price per unit at which a stop or
    a limit rests; None where the venue does not say, or where there is none.
    """

    order_id: OrderId | None
    broker_order_id: BrokerOrderId | None
    news: News
    at: datetime
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    commission: Decimal = ZERO
    reason: str = ""
    symbol: Symbol | None = None
    side: Side | None = None
    quantity: Decimal | None = None
    wash_trade: bool = False
    works_at: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a fill without a price."""
        if self.filled < ZERO or (self.filled > ZERO and self.average_price is None):
            message = f"report on {self.order_id}: {self.filled} filled at {self.average_price}"
            raise ValueError(message)


@frozen(kw_only=True)
class Part:
    """What one bot had of an order for everyone, as positive units."""

    bot_id: BotId
    quantity: Decimal


@frozen(kw_only=True, slots=False)
class Order:
    """An order of ours as the book follows it. `bot_id` is whose share it trades; None where it is everyone's."""

    ticket: Ticket
    plan_id: PlanId
    bot_id: BotId | None
    created_at: datetime
    state: OrderState = OrderState.INTENDED
    broker_order_id: BrokerOrderId | None = None
    filled: Decimal = ZERO
    average_price: Decimal | None = None
    commission: Decimal = ZERO
    reason: str = ""
    wash_trade: bool = False  # the venue refused it because another order works on the other side
    shared_by: tuple[Part, ...] = ()  # who took part in an order for everyone, with how many units
    changed_at: datetime | None = None
    guard: Bracket | None = None  # what the share is protected by once an entry fills, bracket or not
    size: Decimal | None = None  # what the venue says a leg is for, where that is less than was ordered
    works_at: Decimal | None = None  # where the venue says that what protects rests, where it was not sent to there
    sends: int = 0  # how often it was handed to the venue, with this same id
    send_at: datetime | None = None  # when to hand it over again, where the venue was not reached
    cancel_at: datetime | None = None  # when its end was last asked for
    looks: int = 0  # how often it was looked up since the last news
    looks_missing: int = 0  # how often in a row the venue did not know it
    denied_at: datetime | None = None  # when the venue first said so
    look_at: datetime | None = None  # when to look it up next, where no news comes

    @property
    def id(self) -> OrderId:
        """Our id of it."""
        return self.ticket.id

    @property
    def parent_id(self) -> OrderId | None:
        """The id of the entry whose bracket it belongs to, or None."""
        return parent_of(self.id)

    @property
    def left(self) -> Decimal:
        """What is not filled yet."""
        return max(ZERO, (self.size if self.size is not None else self.ticket.quantity) - self.filled)

    @property
    def price(self) -> Decimal | None:
        """Where it rests: as the venue says, else as it was sent. None for what takes the market's price."""
        return self.works_at or self.ticket.stop_price or self.ticket.limit_price

    @property
    def words(self) -> str:
        """Say what became of it: ``bought 10 AAPL at 190.12``."""
        verb = "bought" if self.ticket.side.sign > 0 else "sold"
        price = plain(self.average_price) if self.average_price is not None else "?"
        part = plain(self.filled) if not self.left else f"{plain(self.filled)} of {plain(self.ticket.quantity)}"
        return f"{verb} {part} {self.ticket.symbol} at {price}"

    def after(self, news: News) -> "OrderState | None":
        """Return the state that *news* leads to, or None where the two contradict one another."""
        return LIFE.get((OrderState.NEVER_PLACED if self.is_forgotten else self.state, news))

    @property
    def is_forgotten(self) -> bool:
        """Whether it was ended because the venue no longer knew it, and not by its word: it may yet come back."""
        return self.state is OrderState.CANCELLED and self.denied_at is not None

    @property
    def leg_ids(self) -> tuple[OrderId, ...]:
        """The ids of `legs`."""
        bracket = self.ticket.bracket
        if bracket is None:
            return ()
        stop = (stop_leg_id(self.id),) if bracket.stop_price is not None else ()
        return (*stop, target_leg_id(self.id)) if bracket.target_price is not None else stop

    def legs(self) -> tuple["Order", ...]:
        """Return the orders that the venue makes of this one's bracket, in the parent's quantity."""
        bracket = self.ticket.bracket
        if bracket is None:
            return ()
        ticket, side, legs = self.ticket, self.ticket.side.opposite, []
        if bracket.stop_price is not None:
            legs.append(Ticket(
                id=stop_leg_id(self.id), symbol=ticket.symbol, side=side, quantity=ticket.quantity,
                type=OrderType.STOP, stop_price=bracket.stop_price, purpose=Purpose.STOP))  # fmt: skip
        if bracket.target_price is not None:
            legs.append(Ticket(
                id=target_leg_id(self.id), symbol=ticket.symbol, side=side, quantity=ticket.quantity,
                type=OrderType.LIMIT, limit_price=bracket.target_price, purpose=Purpose.TARGET))  # fmt: skip
        return tuple(Order(ticket=leg, plan_id=self.plan_id, bot_id=self.bot_id, created_at=self.created_at)
                     for leg in legs)  # fmt: skip
