"""List what can be traded: a few well-known shares, each with something to trip over, and two coins."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final
from uuid import NAMESPACE_DNS, uuid5

from attrs import evolve, frozen

from tradecore.domain.money import CENT, ONE, is_multiple
from tradecore.entrypoints.venues.alpaca.engine.words import AssetClass

# Shares and coins alike.
FINEST: Final = Decimal("1e-9")
_SUB_CENT: Final = Decimal("0.0001")


@frozen(kw_only=True)
class Asset:
    """Something that is listed. `easy_to_borrow` may be said or left out on the wire; the rules know it either way."""

    symbol: str
    name: str
    exchange: str
    start: Decimal
    asset_class: AssetClass = AssetClass.US_EQUITY
    active: bool = True
    tradable: bool = True
    marginable: bool = True
    shortable: bool = True
    easy_to_borrow: bool = True
    fractionable: bool = True
    halted: bool = False
    attributes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same in every life of the exchange."""
        return str(uuid5(NAMESPACE_DNS, f"{self.symbol}.alpaca"))

    @property
    def is_crypto(self) -> bool:
        """Whether it is a coin."""
        return self.asset_class is AssetClass.CRYPTO

    @property
    def compact(self) -> str:
        """Its symbol as positions spell it."""
        return self.symbol.replace("/", "")

    def takes_price(self, price: Decimal) -> bool:
        """Tell whether *price* lies on the grid: cents from a dollar on, hundredths of them below."""
        if self.is_crypto:
            return is_multiple(price, FINEST)
        return is_multiple(price, CENT if price >= ONE else _SUB_CENT)


def _share(symbol: str, name: str, exchange: str, start: str) -> Asset:
    attributes = ("fractional_eh_enabled", "has_options")
    return Asset(symbol=symbol, name=name, exchange=exchange, start=Decimal(start), attributes=attributes)


def _coin(symbol: str, name: str, start: str) -> Asset:
    return Asset(
        symbol=symbol, name=name, exchange="CRYPTO", start=Decimal(start), asset_class=AssetClass.CRYPTO,
        marginable=False, shortable=False, easy_to_borrow=False)  # fmt: skip


UNIVERSE: Final = (
    _share("AAPL", "Apple Inc. Common Stock", "NASDAQ", "230.00"),
    _share("MSFT", "Microsoft Corporation Common Stock", "NASDAQ", "480.00"),
    _share("NVDA", "NVIDIA Corporation Common Stock", "NASDAQ", "180.00"),
    _share("TSLA", "Tesla, Inc. Common Stock", "NASDAQ", "350.00"),
    _share("SPY", "SPDR S&P 500 ETF Trust", "ARCA", "650.00"),
    _share("QQQ", "Invesco QQQ Trust", "NASDAQ", "580.00"),
    _share("BRK.B", "Berkshire Hathaway Inc. Class B", "NYSE", "490.00"),
    evolve(_share("BRK.A", "Berkshire Hathaway Inc. Class A", "NYSE", "720000.00"), fractionable=False, attributes=()),
    evolve(_share("GME", "GameStop Corporation", "NYSE", "25.00"), shortable=False, easy_to_borrow=False),
    evolve(_share("KOSS", "Koss Corporation Common Stock", "NASDAQ", "5.00"), easy_to_borrow=False, attributes=()),
    _coin("BTC/USD", "Bitcoin / US Dollar", "100000.00"),
    _coin("ETH/USD", "Ethereum / US Dollar", "3500.00"),
)


class Listing:
    """The assets by each name that they go by: symbol, symbol without its slash, and id."""

    def __init__(self, assets: Iterable[Asset] = UNIVERSE) -> None:
        self._assets: dict[str, Asset] = {}
        for asset in assets:
            self.put(asset)

    def put(self, asset: Asset) -> None:
        """List *asset*, in the place of one with the same symbol."""
        self._assets[asset.symbol] = asset

    def find(self, name: str) -> Asset | None:
        """Return the asset that is called so."""
        named = self._assets.get(name)
        return named or next((one for one in self if name in {one.compact, one.id}), None)

    def __getitem__(self, symbol: str) -> Asset:
        return self._assets[symbol]

    def __iter__(self) -> Iterator[Asset]:
        return iter(tuple(self._assets.values()))
