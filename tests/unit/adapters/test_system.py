"""Test the machine's clock, ids, passwords and the log as a notifier."""

import base64
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from threading import Barrier
from time import process_time

import pytest
from structlog.testing import capture_logs

from tests.builders import KEY, MONDAY
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.keys import new_key
from tradecore.adapters.system.mint import SystemMint
from tradecore.adapters.system.notifier import LogNotifier
from tradecore.adapters.system.passwords import Argon2Passwords
from tradecore.domain.errors import UnreachableError
from tradecore.domain.records import Told


def test_the_clock_tells_aware_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_an_id_has_26_letters_and_digits_that_cannot_be_taken_for_one_another() -> None:
    new = SystemMint(SystemClock()).new()

    assert len(new) == 26
    assert set(new) <= set(string.digits + string.ascii_uppercase) - set("ILOU")


def test_later_ids_sort_after_earlier_ones_whatever_the_clock_does() -> None:
    clock = MemoryClock(MONDAY)
    mint = SystemMint(clock)

    def ids() -> Iterator[str]:
        for step in (0, 0, timedelta(milliseconds=1), timedelta(hours=-1), 0, timedelta(days=1)):
            clock.advance(step)
            yield mint.new()

    made = list(ids())

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_of_different_moments_and_mints_sort_by_time() -> None:
    earlier, later = MemoryClock(MONDAY), MemoryClock(MONDAY + timedelta(milliseconds=1))

    assert all(SystemMint(earlier).new() < SystemMint(later).new() for _ in range(50))


def test_threads_never_get_the_same_id() -> None:
    mint, together = SystemMint(MemoryClock(MONDAY)), Barrier(8)

    def make(_: int) -> list[str]:
        together.wait(10)
        return [mint.new() for _ in range(500)]

    with ThreadPoolExecutor(8) as pool:
        made = [one for ids in pool.map(make, range(8)) for one in ids]

    assert len(set(made)) == 4000


def test_a_secret_has_256_bits_and_suits_a_url() -> None:
    mint = SystemMint(SystemClock())

    assert len(mint.secret()) == 43
    assert mint.secret() != mint.secret()
    assert set(mint.secret()) <= set(string.ascii_letters + string.digits + "-_")


def test_a_key_is_32_bytes() -> None:
    assert len(base64.urlsafe_b64decode(new_key())) == 32


@pytest.mark.parametrize("hashed", ["", "damaged", "$argon2id$v=19$m=65536,t=3,p=1$bad$bad", "$2b$12$of-another-kind"])
def test_to_find_out_that_there_is_no_password_takes_as_long_as_a_wrong_one(hashed: str) -> None:
    passwords = Argon2Passwords()
    good = passwords.hash("correct horse")

    def work(against: str) -> float:
        """Return the least work of three, in seconds of this process alone."""
        spent = []
        for _ in range(3):
            began = process_time()
            assert not passwords.match("wrong horse", against)
            spent.append(process_time() - began)
        return min(spent)

    assert 0.5 < work(hashed) / work(good) < 2


def test_so_many_may_wait_for_a_password_and_no_more() -> None:
    passwords, together = Argon2Passwords(), Barrier(12)

    def check(_: int) -> str:
        together.wait(10)
        try:
            return str(passwords.match("x", ""))
        except UnreachableError as error:
            return str(error)

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(check, range(12)))

    assert set(told) == {"False", "too many passwords are being checked at once"}
    assert told.count("False") >= 8
    assert passwords.match("x", "") is False


@pytest.mark.parametrize(("urgency", "level"), [("note", "info"), ("warning", "warning"), ("alarm", "error")])
def test_what_people_are_told_is_a_line_of_its_urgency(urgency: str, level: str) -> None:
    with capture_logs() as lines:
        LogNotifier().tell(Told(at=MONDAY, key=KEY, urgency=urgency, text="Look at this."))

    assert lines == [
        {"event": "Look at this.", "log_level": level, "told": urgency, "book": str(KEY), "at": MONDAY.isoformat()}
    ]
