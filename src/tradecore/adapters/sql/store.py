"""Put the parts of a store together that lives in a SQL database."""

from contextlib import suppress
from typing import final

from tradecore.adapters.sql.access import SqlAccess
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.directory import SqlDirectory
from tradecore.adapters.sql.engine import PATIENCE_SECONDS, Database
from tradecore.adapters.sql.history import SqlHistory
from tradecore.adapters.sql.inbox import SqlInbox
from tradecore.adapters.sql.leases import LEASE_SECONDS, SqlLeases
from tradecore.adapters.sql.ledger import SqlLedger
from tradecore.adapters.sql.migrating import check_version
from tradecore.adapters.sql.safe import SqlSafe
from tradecore.adapters.sql.standing import SqlStanding
from tradecore.adapters.sql.waking import Waker
from tradecore.domain.errors import UnreachableError


@final
class SqlStore:
    """One database; its parts may be used from many threads. Nothing is opened before it is needed.

    `leases` are there where the database is shared with other processes.
    """

    def __init__(
        self, url: str, *, patience_seconds: float = PATIENCE_SECONDS, lease_seconds: float = LEASE_SECONDS
    ) -> None:
        self._database = Database(url, patience_seconds=patience_seconds)
        bell = Bell()
        self.leases: SqlLeases | None = None
        self.waker: Waker | None = None
        if self._database.is_shared:
            self.leases = SqlLeases(self._database, seconds=lease_seconds)
            self.waker = Waker(self._database, bell, self.leases)
        ring = self.waker.ring if self.waker is not None else None
        self.inbox = SqlInbox(self._database, bell, leases=self.leases, ring=ring)
        self.ledger = SqlLedger(self._database, bell)
        self.standing = SqlStanding(self._database)
        self.history = SqlHistory(self._database)
        self.directory = SqlDirectory(self._database)
        self.access = SqlAccess(self._database)
        self.safe = SqlSafe(self._database)

    def ping(self) -> None:
        """Raise `UnreachableError` where the database cannot be had, or is older or newer than this program."""
        with self._database.read() as connection:
            check_version(connection)

    def close(self) -> None:
        """Let go of the accounts and of the database. A repeat is harmless."""
        if self.waker is not None:
            self.waker.close()
        if self.leases is not None:
            with suppress(UnreachableError):  # Then they run out by themselves.
                self.leases.give_up()
        self._database.close()
