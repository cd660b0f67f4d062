"""Open the database, and turn its failures into our words at one place."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from time import monotonic
from typing import Any, Final, final

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    ExceptionContext,
    Executable,
    Insert,
    Table,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.types import TypeEngine

from tradecore.adapters.sql import postgres, sqlite
from tradecore.adapters.sql.writing import Writer
from tradecore.domain.errors import ProgrammingError, UnreachableError

Row = Mapping[str, Any]

_CONNECTIONS_KEPT: Final = 8
# Beyond those, for a moment: a server lets in about a hundred, and serves several of our processes.
_CONNECTIONS_MORE: Final = 12

# TradingView hangs up after 3 seconds: a door that cannot write must have said so by then. One writer's wait for its
# turn and one for the file's lock may come together.
PATIENCE_SECONDS: Final = 1.2
# How long a server may take for all that is asked of it at once, as a part of that.
_BRIEF: Final = 1.25


@final
class Database:
    """One database: many readers at once; on SQLite writers one after the other, on PostgreSQL side by side."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.is_shared = postgres.is_postgres(url)
        if not self.is_shared and make_url(url).get_backend_name() != "sqlite":
            message = f"{shown(url)} is no database that can be used: begin with sqlite:/// or postgresql://"
            raise ProgrammingError(message)
        self.url = url
        self.patience_seconds = patience_seconds
        self._where = shown(url)
        if self.is_shared:
            self._engine = self._open_server()
            self._locking: Engine | None = None
            self._reading: Engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        else:
            self._engine = self._reading = self._open_file()
            self._locking = locking = self._engine.execution_options()
            self._writer = Writer(locking, patience_seconds=patience_seconds)
            sqlite.set_up(self._engine, locking, patience_seconds=patience_seconds)
        event.listen(self._engine, "handle_error", self._translate)

    @contextmanager
    def read(self, *, patient: bool = False) -> Iterator[Connection]:
        """Lend a connection on which every statement stands alone; a *patient* one for what may take long."""
        with self._taken(self._reading, patient=patient) as connection:
            yield connection

    @contextmanager
    def write(self, *, patient: bool = False) -> Iterator[Connection]:
        """Lend a connection that writes: after the block everything is on disk, after an error nothing.

        Where the answer to the last of it is lost, everything may be there all the same.
        """
        if self._locking is not None:
            with self._writer.transaction() as connection:
                yield connection
        else:
            with self._taken(self._engine, patient=patient) as connection, connection.begin():
                yield connection

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """Lend a connection that writes, alone, and that may take tables down and build them anew."""
        with self._taken(self._locking or self._engine, patient=True) as connection:
            if not self.is_shared:
                sqlite.loosen(connection)
            with connection.begin():
                self.lock(connection, "the tables")
                yield connection

    def lock(self, connection: Connection, *names: str) -> None:
        """Let nobody else past who locks one of these names, until the transaction of *connection* has ended."""
        if self.is_shared and names:  # On SQLite nobody else writes at all.
            postgres.lock(connection, *names)

    def upsert(
        self, table: Table, key: tuple[str, ...], changed: tuple[str, ...], to: ColumnElement[Any] | None = None
    ) -> Insert:
        """Return the insert that updates the columns *changed*, or does nothing, where the *key* is there already.

        They become what was to be inserted, or *to* what.
        """
        upsert = postgres.upsert if self.is_shared else sqlite.upsert
        return upsert(table, key, changed, to)

    def given(self, types: Mapping[str, TypeEngine[Any]]) -> Mapping[str, ColumnElement[Any]]:
        """Return the columns of the rows that `execute_given` is given, by their names."""
        return postgres.given(types) if self.is_shared else sqlite.given(types)

    def execute_given(self, connection: Connection, statement: Executable, rows: Sequence[Row]) -> CursorResult[Any]:
        """Execute a *statement* that is about `given` columns for all *rows*; on PostgreSQL in one go."""
        if not self.is_shared:
            return connection.execute(statement, rows)
        return connection.execute(statement, {name: [row[name] for row in rows] for name in rows[0]})

    def added_up(self, numbers: ColumnElement[Decimal]) -> Mapping[str, ColumnElement[Any]]:
        """Return a column's ``sum``, ``most`` and ``least``, exact, and how many are ``above`` and ``below`` zero."""
        return postgres.added_up(numbers) if self.is_shared else sqlite.added_up(numbers)

    def close(self) -> None:
        """Let go of every connection that nobody uses."""
        self._engine.dispose()

    def _open_file(self) -> Engine:
        # No limit to the readers: their number is that of the threads, and a wait for a turn would be a lost alert.
        return create_engine(self.url, pool_size=_CONNECTIONS_KEPT, max_overflow=-1, hide_parameters=True)

    def _open_server(self) -> Engine:
        engine = create_engine(
            postgres.address(self.url),
            connect_args=postgres.arguments(self.url, patience_seconds=self.patience_seconds),
            pool_size=_CONNECTIONS_KEPT, max_overflow=_CONNECTIONS_MORE, pool_timeout=self.patience_seconds / 2,
            hide_parameters=True,
            # Whoever has waited for another one must see what that one wrote, however the server is set up.
            isolation_level="READ COMMITTED",
        )  # fmt: skip
        postgres.set_up(engine, self.url, patience_seconds=self.patience_seconds)
        return engine

    @contextmanager
    def _taken(self, engine: Engine, *, patient: bool) -> Iterator[Connection]:
        until = monotonic() + self.patience_seconds * (postgres.LONG if patient else _BRIEF)
        with self._connect(engine, until) as connection:
            yield connection

    def _connect(self, engine: Engine, until: float) -> Connection:
        try:
            connection = engine.connect()
            while self.is_shared and not postgres.bound(connection, until) and monotonic() < until:
                connection.invalidate()  # It was cut while nobody used it.
                connection.close()
                connection = engine.connect()
        except NoConnectionLeft as error:
            message = f"The database {self._where} cannot be had: every connection is in use."
            raise UnreachableError(message) from error
        return connection

    def _translate(self, context: ExceptionContext) -> None:
        """Raise `UnreachableError` where the database could not be had; everything else is a bug, and stays."""
        if self.is_shared and postgres.is_for_its_life(context.original_exception):
            context.is_disconnect = True  # So that new connections find out when it is over.
        meaning = postgres.meaning if self.is_shared else sqlite.meaning
        why = meaning(context.original_exception)
        if why is not None:
            message = f"The database {self._where} cannot be had: {why} ({context.original_exception})."
            raise UnreachableError(message) from context.original_exception


def shown(url: str) -> str:
    """Return *url* without its password."""
    return make_url(url).render_as_string()
