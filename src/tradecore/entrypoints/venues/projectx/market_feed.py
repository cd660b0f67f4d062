"""Tell the market hub of prices: quotes as what has changed, trades and levels in lists."""

from decimal import Decimal
from typing import Any, Final, final

from attrs import define, evolve, field, frozen

from tradecore.domain.money import HUNDRED
from tradecore.entrypoints.venues.projectx.connections import Connection
from tradecore.entrypoints.venues.projectx.engine.orders import Quote
from tradecore.entrypoints.venues.projectx.shapes import Shape, hub_moment, number
from tradecore.entrypoints.venues.projectx.signalr import invocation

QUOTES: Final = "Quotes"
TRADES: Final = "Trades"
DEPTH: Final = "Depth"
_ASK: Final = 3
_BID: Final = 4
_RESET: Final = 6
_LEVEL_SIZE: Final = 10
# What every quote has, changed or not.
_ALWAYS: Final = frozenset({"symbol", "contract", "bestBid", "bestAsk", "lastUpdated", "timestamp"})


@frozen(kw_only=True)
class _Day:
    """What a contract did since the exchange started."""

    open: Decimal
    high: Decimal
    low: Decimal
    volume: int


@final
@define
class MarketFeed:
    """What is told of prices; with *batches*, prints come in pairs, of which some clients keep only one."""

    batches: bool = False
    _days: dict[str, _Day] = field(factory=dict, init=False)

    def note(self, quote: Quote) -> None:
        """Take in a price."""
        price = quote.last
        day = self._days.get(quote.contract.id, _Day(open=price, high=price, low=price, volume=0))
        self._days[quote.contract.id] = evolve(
            day, high=max(day.high, price), low=min(day.low, price), volume=day.volume + quote.volume
        )

    def tell(self, connection: Connection, quote: Quote) -> None:
        """Tell a connection what it wants to hear of a price."""
        contract_id = quote.contract.id
        if (QUOTES, contract_id) in connection.topics:
            whole, known = self._quote(quote), connection.quotes.get(contract_id, {})
            connection.quotes[contract_id] = whole
            changed = {name: value for name, value in whole.items() if name in _ALWAYS or known.get(name) != value}
            connection.tell(invocation("GatewayQuote", contract_id, changed))
        if (TRADES, contract_id) in connection.topics and quote.volume:
            connection.tell(invocation("GatewayTrade", contract_id, self._prints(quote)))
        if (DEPTH, contract_id) in connection.topics:
            connection.tell(invocation("GatewayDepth", contract_id, _levels(quote)))

    def snapshot(self, connection: Connection, quote: Quote) -> None:
        """Tell a connection that wants the book what it is now."""
        nothing = {"timestamp": hub_moment(quote.at), "type": _RESET, "price": 0, "volume": 0, "currentVolume": 0}
        connection.tell(invocation("GatewayDepth", quote.contract.id, [nothing, *_levels(quote)]))

    def _quote(self, quote: Quote) -> Shape:
        day, product = self._days[quote.contract.id], quote.contract
        change = quote.last - day.open
        return {
            "symbol": product.symbol_id,
            "lastPrice": number(quote.last),
            "bestBid": number(quote.bid),
            "bestAsk": number(quote.ask),
            "change": number(change),
            "changePercent": number(round(change / day.open * HUNDRED, 4)),
            "open": number(day.open),
            "high": number(day.high),
            "low": number(day.low),
            "volume": day.volume,
            "lastUpdated": hub_moment(quote.at),
            "timestamp": hub_moment(quote.at),
            "contract": product.id,
        }

    def _prints(self, quote: Quote) -> list[dict[str, Any]]:
        side = 0 if quote.last >= quote.ask else 1
        sizes = [1, quote.volume - 1] if self.batches and quote.volume > 1 else [quote.volume]
        return [
            {
                "symbolId": quote.contract.symbol_id,
                "price": number(quote.last),
                "timestamp": hub_moment(quote.at),
                "type": side,
                "volume": size,
                "contractId": quote.contract.id,
            }
            for size in sizes
        ]


def _levels(quote: Quote) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": hub_moment(quote.at),
            "type": kind,
            "price": number(price),
            "volume": _LEVEL_SIZE,
            "currentVolume": 0,
        }
        for kind, price in ((_BID, quote.bid), (_ASK, quote.ask))
    ]
