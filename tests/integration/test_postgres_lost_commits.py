"""Lose the answer to a COMMIT that PostgreSQL is still carrying out: nobody may look too early, and write again."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Connection, event

from tests.builders import MONDAY
from tests.databases import postgres
from tests.kill.processes import until
from tests.promises.store import a_delivery
from tradecore.adapters.sql.store import SqlStore
from tradecore.ports.history import Asked

# A commit that has written an alert waits until the test lets it go.
SLOW_COMMIT = b"""
    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON alerts DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION wait();
    SELECT pg_advisory_lock(1);
"""
WAITING = b"""
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


@pytest.fixture
def url() -> Iterator[str]:
    with postgres() as url:
        yield url


def test_an_alert_whose_commit_is_still_under_way_is_not_written_twice(url: str) -> None:
    store = SqlStore(url, patience_seconds=30)
    lines: list[socket.socket] = []

    def notice(connection: Connection) -> None:
        if not lines:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            lines.append(socket.socket(fileno=os.dup(driver.fileno())))

    event.listen(store._database._engine, "commit", notice)
    with psycopg.connect(url, autocommit=True) as hand, ThreadPoolExecutor(1) as pool:
        hand.execute(SLOW_COMMIT)

        def waiting() -> int:
            (count,) = hand.execute(WAITING).fetchone() or (0,)
            return int(count)

        taken = pool.submit(store.inbox.accept, a_delivery("ALERT1"), MONDAY)
        until(lambda: waiting() == 1, "the commit should be under way")
        lines[0].shutdown(socket.SHUT_RDWR)
        until(lambda: waiting() == 2, "the second try should wait for the first one's end")
        hand.execute(b"SELECT pg_advisory_unlock(1)")
        receipt = taken.result()

    assert not receipt.duplicate
    assert [record.alert.id for record in store.history.alerts(Asked())] == [receipt.alert_id]
    assert store.inbox.waiting(MONDAY) == 1
    lines[0].close()
    store.close()
