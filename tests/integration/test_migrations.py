"""The steps lead from nothing to the tables that the program knows, and stop there."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from tests.builders import KEY, MONDAY, a_book
from tests.databases import postgres
from tests.promises.store import record, together
from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.migrating import NEWEST, migrate
from tradecore.adapters.sql.sqlite import _write_ahead
from tradecore.adapters.sql.stepping import config_for, take_steps
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.sql.tables import METADATA
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.events import Woken


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradecore.db"


def tables(url: str) -> dict[str, Any]:
    """Return what the database itself says of every table: columns, keys, constraints, indexes."""
    database = Database(url)
    with database.read() as connection:
        found = inspect(connection)
        told = {
            name: (
                [(one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)],
                found.get_pk_constraint(name), found.get_foreign_keys(name), found.get_check_constraints(name),
                sorted(found.get_unique_constraints(name), key=str),
                sorted(str({**one, "dialect_options": _words(one)}) for one in found.get_indexes(name)),
            )
            for name in found.get_table_names() if name != "alembic_version"
        }  # fmt: skip
    database.close()
    return told


def _words(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in index["dialect_options"].items()}


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Lend two empty databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/one.db", f"sqlite:///{tmp_path}/other.db"
    else:
        with postgres(empty=True) as one, postgres(empty=True) as other:
            yield one, other


def test_the_steps_lead_to_the_tables_of_the_program(urls: tuple[str, str]) -> None:
    stepped, direct = urls
    database = Database(direct)
    with database.rebuild() as connection:
        METADATA.create_all(connection)
    database.close()

    migrate(stepped)

    assert tables(stepped) == tables(direct)
    assert set(tables(stepped)) == set(METADATA.tables)


def test_alembic_finds_nothing_more_to_do(urls: tuple[str, str]) -> None:
    url, _ = urls
    migrate(url)

    database = Database(url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
    database.close()


def test_processes_that_start_together_migrate_once(urls: tuple[str, str]) -> None:
    url, _ = urls

    together(4, lambda _: migrate(url))

    assert set(tables(url)) == set(METADATA.tables)


@final
class JustMade:
    """A connection to a new file that others are making their own at the same moment: *code* so many times."""

    def __init__(self, code: int, times: int) -> None:
        self.code = code
        self.left = times
        self.done: list[str] = []

    def execute(self, statement: str) -> None:
        if self.left:
            self.left -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error
        self.done.append(statement)


def test_who_makes_a_new_file_at_the_same_moment_as_others_tries_again() -> None:
    connection = JustMade(sqlite3.SQLITE_BUSY, times=3)

    _write_ahead(connection, 10)  # type: ignore[arg-type] # it is asked for nothing else

    assert connection.done == ["PRAGMA journal_mode = WAL"]


@pytest.mark.parametrize(("code", "patience"), [(sqlite3.SQLITE_BUSY, 0), (sqlite3.SQLITE_CANTOPEN, 10)])
def test_a_new_file_that_cannot_be_had_is_given_up_in_time(code: int, patience: int) -> None:
    with pytest.raises(sqlite3.OperationalError):
        _write_ahead(JustMade(code, times=1_000_000), patience)  # type: ignore[arg-type] # as above


def test_a_step_that_fails_leaves_nothing(urls: tuple[str, str]) -> None:
    url, _ = urls
    database = Database(url)
    with database.rebuild() as connection:
        connection.execute(text("CREATE TABLE results (mine TEXT)"))
    before = tables(url)

    with pytest.raises(Exception, match="results"):
        migrate(url)

    assert tables(url) == before
    database.close()


def test_the_newest_step_is_the_one_the_program_wants(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    with database.read() as connection:
        assert ScriptDirectory.from_config(config_for(connection)).get_current_head() == NEWEST
    database.close()


def test_an_open_book_of_an_older_version_counts_as_entering_until_it_is_written_again(urls: tuple[str, str]) -> None:
    url, _ = urls
    database = Database(url)
    with database.rebuild() as connection:
        take_steps(connection, to="0002")
        book = {"a": KEY.account_id, "s": KEY.symbol, "b": codec.BOOK.write(a_book(version=1))}
        connection.execute(text("INSERT INTO books VALUES (:a, :s, 1, true, :b)"), book)
    database.close()

    migrate(url)

    store = SqlStore(url)
    before = store.ledger.books_entering([KEY.account_id])
    record(store)
    assert [book.key for book in before] == [KEY]
    assert store.ledger.books_entering([KEY.account_id]) == ()
    store.close()


def test_migrating_again_does_nothing(path: Path) -> None:
    migrate(f"sqlite:///{path}")
    store = SqlStore(f"sqlite:///{path}")
    store.inbox.post(KEY, Woken(), MONDAY)
    store.close()
    before = path.read_bytes()

    migrate(f"sqlite:///{path}")

    assert path.read_bytes() == before


def test_a_database_that_is_not_known_is_refused() -> None:
    with pytest.raises(ProgrammingError, match="begin with"):
        SqlStore("mysql://trader:secret@localhost/tradecore")
