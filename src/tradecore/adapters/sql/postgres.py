"""Know what is PostgreSQL's alone: its addresses, its settings, and what its errors mean."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from time import monotonic
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Insert,
    Numeric,
    String,
    Table,
    Text,
    bindparam,
    cast,
    column,
    event,
    func,
    make_url,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import TypeEngine

from tradecore.domain.errors import UnreachableError

if TYPE_CHECKING:
    import psycopg

# Supabase's and others' poolers give a connection to somebody else after each transaction.
_POOLER_PORT: Final = 6543
_LISTENING_PATIENCE_SECONDS: Final = 5.0
# How much more patience there is with what may take long.
LONG: Final = 20
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
# Two names in two orders would be two who wait for each other.
_LOCKS: Final = text(
    "SELECT pg_advisory_xact_lock(key) FROM (SELECT DISTINCT hashtextextended(name, 0) AS key"
    " FROM unnest(CAST(:names AS text[])) AS name ORDER BY key) AS keys"
)

_READ_ONLY: Final = "25006"
# What each class of failure means to the person who reads the log; the first that fits counts.
_FAILURES: Final[Mapping[str, str]] = MappingProxyType({
    "08": "the connection failed",
    _READ_ONLY: "it may only be read: another server may be the leading one now",
    "25P03": "this process stood still in the middle of a transaction, and was cut off",
    "28": "it does not let this user in",
    "3D000": "there is no database of that name",
    "40": "two transactions were in each other's way",
    "53100": "its disk is full",
    "53": "it has no room for more",
    "55P03": "somebody else has locked it for too long",
    "57014": "it took too long",
    "57": "it is starting, stopping, or was told to end the connection",
    "58": "its machine failed",
    "XX001": "its files are damaged: restore them from a backup",
})  # fmt: skip


def meaning(error: BaseException) -> str | None:
    """Say what a driver's *error* means where the database could not be had; None where it is our bug."""
    import psycopg  # noqa: PLC0415 - an extra, which nobody on SQLite needs

    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is not None:
        return next((words for code, words in _FAILURES.items() if error.sqlstate.startswith(code)), None)
    # The server said nothing: it was never reached, or the connection broke.
    return "the connection failed" if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None


def is_for_its_life(error: BaseException) -> bool:
    """Tell whether a connection that met *error* will meet it as long as it lives: it is told at its start to read."""
    return getattr(error, "sqlstate", None) == _READ_ONLY


def is_postgres(url: str) -> bool:
    """Tell whether *url* names a PostgreSQL database, in any of the ways that people write it."""
    return re.match(r"postgres(ql)?(\+psycopg)?://", url) is not None


def address(url: str) -> URL:
    """Return *url* as SQLAlchemy wants it, without what only other programs understand."""
    given = make_url(re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url))
    return given.difference_update_query(["pgbouncer", "connection_limit", "pool_timeout", "schema"])


def arguments(url: str, *, patience_seconds: float) -> dict[str, Any]:
    """Return what the driver is told beside the address."""
    milliseconds = _milliseconds(patience_seconds)
    told: dict[str, Any] = {
        "connect_timeout": 2,  # the least that the driver takes
        "application_name": "tradecore",
        "tcp_user_timeout": 2 * milliseconds,  # a machine that vanished says nothing, not even that it did
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
    }
    if is_pooled(url):
        # What is prepared on one connection would be looked for on another.
        return told | {"prepare_threshold": None}
    settings = {
        **_settings(patience_seconds),
        "statement_timeout": LONG * milliseconds,
        # What is asked is found by index, and in its order. A server that thinks of discs sooner reads all that waits,
        # and sorts it, where it last counted the events when there were none.
        "random_page_cost": 1,
    }
    return told | {"options": " ".join(f"-c {name}={value}" for name, value in settings.items())}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _settings(patience_seconds: float) -> dict[str, int | str]:
    """Return what every transaction that writes is held to, however the server is set up."""
    return {
        "lock_timeout": _milliseconds(patience_seconds),
        # A process that was stopped in the middle must not hold its locks for ever.
        "idle_in_transaction_session_timeout": 2 * _milliseconds(patience_seconds),
        "synchronous_commit": "on",  # what was answered with a 2xx outlives a power cut
    }


def is_pooled(url: str) -> bool:
    """Tell whether a pooler stands before the database that keeps nothing between two transactions."""
    given = make_url(url)
    return given.port == _POOLER_PORT or given.query.get("pgbouncer") == "true"


def set_up(engine: Engine, url: str, *, patience_seconds: float) -> None:
    """Let *engine* make connections that can be bounded.

    Behind a pooler, hold each transaction to what a connection of its own is told once.
    """
    from tradecore.adapters.sql.bounded import BoundedConnection  # noqa: PLC0415 - as above

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, given: list[Any], named: dict[str, Any]) -> object:
        connection = BoundedConnection.connect(*given, **named)
        connection.until = monotonic() + patience_seconds
        return connection

    if not is_pooled(url):
        return
    parts = (f"set_config('{name}', '{value}', true)" for name, value in _settings(patience_seconds).items())
    statement = f"SELECT {', '.join(parts)}"

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            return  # A statement that stands alone is a transaction of its own, and this would be another.
        connection.exec_driver_sql(statement)


def bound(connection: Connection, until: float) -> bool:
    """Give *connection* up where the server has not answered at that moment; tell whether it is not cut already."""
    driver: Any = connection.connection.driver_connection
    driver.until = until
    return not driver.is_cut


@contextmanager
def listening(url: str, channel: str) -> Iterator["psycopg.Connection[Any]"]:
    """Lend a connection of its own that hears what is told on *channel*; `UnreachableError` where it breaks."""
    import psycopg  # noqa: PLC0415 - as above

    told = arguments(url, patience_seconds=_LISTENING_PATIENCE_SECONDS)
    try:
        plain = address(url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True, **told) as connection:
            connection.execute(f"LISTEN {channel}")
            yield connection
    except psycopg.Error as error:
        message = f"What others post cannot be heard for now: {meaning(error) or 'it failed'} ({error})."
        raise UnreachableError(message) from error


def lock(connection: Connection, *names: str) -> None:
    """Keep every other transaction that asks for one of these names waiting until this one has ended."""
    if len(names) == 1:
        connection.execute(_LOCK, {"name": names[0]})
    else:
        connection.execute(_LOCKS, {"names": list(names)})


def given(types: Mapping[str, TypeEngine[Any]]) -> Mapping[str, ColumnElement[Any]]:
    """Return the columns of rows that come as one array for each column."""
    # Told the length of a text, the server would cut a longer one off, where a column refuses it.
    whole = {name: Text() if isinstance(of, String) else of for name, of in types.items()}
    arrays = (bindparam(name, type_=ARRAY(of)) for name, of in whole.items())
    rows = func.unnest(*arrays).table_valued(*(column(name, of) for name, of in whole.items()), name="given")
    columns = rows.render_derived().c
    return {name: columns[name] for name in whole}


def added_up(numbers: ColumnElement[Decimal]) -> Mapping[str, ColumnElement[Any]]:
    """Return the sum, the most and the least of a column, and how many of it are above and below zero."""
    exact = cast(numbers, Numeric)
    return {
        "sum": func.sum(exact), "most": func.max(exact), "least": func.min(exact),
        "above": func.count().filter(exact > 0), "below": func.count().filter(exact < 0),
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
