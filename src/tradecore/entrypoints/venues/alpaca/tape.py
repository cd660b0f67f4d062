"""Remember prices as bars of a minute, and make longer bars of them."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import RLock
from typing import Final, final

from attrs import evolve

from tradecore.domain.sessions import NEW_YORK
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.bars import Bar

_MINUTE: Final = timedelta(minutes=1)
_TICK_SIZE: Final = Decimal(100)  # how much each tick counts as traded
_TIMEFRAME: Final = re.compile(r"([1-9][0-9]?)(Min|T|Hour|H|Day|D|Week|W|Month|M)")
_MINUTES_OF: Final = {"Min": 1, "T": 1, "Hour": 60, "H": 60}


@final
class Tape:
    """The minutes of every asset. A minute without a tick has no bar."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._lock = RLock()
        self._minutes: dict[str, dict[datetime, Bar]] = {}
        self._told: dict[str, datetime] = {}  # the newest minute of each asset that was told of
        self._listeners: tuple[Callable[[str, Bar], None], ...] = ()
        for quote in floor.quotes.values():
            self.tick(quote)

    def listen(self, listener: Callable[[str, Bar], None]) -> None:
        """Tell *listener* of every minute that is over. It must return at once."""
        self._listeners = (*self._listeners, listener)

    def tick(self, quote: Quote) -> None:
        """Take in a price."""
        price = quote.last
        bar = Bar(
            at=quote.at.replace(second=0, microsecond=0), open=price, high=price, low=price, close=price,
            volume=_TICK_SIZE, count=1, paid=price * _TICK_SIZE)  # fmt: skip
        with self._lock:
            minutes = self._minutes.setdefault(quote.symbol, {})
            self._tell(quote.symbol, bar.at)
            known = minutes.get(bar.at)
            minutes[bar.at] = bar if known is None else known.with_later(bar)

    def roll(self, now: datetime) -> None:
        """Tell of every minute that is over by *now*."""
        with self._lock:
            for symbol in self._minutes:
                self._tell(symbol, now.replace(second=0, microsecond=0))

    def put(self, symbol: str, bars: Iterable[Bar]) -> None:
        """Take in *bars* of a minute, in the place of those that are known."""
        with self._lock:
            minutes = self._minutes.setdefault(symbol, {})
            minutes.update({bar.at: bar for bar in bars})
            self._minutes[symbol] = dict(sorted(minutes.items()))

    def _tell(self, symbol: str, minute: datetime) -> None:
        """Tell of the newest bar where it is from before *minute*, once."""
        bar = next(reversed(self._minutes[symbol].values()), None)
        if bar is not None and bar.at < minute and self._told.get(symbol) != bar.at:
            self._told[symbol] = bar.at
            for listener in self._listeners:
                listener(symbol, bar)

    def last(self, symbol: str) -> Bar:
        """Return the newest minute."""
        with self._lock:
            return next(reversed(self._minutes[symbol].values()))

    def bars(self, symbol: str, timeframe: str, start: datetime, end: datetime) -> tuple[Bar, ...]:
        """Return the bars that begin from *start* to *end*, both included; `ValueError` for no such timeframe."""
        begins = _begins(timeframe)
        whole: dict[datetime, Bar] = {}
        with self._lock:
            for minute in self._minutes.get(symbol, {}).values():
                at = begins(minute.at)
                known = whole.get(at)
                whole[at] = evolve(minute, at=at) if known is None else known.with_later(minute)
        return tuple(bar for bar in whole.values() if start <= bar.at <= end)


def _begins(timeframe: str) -> Callable[[datetime], datetime]:
    """Return what says when the bar of a moment began. Days and longer ones begin at midnight in New York."""
    read = _TIMEFRAME.fullmatch(timeframe)
    if read is None:
        message = f"invalid timeframe: {timeframe}"
        raise ValueError(message)
    number, unit = int(read[1]), read[2]
    if unit in _MINUTES_OF:
        step = number * _MINUTES_OF[unit] * _MINUTE
        return lambda at: at - (at - datetime(at.year, at.month, at.day, tzinfo=UTC)) % step
    return lambda at: _long_begin(at, number, unit[0])


def _long_begin(at: datetime, number: int, unit: str) -> datetime:
    day = at.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "W":
        day -= timedelta(days=day.weekday())
    if unit == "M":
        day = day.replace(day=1, month=day.month - (day.month - 1) % number)
    return day.astimezone(UTC)
