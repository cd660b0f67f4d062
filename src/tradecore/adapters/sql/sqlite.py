"""Know what is SQLite's alone: its settings, its way to begin, and what its errors mean."""

import sqlite3
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, Insert, Table, bindparam, event
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeEngine

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
        for pragma in (
            f"busy_timeout = {round(patience_seconds * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",  # what was answered with a 2xx outlives a power cut
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(writer, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and locks later fails at once where two meet, whatever the timeout.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def loosen(connection: Connection) -> None:
    """Let tables be dropped that others refer to. Only outside a transaction does SQLite hear this."""
    connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")


def given(types: Mapping[str, TypeEngine[Any]]) -> Mapping[str, ColumnElement[Any]]:
    """Return the values of one row: the driver goes through all rows by itself."""
    return {name: bindparam(name, type_=of) for name, of in types.items()}


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
