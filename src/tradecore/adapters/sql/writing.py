"""Let many threads write to a database that has one writer, and share what is slow: waiting for the disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from time import monotonic
from typing import Final, final

from attrs import define, field
from sqlalchemy import Connection, Engine, RootTransaction

from tradecore.domain.errors import UnreachableError

# So many share one commit at most: the first of them waits for all the others.
GROUP_MAX: Final = 32
_LOOK_SECONDS: Final = 1.0
_BUSY: Final = "The database does not let anybody write now: it is locked, or its disk is too slow."


@define(eq=False)
class _Group:
    """One transaction, with the parts that it holds so far. `done` is set when it has ended, well or in `error`."""

    connection: Connection
    transaction: RootTransaction
    parts: int = 0
    error: BaseException | None = None
    done: Event = field(factory=Event)

    @contextmanager
    def part(self) -> Iterator[Connection]:
        """Lend the connection for one part; where that fails, undo it alone."""
        if not self.parts:
            # The first part needs no mark to go back to: it goes back to the beginning.
            with self._breaks():
                yield self.connection
            return
        # As plain text: SQLAlchemy would compile its own words for it anew, each time.
        with self._breaks():
            self.connection.exec_driver_sql("SAVEPOINT part")
        try:
            yield self.connection
        except BaseException as error:
            try:
                self.connection.exec_driver_sql("ROLLBACK TO part")
            except BaseException:  # noqa: BLE001 - the database has undone everything by itself, the mark included
                self.error = error
            raise
        with self._breaks():
            self.connection.exec_driver_sql("RELEASE part")

    @contextmanager
    def _breaks(self) -> Iterator[None]:
        """Give the whole group up where this fails."""
        try:
            yield
        except BaseException as error:
            self.error = error
            raise


@final
class Writer:
    """Threads come in one after the other; whoever finds nobody behind commits for all. Nobody leaves before that."""

    def __init__(self, engine: Engine, *, patience_seconds: float) -> None:
        self._engine = engine
        self._patience_seconds = patience_seconds
        self._refused_at = float("-inf")
        self._turn = Lock()
        self._counting = Lock()
        self._behind = 0
        self._group: _Group | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Lend the connection that writes: on return everything is on disk, after an error nothing."""
        group = self._enter()
        try:
            with group.part() as connection:
                yield connection
        except BaseException:
            self._leave(group)
            raise
        group.parts += 1
        self._leave(group)
        self._await(group)

    def _enter(self) -> _Group:
        with self._counting:
            self._behind += 1
        came = monotonic()
        try:
            taken = self._turn.acquire(timeout=self._patience_seconds)
        finally:
            with self._counting:
                self._behind -= 1
        if not taken:
            raise UnreachableError(_BUSY)
        if self._group is None and came < self._refused_at:
            # Whoever has waited while the database refused another one has waited long enough.
            self._turn.release()
            raise UnreachableError(_BUSY)
        if self._group is None:
            try:
                connection = self._engine.connect()
                self._group = _Group(connection, _begin(connection))
            except BaseException:
                self._refused_at = monotonic()
                self._turn.release()
                raise
        return self._group

    def _leave(self, group: _Group) -> None:
        try:
            if not self._behind or group.parts >= GROUP_MAX or group.error is not None:
                self._end(group)
        finally:
            self._turn.release()

    def _end(self, group: _Group) -> None:
        self._group = None
        try:
            if group.error is None and group.parts:
                group.transaction.commit()
            else:
                group.transaction.rollback()
        except BaseException as error:  # noqa: BLE001 - each who has a part in it raises it
            group.error = group.error or error
        finally:
            try:
                group.connection.close()
            finally:
                group.done.set()

    def _await(self, group: _Group) -> None:
        while not group.done.wait(_LOOK_SECONDS):
            # Whoever was behind has been interrupted before it could take its turn.
            if self._turn.acquire(blocking=False):
                try:
                    if self._group is group:
                        self._end(group)
                finally:
                    self._turn.release()
        if group.error is not None:
            message = f"Nothing was written, what was written beside it included: {group.error}"
            raise UnreachableError(message) from group.error


def _begin(connection: Connection) -> RootTransaction:
    try:
        return connection.begin()
    except BaseException:
        connection.close()
        raise
