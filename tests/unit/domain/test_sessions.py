"""Know to the second when a bot may enter, and when an account must be flat."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from attrs import evolve

from tests.builders import SESSION
from tradecore.domain.instruments import Market
from tradecore.domain.sessions import CHICAGO, NEW_YORK, GetFlat, Session, Window

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
# As people write them: the window makes sets of them.
MONDAYS: Any = [0]
FRIDAYS: Any = [4]
SUNDAYS: Any = [6]
DAY = Window(opens=time(9, 30), closes=time(16, 0))
NIGHT = Window(opens=time(22, 0), closes=time(4, 0), weekdays=FRIDAYS)
SECOND = timedelta(seconds=1)


def new_york(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=NEW_YORK).astimezone(UTC)


def chicago(day: date, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=CHICAGO).astimezone(UTC)


def cme(closes: datetime) -> Session:
    return Session(market=Market.CME_FUTURES, day=MONDAY, opens=closes - timedelta(hours=12), closes=closes)


def test_a_session_includes_its_opening_and_not_its_close() -> None:
    moments = [SESSION.opens - SECOND, SESSION.opens, SESSION.closes - SECOND, SESSION.closes]

    assert [moment in SESSION for moment in moments] == [False, True, True, False]


def test_a_session_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="no session"):
        evolve(SESSION, closes=SESSION.opens)


@pytest.mark.parametrize("name", ["opens", "closes"])
def test_a_session_without_a_zone_is_refused(name: str) -> None:
    moment = getattr(SESSION, name).replace(tzinfo=None)

    with pytest.raises(ValueError, match="no session"):
        evolve(SESSION, **{name: moment})


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (new_york(MONDAY, 9, 29, 59), False), (new_york(MONDAY, 9, 30), True),
        (new_york(MONDAY, 15, 59, 59), True), (new_york(MONDAY, 16), False),
    ],
)  # fmt: skip
def test_a_window_is_half_open_on_its_own_wall_clock(moment: datetime, inside: bool) -> None:
    assert (moment in DAY) is inside


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        (new_york(FRIDAY, 21, 59, 59), False), (new_york(FRIDAY, 22), True), (new_york(SATURDAY, 0), True),
        (new_york(SATURDAY, 3, 59, 59), True), (new_york(SATURDAY, 4), False), (new_york(SATURDAY, 22), False),
        # Friday's small hours belong to Thursday's night.
        (new_york(FRIDAY, 1), False),
    ],
)  # fmt: skip
def test_a_window_over_midnight_belongs_to_the_weekday_on_which_it_opened(moment: datetime, inside: bool) -> None:
    assert (moment in NIGHT) is inside


def test_a_night_from_sunday_reaches_into_monday() -> None:
    sundays = evolve(NIGHT, weekdays=SUNDAYS)

    assert new_york(MONDAY, 2) in sundays


def test_a_window_is_closed_on_other_weekdays() -> None:
    mondays = evolve(DAY, weekdays=MONDAYS)

    assert new_york(MONDAY, 10) in mondays
    assert new_york(FRIDAY, 10) not in mondays


def test_a_window_follows_its_zone_through_daylight_saving() -> None:
    summer, winter = date(2026, 7, 6), MONDAY

    openings = [datetime(2026, 7, 6, 13, 30, tzinfo=UTC), datetime(2026, 11, 23, 14, 30, tzinfo=UTC)]

    assert openings == [new_york(summer, 9, 30), new_york(winter, 9, 30)]
    assert all(moment in DAY and moment - SECOND not in DAY for moment in openings)


@pytest.mark.parametrize(
    ("moment", "must"),
    [
        (chicago(MONDAY, 15, 6, 59), False), (chicago(MONDAY, 15, 7), True), (chicago(MONDAY, 15, 59, 59), True),
    ],
)  # fmt: skip
def test_an_account_gets_flat_from_seven_past_three_in_chicago(moment: datetime, must: bool) -> None:
    session = cme(chicago(MONDAY, 16))

    assert (moment >= GetFlat().begins(session)) is must


def test_after_the_reopening_at_five_a_new_session_is_free_again() -> None:
    evening = cme(chicago(date(2026, 11, 24), 16))

    assert chicago(MONDAY, 17) < GetFlat().begins(evening)


@pytest.mark.parametrize(
    ("closes", "begins"),
    [
        (chicago(MONDAY, 16), chicago(MONDAY, 15, 7)),
        (chicago(MONDAY, 15, 10), chicago(MONDAY, 15, 7)),
        (chicago(MONDAY, 15, 9), chicago(MONDAY, 15, 6)),
        (chicago(MONDAY, 12), chicago(MONDAY, 11, 57)),
        (chicago(MONDAY, 12, 15), chicago(MONDAY, 12, 12)),
    ],
)
def test_an_early_close_moves_the_get_flat_window_to_three_minutes_before(closes: datetime, begins: datetime) -> None:
    found = GetFlat().begins(cme(closes))

    assert found == begins


def test_the_get_flat_window_can_be_set_by_clock_and_by_minutes() -> None:
    rule = GetFlat(at=time(14, 0), minutes_before_close=10, zone="America/New_York")

    found = [rule.begins(cme(closes)) for closes in (new_york(MONDAY, 16), new_york(MONDAY, 13))]

    assert found == [new_york(MONDAY, 14), new_york(MONDAY, 12, 50)]


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "/etc/passwd", "../UTC"])
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone: write it like America/New_York"):
        Window(opens=time(9), closes=time(16), zone=zone)

    with pytest.raises(ValueError, match="is not a time zone"):
        GetFlat(zone=zone)


@pytest.mark.parametrize("day", [-1, 7])
def test_a_day_that_no_week_has_is_refused(day: int) -> None:
    days: Any = [0, day]

    with pytest.raises(ValueError, match="weekdays are 0 \\(Monday\\) to 6"):
        Window(opens=time(9), closes=time(16), weekdays=days)
