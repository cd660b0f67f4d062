"""Check that guessing passwords takes ever longer, and that nobody is locked out for ever."""

from datetime import timedelta

import pytest

from tests.builders import MONDAY
from tradecore.entrypoints.web.lockout import Lockout

HERE, THERE = "198.51.100.7", "203.0.113.9"
SECOND = timedelta(seconds=1)


def failed(lockout: Lockout, times: int, name: str = "ada", source: str = HERE) -> None:
    """Let so many tries fail, each as soon as it may come; nothing is forgiven in between."""
    now = MONDAY
    for _ in range(times):
        wait = lockout.begin(name, source, now)
        if wait is not None:
            now += wait * SECOND
            assert lockout.begin(name, source, now) is None


def test_a_few_failures_are_free_and_then_each_waits_twice_as_long() -> None:
    lockout, now, waits = Lockout(), MONDAY, []
    for _ in range(5):
        assert lockout.begin("ada", HERE, now) is None
    for _ in range(8):
        wait = lockout.begin("ada", HERE, now)
        assert wait is not None
        waits.append(wait)
        assert lockout.begin("ada", HERE, now + (wait - 1) * SECOND) == 1
        now += wait * SECOND
        assert lockout.begin("ada", HERE, now) is None

    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


def test_who_is_made_to_wait_is_not_counted_again() -> None:
    lockout = Lockout()
    failed(lockout, 5)

    assert {lockout.begin("ada", HERE, MONDAY) for _ in range(1000)} == {1}


def test_guesses_at_one_name_from_everywhere_count_together_far_beyond() -> None:
    lockout = Lockout()
    for number in range(25):
        assert lockout.begin(" ADA ", f"source {number}", MONDAY) is None

    assert lockout.begin("ada", "somewhere new", MONDAY) == 1
    assert lockout.begin("bob", "somewhere new", MONDAY) is None


def test_nobody_waits_for_what_others_at_their_address_have_guessed() -> None:
    lockout = Lockout()
    failed(lockout, 12, name="ada")
    for number in range(12):
        assert lockout.begin(None, HERE, MONDAY, invitation=f"inv_{number}") is None

    assert lockout.begin("ada", HERE, MONDAY) is not None
    assert lockout.begin("bob", HERE, MONDAY) is None
    assert lockout.begin(None, HERE, MONDAY, invitation="inv_right") is None


def test_guesses_at_one_invitation_from_one_place_count_together_and_so_do_those_without_one() -> None:
    lockout = Lockout()
    for _ in range(5):
        assert lockout.begin(None, HERE, MONDAY, invitation="inv_1") is None
        assert lockout.begin(None, HERE, MONDAY) is None

    assert lockout.begin(None, HERE, MONDAY, invitation="inv_1") == 1
    assert lockout.begin(None, HERE, MONDAY) == 1
    assert lockout.begin(None, THERE, MONDAY) is None


def test_guesses_from_one_source_count_together_far_beyond_whomever_they_are_at() -> None:
    lockout = Lockout()
    for number in range(50):
        assert lockout.begin(f"name {number}", HERE, MONDAY) is None

    assert lockout.begin("another", HERE, MONDAY) == 1
    assert lockout.begin(None, HERE, MONDAY) == 1
    assert lockout.begin("another", THERE, MONDAY) is None


@pytest.mark.parametrize("other", ["2001:db8:0:1:ffff::1", "2001:0db8:0000:0001::2"])
def test_a_network_of_version_6_is_one_source(other: str) -> None:
    lockout = Lockout()
    for _ in range(5):
        assert lockout.begin("ada", "2001:db8:0:1::1", MONDAY) is None

    assert lockout.begin("ada", other, MONDAY) == 1
    assert lockout.begin("ada", "2001:db8:0:2::1", MONDAY) is None


@pytest.mark.parametrize("fresh", ["name {}", "ada"])
def test_two_hours_forgive_what_was_guessed_from_a_place_or_at_a_name_alone(fresh: str) -> None:
    lockout, now = Lockout(), MONDAY
    for number in range(200):
        source = HERE if "{" in fresh else f"source {number}"
        while (wait := lockout.begin(fresh.format(number), source, now)) is not None:
            now += wait * SECOND

    assert lockout.begin(fresh.format("new"), HERE if "{" in fresh else "source new", now) == 60
    assert lockout.begin("ada", HERE, now + timedelta(hours=2)) is None
    assert lockout.begin("ada", HERE, now + timedelta(hours=2)) is None


def test_what_succeeds_is_not_counted() -> None:
    lockout = Lockout()
    for _ in range(100):
        assert lockout.begin("ada", HERE, MONDAY) is None
        lockout.succeeded("ada", HERE, MONDAY)


def test_one_success_does_not_take_the_failures_before_it_back() -> None:
    lockout = Lockout()
    failed(lockout, 8)
    later = MONDAY + timedelta(minutes=1)
    assert lockout.begin("ada", HERE, later) is None

    lockout.succeeded("ada", HERE, later)

    assert lockout.begin("ada", HERE, MONDAY) == 8


def test_who_is_known_at_a_place_does_not_wait_for_guesses_made_elsewhere() -> None:
    lockout = Lockout()
    lockout.begin("ada", HERE, MONDAY)
    lockout.succeeded("ada", HERE, MONDAY)
    for number in range(25):
        lockout.begin("ada", f"source {number}", MONDAY)

    assert lockout.begin("ada", HERE, MONDAY) is None
    assert lockout.begin("ada", THERE, MONDAY) == 1
    failed(lockout, 5)
    assert lockout.begin("ada", HERE, MONDAY) is not None  # Now it is guessed from here, too.


def test_failures_are_forgiven_with_time_and_never_by_a_clock_that_steps_back() -> None:
    lockout = Lockout()
    failed(lockout, 12)

    assert lockout.begin("ada", HERE, MONDAY - timedelta(days=1)) == 60
    assert lockout.begin("ada", HERE, MONDAY + timedelta(hours=3)) is None
    assert lockout.begin("ada", HERE, MONDAY + timedelta(hours=3)) is None


def test_two_hours_forgive_everything_however_long_it_was_guessed() -> None:
    lockout = Lockout()
    failed(lockout, 500)
    later = MONDAY + timedelta(seconds=500 * 60, hours=2)

    assert [lockout.begin("ada", HERE, later) for _ in range(6)] == [None] * 5 + [1]


def test_only_so_many_are_remembered() -> None:
    lockout = Lockout()
    for number in range(12_000):
        lockout.begin(f"name {number}", f"source {number}", MONDAY)
        lockout.succeeded(f"name {number}", f"source {number}", MONDAY)

    assert len(lockout._failures) <= 10_000
    assert len(lockout._known) <= 10_000
