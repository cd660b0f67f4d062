"""Know what is SQLite's alone: its settings, its way to begin, and what its errors mean."""

import sqlite3
from collections.abc import Mapping
from decimal import Decimal
from threading import Event
from time import monotonic
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import REAL, ColumnElement, Connection, Engine, Insert, Table, bindparam, cast, event, func
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

_PAUSE_SECONDS: Final = 0.005
_PRIMARY: Final = 0xFF  # the rest of a code says more about the same failure

# What each failure of the disk or the file means to the person who reads the log.
_FAILURES: Final[Mapping[int, str]] = MappingProxyType({
    sqlite3.SQLITE_PERM: "it may not be opened",
    sqlite3.SQLITE_BUSY: "somebody else has locked it for too long",
    sqlite3.SQLITE_LOCKED: "somebody else has locked it for too long",
    sqlite3.SQLITE_NOMEM: "there is no memory left for it",
    sqlite3.SQLITE_READONLY: "it may not be written to",
    sqlite3.SQLITE_INTERRUPT: "the work on it was interrupted",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write",
    sqlite3.SQLITE_CORRUPT: "its file is damaged: restore it from a backup",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened: look at the path and the permissions",
    sqlite3.SQLITE_PROTOCOL: "somebody else has locked it for too long",
    sqlite3.SQLITE_NOTADB: "its file is no SQLite database",
})  # fmt: skip


def meaning(error: BaseException) -> str | None:
    """Say what a driver's *error* means where the database could not be had; None where it is our bug."""
    code = getattr(error, "sqlite_errorcode", None)
    return _FAILURES.get(code & _PRIMARY) if code is not None else None


def set_up(engine: Engine, writer: Engine, *, patience_seconds: float) -> None:
    """Make every connection of *engine* durable, and let the transactions of *writer* lock before they read."""

    @event.listens_for(engine, "connect")
    def _settle(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        # Python's driver would begin transactions by itself, and too late: after the first read.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {round(patience_seconds * 1000)}")
        _write_ahead(connection, patience_seconds)
        for pragma in (
            "synchronous = FULL",  # what was answered with a 2xx outlives a power cut
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        for name, aggregate in _AGGREGATES.items():
            connection.create_aggregate(name, 1, aggregate)

    @event.listens_for(writer, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and locks later fails at once where two meet, whatever the timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _write_ahead(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Keep a log that readers need not wait for.

    Of those who make a new file so at the same moment all but one are told "busy" at once, whatever the timeout.
    """
    patient_until, pause = monotonic() + patience_seconds, Event()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or monotonic() >= patient_until:
                raise
            pause.wait(_PAUSE_SECONDS)
        else:
            return


def loosen(connection: Connection) -> None:
    """Let tables be dropped that others refer to. Only outside a transaction does SQLite hear this."""
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")


def given(types: Mapping[str, TypeEngine[Any]]) -> Mapping[str, ColumnElement[Any]]:
    """Return the values of one row: the driver goes through all rows by itself."""
    return {name: bindparam(name, type_=of) for name, of in types.items()}


class _Sum:
    """Adds numbers up that are kept as text: SQLite itself would make floats of them."""

    def __init__(self) -> None:
        self.found: Decimal | None = None

    def step(self, text: str) -> None:
        """Take one number."""
        self.found = self.of(Decimal(text)) if self.found is not None else Decimal(text)

    def of(self, number: Decimal) -> Decimal:
        """Return what is found with *number*."""
        assert self.found is not None
        return self.found + number

    def finalize(self) -> str | None:
        """Return what was found."""
        return str(self.found) if self.found is not None else None


class _Most(_Sum):
    def of(self, number: Decimal) -> Decimal:
        assert self.found is not None
        return max(self.found, number)


class _Least(_Sum):
    def of(self, number: Decimal) -> Decimal:
        assert self.found is not None
        return min(self.found, number)


_AGGREGATES: Final[Mapping[str, Any]] = {"exact_sum": _Sum, "exact_most": _Most, "exact_least": _Least}


def added_up(numbers: ColumnElement[Decimal]) -> Mapping[str, ColumnElement[Any]]:
    """Return the sum, the most and the least of a column, and how many of it are above and below zero."""
    sizes = cast(numbers, REAL)  # Good for their signs.
    return {
        **{name.removeprefix("exact_"): getattr(func, name)(numbers, type_=numbers.type) for name in _AGGREGATES},
        "above": func.count().filter(sizes > 0), "below": func.count().filter(sizes < 0),
    }  # fmt: skip


def upsert(
    table: Table, key: tuple[str, ...], changed: tuple[str, ...], to: ColumnElement[Any] | None = None
) -> Insert:
    """Return the insert that updates the columns *changed*, or does nothing, where the *key* is there already."""
    statement = insert(table)
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=key)
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] if to is None else to for name in changed}
    )
