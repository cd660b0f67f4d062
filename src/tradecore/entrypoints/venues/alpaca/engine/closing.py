"""Close positions: whole, in part, or all at once."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, final

from attrs import frozen

from tradecore.domain.money import HUNDRED
from tradecore.entrypoints.venues.alpaca.engine import fields
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.assets import FINEST
from tradecore.entrypoints.venues.alpaca.engine.fields import FieldError
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Prices
from tradecore.entrypoints.venues.alpaca.engine.placing import Desk
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, missing, parameter
from tradecore.entrypoints.venues.alpaca.engine.wishes import Exits, Wish
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Side, Tif, Type


@frozen(kw_only=True)
class Part:
    """How much to close; None in both is everything."""

    quantity: Decimal | None = None
    percentage: Decimal | None = None

    def of(self, held: Decimal) -> Decimal:
        """Return how many units of *held* that is."""
        if self.percentage is not None:
            return (held * self.percentage / HUNDRED).quantize(FINEST, rounding=ROUND_DOWN)
        return held if self.quantity is None else self.quantity


def read_part(query: Mapping[str, Any]) -> Part | Refusal:
    """Read what DELETE /v2/positions/{symbol} is asked for."""
    try:
        part = Part(quantity=fields.number(query, "qty"), percentage=fields.number(query, "percentage"))
    except FieldError as error:
        return parameter(str(error))
    if part.quantity is not None and part.percentage is not None:
        return parameter("only one of qty or percentage is accepted")
    if part.percentage is not None and part.percentage > HUNDRED:
        return parameter("percentage must be between 0 and 100")
    return part


@final
class Closer:
    """Closes by market orders, which are held to the same rules as any other."""

    def __init__(self, floor: Floor, desk: Desk) -> None:
        self._floor = floor
        self._desk = desk

    def close(self, account: Account, name: str, part: Part) -> Order | Refusal:
        """Return the order that closes *part* of the position; orders that hold its shares are not cancelled."""
        asset = self._floor.listing.find(name)
        if asset is None or asset.symbol not in account.holdings:
            return missing("position does not exist")
        net = account.holding(asset.symbol).quantity
        wish = Wish(
            name=asset.symbol,
            side=Side.SELL if net > 0 else Side.BUY,
            type=Type.MARKET,
            tif=Tif.GTC if asset.is_crypto else Tif.DAY,
            order_class=OrderClass.SIMPLE,
            quantity=part.of(abs(net)),
            notional=None,
            prices=Prices(),
            exits=Exits(),
        )
        order = self._desk.place(account, wish)
        if isinstance(order, Refusal) and "related_orders" in order.extras:
            extras = {name: value for name, value in order.extras.items() if name != "related_orders"}
            return Refusal(order.status, order.code, order.message, extras)
        return order
