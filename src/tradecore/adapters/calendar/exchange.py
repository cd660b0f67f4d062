"""Tell the hours of each market from its rules, and from a table of the days that break them."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from operator import attrgetter
from types import MappingProxyType
from typing import Final, final

from attrs import frozen

from tradecore.adapters.calendar.table import Table, read_table
from tradecore.domain.errors import ProgrammingError, UnreachableError
from tradecore.domain.instruments import Market
from tradecore.domain.sessions import CHICAGO, NEW_YORK, Hours, Session
from tradecore.ports.calendar import Calendar

_DAY: Final = timedelta(days=1)
_YEARS_KEPT_MAX: Final = 64  # the whole of both tables, and more years of other markets than anybody asks for
_CLOSE_OF: Final = attrgetter("closes")


@frozen(kw_only=True)
class _Rules:
    """The hours of a regular day, counted from its midnight on the wall clock of `zone`."""

    zone: tzinfo
    begins: timedelta  # the trading day, whether or not there is a session
    opens: timedelta
    closes: timedelta
    weekdays: range  # Monday is 0
    table: str = ""

    def day_of(self, moment: datetime) -> date:
        """Return the trading day that *moment* belongs to."""
        return (moment.astimezone(self.zone) - self.begins).date()

    def at(self, day: date, since_midnight: timedelta) -> datetime:
        """Return the moment when the wall clock is that far into *day*."""
        # Python adds to the wall clock, not to the time that passed: what is wanted when the clocks change.
        return (datetime.combine(day, time(), tzinfo=self.zone) + since_midnight).astimezone(UTC)


_RULES: Final[Mapping[Market, _Rules]] = MappingProxyType(
    {
        Market.US_EQUITIES: _Rules(
            zone=NEW_YORK,
            begins=timedelta(0),
            opens=timedelta(hours=9, minutes=30),
            closes=timedelta(hours=16),
            weekdays=range(5),
            table="us-equities.csv",
        ),
        Market.CME_FUTURES: _Rules(
            zone=CHICAGO,
            begins=timedelta(hours=-7),
            opens=timedelta(hours=-7),
            closes=timedelta(hours=16),
            weekdays=range(5),
            table="cme-futures.csv",
        ),
        Market.ALWAYS: _Rules(zone=UTC, begins=timedelta(0), opens=timedelta(0), closes=_DAY, weekdays=range(7)),
    }
)

# No holidays, and no end but Python's own: the close of the last day must still be a date.
_NO_HOLIDAYS: Final = Table(first=date(1970, 1, 1), last=date(9999, 12, 30))


@final
class ExchangeCalendar(Calendar):
    """A calendar that needs no network: it is as good as the tables that came with it.

    At the very end of a table `Hours.next` is None, because the session after it is not known.

    On some holidays CME halts at noon and counts the trades for the next day. Here, as in the table's source,
    each such morning is a session of its own, and what it earned counts for its own date: whoever must be
    flat by the close must be flat before a halt too.
    """

    def hours(self, market: Market, moment: datetime) -> Hours:
        if moment.tzinfo is None:
            message = f"{moment} has no time zone, so nobody knows when it was"
            raise ProgrammingError(message)
        rules = _RULES[market]
        day = rules.day_of(moment)
        _check_known(market, day)
        year = _sessions_of(market, day.year)
        index = bisect_right(year, moment, key=_CLOSE_OF)  # half-open: at its close a session is over
        now = year[index] if index < len(year) and moment in year[index] else None
        return Hours(
            now=now,
            next=_session_at(market, day.year, index if now is None else index + 1),
            day=day,
            day_began=rules.at(day, rules.begins),
        )

    def sessions(self, market: Market, first: date, last: date) -> tuple[Session, ...]:
        _check_known(market, first)
        _check_known(market, last)
        years = range(first.year, last.year + 1)
        return tuple(
            session for year in years for session in _sessions_of(market, year) if first <= session.day <= last
        )


def _check_known(market: Market, day: date) -> None:
    table = _table_of(market)
    if day not in table:
        message = (
            f"the hours of {market.value} are known from {table.first} to {table.last}, the last day known, "
            f"but not on {day}"
        )
        raise UnreachableError(message)


def _session_at(market: Market, year: int, index: int) -> Session | None:
    sessions = _sessions_of(market, year)
    if index < len(sessions):
        return sessions[index]
    if year >= _table_of(market).last.year:
        return None
    return next(iter(_sessions_of(market, year + 1)), None)


@cache
def _table_of(market: Market) -> Table:
    rules = _RULES[market]
    if not rules.table:
        return _NO_HOLIDAYS
    source = files("tradecore.adapters.calendar") / "tables" / rules.table
    return read_table(source.read_text(encoding="utf-8"))


@lru_cache(maxsize=_YEARS_KEPT_MAX)
def _sessions_of(market: Market, year: int) -> tuple[Session, ...]:
    """Return the sessions of one year's trading days; a year at a time, so that a start costs little."""
    return tuple(_generate(market, year))


def _generate(market: Market, year: int) -> Iterator[Session]:
    rules, table = _RULES[market], _table_of(market)
    day, end = max(date(year, 1, 1), table.first), min(date(year, 12, 31), table.last)
    while day <= end:
        odd = table.odd_days.get(day)
        if day.weekday() in rules.weekdays and (odd is None or odd.closes is not None):
            yield Session(
                market=market,
                day=day,
                opens=rules.at(day, rules.opens),
                closes=rules.at(day, _closes(rules, odd.closes if odd else None)),
                note=f"{odd.note} (early close)" if odd else "",
            )
        day += _DAY


def _closes(rules: _Rules, early: time | None) -> timedelta:
    if early is None:
        return rules.closes
    return timedelta(hours=early.hour, minutes=early.minute)
