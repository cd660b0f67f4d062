"""Say what is at stake in each account: play money, a firm's, or real money."""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from tradecore.domain.credentials import KeyMode, SealedCredentials
from tradecore.domain.errors import UnreachableError
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.runtime.keyring import NO_LIVE, Keyring
from tradecore.entrypoints.runtime.settings import Settings

PAPER: Final = "paper"
REAL_MONEY: Final = "REAL MONEY"
# A firm's rules bind these accounts; only the firm knows which are evaluations, and which pay out.
FIRMS: Final = "a firm's"


@frozen(kw_only=True)
class Stake:
    """What is at stake in one account; at ProjectX the firm alone knows.

    `rests` is why nothing is traded there; None where it is.
    """

    account: Account
    money: str | None
    rests: str | None = None

    @property
    def is_real(self) -> bool:
        """Whether real money is traded there now."""
        return self.money == REAL_MONEY and self.rests is None


def stakes(keyring: Keyring, accounts: Iterable[Account]) -> tuple[Stake, ...]:
    """Return what is at stake in each of *accounts*. Raises `UnreachableError` where the database cannot be had."""
    kept = {row.account_id: row for row in keyring.safe.all()}
    return tuple(_stake(keyring, account, kept.get(account.id)) for account in accounts)


def _stake(keyring: Keyring, account: Account, keys: SealedCredentials | None) -> Stake:
    if account.venue is Venue.PROJECTX:
        return Stake(account=account, money=FIRMS)
    if not keyring.takes(account.venue):
        return Stake(account=account, money=PAPER)
    if keys is None:
        return Stake(account=account, money=None, rests=f"It has no keys yet: tradecore keys set {account.name}")
    if keys.mode is KeyMode.PAPER:
        return Stake(account=account, money=PAPER)
    return Stake(account=account, money=REAL_MONEY, rests=None if keyring.live else NO_LIVE)


def at_most(keyring: Keyring, settings: Settings) -> str | None:
    """Return the most that is at stake in any account here; None where it may be real money and nobody can tell."""
    others = FIRMS if settings.projectx_accounts else PAPER
    if not keyring.live:
        return others
    try:
        return REAL_MONEY if any(row.mode is KeyMode.LIVE for row in keyring.safe.all()) else others
    except UnreachableError:
        return None
