"""Say at which price an order trades, if it does."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import evolve, frozen

from tradecore.domain.money import CENT, HUNDRED, ONE
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Prices
from tradecore.entrypoints.venues.alpaca.engine.words import Side, Type

# A plain buy stop, and a market buy's cost, leave this much room above the price: more where it is below the border.
_COLLAR_BORDER: Final = Decimal(50)
_COLLAR_BELOW: Final = Decimal("1.04")
_COLLAR_ABOVE: Final = Decimal("1.025")


@frozen(kw_only=True)
class Quote:
    """The last price of an asset, the best bid and ask, and when they were made. A side of 0 has nobody."""

    symbol: str
    last: Decimal
    bid: Decimal
    ask: Decimal
    at: datetime

    def against(self, side: Side) -> Decimal:
        """Return the price at which an order of *side* meets somebody; the last one where nobody is there."""
        return (self.ask if side is Side.BUY else self.bid) or self.last


def collared(price: Decimal) -> Decimal:
    """Return the most that a buy at *price* may come to cost per unit."""
    return price * (_COLLAR_BELOW if price < _COLLAR_BORDER else _COLLAR_ABOVE)


def trailing(prices: Prices, side: Side, last: Decimal) -> Prices:
    """Return *prices* with the stop where the trail has drawn it by now."""
    mark = last if prices.hwm is None else (min(prices.hwm, last) if side is Side.BUY else max(prices.hwm, last))
    if prices.trail is not None:
        distance = prices.trail
    else:
        assert prices.trail_percent is not None, prices
        distance = mark * prices.trail_percent / HUNDRED
    stop = (mark + distance * side.sign).quantize(CENT if mark >= ONE else CENT * CENT)
    return evolve(prices, hwm=mark, stop=stop)


def triggers(order: Order, quote: Quote) -> bool:
    """Tell whether the market has reached the stop of an order that waits for it."""
    if order.prices.stop is None or order.triggered:
        return False
    return (quote.last - order.prices.stop) * order.side.sign >= 0


def fill_price(order: Order, quote: Quote) -> Decimal | None:
    """Return the price at which *order* trades now, or None where it does not.

    A limit that the market came to trades at its own price; one that came to the market trades at the market's.
    """
    if order.prices.stop is not None and not order.triggered:
        return None
    market = quote.against(order.side)
    limit = order.prices.limit
    if limit is None and order.side is Side.BUY and order.type is Type.STOP:
        assert order.prices.stop is not None, order
        limit = collared(order.prices.stop)
        return market if market <= limit else None
    if limit is None:
        return market
    if (limit - market) * order.side.sign < 0:
        return None
    return limit if order.resting else market
