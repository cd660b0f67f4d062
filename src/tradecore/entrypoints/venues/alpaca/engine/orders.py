"""Hold what the exchange knows of one order.

An order never changes: its next state is a new value, so that whoever was handed one may keep it.
"""

from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tradecore.domain.money import ZERO
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Status, Tif, Type


@frozen(kw_only=True)
class Prices:
    """The prices of an order, each None where it has none such. `hwm` is the mark that a trailing stop follows."""

    limit: Decimal | None = None
    stop: Decimal | None = None
    trail: Decimal | None = None
    trail_percent: Decimal | None = None
    hwm: Decimal | None = None


@frozen(kw_only=True)
class Order:
    """One order. A `parent` is the id of the order that it is a leg of; of an OCO the target is the stop's parent.

    `quantity` is None for an order in money until it fills. `paid` is the sum of quantity times price over its
    fills. `is_awake`: it works, whatever its status says; a stop beside its target is held, and works.
    """

    id: str
    client_order_id: str
    account_id: str
    symbol: str
    side: Side
    type: Type
    tif: Tif
    order_class: OrderClass
    quantity: Decimal | None
    notional: Decimal | None
    prices: Prices
    extended_hours: bool
    status: Status
    created_at: datetime
    updated_at: datetime
    position_intent: str | None = None
    filled: Decimal = ZERO
    paid: Decimal = ZERO
    is_awake: bool = False
    triggered: bool = False  # a stop that was reached
    resting: bool = False  # a limit that the market has been away from: it fills at its own price
    parent: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    by_hand: bool = False

    @property
    def is_live(self) -> bool:
        """Whether it may still fill, now or later."""
        return not self.status.is_over

    @property
    def left(self) -> Decimal:
        """What is not filled yet; zero for an order in money."""
        return ZERO if self.quantity is None else self.quantity - self.filled

    @property
    def average_price(self) -> Decimal | None:
        """The price per unit over all fills, or None before the first."""
        return self.paid / self.filled if self.filled else None

    @property
    def group(self) -> str:
        """The id that it shares with the orders that stand and fall with it."""
        return self.parent or self.id


@frozen(kw_only=True)
class Fill:
    """One execution, positive in quantity, and the order as it was right after."""

    id: str
    order: Order
    quantity: Decimal
    price: Decimal
    position: Decimal  # signed, after it
    at: datetime


@frozen(kw_only=True)
class Update:
    """Something that happened to an order, for `trade_updates`. `event` is Alpaca's word for it."""

    id: str
    event: str
    order: Order
    at: datetime
    fill: Fill | None = None
