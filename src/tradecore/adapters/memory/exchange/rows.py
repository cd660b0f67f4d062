"""Hold what the exchange knows of one order, and of one change to it.

A row never changes: the next state is a new row, so that whoever was handed one may keep it.
"""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from attrs import frozen

from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.orders import News, OrderType, Report, Side
from tradecore.domain.venues import Position

# What `domain.money.exact` reads back; an average may have endless digits.
_PRICE_STEP: Final = Decimal("0.000000000001")

# How a refusal begins that is for an order on the other side.
WASH_TRADE: Final = "potential wash trade detected"

# An order in one of these may still fill, or be woken so that it may.
_LIVE: Final = frozenset({News.ACCEPTED, News.HELD, News.CANCEL_PENDING})


@frozen(kw_only=True)
class Row:
    """One order as the exchange has it; `news` is where it stands now.

    `order_id` is None for an order that was placed by hand. `paid` is the sum of quantity times price over its
    fills. A bracket's parent names its `legs`, and each leg its `parent`; `offset` is a leg's signed distance in
    price from where the parent filled, for venues that take brackets so.
    """

    id: BrokerOrderId
    account_id: AccountId
    order_id: OrderId | None
    symbol: Symbol
    side: Side
    quantity: Decimal
    type: OrderType
    limit_price: Decimal | None
    stop_price: Decimal | None
    news: News
    placed_at: datetime
    changed_at: datetime
    filled: Decimal = ZERO
    paid: Decimal = ZERO
    commission: Decimal = ZERO
    reason: str = ""
    parent: BrokerOrderId | None = None
    legs: tuple[BrokerOrderId, ...] = ()
    offset: Decimal | None = None
    triggered: bool = False  # a stop that was reached
    reduce_only: bool = False  # refused, or ended, where it would open
    resting: bool = False  # a limit that the market has been away from: it fills at its own price

    @property
    def left(self) -> Decimal:
        """What is not filled yet."""
        return self.quantity - self.filled

    @property
    def is_live(self) -> bool:
        """Whether it may still fill."""
        return self.news in _LIVE

    @property
    def is_asleep(self) -> bool:
        """Whether it waits for its parent."""
        return self.news is News.HELD

    @property
    def average_price(self) -> Decimal | None:
        """The price per unit over all fills, or None before the first."""
        return shortened(self.paid / self.filled) if self.filled else None

    def report(self) -> Report:
        """Say of the order what a venue says."""
        return Report(
            order_id=self.order_id,
            broker_order_id=self.id,
            news=self.news,
            at=self.changed_at,
            filled=self.filled,
            average_price=self.average_price,
            commission=self.commission,
            reason=self.reason,
            symbol=self.symbol,
            side=self.side,
            quantity=self.quantity,
            works_at=self.stop_price if self.stop_price is not None else self.limit_price,
            wash_trade=self.news is News.REJECTED and self.reason.startswith(WASH_TRADE),
        )


@frozen(kw_only=True)
class Execution:
    """One fill: positive quantity in units, price per unit, commission and realised result in money."""

    quantity: Decimal
    price: Decimal
    commission: Decimal
    realised: Decimal
    at: datetime


@frozen(kw_only=True)
class Change:
    """One change to an order, with the fill that made it, and the account as it was right after."""

    row: Row
    execution: Execution | None
    position: Position
    cash: Decimal


def shortened(price: Decimal) -> Decimal:
    """Return *price* with no more places than `domain.money.exact` reads."""
    exponent = price.as_tuple().exponent
    assert isinstance(exponent, int)
    return price.quantize(_PRICE_STEP, rounding=ROUND_HALF_EVEN) if exponent < -12 else price  # noqa: PLR2004
