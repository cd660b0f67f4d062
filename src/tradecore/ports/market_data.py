"""Tell the last price."""

from typing import Protocol

from tradecore.domain.ids import Symbol
from tradecore.domain.venues import Quote


class MarketData(Protocol):
    """The prices of a venue's instruments. May raise `UnreachableError`; every repeat is safe."""

    def quote(self, symbol: Symbol) -> Quote | None:
        """Return the last price of *symbol* with its own time, however old; None where there has been none."""
        ...
