"""Fetch bars of the past, a chunk at a time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from itertools import pairwise
from typing import Final, final

from attrs import frozen

from tradecore.adapters.projectx import refusals
from tradecore.adapters.projectx.contracts import Contracts
from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.pace import Lane
from tradecore.adapters.projectx.reading import moment, number, number_or_none
from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import Symbol
from tradecore.domain.money import ZERO

# What the Gateway gives at most in one answer.
CHUNK: Final = 20_000


class Unit(IntEnum):
    """What a bar's length is counted in, by the Gateway's number."""

    SECOND = 1
    MINUTE = 2
    HOUR = 3
    DAY = 4


_LENGTHS: Final[Mapping[Unit, timedelta]] = {
    Unit.SECOND: timedelta(seconds=1),
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
}


@frozen(kw_only=True)
class Bar:
    """What traded from `at` on, for one bar's length: prices per unit, volume in contracts."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@final
class PastBars:
    """One login's bars of the past. There is none for a time in which nothing traded."""

    def __init__(self, line: Line, contracts: Contracts, chunk: int = CHUNK) -> None:
        self._line = line
        self._contracts = contracts
        self._chunk = chunk

    def bars(self, symbol: Symbol, start: datetime, end: datetime, unit: Unit, number: int = 1) -> tuple[Bar, ...]:
        """Return the bars of so many units that began at or after *start* and before *end*, oldest first.

        The one that still runs is left out. Of an unknown *symbol* there is none. `UnreachableError` where there is
        no answer, or the limit is reached: then nothing is returned, and all of it may be asked for again.
        """
        contract = self._contracts.of(symbol)
        found: dict[datetime, Bar] = {}
        while contract is not None and start < end:
            rows = self._line.listed(
                refusals.BARS, "bars", Lane.BARS, contractId=contract.id, live=False, unit=int(unit),
                unitNumber=number, startTime=start.isoformat(), endTime=end.isoformat(), limit=self._chunk,
                includePartialBar=False)  # fmt: skip
            chunk = {bar.at: bar for bar in map(_bar, rows) if start <= bar.at < end}
            found |= chunk
            if len(rows) < self._chunk or not chunk:
                break
            # The newest of a stretch come first: what is missing is older than the oldest.
            end = min(chunk)
        ordered = tuple(found[at] for at in sorted(found))
        _check(ordered, _LENGTHS[unit] * number)
        return ordered


def _bar(raw: Raw) -> Bar:
    at = moment(raw, "t")
    if at is None:
        raise MalformedError("ProjectX's bar has no time")
    return Bar(
        at=at, open=number(raw, "o"), high=number(raw, "h"), low=number(raw, "l"), close=number(raw, "c"),
        volume=number_or_none(raw, "v") or ZERO)  # fmt: skip


def _check(bars: tuple[Bar, ...], length: timedelta) -> None:
    """Refuse bars that overlap: they would be of another length than was asked for."""
    # Days begin in the evening, and one in spring is an hour shorter.
    least = min(length, length - timedelta(hours=1) if length >= timedelta(days=1) else length)
    for earlier, later in pairwise(bars):
        if later.at - earlier.at < least:
            raise MalformedError(f"ProjectX's bars of {earlier.at} and {later.at} overlap")
