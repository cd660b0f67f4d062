"""Enter the paper exchange that several processes share."""

from typing import final

from tradecore.adapters.paper.broker import PaperBroker
from tradecore.adapters.paper.client import Line
from tradecore.adapters.paper.market_data import PaperMarketData
from tradecore.adapters.paper.stream import Stream
from tradecore.domain.parties import Account
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData


@final
class PaperExchange:
    """The door of the exchange at *url*; nothing is sent before the first question."""

    def __init__(self, url: str) -> None:
        self._line = Line(url)
        self._stream = Stream(url)

    def broker(self, account: Account) -> Broker:
        """Return a new broker for *account*."""
        return PaperBroker(self._line, self._stream, account.id)

    def market_data(self, account: Account) -> MarketData:
        """Return the prices."""
        return PaperMarketData(self._line, account.id)

    def tick(self) -> None:
        """Do nothing: the exchange moves its prices by itself."""
