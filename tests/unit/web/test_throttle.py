"""Check that guessing is slowed, and that nothing is remembered for ever."""

from datetime import timedelta

from tests.builders import MONDAY
from tradecore.entrypoints.web.throttle import PER_SOURCE, PER_TOKEN, Throttle


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_a_few_failures_are_free_and_then_each_takes_time() -> None:
    throttle = Throttle()

    waits = [throttle.failed("here", str(guess), MONDAY) for guess in range(PER_SOURCE.burst + 1)]

    assert waits[:-1] == [None] * PER_SOURCE.burst
    assert waits[-1] == PER_SOURCE.seconds + 1


def test_guesses_at_one_token_count_together_wherever_they_come_from() -> None:
    throttle = Throttle()

    waits = [throttle.failed(f"source {guess}", "usr_abcd", MONDAY) for guess in range(PER_TOKEN.burst + 1)]

    assert waits[-2:] == [None, PER_TOKEN.seconds + 1]


def test_who_waits_may_guess_again_and_no_sooner() -> None:
    throttle = Throttle()
    for guess in range(PER_SOURCE.burst):
        throttle.failed("here", str(guess), MONDAY)

    early = throttle.failed("here", "x", MONDAY + seconds(PER_SOURCE.seconds - 1))
    late = throttle.failed("here", "y", MONDAY + seconds(PER_SOURCE.seconds + 1))

    assert early is not None
    assert late is None


def test_one_source_does_not_slow_another() -> None:
    throttle = Throttle()
    for guess in range(100):
        throttle.failed("here", str(guess), MONDAY)

    assert throttle.failed("there", "x", MONDAY) is None


def test_a_clock_that_steps_back_frees_nobody() -> None:
    throttle = Throttle()
    for guess in range(PER_SOURCE.burst):
        throttle.failed("here", str(guess), MONDAY)

    assert throttle.failed("here", "x", MONDAY - seconds(3600)) is not None


def test_only_so_many_are_remembered() -> None:
    throttle = Throttle()

    for guess in range(12_000):
        throttle.failed(f"source {guess}", str(guess), MONDAY)

    assert len(throttle._buckets) <= 10_000
