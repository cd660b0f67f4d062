"""Say at which price an order trades, if it does, and along which prices a bar moved."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from tradecore.adapters.memory.exchange.rows import Row
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.venues import Quote


def triggers(row: Row, quote: Quote) -> bool:
    """Tell whether the market has reached the stop of an order that waits for it."""
    if row.stop_price is None or row.triggered:
        return False
    return (quote.last - row.stop_price) * row.side.sign >= 0


def fill_price(row: Row, quote: Quote) -> Decimal | None:
    """Return the price at which *row* trades now, or None where it does not.

    A buy trades at the ask and a sell at the bid, where there are any. A limit that the market came to trades at
    its own price; one that came to the market trades at the market's.
    """
    if row.stop_price is not None and not row.triggered:
        return None
    market = (quote.ask if row.side is Side.BUY else quote.bid) or quote.last
    if row.limit_price is None:
        return market
    if (row.limit_price - market) * row.side.sign < 0:
        return None
    return row.limit_price if row.resting else market


def turns(start: Decimal, high: Decimal, low: Decimal, close: Decimal) -> tuple[Decimal, ...]:
    """Return where a bar went after its open.

    A bar does not tell which extreme came first: one that rose is taken to have dipped first, one that fell to have
    risen first.
    """
    return (low, high, close) if close >= start else (high, low, close)


def next_stop(here: Decimal, turn: Decimal, levels: Iterable[Decimal]) -> Decimal:
    """Return the first of *levels* on the way from *here* to *turn*, or *turn*."""
    if turn > here:
        return min((level for level in levels if here < level < turn), default=turn)
    return max((level for level in levels if turn < level < here), default=turn)


def levels_of(rows: Iterable[Row]) -> Iterator[Decimal]:
    """Yield every price at which one of *rows* may trade or wake."""
    for row in rows:
        if row.type is not OrderType.MARKET:
            yield from (price for price in (row.limit_price, row.stop_price) if price is not None)
