"""Remember what traded as bars, and make longer bars of them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from threading import RLock
from typing import Final, final

from attrs import evolve

from tradecore.domain.sessions import CHICAGO
from tradecore.entrypoints.venues.bars import Bar
from tradecore.entrypoints.venues.projectx.engine.orders import Quote

_SECOND: Final = timedelta(seconds=1)
_SECONDS_KEPT: Final = timedelta(hours=1)
_DAY_BEGINS: Final = timedelta(hours=17)


class Unit(IntEnum):
    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAY = 4
    WEEK = 5
    MONTH = 6


_STEPS: Final = {Unit.SECOND: _SECOND, Unit.MINUTE: 60 * _SECOND, Unit.HOUR: 3600 * _SECOND}


@final
class Tape:
    """The minutes of every contract, and the seconds of the last hour. Where nothing traded there is no bar."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._minutes: dict[str, dict[datetime, Bar]] = {}
        self._seconds: dict[str, dict[datetime, Bar]] = {}

    def note(self, quote: Quote) -> None:
        """Take in a price, where something traded at it."""
        if not quote.volume:
            return
        price, volume = quote.last, Decimal(quote.volume)
        second = quote.at.replace(microsecond=0)
        bar = Bar(
            at=second, open=price, high=price, low=price, close=price, volume=volume, count=1, paid=price * volume
        )
        with self._lock:
            for kept, at in ((self._seconds, second), (self._minutes, second.replace(second=0))):
                bars = kept.setdefault(quote.contract.id, {})
                bars[at] = evolve(bar, at=at) if at not in bars else bars[at].with_later(bar)
            seconds = self._seconds[quote.contract.id]
            while (oldest := next(iter(seconds))) < second - _SECONDS_KEPT:
                del seconds[oldest]

    def put(self, contract_id: str, bars: Iterable[Bar]) -> None:
        """Take in *bars* of a minute, in the place of those that are known."""
        with self._lock:
            known = self._minutes.get(contract_id, {}) | {bar.at: bar for bar in bars}
            self._minutes[contract_id] = dict(sorted(known.items()))

    def bars(self, contract_id: str, unit: Unit, number: int) -> tuple[Bar, ...]:
        """Return all bars of so many units, oldest first."""
        begins = begin_of(unit, number)
        whole: dict[datetime, Bar] = {}
        with self._lock:
            source = self._seconds if unit is Unit.SECOND else self._minutes
            for bar in source.get(contract_id, {}).values():
                at = begins(bar.at)
                whole[at] = evolve(bar, at=at) if at not in whole else whole[at].with_later(bar)
        return tuple(whole.values())


def begin_of(unit: Unit, number: int) -> Callable[[datetime], datetime]:
    """Return what says when the bar of a moment began.

    How the real one lines up days is not known: here they begin when CME's trading day does, in the evening before.
    """
    if unit in _STEPS:
        step = number * _STEPS[unit]
        return lambda at: at - (at - datetime(at.year, at.month, at.day, tzinfo=UTC)) % step
    return lambda at: _long_begin(at, unit, number)


def _long_begin(at: datetime, unit: Unit, number: int) -> datetime:
    wall = at.astimezone(CHICAGO).replace(tzinfo=None)
    day = (wall + timedelta(days=1) - _DAY_BEGINS).replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case Unit.DAY:
            day -= timedelta(days=day.toordinal() % number)
        case Unit.WEEK:
            day -= timedelta(days=day.weekday() + 7 * (day.toordinal() // 7 % number))
        case _:
            day = day.replace(day=1, month=day.month - (day.month - 1) % number)
    evening = day - timedelta(days=1) + _DAY_BEGINS
    return evening.replace(tzinfo=CHICAGO).astimezone(UTC)
