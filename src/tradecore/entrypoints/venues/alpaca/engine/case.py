"""Gather what an order is judged by."""

from datetime import time
from decimal import Decimal

from attrs import frozen

from tradecore.domain.money import ZERO, sign
from tradecore.domain.sessions import NEW_YORK
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.funds import buying_power, closing_orders, held_for_orders
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.alpaca.engine.wishes import Wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Side


@frozen(kw_only=True)
class Case:
    """A wish, and all that it is judged by.

    `net` is what the account holds of the asset, signed; `working` its live orders in it, `closing` those of them
    that hold shares, and `held` how many. `wall` is New York's clock, or None where the phase was set by hand.
    Where an order is to be replaced, it is counted as if it had gone.
    """

    wish: Wish
    asset: Asset
    account: Account
    quote: Quote
    phase: Phase
    wall: time | None
    net: Decimal
    working: tuple[Order, ...]
    closing: tuple[Order, ...]
    held: Decimal
    buying_power: Decimal
    equity: Decimal
    brackets_from_flat: bool
    legs_are_exempt: bool

    @property
    def quantity(self) -> Decimal:
        """How many units are wanted, where the wish is in money by the last price."""
        wish = self.wish
        if wish.quantity is not None:
            return wish.quantity
        assert wish.notional is not None, wish
        return wish.notional / self.quote.last

    @property
    def closes(self) -> bool:
        """Whether it takes the position nearer to zero."""
        return sign(self.net) * self.wish.side.sign < 0

    @property
    def intent(self) -> str:
        """What the order does to the position, in Alpaca's words: ``sell_to_close``."""
        return f"{self.wish.side}_to_{'close' if self.closes else 'open'}"

    @property
    def opens_short(self) -> bool:
        """Whether it sells what is not held."""
        return self.wish.side is Side.SELL and self.net <= ZERO


def gather(floor: Floor, account: Account, asset: Asset, wish: Wish, without: str | None = None) -> Case:
    """Return the case of *wish* as things stand, as if the order *without* and its group were not there."""
    quote, moment = floor.quotes[asset.symbol], floor.hours.now()
    net = account.holding(asset.symbol).quantity
    live = floor.live(asset.symbol, account.id)
    working = tuple(order for order in live if without not in {order.id, order.group})
    return Case(
        wish=wish,
        asset=asset,
        account=account,
        quote=quote,
        phase=moment.phase,
        wall=None if moment.day is None else floor.now().astimezone(NEW_YORK).time(),
        net=net,
        working=working,
        closing=closing_orders(net, working),
        held=held_for_orders(net, working, quote),
        buying_power=buying_power(floor, account, without),
        equity=floor.equity(account),
        brackets_from_flat=floor.brackets_from_flat,
        legs_are_exempt=floor.legs_are_exempt,
    )
