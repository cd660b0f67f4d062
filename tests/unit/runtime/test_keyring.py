"""Test that brokers' keys are checked, encrypted, opened for nobody else, and can be encrypted anew at any time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import pytest
from attrs import evolve
from structlog.testing import capture_logs

from tests.builders import ACCOUNT, KEY, MONDAY, USER, a_book, an_account
from tests.databases import postgres
from tests.promises.store import OTHER_ACCOUNT
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.key_check import MemoryKeyCheck
from tradecore.adapters.memory.store import MemoryStore
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.keys import new_key
from tradecore.adapters.system.sealing import AesSeal
from tradecore.domain.credentials import Credentials, KeyMode, KeysRefused, SealedCredentials
from tradecore.domain.errors import SealedError, UnreachableError
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.runtime.keyring import KeyChecks, Keyring, Resealed
from tradecore.entrypoints.runtime.logs import MASK, redactor
from tradecore.ports.vault import Safe

OLD, NEW = new_key(), new_key()
PAPER = Credentials(key_id="PK-of-a-paper-account", secret="paper-secret-0123456789")
AGAIN = Credentials(key_id="PK-of-the-same-account", secret="other-secret-0123456789")
ELSEWHERE = Credentials(key_id="PK-of-another-account", secret="third-secret-0123456789")
LIVE = Credentials(key_id="AK-of-a-live-account", secret="live-secret-0123456789", mode=KeyMode.LIVE)
STOCKS = an_account(venue=Venue.ALPACA)
OTHER = an_account(id=OTHER_ACCOUNT, name="other", venue=Venue.ALPACA)


class House:
    """A keyring over memory, whose venue knows four pairs of keys."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.venue = MemoryKeyCheck({PAPER: "PA1", AGAIN: "PA1", ELSEWHERE: "PA2", LIVE: "123"})

    def keyring(self, *keys: str, live: bool = False, safe: Safe | None = None) -> Keyring:
        return Keyring(
            safe=safe or self.store.safe,
            seal=AesSeal(keys or (OLD,)),
            ledger=self.store.ledger,
            clock=MemoryClock(MONDAY),
            checks=KeyChecks({Venue.ALPACA: self.venue}),
            live=live,
        )

    def hold(self, account: Account) -> None:
        """Let the account hold something."""
        key = evolve(KEY, account_id=account.id)
        self.store._state.books[key] = evolve(a_book(external=5), key=key)


@pytest.fixture
def house() -> House:
    return House()


def reason(found: SealedCredentials | KeysRefused | None) -> str:
    assert isinstance(found, KeysRefused), found
    assert found.reason.endswith(".")
    return found.reason


def test_keys_are_kept_sealed_and_come_back_as_they_were(house: House) -> None:
    saved = house.keyring().put(STOCKS, PAPER)

    assert isinstance(saved, SealedCredentials)
    assert (saved.number, saved.mode, saved.saved_at) == ("PA1", KeyMode.PAPER, MONDAY)
    assert PAPER.key_id not in saved.key_id
    assert PAPER.secret not in saved.secret
    assert house.keyring().credentials(STOCKS) == PAPER
    assert house.keyring().kept(ACCOUNT) == saved


def test_nothing_shows_keys(house: House) -> None:
    secret = Credentials(key_id="PKNEVERSHOWNINANYLOG", secret="never-shown-in-any-log")
    house.venue.numbers[secret] = "PA9"
    with capture_logs() as lines:
        keyring = house.keyring()
        saved = keyring.put(STOCKS, secret)
        opened = keyring.credentials(STOCKS)

    shown = f"{lines} {saved!r} {opened!r} {keyring!r}"
    assert not any(text in shown for text in (secret.key_id, secret.secret, OLD))
    assert redactor.text(f"{secret.key_id} {secret.secret}") == f"{MASK} {MASK}"


def test_what_is_opened_is_masked_from_then_on(house: House) -> None:
    house.keyring().put(STOCKS, PAPER)
    redactor.__init__()  # as after a restart

    house.keyring().credentials(STOCKS)

    assert redactor.text(f"a client for {PAPER.key_id}:{PAPER.secret}") == f"a client for {MASK}:{MASK}"


def test_keys_that_the_venue_does_not_know_are_not_saved(house: House) -> None:
    assert "does not know" in reason(house.keyring().put(STOCKS, evolve(PAPER, secret="wrong")))
    house.venue.away = True
    with pytest.raises(UnreachableError):
        house.keyring().put(STOCKS, PAPER)

    assert house.store.safe.all() == ()


def test_live_keys_are_refused_and_opened_only_where_the_installation_allows_them(house: House) -> None:
    assert "TRADECORE_LIVE_TRADING" in reason(house.keyring().put(STOCKS, LIVE))
    house.keyring(live=True).put(STOCKS, LIVE)

    assert house.keyring(live=True).credentials(STOCKS) == LIVE
    with pytest.raises(UnreachableError, match="TRADECORE_LIVE_TRADING"):
        house.keyring().credentials(STOCKS)


def test_live_keys_are_not_even_shown_to_the_venue_where_they_are_not_allowed(house: House) -> None:
    house.venue.away = True

    assert "real money" in reason(house.keyring().put(STOCKS, LIVE))


def test_an_account_on_paper_has_no_keys(house: House) -> None:
    assert "have no keys" in reason(house.keyring().put(an_account(), PAPER))
    with pytest.raises(UnreachableError, match="no keys yet"):
        house.keyring().credentials(STOCKS)


def test_without_a_key_to_encrypt_with_the_venue_is_not_asked(house: House) -> None:
    house.venue.away = True
    keyring = evolve(house.keyring(), seal=AesSeal())

    with pytest.raises(SealedError, match="set ENCRYPTION_KEY"):
        keyring.put(STOCKS, PAPER)


def test_a_row_that_was_moved_to_another_account_or_mode_does_not_open(house: House) -> None:
    keyring = house.keyring(live=True)
    keyring.put(STOCKS, PAPER)
    kept = keyring.kept(ACCOUNT)
    assert kept is not None

    for moved in (
        evolve(kept, account_id=OTHER_ACCOUNT, number="PA7"),
        evolve(kept, mode=KeyMode.LIVE),
        evolve(kept, key_id=kept.secret, secret=kept.key_id),
    ):
        house.store.safe.put(moved)
        with pytest.raises(SealedError, match="moved"):
            keyring.credentials(OTHER if moved.account_id == OTHER_ACCOUNT else STOCKS)


# ---------------------------------------------------------------- replacing and deleting


def test_keys_of_the_same_account_replace_the_old_ones_at_any_time(house: House) -> None:
    house.keyring().put(STOCKS, PAPER)
    house.hold(STOCKS)

    house.keyring().put(STOCKS, AGAIN)

    assert house.keyring().credentials(STOCKS) == AGAIN


def test_keys_of_another_account_replace_them_only_while_nothing_is_held(house: House) -> None:
    house.keyring().put(STOCKS, PAPER)
    house.hold(STOCKS)

    assert "another account (PA2)" in reason(house.keyring().put(STOCKS, ELSEWHERE))
    assert house.keyring().credentials(STOCKS) == PAPER
    house.store._state.books.clear()
    house.keyring().put(STOCKS, ELSEWHERE)
    assert house.keyring().credentials(STOCKS) == ELSEWHERE


def test_an_account_never_changes_from_paper_to_real_money(house: House) -> None:
    house.keyring().put(STOCKS, PAPER)

    assert "make another account" in reason(house.keyring(live=True).put(STOCKS, LIVE))


def test_two_accounts_never_trade_the_same_one_of_a_venue(house: House) -> None:
    house.keyring().put(STOCKS, PAPER)

    assert "Another account here" in reason(house.keyring().put(evolve(OTHER, user_id=USER), AGAIN))
    assert house.store.safe.get(OTHER_ACCOUNT) is None


def test_keys_are_not_deleted_while_something_is_held(house: House) -> None:
    house.keyring().put(STOCKS, PAPER)
    house.hold(STOCKS)

    assert "still holds" in reason(house.keyring().forget(STOCKS))
    house.store._state.books.clear()
    assert house.keyring().forget(STOCKS) is None
    assert house.keyring().forget(STOCKS) is None
    assert house.store.safe.all() == ()


# ---------------------------------------------------------------- rotating the key


def test_a_rotation_leaves_nothing_that_the_old_key_opens(house: House) -> None:
    house.keyring(OLD).put(STOCKS, PAPER)
    house.keyring(OLD).put(OTHER, ELSEWHERE)
    # Between the restarts of two processes either opens what the other has saved.
    house.keyring(NEW, OLD).put(STOCKS, AGAIN)
    assert house.keyring(NEW, OLD).credentials(OTHER) == ELSEWHERE
    before = house.keyring().kept(OTHER_ACCOUNT)

    assert house.keyring(NEW, OLD).rotate() == Resealed(anew=1, before=1, shut=())
    assert house.keyring(NEW, OLD).rotate() == Resealed(anew=0, before=2, shut=())

    alone = house.keyring(NEW)
    assert (alone.credentials(STOCKS), alone.credentials(OTHER)) == (AGAIN, ELSEWHERE)
    after = alone.kept(OTHER_ACCOUNT)
    assert before is not None
    assert after is not None
    assert evolve(after, key_id="", secret="") == evolve(before, key_id="", secret="")
    with pytest.raises(SealedError):
        house.keyring(OLD).credentials(STOCKS)


def test_a_rotation_that_is_interrupted_is_completed_by_the_next(house: House) -> None:
    house.keyring(OLD).put(STOCKS, PAPER)
    house.keyring(OLD).put(OTHER, ELSEWHERE)
    keyring = house.keyring(NEW, OLD)
    swap, swaps = house.store.safe.swap, list[SealedCredentials]()

    def once(old: SealedCredentials, new: SealedCredentials) -> bool:
        swaps.append(new)
        if len(swaps) == 2:
            raise UnreachableError("the machine went away")
        return swap(old, new)

    house.store.safe.swap = once  # type: ignore[method-assign] # a death between two rows
    with pytest.raises(UnreachableError):
        keyring.rotate()

    assert keyring.rotate() == Resealed(anew=1, before=1, shut=())
    assert house.keyring(NEW).credentials(STOCKS) == PAPER
    assert house.keyring(NEW).credentials(OTHER) == ELSEWHERE


def test_what_no_key_opens_is_told_and_stays(house: House) -> None:
    house.keyring(OLD).put(STOCKS, PAPER)
    house.keyring(NEW).put(OTHER, ELSEWHERE)

    done = house.keyring(NEW).rotate()

    assert (done.anew, done.before, len(done.shut)) == (0, 1, 1)
    assert ACCOUNT in done.shut[0]
    assert house.keyring(OLD).credentials(STOCKS) == PAPER


def test_what_is_saved_in_the_midst_of_a_rotation_stays_and_is_rotated(house: House) -> None:
    house.keyring(OLD).put(STOCKS, PAPER)
    swap = house.store.safe.swap

    def late(old: SealedCredentials, new: SealedCredentials) -> bool:
        house.store.safe.swap = swap  # type: ignore[method-assign] # only the first time
        house.keyring(OLD).put(STOCKS, AGAIN)  # by a process that was not restarted yet
        return swap(old, new)

    house.store.safe.swap = late  # type: ignore[method-assign] # as above

    assert house.keyring(NEW, OLD).rotate() == Resealed(anew=1, before=0, shut=())
    assert house.keyring(NEW).credentials(STOCKS) == AGAIN


@pytest.fixture(params=["sqlite", "postgres"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], SqlStore]]:
    """Lend what opens one database, as several processes do."""
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path}/a.db" if request.param == "sqlite" else stack.enter_context(postgres())
        migrate(url)

        def open_() -> SqlStore:
            store = SqlStore(url)
            stack.callback(store.close)
            return store

        yield open_


def test_rotations_run_beside_processes_that_save(house: House, opened: Callable[[], SqlStore]) -> None:
    old, new, stopped = house.keyring(OLD, safe=opened().safe), house.keyring(NEW, OLD, safe=opened().safe), Event()
    saved = list[Credentials]()
    old.put(OTHER, ELSEWHERE)

    def save() -> None:
        for number in range(30):
            credentials = evolve(PAPER, secret=f"secret-number-{number}")
            house.venue.numbers[credentials] = "PA1"
            assert isinstance(old.put(STOCKS, credentials), SealedCredentials)
            saved.append(credentials)
        stopped.set()

    saver = Thread(target=save)
    saver.start()
    while not stopped.is_set():
        assert new.rotate().shut == ()
    saver.join(30)
    new.rotate()

    alone = house.keyring(NEW, safe=opened().safe)
    assert len(saved) == 30
    assert (alone.credentials(STOCKS), alone.credentials(OTHER)) == (saved[-1], ELSEWHERE)
