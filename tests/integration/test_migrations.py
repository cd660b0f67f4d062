"""The steps lead from nothing to the tables that the program knows, and stop there."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from tests.builders import KEY, MONDAY
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.migrating import NEWEST, migrate
from tradecore.adapters.sql.stepping import config_for
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.sql.tables import METADATA
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.events import Woken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradecore.db"


def schema(path: Path) -> dict[str, str]:
    """Return what SQLite itself says of every table and index."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'").fetchall()
    connection.close()
    return {name: " ".join((sql or "").split()) for name, sql in rows if "alembic" not in name}


def test_the_steps_lead_to_the_tables_of_the_program(path: Path, tmp_path: Path) -> None:
    direct = tmp_path / "direct.db"
    engine = create_engine(f"sqlite:///{direct}")
    METADATA.create_all(engine)
    engine.dispose()

    migrate(f"sqlite:///{path}")

    assert schema(path) == schema(direct)


def test_alembic_finds_nothing_more_to_do(path: Path) -> None:
    migrate(f"sqlite:///{path}")

    database = Database(f"sqlite:///{path}")
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.close()


def test_the_newest_step_is_the_one_the_program_wants(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    with database.read() as connection:
        assert ScriptDirectory.from_config(config_for(connection)).get_current_head() == NEWEST
    database.close()


def test_migrating_again_does_nothing(path: Path) -> None:
    migrate(f"sqlite:///{path}")
    store = SqlStore(f"sqlite:///{path}")
    store.inbox.post(KEY, Woken(), MONDAY)
    store.close()
    before = path.read_bytes()

    migrate(f"sqlite:///{path}")

    assert path.read_bytes() == before


def test_a_step_that_fails_leaves_nothing(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE results (mine TEXT)")
    connection.commit()
    connection.close()
    before = schema(path)

    with pytest.raises(Exception, match="results"):
        migrate(f"sqlite:///{path}")

    assert schema(path) == before


def test_a_database_that_is_not_known_yet_is_refused() -> None:
    with pytest.raises(ProgrammingError, match="sqlite"):
        SqlStore("postgresql://trader:secret@localhost/tradecore")
