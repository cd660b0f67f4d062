"""Hold every account: there is one process."""

from typing import final

from tradecore.domain.ids import AccountId
from tradecore.ports.leases import Leases


@final
class OnlyProcess(Leases):
    def renew(self) -> None:
        """Do nothing: nobody else is there."""

    def holds(self, account_id: AccountId) -> bool:
        return True

    @property
    def leads(self) -> bool:
        return True

    def alive(self) -> None:
        """Tell of no others: there are none."""

    def give_up(self) -> None:
        """Do nothing: nobody waits."""
