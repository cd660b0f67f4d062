"""Know which version of the tables this program wants, and bring a database there."""

from typing import Final

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from tradecore.adapters.sql.engine import Database
from tradecore.domain.errors import UnreachableError

NEWEST: Final = "0005"

# Alembic's own table, where it notes the last step that was taken.
_VERSIONS: Final = Table("alembic_version", MetaData(), Column("version_num", String(32)))


def migrate(url: str, *, patience_seconds: float = 30.0) -> None:
    """Create the tables, or bring them up to date; where they are, do nothing. All steps are taken, or none."""
    database = Database(url, patience_seconds=patience_seconds)
    try:
        with database.read() as connection:
            if version_of(connection) == NEWEST:
                return
        from tradecore.adapters.sql.stepping import take_steps  # noqa: PLC0415 - slow to import, and seldom needed

        with database.rebuild() as connection:
            take_steps(connection, to=NEWEST)
    finally:
        database.close()


def version_of(connection: Connection) -> str | None:
    """Return the version of the database's tables; None where there are none."""
    if not inspect(connection).has_table(_VERSIONS.name):
        return None
    version: str | None = connection.execute(select(_VERSIONS.c.version_num)).scalar()
    return version


def check_version(connection: Connection) -> None:
    """Raise `UnreachableError` where the tables are not those that this program wants."""
    version = version_of(connection)
    if version != NEWEST:
        found = f"tables of version {version}" if version else "no tables yet"
        message = (
            f"The database has {found}, and this program wants version {NEWEST}: migrate first (`tradecore migrate`)."
        )
        raise UnreachableError(message)
