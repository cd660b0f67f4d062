"""Hold whoever tells the time, makes ids or knows passwords to what the ports promise.

Subclass the lists, and give them their fixtures. See tests/integration/test_small_promises.py.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tradecore.domain.ids import PlanId, order_id_for
from tradecore.ports.passwords import Passwords
from tradecore.ports.system import Clock, Mint


class ClockPromises:
    @pytest.fixture
    def clock(self) -> Clock:
        raise NotImplementedError

    def test_the_moment_is_aware_and_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)


class MintPromises:
    @pytest.fixture
    def mint(self) -> Mint:
        raise NotImplementedError

    def test_ids_are_26_letters_and_digits_and_fit_into_an_order_id(self, mint: Mint) -> None:
        made = mint.new()

        assert len(made) == 26
        assert made.isalnum()
        assert order_id_for(PlanId(made), 99, 99).startswith(made)

    def test_later_ids_sort_after_earlier_ones(self, mint: Mint) -> None:
        made = [mint.new() for _ in range(1000)]

        assert made == sorted(set(made))

    def test_no_two_threads_are_given_the_same_id(self, mint: Mint) -> None:
        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda _: mint.new(), range(2000)))

        assert len(set(made)) == 2000

    def test_secrets_are_long_enough_and_never_the_same(self, mint: Mint) -> None:
        made = {mint.secret() for _ in range(100)}

        assert len(made) == 100
        assert all(len(secret) >= 43 for secret in made)


class PasswordsPromises:
    @pytest.fixture
    def passwords(self) -> Passwords:
        raise NotImplementedError

    def test_a_password_is_known_again_by_each_of_its_hashes_and_nothing_else_is(self, passwords: Passwords) -> None:
        one, other = passwords.hash("correct horse"), passwords.hash("correct horse")

        assert one != other
        assert all("correct horse" not in hashed for hashed in (one, other))
        assert passwords.match("correct horse", one)
        assert passwords.match("correct horse", other)
        for wrong in ("correct horses", "Correct horse", "correct hors", "", " correct horse"):
            assert not passwords.match(wrong, one)

    @pytest.mark.parametrize("hashed", ["", "damaged", "$argon2id$"])
    def test_what_is_no_hash_matches_nothing(self, passwords: Passwords, hashed: str) -> None:
        assert not passwords.match("", hashed)
        assert not passwords.match("correct horse", hashed)
