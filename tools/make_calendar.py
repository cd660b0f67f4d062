"""Write the tables of exchange holidays that tradecore ships with.

    python tools/make_calendar.py           writes them
    python tools/make_calendar.py --check   compares every day of the calendar with the source

Run both once a year, and read what changed before you commit it: the exchanges announce, the source follows,
and neither asks us. Move `LAST` on when you do, for the calendar refuses to answer beyond it.
"""
# ruff: noqa: INP001  It is run, not imported.

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas_market_calendars as source  # type: ignore[import-untyped]  # It ships no types.
from attrs import frozen

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.domain.instruments import Market

FIRST: Final = date(2024, 1, 1)
LAST: Final = date(2030, 12, 31)
TABLES: Final = Path(__file__).parents[1] / "src" / "tradecore" / "adapters" / "calendar" / "tables"
MONDAY, THURSDAY, FRIDAY = 0, 3, 4
GOOD_FRIDAY: Final = "Good Friday"
MOURNING: Final = "National Day of Mourning for President Carter"

# By month, weekday, and the days of the month it may fall on.
MOVING: Final = {
    (1, MONDAY): (range(15, 22), "Martin Luther King Jr. Day"),
    (2, MONDAY): (range(15, 22), "Washington's Birthday"),
    (5, MONDAY): (range(25, 32), "Memorial Day"),
    (9, MONDAY): (range(1, 8), "Labor Day"),
    (11, THURSDAY): (range(22, 29), "Thanksgiving Day"),
    (11, FRIDAY): (range(23, 30), "Day after Thanksgiving"),
}
FIXED: Final = {
    (1, 1): "New Year's Day",
    (6, 19): "Juneteenth",
    (7, 4): "Independence Day",
    (12, 25): "Christmas Day",
}
EVES: Final = {(7, 3): "Independence Day eve", (12, 24): "Christmas Eve"}


@frozen(kw_only=True)
class Exchange:
    """One table: where it comes from, and what a regular day is there."""

    market: Market
    title: str
    source_name: str
    zone: ZoneInfo
    opens: time
    opens_days_before: int
    closes: time
    remarks: tuple[str, ...] = ()


EXCHANGES: Final = (
    Exchange(
        market=Market.US_EQUITIES,
        title="US equities: the days on which the NYSE is closed, or closes early (New York time)",
        source_name="NYSE",
        zone=ZoneInfo("America/New_York"),
        opens=time(9, 30),
        opens_days_before=0,
        closes=time(16),
        remarks=("Overrides: none.",),
    ),
    Exchange(
        market=Market.CME_FUTURES,
        title="CME equity index futures: the days without a session, or with an early close (Chicago time)",
        source_name="CME Globex Equity",
        zone=ZoneInfo("America/Chicago"),
        opens=time(17),
        opens_days_before=1,
        closes=time(16),
        remarks=(
            "Where CME halts at noon and counts the trades for the next day, the source gives the holiday",
            "a session of its own that ends with the halt, and so does this table.",
            "Overrides:",
            "- Good Friday is closed. The source lets every one since 2023 trade until 08:15, but as far as",
            "  we know the exchange opens only in years when payrolls are published that day, and another",
            "  library is closed in all of them. A morning missed (as on 2026-04-03) is cheaper than an",
            "  entry before three days without a market.",
            "- 2025-01-09 closes at 08:30, as CME announced on 2024-12-30. The source calls it regular.",
        ),
    ),
)


@frozen(kw_only=True)
class Row:
    """A day that is not regular, as the table writes it; closed where `closes` is None."""

    day: date
    closes: time | None
    name: str

    def __str__(self) -> str:
        """Write the row as CSV; no name holds a comma."""
        what, closes = ("early", f"{self.closes:%H:%M}") if self.closes else ("closed", "")
        return f"{what},{self.day},{closes},{self.name}"


def main() -> int:
    """Write the tables, or compare them."""
    if "--check" in sys.argv[1:]:
        problems = [problem for exchange in EXCHANGES for problem in compare(exchange)]
        print(*problems, f"{len(problems)} unexplained differences", sep="\n")  # noqa: T201  It talks to a person.
        return bool(problems)
    for exchange in EXCHANGES:
        path = TABLES / f"{exchange.market.value}.csv"
        path.write_text("\n".join(write(exchange)) + "\n", encoding="utf-8", newline="\n")
    return 0


def write(exchange: Exchange) -> Iterator[str]:
    """Return the lines of a table."""
    yield f"# {exchange.title}."
    yield f"# From {FIRST} to {LAST}, both included; any other weekday between them is regular."
    origin = f'pandas_market_calendars {source.__version__}, "{exchange.source_name}"'
    yield f"# Written by tools/make_calendar.py from {origin}."
    yield from (f"# {remark}" for remark in exchange.remarks)
    yield "what,day,closes,note"
    yield f"first,{FIRST},,"
    yield from (str(row) for row in find_odd_days(exchange))
    yield f"last,{LAST},,"


def find_odd_days(exchange: Exchange) -> Iterator[Row]:
    """Return the days on which *exchange* keeps other hours than usual, overrides applied."""
    sessions = read_source(exchange)
    for day in days():
        if day not in sessions and day.weekday() > FRIDAY:
            continue
        closes = override(exchange, day, sessions[day][1].time() if day in sessions else None)
        if closes != exchange.closes:
            yield Row(day=day, closes=closes, name=name_of(day))


def override(exchange: Exchange, day: date, closes: time | None) -> time | None:
    """Say when *day* ends where we know better than the source; the tables' remarks give the reasons."""
    if exchange.market is Market.CME_FUTURES:
        if known_name(day) == GOOD_FRIDAY:
            return None
        if day == date(2025, 1, 9):
            return time(8, 30)
    return closes


def read_source(exchange: Exchange) -> dict[date, tuple[datetime, datetime]]:
    """Return when each trading day opens and closes by the source; stop where the table could not say it."""
    calendar: Any = source.get_calendar(exchange.source_name)
    schedule = calendar.schedule(str(FIRST), str(LAST), tz=exchange.zone)
    sessions = {}
    for row in schedule.itertuples():
        day, opens, closes = (
            row.Index.date(),
            row.market_open.to_pydatetime(),
            row.market_close.to_pydatetime(),
        )
        regular = datetime.combine(day - timedelta(exchange.opens_days_before), exchange.opens, exchange.zone)
        if day.weekday() > FRIDAY or opens != regular or closes.date() != day or closes.time() > exchange.closes:
            sys.exit(f"{exchange.source_name} {day}: the table has no way to say {opens} to {closes}")
        sessions[day] = (opens, closes)
    return sessions


def name_of(day: date) -> str:
    """Name the holiday that *day* is; a person must name one that nobody knew."""
    name = known_name(day)
    if name is None:
        sys.exit(f"{day} is not regular and has no name: find out why and add it to tools/make_calendar.py")
    return name


def known_name(day: date) -> str | None:
    """Return what is special about *day*, or None where we know of nothing."""
    if day == date(2025, 1, 9):
        return MOURNING
    if day == easter(day.year) - timedelta(days=2):
        return GOOD_FRIDAY
    if (day.month, day.weekday()) in MOVING:
        place, moving = MOVING[day.month, day.weekday()]
        if day.day in place:
            return moving
    if fixed := FIXED.get((day.month, day.day)):
        return fixed
    # A holiday on a Saturday is kept on Friday, one on a Sunday on Monday.
    shift = {FRIDAY: timedelta(1), MONDAY: timedelta(-1)}.get(day.weekday(), timedelta())
    if observed := FIXED.get(((day + shift).month, (day + shift).day)):
        return f"{observed} (observed)"
    return EVES.get((day.month, day.day))


def easter(year: int) -> date:
    """Return Easter Sunday, by the anonymous Gregorian reckoning."""
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def compare(exchange: Exchange) -> Iterator[str]:
    """Return where the shipped calendar differs from the source, other than by an override."""
    theirs = read_source(exchange)
    ours = {session.day: session for session in ExchangeCalendar().sessions(exchange.market, FIRST, LAST)}
    for day in days():
        source_says = tuple(moment.astimezone(UTC) for moment in theirs[day]) if day in theirs else None
        we_say = (ours[day].opens, ours[day].closes) if day in ours else None
        if source_says == we_say:
            continue
        closes = theirs[day][1].time() if day in theirs else None
        wanted = override(exchange, day, closes)
        end = ours[day].closes.astimezone(exchange.zone).time() if day in ours else None
        if wanted != closes and wanted == end:
            print(f"{exchange.market.value} {day}: overridden, {closes} became {wanted}")  # noqa: T201  As above.
        else:
            yield f"{exchange.market.value} {day}: the source says {source_says}, we say {we_say}"


def days() -> Iterator[date]:
    """Return every day of the tables."""
    return (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))


if __name__ == "__main__":
    sys.exit(main())
