"""Hold the calendar to what must be so at any moment, and to silence where its tables end."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.calendar.table import read_table
from tradecore.domain.errors import ProgrammingError, UnreachableError
from tradecore.domain.instruments import Market
from tradecore.domain.sessions import CHICAGO, NEW_YORK

CALENDAR = ExchangeCalendar()
EQUITIES, FUTURES, ALWAYS = Market.US_EQUITIES, Market.CME_FUTURES, Market.ALWAYS
FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
INSTANT = timedelta(microseconds=1)


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# ---------------------------------------------------------------- where knowledge ends


@pytest.mark.parametrize(
    ("market", "moment"),
    [
        (EQUITIES, at("2023-12-31 23:59:59", NEW_YORK)),
        (EQUITIES, at("2031-01-01 00:00", NEW_YORK)),
        (FUTURES, at("2023-12-31 16:59:59", CHICAGO)),
        (FUTURES, at("2030-12-31 17:00", CHICAGO)),
    ],
)
def test_a_moment_beyond_the_table_is_refused_with_the_last_day_known(market: Market, moment: datetime) -> None:
    with pytest.raises(UnreachableError, match="2030-12-31"):
        CALENDAR.hours(market, moment)


@pytest.mark.parametrize("span", [(date(2023, 12, 31), FIRST), (LAST, date(2031, 1, 1))])
@pytest.mark.parametrize("market", [EQUITIES, FUTURES])
def test_sessions_beyond_the_table_are_refused_and_not_left_out(market: Market, span: tuple[date, date]) -> None:
    with pytest.raises(UnreachableError, match="2030-12-31"):
        CALENDAR.sessions(market, *span)


@pytest.mark.parametrize(
    ("market", "moment"),
    [(EQUITIES, at("2030-12-31 15:59:59", NEW_YORK)), (FUTURES, at("2030-12-31 15:59:59", CHICAGO))],
)
def test_the_last_session_known_is_followed_by_none(market: Market, moment: datetime) -> None:
    hours = CALENDAR.hours(market, moment)

    assert hours.now is not None
    assert hours.now.day == LAST
    assert hours.next is None


def test_a_moment_without_a_zone_is_a_bug() -> None:
    naive = datetime.fromisoformat("2026-11-18 12:00")

    with pytest.raises(ProgrammingError, match="time zone"):
        CALENDAR.hours(ALWAYS, naive)


HEAD = "# For people.\nwhat,day,closes,note\nfirst,2026-01-01,,\n"


def test_a_table_may_hold_no_odd_day_at_all() -> None:
    table = read_table(HEAD + "last,2026-12-31,,\n")

    assert not table.odd_days
    assert date(2026, 12, 31) in table
    assert date(2027, 1, 1) not in table


@pytest.mark.parametrize(
    "rest",
    [
        "",  # cut short
        "closed,2026-12-25,,Christmas Day\n",  # cut short, one line later
        "closed,2026-12-25,,Christmas\nclosed,2026-01-01,,New Year\nlast,2026-12-31,,\n",  # out of order
        "closed,2026-12-25,,Christmas\nclosed,2026-12-25,,Christmas\nlast,2026-12-31,,\n",  # twice
        "closed,2027-01-01,,New Year's Day\nlast,2026-12-31,,\n",  # beyond its own end
        "late,2026-12-24,13:00,Christmas Eve\nlast,2026-12-31,,\n",  # no such thing
        "early,2026-12-24,,Christmas Eve\nlast,2026-12-31,,\n",  # when?
        "early\nlast,2026-12-31,,\n",
    ],
)
def test_a_table_that_is_not_whole_is_not_believed(rest: str) -> None:
    with pytest.raises(ProgrammingError, match="table of exchange holidays"):
        read_table(HEAD + rest)


# ---------------------------------------------------------------- laws


MARKETS = st.sampled_from(Market)
DAYS = st.dates(FIRST + timedelta(days=1), LAST - timedelta(days=1))
ZONES = st.sampled_from([UTC, NEW_YORK, CHICAGO, ZoneInfo("Asia/Kolkata")])
# From two days in to two days before the end, so that no zone leads beyond the tables.
ANYTIME = st.datetimes(datetime(2024, 1, 3), datetime(2030, 12, 29), timezones=ZONES)  # noqa: DTZ001  It gets a zone.
# Edges are where mistakes are, and chance hardly ever meets one.
EDGES = st.builds(
    lambda session, at_close, step: (session.closes if at_close else session.opens) + step * INSTANT,
    MARKETS.flatmap(lambda market: st.sampled_from(CALENDAR.sessions(market, date(2024, 1, 3), date(2030, 12, 27)))),
    st.booleans(),
    st.sampled_from([-1, 0, 1]),
)
MOMENTS = ANYTIME | EDGES


@given(MARKETS, MOMENTS)
def test_the_session_now_holds_the_moment_and_the_next_one_is_still_to_come(market: Market, moment: datetime) -> None:
    hours = CALENDAR.hours(market, moment)

    assert hours.now is None or moment in hours.now
    assert hours.next is not None
    assert hours.next.opens > moment


@given(MARKETS, MOMENTS)
def test_the_trading_day_has_begun_and_a_session_counts_for_the_day_it_is_in(market: Market, moment: datetime) -> None:
    hours = CALENDAR.hours(market, moment)

    assert hours.day_began <= moment < hours.day_began + timedelta(hours=25)
    assert CALENDAR.hours(market, hours.day_began).day == hours.day
    assert CALENDAR.hours(market, hours.day_began - INSTANT).day == hours.day - timedelta(days=1)
    assert hours.now is None or hours.now.day == hours.day


@given(MARKETS, MOMENTS)
def test_the_hours_of_a_moment_agree_with_the_list_of_sessions(market: Market, moment: datetime) -> None:
    hours = CALENDAR.hours(market, moment)

    around = CALENDAR.sessions(market, hours.day, min(hours.day + timedelta(days=7), LAST))
    assert hours.now == next((session for session in around if moment in session), None)
    assert hours.next == next((session for session in around if session.opens > moment), None)


@given(MARKETS, DAYS, DAYS)
def test_sessions_come_in_order_and_never_overlap(market: Market, one: date, other: date) -> None:
    first, last = sorted((one, other))

    sessions = CALENDAR.sessions(market, first, last)

    assert all(first <= session.day <= last and session.market is market for session in sessions)
    assert all(a.closes <= b.opens and a.day < b.day for a, b in pairwise(sessions))


@given(MARKETS, DAYS, DAYS)
def test_two_spans_side_by_side_hold_the_sessions_of_the_whole(market: Market, one: date, other: date) -> None:
    middle, last = sorted((one, other))

    whole = CALENDAR.sessions(market, FIRST, last)

    parts = (
        CALENDAR.sessions(market, FIRST, middle),
        CALENDAR.sessions(market, middle + timedelta(days=1), last),
    )
    assert whole == parts[0] + parts[1]
