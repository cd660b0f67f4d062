"""Put the parts of a store together that lives in a SQL database."""

from typing import final

from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.directory import SqlDirectory
from tradecore.adapters.sql.engine import PATIENCE_SECONDS, Database
from tradecore.adapters.sql.history import SqlHistory
from tradecore.adapters.sql.inbox import SqlInbox
from tradecore.adapters.sql.ledger import SqlLedger
from tradecore.adapters.sql.migrating import check_version
from tradecore.adapters.sql.standing import SqlStanding


@final
class SqlStore:
    """One database; its parts may be used from many threads. Nothing is opened before it is needed."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._database = Database(url, patience_seconds=patience_seconds)
        bell = Bell()
        self.inbox = SqlInbox(self._database, bell)
        self.ledger = SqlLedger(self._database, bell)
        self.standing = SqlStanding(self._database)
        self.history = SqlHistory(self._database)
        self.directory = SqlDirectory(self._database)

    def ping(self) -> None:
        """Raise `UnreachableError` where the database cannot be had, or is older or newer than this program."""
        with self._database.read() as connection:
            check_version(connection)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
