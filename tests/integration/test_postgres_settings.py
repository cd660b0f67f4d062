"""Speak to PostgreSQL in one way, however the server is set up, and through a pooler that forgets what it was told."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, make_url

from tests.databases import postgres
from tradecore.adapters.sql.engine import Database

CARELESS = b"""
    DO $$ BEGIN
        EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = off';
        EXECUTE 'ALTER DATABASE ' || current_database() || ' SET default_transaction_isolation = serializable';
    END $$
"""
WANTED = {
    "transaction_isolation": "read committed",
    "synchronous_commit": "on",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "6s",
}


@pytest.fixture(params=[{}, {"pgbouncer": "true"}], ids=["direct", "pooled"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    with postgres(empty=True) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CARELESS)
        address = make_url(url).update_query_dict(request.param)
        database = Database(address.render_as_string(hide_password=False), patience_seconds=3)
        yield database
        database.close()


def test_every_transaction_is_durable_sees_what_others_wrote_and_has_its_limits(database: Database) -> None:
    for _ in range(2):
        with database.write() as connection:
            found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in WANTED}

        assert found == WANTED


def test_a_single_question_costs_one_statement(database: Database) -> None:
    said: list[str] = []

    def notice(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    event.listen(database._engine, "before_cursor_execute", notice)
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")

    assert said == ["SELECT 1"]
