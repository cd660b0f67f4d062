"""Test how long a token is taken to live, how requests are counted, and when an order's plan was made."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.projectx.orders import made_at
from tradecore.adapters.projectx.pace import Lane, Pace
from tradecore.adapters.projectx.session import Login, life_of
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import OrderId

ISSUED = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
AT = int(ISSUED.timestamp())
DAY = timedelta(days=1)


def a_token(**claims: object) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{part}.sig"


@pytest.mark.parametrize(("token", "date", "life"), [
    (a_token(iat=AT, exp=AT + 3600), None, timedelta(hours=1)),
    (a_token(exp=AT + 3600), ISSUED, timedelta(hours=1)),
    (a_token(exp=AT + 3600), None, DAY),
    (a_token(iat=AT, exp=AT), None, DAY), (a_token(iat=AT, exp=AT - 5), None, DAY),
    (a_token(iat=AT, exp=AT + 10**9), None, DAY), (a_token(iat=AT, exp="soon"), None, DAY),
    (a_token(sub="me"), ISSUED, DAY), ("no-token", None, DAY), ("a.%%%.b", None, DAY), ("a.W10.b", None, DAY),
])  # fmt: skip
def test_a_tokens_life_is_what_it_says_of_itself_or_a_day(token: str, date: datetime | None, life: timedelta) -> None:
    assert life_of(token, date) == life


def test_a_login_shows_neither_name_nor_key() -> None:
    assert repr(Login(user="trader-joe", key="s3cret", account=5)) == "Login(account=5)"


# ---------------------------------------------------------------- limits


def fill(pace: Pace, lane: Lane) -> int:
    for done in range(1_000):
        try:
            pace.take(lane)
        except UnreachableError:
            return done
    raise AssertionError("nobody keeps count")


def test_entries_stop_first_then_questions_then_exits_and_bars_count_by_themselves() -> None:
    pace = Pace(MemoryClock())

    assert [fill(pace, lane) for lane in (Lane.ENTRY, Lane.READ, Lane.EXIT, Lane.BARS)] == [120, 40, 30, 40]
    assert fill(pace, Lane.ENTRY) == 0


@pytest.mark.parametrize("seconds", [60, -3600])
def test_room_comes_back_with_time_and_when_a_clock_steps_back(seconds: int) -> None:
    clock = MemoryClock()
    pace = Pace(clock)
    fill(pace, Lane.EXIT)
    if seconds > 0:
        clock.advance(seconds - 1)
        assert fill(pace, Lane.EXIT) == 0
        clock.advance(1)
    else:
        clock.advance(seconds)

    assert fill(pace, Lane.EXIT) == 190


def test_who_must_wait_is_told_for_how_long() -> None:
    clock = MemoryClock()
    pace = Pace(clock)
    for _ in range(4):
        for _ in range(30):
            pace.take(Lane.ENTRY)
        clock.advance(10)

    with pytest.raises(UnreachableError) as caught:
        pace.take(Lane.ENTRY)

    assert caught.value.retry_after == 20
    clock.advance(20)
    assert fill(pace, Lane.ENTRY) == 30


@pytest.mark.parametrize(("told", "waits"), [(None, 5), (7, 7), (3600, 60), (0, 5)])
def test_after_a_429_all_but_exits_keep_quiet(told: int | None, waits: int) -> None:
    clock = MemoryClock()
    pace = Pace(clock)

    assert pace.slow_down(Lane.READ, told) == waits

    for lane in (Lane.READ, Lane.ENTRY):
        with pytest.raises(UnreachableError):
            pace.take(lane)
    pace.take(Lane.EXIT)
    pace.take(Lane.BARS)
    clock.advance(waits)
    pace.take(Lane.READ)


# ---------------------------------------------------------------- where to begin to look


@pytest.mark.parametrize("suffix", ["-1-1", "-12-3-SL"])
def test_an_id_tells_when_its_plan_was_made(suffix: str) -> None:
    made = made_at(OrderId(SystemMint(MemoryClock(ISSUED)).new() + suffix))

    assert abs(made - ISSUED) < timedelta(milliseconds=2)


@pytest.mark.parametrize("order_id", ["m-1", "nobody-knows-me", "0" * 26 + "-1-1", "ILOU" * 7 + "-1-1"])
def test_an_id_that_tells_nothing_is_looked_for_everywhere(order_id: str) -> None:
    assert made_at(OrderId(order_id)) == datetime(2020, 1, 1, tzinfo=UTC)


def test_an_id_of_the_far_future_is_no_bug() -> None:
    assert made_at(OrderId("Z" * 26 + "-1-1")) < datetime(2101, 1, 1, tzinfo=UTC)
