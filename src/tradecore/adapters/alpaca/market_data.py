"""Tell the last price of a share."""

from datetime import datetime, timedelta
from typing import Final, final

from tradecore.adapters.alpaca import reading
from tradecore.adapters.alpaca.line import Line
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import Symbol
from tradecore.domain.venues import Quote
from tradecore.ports.market_data import MarketData
from tradecore.ports.system import Clock

# One judgement asks several times, and Alpaca answers 200 questions a minute.
_FRESH: Final = timedelta(seconds=1)


@final
class AlpacaMarketData(MarketData):
    """Alpaca's prices, asked for one by one. The free plan sees one exchange alone, whose *feed* is ``iex``."""

    def __init__(self, line: Line, feed: str, clock: Clock) -> None:
        self._line = line
        self._feed = feed
        self._clock = clock
        self._known: dict[Symbol, tuple[Quote | None, datetime]] = {}

    def quote(self, symbol: Symbol) -> Quote | None:
        now, known = self._clock.now(), self._known.get(symbol)
        if known is not None and abs(now - known[1]) < _FRESH:
            return known[0]
        try:
            found = self._asked(symbol)
        except UnreachableError:
            if known is None:
                raise
            # An older price says how old it is, and whoever needs a younger one sees that.
            return known[0]
        self._known[symbol] = found, now
        return found

    def _asked(self, symbol: Symbol) -> Quote | None:
        # The feed is always named: by itself Alpaca tries one that the free plan may not see.
        answer = self._line.ask("/stocks/snapshots", symbols=symbol, feed=self._feed)
        found = reading.row(answer).get(symbol) or {}
        return reading.quote(symbol, found.get("latestTrade") or {}, found.get("latestQuote") or {})
