"""Keep the keys to accounts at their venues: checked when they are saved, encrypted, and opened for nobody else."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from tradecore.domain.credentials import Credentials, KeyMode, KeysConfirmed, KeysRefused, SealedCredentials
from tradecore.domain.errors import SealedError, ShutError
from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.runtime.logs import redactor
from tradecore.ports.ledger import Ledger
from tradecore.ports.system import Clock
from tradecore.ports.vault import KeyCheck, Safe, Seal

NO_LIVE: Final = (
    "These keys trade real money, which this installation does not allow: its operator must set "
    "TRADECORE_LIVE_TRADING to yes."
)


@frozen
class KeyChecks:
    """Who is asked about keys, for each venue that wants any."""

    of: Mapping[Venue, KeyCheck] = field(factory=dict)


@frozen(kw_only=True)
class Resealed:
    """What became of a rotation: how many were encrypted anew, had been already, and (as sentences) cannot be."""

    anew: int
    before: int
    shut: tuple[str, ...]


@frozen(kw_only=True)
class Looked:
    """How many accounts' keys open, with the newest key and with older ones; and, as sentences, which do not."""

    newest: int
    older: int
    shut: tuple[str, ...]


@frozen(kw_only=True)
class Keyring:
    """The keys of every account. Raises `UnreachableError` where the database or the venue cannot be had.

    Whatever it sees in the open, the log never shows from then on. `live` allows keys that trade real money.
    """

    safe: Safe
    seal: Seal = field(repr=False)
    ledger: Ledger
    clock: Clock
    checks: KeyChecks
    live: bool = False

    def takes(self, venue: Venue) -> bool:
        """Tell whether accounts at *venue* have keys here."""
        return venue in self.checks.of

    def check(self, account: Account, credentials: Credentials) -> KeysConfirmed | KeysRefused:
        """Ask the venue whether the keys open an account that *account* may be. Saves nothing."""
        redactor.learn((credentials.key_id, credentials.secret))
        if not self.takes(account.venue):
            return KeysRefused(reason=f"Accounts at {account.venue.value} have no keys here.")
        if credentials.mode is KeyMode.LIVE and not self.live:
            return KeysRefused(reason=NO_LIVE)
        old = self.safe.get(account.id)
        if old is not None and old.mode is not credentials.mode:
            words = f"This account trades with {old.mode.value} keys: make another account for these."
            return KeysRefused(reason=words)
        # Before anybody is asked: where nothing can be encrypted, nothing can be kept.
        self.seal.seal("", "a trial")
        found = self.checks.of[account.venue].check(credentials)
        if isinstance(found, KeysRefused):
            return found
        return self._clash(account, found, old) or found

    def _clash(self, account: Account, found: KeysConfirmed, old: SealedCredentials | None) -> KeysRefused | None:
        """Return why *account* may not trade the venue's account that was *found*."""
        others = (one for one in self.safe.all() if one.account_id != account.id)
        if any((one.venue, one.number) == (account.venue, found.number) for one in others):
            return KeysRefused(reason="Another account here trades with what these keys open already.")
        if old is not None and old.number != found.number and self._busy(account):
            return KeysRefused(
                reason=f"These keys open another account ({found.number}) than before, while this one still holds or "
                "works something: close that first, or make another account for these."
            )
        return None

    def put(self, account: Account, credentials: Credentials) -> SealedCredentials | KeysRefused:
        """Save the keys, in place of earlier ones, once the venue has confirmed them."""
        found = self.check(account, credentials)
        return found if isinstance(found, KeysRefused) else self.save(account, credentials, found)

    def save(self, account: Account, credentials: Credentials, found: KeysConfirmed) -> SealedCredentials | KeysRefused:
        """Save keys that were just checked, and *found* to be good."""
        row = SealedCredentials(
            account_id=account.id, venue=account.venue, mode=credentials.mode, number=found.number, key_id="",
            secret="", saved_at=self.clock.now())  # fmt: skip
        sealed = self._sealed(row, credentials)
        try:
            self.safe.put(sealed)
        except ValueError as error:
            return KeysRefused(reason=f"{str(error)[:1].upper()}{str(error)[1:]}.")
        return sealed

    def kept(self, account_id: AccountId) -> SealedCredentials | None:
        """Return what may be told of the account's keys."""
        return self.safe.get(account_id)

    def saved(self) -> Mapping[AccountId, datetime]:
        """Return when each account's keys were saved last."""
        return {row.account_id: row.saved_at for row in self.safe.all()}

    def credentials(self, account: Account) -> Credentials:
        """Return the account's keys in the open, to make a broker's client of.

        `ShutError` where there are none, or where they trade real money and that is not allowed; `SealedError`
        where they do not open.
        """
        sealed = self.safe.get(account.id)
        if sealed is None:
            raise ShutError(f"account {account.name} has no keys yet: tradecore keys set {account.name}")
        if sealed.mode is KeyMode.LIVE and not self.live:
            raise ShutError(f"account {account.name}: {NO_LIVE}")
        return self._opened(sealed)

    def forget(self, account: Account) -> KeysRefused | None:
        """Delete the account's keys; refused while it holds or works anything, because nobody could close it then."""
        if self._busy(account):
            return KeysRefused(reason="The account still holds or works something: close that while it has its keys.")
        self.safe.remove(account.id)
        return None

    def looked_over(self) -> Looked:
        """Open everything once, and tell what of it opens."""
        newest, older, shut = 0, 0, []
        for row in self.safe.all():
            try:
                self._opened(row)
            except SealedError as error:
                shut.append(f"Account {row.account_id}: {error}")
            else:
                newest += self._is_newest(row)
                older += not self._is_newest(row)
        return Looked(newest=newest, older=older, shut=tuple(shut))

    def rotate(self) -> Resealed:
        """Encrypt everything anew that was not encrypted with the newest key.

        May be stopped and repeated at any time, and run beside whoever saves keys: what they have saved meanwhile
        stays as it is.
        """
        anew, before, shut = 0, 0, []
        for found in self.safe.all():
            try:
                changed = self._reseal(found)
            except SealedError as error:
                shut.append(f"Account {found.account_id}: {error}")
            else:
                anew += changed
                before += not changed
        return Resealed(anew=anew, before=before, shut=tuple(shut))

    def _reseal(self, found: SealedCredentials | None) -> bool:
        """Tell whether a row had to be encrypted anew; one that somebody changes meanwhile is looked at again."""
        while found is not None and not self._is_newest(found):
            if self.safe.swap(found, self._sealed(found, self._opened(found))):
                return True
            found = self.safe.get(found.account_id)
        return False

    def _is_newest(self, row: SealedCredentials) -> bool:
        return self.seal.is_newest(row.key_id) and self.seal.is_newest(row.secret)

    def _busy(self, account: Account) -> bool:
        return bool(self.ledger.open_books(account.id))

    def _sealed(self, row: SealedCredentials, credentials: Credentials) -> SealedCredentials:
        return evolve(
            row,
            key_id=self.seal.seal(credentials.key_id, _place(row, "key_id")),
            secret=self.seal.seal(credentials.secret, _place(row, "secret")),
        )

    def _opened(self, row: SealedCredentials) -> Credentials:
        opened = Credentials(
            key_id=self.seal.open(row.key_id, _place(row, "key_id")),
            secret=self.seal.open(row.secret, _place(row, "secret")),
            mode=row.mode,
        )
        redactor.learn((opened.key_id, opened.secret))
        return opened


def _place(row: SealedCredentials, name: str) -> str:
    """Return where a sealed text belongs: paper keys do not open as live ones, nor at another venue."""
    return f"credentials/{row.account_id}/{row.venue.name}/{row.mode.name}/{name}"
