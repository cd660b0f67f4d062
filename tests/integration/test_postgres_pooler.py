"""Speak to PostgreSQL as through a pooler that keeps nothing between two transactions."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event

from tests.databases import postgres
from tradecore.adapters.sql.engine import Database


@pytest.fixture
def database() -> Iterator[Database]:
    with postgres(empty=True) as url:
        database = Database(f"{url}&pgbouncer=true" if "?" in url else f"{url}?pgbouncer=true", patience_seconds=3)
        yield database
        database.close()


def test_each_transaction_says_anew_how_long_it_may_wait(database: Database) -> None:
    for _ in range(2):
        with database.write() as connection:
            lock = connection.exec_driver_sql("SHOW lock_timeout").scalar()
            idle = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()

        assert (lock, idle) == ("3s", "6s")


def test_a_single_question_costs_one_statement(database: Database) -> None:
    said: list[str] = []

    def notice(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(database._engine, "before_cursor_execute", notice)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")

    assert said == ["SELECT 1"]
