"""Read every way in which people and TradingView write the length of a bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecore.domain.timeframes import Timeframe

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", MINUTE), ("5", 5 * MINUTE), ("15", 15 * MINUTE), ("60", HOUR), ("240", 4 * HOUR), ("1440", DAY),
        ("15m", 15 * MINUTE), ("15 Min", 15 * MINUTE), ("15min", 15 * MINUTE), ("15 minutes", 15 * MINUTE),
        ("15-min", 15 * MINUTE), ("15_min", 15 * MINUTE), (" 15 Min ", 15 * MINUTE), ("1m", MINUTE),
        ("1h", HOUR), ("1 Hour", HOUR), ("4H", 4 * HOUR), ("2hrs", 2 * HOUR), ("hour", HOUR),
        ("D", DAY), ("1D", DAY), ("1 Day", DAY), ("daily", DAY), ("3d", 3 * DAY),
        ("W", 7 * DAY), ("1W", 7 * DAY), ("2 weeks", 14 * DAY),
        ("M", 30 * DAY), ("1M", 30 * DAY), ("3M", 90 * DAY), ("12M", 360 * DAY),
        ("1 month", 30 * DAY), ("1mo", 30 * DAY),
        ("S", 1), ("30S", 30), ("30 sec", 30),
    ],
)  # fmt: skip
def test_each_written_form_means_its_length(text: str, seconds: int) -> None:
    assert Timeframe.read(text) == Timeframe(seconds)


@pytest.mark.parametrize("text", ["", " ", "-", "-5", "0", "0m", "m15", "1.5h", "15 bars", "100000", "1 2", "h4", "-m"])
def test_what_is_no_timeframe_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="write 15, 15 Min, 1 Hour or 1D") as refused:
        Timeframe.read(text)

    assert repr(text) in str(refused.value)


@pytest.mark.parametrize("text", ["15M", "5M", "30M", "15 M"])
def test_a_capital_m_after_a_number_of_minutes_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError, match="could mean months or minutes"):
        Timeframe.read(text)


@pytest.mark.parametrize("seconds", [0, -60])
def test_a_timeframe_has_a_length(seconds: int) -> None:
    with pytest.raises(ValueError, match="must be longer"):
        Timeframe(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (30, "30 Sec"), (60, "1 Min"), (900, "15 Min"), (5400, "90 Min"), (3600, "1 Hour"), (14400, "4 Hour"),
        (DAY, "1 Day"), (7 * DAY, "1 Week"), (30 * DAY, "1 Month"),
    ],
)  # fmt: skip
def test_a_timeframe_is_written_as_the_bots_name_it(seconds: int, text: str) -> None:
    assert str(Timeframe(seconds)) == text


@given(st.integers(1, 99_999))
def test_what_is_written_is_read_back_the_same(seconds: int) -> None:
    timeframe = Timeframe(seconds)

    assert Timeframe.read(str(timeframe)) == timeframe
