"""Hear from the database when another process has put something into the inbox.

What is told while nobody listens is lost, and a pooler between us and the database may swallow it: so everybody looks
from time to time anyway, and this only makes it quick.
"""

from contextlib import suppress
from threading import Event as Signal
from typing import Final, final

from sqlalchemy import text

from tradecore.adapters.sql import postgres
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.engine import Database
from tradecore.domain.errors import UnreachableError

_CHANNEL: Final = "tradecore_inbox"
_NOTIFY: Final = text(f"SELECT pg_notify('{_CHANNEL}', :count)")
# How long one look at the connection lasts: a stop is noticed that late.
_LOOK_SECONDS: Final = 0.5


@final
class Waker:
    """Rings this process's bell for what other processes post, and theirs for what this one posts."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell

    def ring(self, times: int) -> None:
        """Tell everybody that so many events came."""
        self._bell.ring(times)
        with suppress(UnreachableError), self._database.read() as connection:
            # On its own, and after the commit: transactions that notify wait for one another.
            connection.execute(_NOTIFY, {"count": str(times)})

    def listen(self, stopping: Signal) -> None:
        """Ring for what others tell, until *stopping*; `UnreachableError` where the connection breaks."""
        with postgres.listening(self._database.url, _CHANNEL) as connection:
            self._bell.ring()  # For what came while nobody listened.
            while not stopping.is_set():
                for told in connection.notifies(timeout=_LOOK_SECONDS):
                    self._bell.ring(int(told.payload or 1))
