"""Share the accounts out among the processes that trade."""

from collections.abc import Mapping
from typing import Protocol

from tradecore.domain.ids import AccountId


class Leases(Protocol):
    """Each account is one process's alone: it alone judges for it, listens to its broker, and sends its orders.

    So limits are judged one after the other, and a broker meets one connection and one count of its rate limits.
    """

    def renew(self) -> None:
        """Say that this process lives; take what nobody has, and give back what is more than a fair share.

        Where that fails (`UnreachableError`), what is held runs out by itself.
        """
        ...

    def holds(self, account_id: AccountId) -> bool:
        """Tell whether the account is this process's now, for sure: asked last before anything is sent."""
        ...

    @property
    def leads(self) -> bool:
        """Whether this process is the one of all who does what one is enough for. For a moment it may be two."""
        ...

    def alive(self) -> Mapping[str, int] | None:
        """Return the processes that trade, each with how many accounts it has; None where there is only one.

        Nobody is there where it is empty: what comes in waits. Raises `UnreachableError` where nobody can tell.
        """
        ...

    def give_up(self) -> None:
        """Give everything back, so that others need not wait until it has run out. A repeat is harmless."""
        ...
