"""Tell the last price on an exchange of our own."""

from typing import final

from tradecore.adapters.memory.exchange.faults import Call, Faults
from tradecore.adapters.memory.exchange.venue import Exchange
from tradecore.domain.ids import Symbol
from tradecore.domain.venues import Quote
from tradecore.ports.market_data import MarketData


@final
class MemoryMarketData(MarketData):
    """The prices of an exchange; it fails as *faults* say, which may be those of an account."""

    def __init__(self, exchange: Exchange, faults: Faults | None = None) -> None:
        self._exchange = exchange
        self._faults = faults or Faults()

    def quote(self, symbol: Symbol) -> Quote | None:
        return self._faults.ask(Call.QUOTE, lambda: self._exchange.quote(symbol))
