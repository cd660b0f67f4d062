"""Tell other processes that something has come into the inbox, and hear it from them.

What is told while nobody listens is lost, and a pooler between us and the database may swallow it: so everybody looks
from time to time anyway, and this only makes it quick.
"""

from collections.abc import Collection
from contextlib import suppress
from queue import SimpleQueue
from threading import Event as Signal
from threading import Lock, Thread
from typing import Final, final

from sqlalchemy import text

from tradecore.adapters.sql import postgres
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.leases import SqlLeases
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId

_CHANNEL: Final = "tradecore_inbox"
_NOTIFY: Final = text(f"SELECT pg_notify('{_CHANNEL}', :told)")
# A notification is short: where there are more accounts, everybody looks.
_ACCOUNTS_MAX: Final = 50
_EVERYBODY: Final = "*"
# How long one look at the connection lasts: a stop is noticed that late.
_LOOK_SECONDS: Final = 0.5


@final
class Waker:
    """Rings this process's bell for what comes in anywhere for the accounts that it holds."""

    def __init__(self, database: Database, bell: Bell, leases: SqlLeases) -> None:
        self._database = database
        self._bell = bell
        self._leases = leases
        self._lock = Lock()
        self._to_tell: SimpleQueue[frozenset[str] | None] = SimpleQueue()
        self._teller: Thread | None = None

    def ring(self, accounts: Collection[str]) -> None:
        """Say that events came for *accounts*, one each; it is told to others by another thread, and soon."""
        self._bell.ring(len(accounts))
        others = frozenset(account for account in accounts if not self._leases.holds(AccountId(account)))
        if not others:
            return
        with self._lock:
            if self._teller is None:
                teller = Thread(target=self._tell, name="telling others", daemon=True)
                try:
                    teller.start()
                except RuntimeError:
                    return  # No thread is to be had: what was written down is written, and others look by themselves.
                self._teller = teller
        self._to_tell.put(others)

    def listen(self, stopping: Signal) -> None:
        """Ring for what others tell, until *stopping*; `UnreachableError` where the connection breaks."""
        with postgres.listening(self._database.url, _CHANNEL) as connection:
            self._bell.ring()  # For what came while nobody listened.
            while not stopping.is_set():
                for told in connection.notifies(timeout=_LOOK_SECONDS):
                    self._bell.ring(self._concerned(told.payload))

    def close(self) -> None:
        """Tell what is left to tell, and stop. A repeat is harmless."""
        with self._lock:
            teller, self._teller = self._teller, None
        if teller is not None:
            self._to_tell.put(None)
            teller.join()

    def _concerned(self, told: str) -> int:
        if told == _EVERYBODY:
            return 1
        return sum(self._leases.holds(AccountId(account)) for account in told.split(","))

    def _tell(self) -> None:
        while (accounts := self._to_tell.get()) is not None:
            is_last = False
            while not self._to_tell.empty():
                more = self._to_tell.get()
                is_last = more is None
                accounts |= more or frozenset()
            told = ",".join(sorted(accounts)) if len(accounts) <= _ACCOUNTS_MAX else _EVERYBODY
            with suppress(UnreachableError), self._database.read() as connection:
                # On its own, and after the commit: transactions that notify wait for one another.
                connection.execute(_NOTIFY, {"told": told})
            if is_last:
                return
