"""Hold whoever keeps or checks brokers' keys to what the ports promise.

Subclass the lists and give them their fixtures. See tests/integration/test_store_promises.py and
tests/integration/test_small_promises.py.
"""

import pytest
from attrs import evolve

from tests.builders import ACCOUNT, MONDAY
from tests.promises.store import OTHER_ACCOUNT, together
from tradecore.domain.credentials import Credentials, KeyMode, KeysConfirmed, KeysRefused, SealedCredentials
from tradecore.domain.errors import SealedError, UnreachableError
from tradecore.domain.parties import Venue
from tradecore.ports.vault import KeyCheck, Safe, Seal

SEALED = SealedCredentials(
    account_id=ACCOUNT, venue=Venue.ALPACA, mode=KeyMode.PAPER, number="PA1", key_id="sealed id", secret="sealed",
    saved_at=MONDAY)  # fmt: skip
ANEW = evolve(SEALED, key_id="sealed id anew", secret="sealed anew")


class SafePromises:
    @pytest.fixture
    def safe(self) -> Safe:
        raise NotImplementedError

    def test_what_is_put_is_there_as_it_was_until_it_is_removed(self, safe: Safe) -> None:
        other = evolve(SEALED, account_id=OTHER_ACCOUNT, venue=Venue.PROJECTX, mode=KeyMode.LIVE)
        assert (safe.get(ACCOUNT), safe.all()) == (None, ())

        safe.put(other)
        safe.put(SEALED)

        assert (safe.get(ACCOUNT), safe.all()) == (SEALED, (SEALED, other))
        safe.remove(ACCOUNT)
        safe.remove(ACCOUNT)
        assert (safe.get(ACCOUNT), safe.all()) == (None, (other,))

    def test_what_is_put_again_takes_the_place_of_the_old(self, safe: Safe) -> None:
        newer = evolve(SEALED, number="PA2", mode=KeyMode.LIVE, secret="newer")
        safe.put(SEALED)
        safe.put(SEALED)

        safe.put(newer)

        assert safe.all() == (newer,)

    def test_two_accounts_never_trade_the_same_one_of_a_venue(self, safe: Safe) -> None:
        safe.put(SEALED)

        with pytest.raises(ValueError, match="another account here"):
            safe.put(evolve(SEALED, account_id=OTHER_ACCOUNT))

        assert safe.all() == (SEALED,)

    def test_only_what_lies_there_still_is_swapped(self, safe: Safe) -> None:
        safe.put(SEALED)

        assert safe.swap(SEALED, ANEW)
        assert not safe.swap(SEALED, evolve(SEALED, secret="late"))
        assert safe.all() == (ANEW,)
        safe.remove(ACCOUNT)
        assert not safe.swap(ANEW, SEALED)
        assert safe.all() == ()

    def test_of_many_who_swap_at_once_one_does(self, safe: Safe) -> None:
        safe.put(SEALED)

        done = together(4, lambda number: safe.swap(SEALED, evolve(SEALED, secret=f"by {number}")))

        assert sum(done) == 1
        kept = safe.get(ACCOUNT)
        assert kept is not None
        assert kept.secret == f"by {done.index(True)}"


class SealPromises:
    """`seal` has one key; `newer` another one in front of it; `other` has another one alone, and `none` has none."""

    @pytest.fixture
    def seal(self) -> Seal:
        raise NotImplementedError

    @pytest.fixture
    def newer(self) -> Seal:
        raise NotImplementedError

    @pytest.fixture
    def other(self) -> Seal:
        raise NotImplementedError

    @pytest.fixture
    def none(self) -> Seal:
        raise NotImplementedError

    @pytest.mark.parametrize("text", ["", "PKTEST", "Schlüssel ✓", "x" * 10_000])
    def test_what_is_sealed_opens_in_its_place(self, seal: Seal, text: str) -> None:
        assert seal.open(seal.seal(text, "here"), "here") == text

    def test_a_sealed_text_shows_nothing_and_never_comes_twice(self, seal: Seal) -> None:
        sealed = {seal.seal("a secret of the house", "here") for _ in range(50)}

        assert len(sealed) == 50
        assert not any("secret" in one or "house" in one for one in sealed)

    def test_it_opens_nowhere_else(self, seal: Seal) -> None:
        sealed = seal.seal("text", "credentials/a/secret")

        for place in ("credentials/b/secret", "credentials/a/key_id", ""):
            with pytest.raises(SealedError, match="moved"):
                seal.open(sealed, place)

    def test_what_was_changed_does_not_open(self, seal: Seal) -> None:
        sealed = seal.seal("text", "here")

        for at in range(len(sealed)):
            damaged = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
            with pytest.raises(SealedError):
                seal.open(damaged, "here")
        for damaged in ("", "text", sealed[:-4], sealed + "AAAA", sealed.partition(".")[2]):
            with pytest.raises(SealedError):
                seal.open(damaged, "here")

    def test_the_newest_key_seals_and_every_key_opens(self, seal: Seal, newer: Seal, other: Seal) -> None:
        old, new = seal.seal("text", "here"), newer.seal("text", "here")

        assert (newer.open(old, "here"), newer.open(new, "here"), other.open(new, "here")) == ("text",) * 3
        assert [newer.is_newest(one) for one in (old, new)] == [False, True]
        assert [seal.is_newest(one) for one in (old, new)] == [True, False]

    def test_a_key_that_is_missing_is_said_and_nothing_shown(self, seal: Seal, other: Seal, none: Seal) -> None:
        sealed = seal.seal("text", "here")

        for one in (other, none):
            with pytest.raises(SealedError, match=r"ENCRYPTION_KEY does not hold") as caught:
                one.open(sealed, "here")
            assert "text" not in str(caught.value)
        with pytest.raises(SealedError, match="set ENCRYPTION_KEY"):
            none.seal("text", "here")
        assert not none.is_newest(sealed)


class KeyCheckPromises:
    """`check` knows the paper keys `good`, and its venue calls their account `number`; `away` cannot ask it."""

    @pytest.fixture
    def good(self) -> Credentials:
        return Credentials(key_id="PKGOOD", secret="a-good-secret")

    @pytest.fixture
    def number(self) -> str:
        return "PA1"

    @pytest.fixture
    def check(self) -> KeyCheck:
        raise NotImplementedError

    @pytest.fixture
    def away(self) -> KeyCheck:
        raise NotImplementedError

    def test_keys_that_the_venue_knows_are_confirmed_with_its_number(
        self, check: KeyCheck, good: Credentials, number: str
    ) -> None:
        assert check.check(good) == check.check(good) == KeysConfirmed(number=number)

    @pytest.mark.parametrize("wrong", [{"secret": "another"}, {"key_id": "PKBAD"}, {"mode": KeyMode.LIVE}])
    def test_others_are_refused_in_a_sentence_that_shows_none(
        self, check: KeyCheck, good: Credentials, wrong: dict[str, object]
    ) -> None:
        found = check.check(evolve(good, **wrong))  # type: ignore[arg-type] # a test's own words

        assert isinstance(found, KeysRefused)
        assert found.reason.endswith(".")
        assert not any(text in found.reason for text in (good.key_id, "PKBAD", good.secret, "another"))

    def test_a_venue_that_is_away_says_nothing_of_the_keys(self, away: KeyCheck, good: Credentials) -> None:
        with pytest.raises(UnreachableError) as caught:
            away.check(good)

        assert good.secret not in str(caught.value)
