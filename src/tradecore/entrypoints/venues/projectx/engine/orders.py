"""Hold orders, fills and prices as the exchange knows them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from tradecore.domain.money import ZERO
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.engine.words import Action, Side, Status, Type


@frozen
class Leg:
    """A leg that an entry is to have: so many ticks, with a sign, from where it fills."""

    ticks: int
    type: int


@frozen(kw_only=True)
class Wish:
    """An order as a client asks for it; numbers that are no words of the Gateway's are still to be refused."""

    account_id: int
    contract_id: str
    type: int
    side: int
    size: int
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_price: Decimal | None = None
    tag: str | None = None
    stop_loss: Leg | None = None
    take_profit: Leg | None = None


@frozen(kw_only=True)
class Order:
    """An order; `paid` is the sum of price times size over its fills.

    `trail_distance` is in ticks: how far a trailing stop stays behind, or where a leg stands from the fill, signed.
    """

    id: int
    account_id: int
    contract: Contract
    created_at: datetime
    updated_at: datetime
    status: Status
    type: Type
    side: Side
    size: int
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    filled: int = 0
    paid: Decimal = ZERO
    tag: str | None = None
    trail_distance: int | None = None
    parent: int | None = None
    linked: int | None = None
    resting: bool = False  # whether its limit has been in the market, so that the market comes to it

    @property
    def left(self) -> int:
        return self.size - self.filled

    @property
    def filled_price(self) -> Decimal | None:
        return self.paid / self.filled if self.filled else None

    @property
    def trail_price(self) -> Decimal | None:
        """The trail as a distance in price."""
        return None if self.trail_distance is None else self.trail_distance * self.contract.product.tick_size


@frozen(kw_only=True)
class Trade:
    """Half a turn: `profit` is None where it opened."""

    id: int
    account_id: int
    contract: Contract
    at: datetime
    price: Decimal
    profit: Decimal | None
    fees: Decimal
    commissions: Decimal
    side: Side
    size: int
    order_id: int


@frozen(kw_only=True)
class Quote:
    """The last price, the best bid and ask, and when they were confirmed; `volume` is what traded at this tick."""

    contract: Contract
    last: Decimal
    bid: Decimal
    ask: Decimal
    at: datetime
    volume: int = 0

    def against(self, side: Side) -> Decimal:
        """Return the price at which an order of *side* meets somebody."""
        return self.ask if side is Side.BUY else self.bid


@frozen
class Event:
    """Something to be told: of which kind, to whom, and the thing as it was then."""

    kind: str
    account_id: int
    action: Action
    value: Any
