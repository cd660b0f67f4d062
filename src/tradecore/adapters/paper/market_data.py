"""Tell the last price on an exchange in another process."""

from typing import final
from urllib.parse import quote

from tradecore.adapters.paper import wire
from tradecore.adapters.paper.client import Line
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.venues import Quote
from tradecore.ports.market_data import MarketData


@final
class PaperMarketData(MarketData):
    """The exchange's prices, asked for one by one."""

    def __init__(self, line: Line, account_id: AccountId) -> None:
        self._line = line
        self._path = f"accounts/{quote(account_id, safe='')}/quote"

    def quote(self, symbol: Symbol) -> Quote | None:
        return self._line.ask(self._path, wire.QUOTE, symbol=symbol)
