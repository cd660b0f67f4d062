"""Tell the last price of a contract."""

from typing import final

from tradecore.adapters.projectx.contracts import Contracts
from tradecore.adapters.projectx.prices import Prices
from tradecore.domain.errors import MalformedError, UnreachableError
from tradecore.domain.ids import Symbol
from tradecore.domain.venues import Quote
from tradecore.ports.market_data import MarketData


@final
class ProjectXMarketData(MarketData):
    def __init__(self, prices: Prices, contracts: Contracts) -> None:
        self._prices = prices
        self._contracts = contracts

    def quote(self, symbol: Symbol) -> Quote | None:
        try:
            contract = self._contracts.of(symbol)
            return self._prices.quote(contract) if contract is not None else None
        except MalformedError as error:
            # What cannot be read is no price; the next answer may be one.
            raise UnreachableError(str(error)) from error
