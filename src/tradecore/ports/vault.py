"""Keep brokers' keys so that the database alone gives none of them away."""

from typing import Protocol

from tradecore.domain.credentials import Credentials, KeysConfirmed, KeysRefused, SealedCredentials
from tradecore.domain.ids import AccountId


class Seal(Protocol):
    """Encrypts texts so that whoever lacks the key can neither read nor change nor move them.

    A sealed text names its key and is bound to its *place*: it opens there and nowhere else. Raises `SealedError`,
    with a sentence that says what to set and shows no secret.
    """

    def seal(self, text: str, place: str) -> str:
        """Return *text* sealed for *place* with the newest key; another one each time."""
        ...

    def open(self, sealed: str, place: str) -> str:
        """Return the text that was sealed for *place*, with whichever of the keys."""
        ...

    def is_newest(self, sealed: str) -> bool:
        """Tell whether it was sealed with the newest key."""
        ...


class Safe(Protocol):
    """Stores sealed credentials, one row an account. Raises `UnreachableError` as the ledger does."""

    def put(self, sealed: SealedCredentials) -> None:
        """Store it in place of the account's earlier one.

        `ValueError` where another account here has the same number at the same venue.
        """
        ...

    def get(self, account_id: AccountId) -> SealedCredentials | None:
        """Return the account's credentials, sealed."""
        ...

    def all(self) -> tuple[SealedCredentials, ...]:
        """Return everything that is stored, in the order of the accounts' ids."""
        ...

    def swap(self, old: SealedCredentials, new: SealedCredentials) -> bool:
        """Put *new* in the place of *old*; False, and nothing is done, where *old* is not what lies there any more."""
        ...

    def remove(self, account_id: AccountId) -> None:
        """Delete the account's credentials. A repeat is harmless."""
        ...


class KeyCheck(Protocol):
    """Asks one venue whether it knows keys. Changes nothing there; a repeat is harmless."""

    def check(self, credentials: Credentials) -> KeysConfirmed | KeysRefused:
        """Return what the venue calls the account, or its reason to refuse them.

        Keys of the other mode are refused. `UnreachableError` where the venue cannot be asked.
        """
        ...
