"""Open the database, and turn its failures into our words at one place."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, final

from sqlalchemy import Connection, Engine, ExceptionContext, Insert, Table, create_engine, event, make_url

from tradecore.adapters.sql import sqlite
from tradecore.adapters.sql.writing import Writer
from tradecore.domain.errors import ProgrammingError, UnreachableError

_READERS_KEPT: Final = 8


# TradingView hangs up after 3 seconds: a door that cannot write must have said so by then. One writer's wait for its
# turn and one for the file's lock may come together.
PATIENCE_SECONDS: Final = 1.2


@final
class Database:
    """One database: many readers at once, and writers one after the other."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        if make_url(url).get_backend_name() != "sqlite":
            message = f"{make_url(url).render_as_string()} is no database that can be used yet: begin with sqlite:///"
            raise ProgrammingError(message)
        # No limit to the readers: their number is that of the threads, and a wait for a turn would be a lost alert.
        self._engine = create_engine(url, pool_size=_READERS_KEPT, max_overflow=-1, hide_parameters=True)
        self._locking: Engine = self._engine.execution_options()
        self._writer = Writer(self._locking, patience_seconds=patience_seconds)
        self._where = make_url(url).render_as_string()
        sqlite.set_up(self._engine, self._locking, patience_seconds=patience_seconds)
        event.listen(self._engine, "handle_error", self._translate)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection on which every statement stands alone."""
        with self._engine.connect() as connection:
            yield connection

    def write(self) -> AbstractContextManager[Connection]:
        """Lend the one connection that writes: after the block everything is on disk, after an error nothing."""
        return self._writer.transaction()

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """Lend the one connection that writes, in a transaction in which tables may be taken down and built anew."""
        with self._locking.connect() as connection:
            sqlite.loosen(connection)
            with connection.begin():
                yield connection

    def upsert(self, table: Table, key: str, changed: tuple[str, ...]) -> Insert:
        """Return the insert that updates the columns *changed* where the *key* is there already."""
        return sqlite.upsert(table, key, changed)

    def close(self) -> None:
        """Let go of every connection that nobody uses."""
        self._engine.dispose()

    def _translate(self, context: ExceptionContext) -> None:
        """Raise `UnreachableError` where the database could not be had; everything else is a bug, and stays."""
        why = sqlite.meaning(context.original_exception)
        if why is not None:
            message = f"The database {self._where} cannot be had: {why} ({context.original_exception})."
            raise UnreachableError(message) from context.original_exception
