"""List what the demo trades: a few shares, index futures with their months, and bitcoin.

Ticks and tick values are those of the exchanges, and the futures' ids those of ProjectX.
"""

from calendar import FRIDAY
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from attrs import frozen

from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import MONTH_LETTERS, Instrument, Kind, Market
from tradecore.domain.money import CENT, ONE

_FINEST_LOT: Final = Decimal("0.000000001")
_QUARTER_MONTHS: Final = (3, 6, 9, 12)
# From the Thursday of the week before, most of the volume is in the next month.
_ROLL_BEFORE_EXPIRY: Final = timedelta(days=8)


@frozen
class _Share:
    symbol: str
    start: str
    shortable: bool = True
    fractionable: bool = True


@frozen
class _Future:
    root: str
    tick_value: str
    start: str
    venue_root: str


_SHARES: Final = (
    _Share("AAPL", "230.00"),
    _Share("MSFT", "480.00"),
    _Share("NVDA", "180.00"),
    _Share("TSLA", "350.00"),
    _Share("SPY", "650.00"),
    _Share("QQQ", "580.00"),
    _Share("GME", "25.00", shortable=False),
    _Share("BRK.A", "720000.00", fractionable=False),
)
_FUTURES: Final = (
    _Future("ES", "12.50", "6500.00", "EP"),
    _Future("MES", "1.25", "6500.00", "MES"),
    _Future("NQ", "5.00", "23500.00", "ENQ"),
    _Future("MNQ", "0.50", "23500.00", "MNQ"),
)
_BITCOIN_START: Final = Decimal("100000.00")

# By root: where the walk of the demo begins, and what it comes back to.
START_PRICES: Final[Mapping[Symbol, Decimal]] = MappingProxyType(
    {Symbol(share.symbol): Decimal(share.start) for share in _SHARES}
    | {Symbol(future.root): Decimal(future.start) for future in _FUTURES}
    | {Symbol("BTC/USD"): _BITCOIN_START}
)


def listed(today: date, market: Market | None = None) -> tuple[Instrument, ...]:
    """Return what is listed on *today*; *market* takes the place of every instrument's own hours.

    Of each future these are the active month, the one after it, and in the week of the roll the one that ends.
    """
    return (
        *(_share(share, market or Market.US_EQUITIES) for share in _SHARES),
        *(month for future in _FUTURES for month in _months(future, today, market or Market.CME_FUTURES)),
        Instrument(
            symbol=Symbol("BTC/USD"),
            root=Symbol("BTC/USD"),
            kind=Kind.CRYPTO,
            market=market or Market.ALWAYS,
            tick_size=CENT,
            tick_value=CENT,
            lot_step=_FINEST_LOT,
            shortable=False,
        ),
    )


def expiry(year: int, month: int) -> date:
    """Return the third Friday of a month, on which index futures end."""
    first = date(year, month, 1)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def _share(share: _Share, market: Market) -> Instrument:
    return Instrument(
        symbol=Symbol(share.symbol),
        root=Symbol(share.symbol),
        kind=Kind.EQUITY,
        market=market,
        tick_size=CENT,
        tick_value=CENT,
        lot_step=_FINEST_LOT if share.fractionable else ONE,
        shortable=share.shortable,
    )


def _months(future: _Future, today: date, market: Market) -> Iterator[Instrument]:
    active_seen = False
    for ends in _expiries(today):
        is_active = not active_seen and today < ends - _ROLL_BEFORE_EXPIRY
        yield _month(future, ends, market, is_active=is_active)
        if active_seen:
            return
        active_seen = is_active


def _expiries(today: date) -> Iterator[date]:
    """Yield the ends of the quarterly months that have not ended by *today*, for a year and more."""
    for year in (today.year, today.year + 1):
        for month in _QUARTER_MONTHS:
            if (ends := expiry(year, month)) >= today:
                yield ends


def _month(future: _Future, ends: date, market: Market, *, is_active: bool) -> Instrument:
    letter = MONTH_LETTERS[ends.month - 1]
    return Instrument(
        symbol=Symbol(f"{future.root}{letter}{ends.year}"),
        root=Symbol(future.root),
        kind=Kind.FUTURE,
        market=market,
        tick_size=Decimal("0.25"),
        tick_value=Decimal(future.tick_value),
        active=is_active,
        expires=ends,
        venue_id=f"CON.F.US.{future.venue_root}.{letter}{ends.year % 100:02}",
    )
