"""Hold the calendar to the hours that the exchanges announced."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.domain.instruments import Market
from tradecore.domain.sessions import CHICAGO, NEW_YORK, GetFlat

CALENDAR = ExchangeCalendar()
EQUITIES, FUTURES, ALWAYS = Market.US_EQUITIES, Market.CME_FUTURES, Market.ALWAYS
INSTANT = timedelta(microseconds=1)


def new_york(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def chicago(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ---------------------------------------------------------------- US equities


@pytest.mark.parametrize(
    ("moment", "trades"),
    [
        ("2026-11-18 00:00", False),
        ("2026-11-18 09:29:59.999999", False),
        ("2026-11-18 09:30", True),
        ("2026-11-18 15:59:59.999999", True),
        ("2026-11-18 16:00", False),
        ("2026-11-18 23:59:59", False),
    ],
)
def test_us_equities_trade_from_half_past_nine_until_just_before_four(moment: str, trades: bool) -> None:
    hours = CALENDAR.hours(EQUITIES, new_york(moment))

    assert (hours.now is not None) is trades
    assert hours.day == date(2026, 11, 18)
    assert hours.day_began == new_york("2026-11-18 00:00")


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-11-27", "Day after Thanksgiving"),
        ("2026-12-24", "Christmas Eve"),
        ("2029-07-03", "Independence Day eve"),
    ],
)
def test_us_equities_stop_at_one_on_a_half_day_and_the_session_says_why(day: str, name: str) -> None:
    before = CALENDAR.hours(EQUITIES, new_york(f"{day} 12:59:59"))
    after = CALENDAR.hours(EQUITIES, new_york(f"{day} 13:00"))

    assert before.now is not None
    assert before.now.closes == new_york(f"{day} 13:00")
    assert before.now.note == f"{name} (early close)"
    assert after.now is None
    assert after.day == date.fromisoformat(day)


@pytest.mark.parametrize(
    "day",
    [
        "2026-01-01",  # New Year's Day
        "2026-04-03",  # Good Friday
        "2026-06-19",  # Juneteenth
        "2026-07-03",  # Independence Day, which fell on a Saturday
        "2026-11-26",  # Thanksgiving Day
        "2026-12-25",  # Christmas Day
        "2027-07-05",  # Independence Day, which fell on a Sunday
        "2025-01-09",  # mourning for President Carter
        "2026-11-21",  # Saturday
        "2026-11-22",  # Sunday
    ],
)
def test_us_equities_stay_shut_on_a_holiday_but_its_day_passes(day: str) -> None:
    hours = CALENDAR.hours(EQUITIES, new_york(f"{day} 12:00"))

    assert hours.now is None
    assert hours.next is not None
    assert hours.next.day > hours.day == date.fromisoformat(day)
    assert hours.day_began == new_york(f"{day} 00:00")


def test_no_holiday_is_kept_when_new_years_day_falls_on_a_saturday() -> None:
    assert CALENDAR.sessions(EQUITIES, date(2027, 12, 31), date(2027, 12, 31))


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-20 16:00", "2026-11-23 09:30"),  # a weekend
        ("2026-12-31 16:00", "2027-01-04 09:30"),  # New Year's Day, then a weekend
        ("2029-12-31 15:59", "2030-01-02 09:30"),  # into the last year known
    ],
)
def test_the_next_session_is_found_over_a_weekend_and_over_the_turn_of_the_year(moment: str, opens: str) -> None:
    hours = CALENDAR.hours(EQUITIES, new_york(moment))

    assert hours.next is not None
    assert hours.next.opens == new_york(opens)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        ("2026-03-06", "14:30", "21:00"),
        ("2026-03-09", "13:30", "20:00"),
        ("2026-10-30", "13:30", "20:00"),
        ("2026-11-02", "14:30", "21:00"),
        ("2027-03-12", "14:30", "21:00"),
        ("2027-03-15", "13:30", "20:00"),
        ("2027-11-05", "13:30", "20:00"),
        ("2027-11-08", "14:30", "21:00"),
    ],
)
def test_us_equities_follow_the_clocks_of_new_york(day: str, opens: str, closes: str) -> None:
    (session,) = CALENDAR.sessions(EQUITIES, date.fromisoformat(day), date.fromisoformat(day))

    assert session.opens == utc(f"{day} {opens}")
    assert session.closes == utc(f"{day} {closes}")
    assert session.note == ""


# ---------------------------------------------------------------- CME futures


@pytest.mark.parametrize(
    ("moment", "day", "trades"),
    [
        ("2026-11-18 15:59:59.999999", "2026-11-18", True),
        ("2026-11-18 16:00", "2026-11-18", False),
        ("2026-11-18 16:59:59.999999", "2026-11-18", False),
        ("2026-11-18 17:00", "2026-11-19", True),
        ("2026-11-19 00:00", "2026-11-19", True),
        ("2026-11-20 15:59:59", "2026-11-20", True),
        ("2026-11-20 16:00", "2026-11-20", False),
        ("2026-11-20 17:00", "2026-11-21", False),
        ("2026-11-21 12:00", "2026-11-21", False),
        ("2026-11-22 16:59:59.999999", "2026-11-22", False),
        ("2026-11-22 17:00", "2026-11-23", True),
    ],
)
def test_the_trading_day_of_futures_rolls_at_five_in_chicago(moment: str, day: str, trades: bool) -> None:
    hours = CALENDAR.hours(FUTURES, chicago(moment))

    assert hours.day == date.fromisoformat(day)
    assert hours.day_began == chicago(f"{hours.day - timedelta(days=1)} 17:00")
    assert (hours.now is not None) is trades
    assert hours.now is None or hours.now.day == hours.day


@pytest.mark.parametrize(
    ("day", "closes"),
    [
        ("2026-01-19", "12:00"),  # Martin Luther King Jr. Day
        ("2026-06-19", "12:00"),  # Juneteenth
        ("2026-07-03", "12:00"),  # Independence Day, observed
        ("2026-11-26", "12:00"),  # Thanksgiving Day
        ("2026-11-27", "12:15"),  # the day after
        ("2026-12-24", "12:15"),  # Christmas Eve
        ("2029-07-03", "12:15"),  # Independence Day eve
        ("2025-01-09", "08:30"),  # mourning for President Carter
    ],
)
def test_futures_stop_early_on_a_holiday_after_a_regular_open(day: str, closes: str) -> None:
    eve = date.fromisoformat(day) - timedelta(days=1)

    (session,) = CALENDAR.sessions(FUTURES, date.fromisoformat(day), date.fromisoformat(day))

    assert session.opens == chicago(f"{eve} 17:00")
    assert session.closes == chicago(f"{day} {closes}")
    assert CALENDAR.hours(FUTURES, session.closes - INSTANT).now == session
    assert CALENDAR.hours(FUTURES, session.closes).now is None


def test_after_the_halt_of_thanksgiving_futures_open_again_at_five_for_friday() -> None:
    halted = CALENDAR.hours(FUTURES, chicago("2026-11-26 12:00"))
    evening = CALENDAR.hours(FUTURES, chicago("2026-11-26 17:00"))

    assert halted.now is None
    assert halted.day == date(2026, 11, 26)
    assert halted.next == evening.now
    assert evening.day == date(2026, 11, 27)
    assert evening.now is not None
    assert evening.now.closes == chicago("2026-11-27 12:15")
    assert evening.next is not None
    assert evening.next.opens == chicago("2026-11-29 17:00")


def test_nobody_enters_futures_between_the_thursday_before_easter_and_sunday_evening() -> None:
    thursday = CALENDAR.hours(FUTURES, chicago("2026-04-02 16:00"))
    evening = CALENDAR.hours(FUTURES, chicago("2026-04-02 17:00"))

    assert thursday.next == evening.next
    assert evening.now is None
    assert evening.day == date(2026, 4, 3)
    assert evening.next is not None
    assert evening.next.opens == chicago("2026-04-05 17:00")
    assert not CALENDAR.sessions(FUTURES, date(2026, 4, 3), date(2026, 4, 5))


@pytest.mark.parametrize(
    ("closed", "opens"),
    [
        ("2025-12-25", "2025-12-25 17:00"),  # Thursday
        ("2026-01-01", "2026-01-01 17:00"),  # Thursday
        ("2026-12-25", "2026-12-27 17:00"),  # Friday
        ("2027-01-01", "2027-01-03 17:00"),  # Friday
    ],
)
def test_futures_open_on_the_evening_of_a_closed_day_unless_a_weekend_follows(closed: str, opens: str) -> None:
    hours = CALENDAR.hours(FUTURES, chicago(f"{closed} 09:00"))

    assert hours.now is None
    assert hours.day == date.fromisoformat(closed)
    assert hours.next is not None
    assert hours.next.opens == chicago(opens)


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        ("2026-03-06", "2026-03-05 23:00", "2026-03-06 22:00"),
        ("2026-03-09", "2026-03-08 22:00", "2026-03-09 21:00"),
        ("2026-10-30", "2026-10-29 22:00", "2026-10-30 21:00"),
        ("2026-11-02", "2026-11-01 23:00", "2026-11-02 22:00"),
        ("2027-03-15", "2027-03-14 22:00", "2027-03-15 21:00"),
        ("2027-11-08", "2027-11-07 23:00", "2027-11-08 22:00"),
    ],
)
def test_futures_follow_the_clocks_of_chicago(day: str, opens: str, closes: str) -> None:
    (session,) = CALENDAR.sessions(FUTURES, date.fromisoformat(day), date.fromisoformat(day))

    assert (session.opens, session.closes) == (utc(opens), utc(closes))


def test_a_day_on_which_the_clocks_change_is_an_hour_shorter_or_longer() -> None:
    spring = CALENDAR.hours(FUTURES, chicago("2026-03-08 12:00"))
    autumn = CALENDAR.hours(FUTURES, chicago("2026-11-01 12:00"))

    assert spring.day_began == utc("2026-03-07 23:00")
    assert autumn.day_began == utc("2026-10-31 22:00")


def test_an_account_must_be_flat_three_minutes_before_an_early_close() -> None:
    (session,) = CALENDAR.sessions(FUTURES, date(2026, 11, 27), date(2026, 11, 27))

    assert GetFlat().begins(session) == chicago("2026-11-27 12:12")


# ---------------------------------------------------------------- a market that never closes


@pytest.mark.parametrize("moment", ["2026-12-25 00:00", "2026-12-25 23:59:59.999999", "2026-11-21 12:00"])
def test_a_market_that_always_trades_has_one_session_per_utc_day(moment: str) -> None:
    hours = CALENDAR.hours(ALWAYS, utc(moment))

    midnight = utc(f"{hours.day} 00:00")
    assert hours.day == date.fromisoformat(moment[:10])
    assert hours.day_began == midnight
    assert hours.now is not None
    assert (hours.now.opens, hours.now.closes) == (midnight, midnight + timedelta(days=1))
    assert hours.next is not None
    assert hours.next.opens == hours.now.closes
