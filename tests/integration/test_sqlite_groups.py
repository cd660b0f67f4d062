"""Threads that write at the same time share one commit, and none pays for another's failure."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError

from tests.builders import KEY, MONDAY, a_book
from tests.promises.store import a_delivery, judged, record
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.sql.writing import GROUP_MAX
from tradecore.domain.errors import ConflictError, UnreachableError
from tradecore.domain.records import Receipt
from tradecore.ports.history import Asked

_Answer = TypeVar("_Answer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradecore.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    migrate(f"sqlite:///{path}")
    store = SqlStore(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def commits(store: SqlStore) -> list[Connection]:
    seen: list[Connection] = []
    event.listen(store._database._engine, "commit", seen.append)
    return seen


def at_once(store: SqlStore, calls: list[Callable[[], _Answer]]) -> list[Future[_Answer]]:
    """Let all *calls* wait for their turn, in this order, and then let them go."""
    writer = store._database._writer
    with ThreadPoolExecutor(len(calls)) as pool:
        with writer._turn:
            futures: list[Future[_Answer]] = []
            for call in calls:
                futures.append(pool.submit(call))
                while writer._behind < len(futures):
                    pass
        return futures


def accepting(store: SqlStore, name: str, identity: str | None = None) -> Callable[[], Receipt]:
    delivery = a_delivery(name, identity=identity or name)
    return lambda: store.inbox.accept(delivery, MONDAY)


def test_those_who_write_at_the_same_time_share_a_commit(store: SqlStore, commits: list[Connection]) -> None:
    done = at_once(store, [accepting(store, f"ALERT{number}") for number in range(8)])

    assert [future.result().duplicate for future in done] == [False] * 8
    assert len(store.history.alerts(Asked())) == 8
    # The first may leave before the second has woken up.
    assert len(commits) <= 2


def test_a_group_does_not_grow_for_ever(store: SqlStore, commits: list[Connection]) -> None:
    at_once(store, [accepting(store, f"ALERT{number}") for number in range(GROUP_MAX + 8)])

    assert len(store.history.alerts(Asked())) == GROUP_MAX + 8
    assert len(commits) >= 2


def test_duplicates_in_one_group_are_one_alert(store: SqlStore) -> None:
    done = at_once(store, [accepting(store, f"ALERT{number}", "same") for number in range(8)])

    assert sorted(future.result().duplicate for future in done) == [False] + [True] * 7
    assert store.inbox.waiting(MONDAY) == 1


@pytest.mark.parametrize("place", [0, 1, 2], ids=["first", "second", "last"])
def test_one_that_fails_leaves_the_others_alone(store: SqlStore, place: int) -> None:
    stale = judged(store, book=a_book(moves=7))
    record(store, book=a_book(moves=1))
    calls: list[Callable[[], object]] = [accepting(store, "ALERT1"), accepting(store, "ALERT2")]
    calls.insert(place, lambda: store.ledger.record(stale, MONDAY))

    done = at_once(store, calls)

    failed = [isinstance(future.exception(), ConflictError) for future in done]
    assert failed.count(True) == 1
    assert failed.index(True) == place
    assert len(store.history.alerts(Asked())) == 2
    assert store.ledger.book(KEY).moves == 1


@pytest.mark.parametrize("moment", ["RAISE(ROLLBACK, 'all is lost')", "RAISE(FAIL, 'all is lost')"])
def test_each_is_told_the_truth_when_one_takes_the_whole_transaction_down(
    store: SqlStore, path: Path, moment: str
) -> None:
    with sqlite3.connect(path) as other:
        other.execute(f"CREATE TRIGGER trip AFTER INSERT ON alerts WHEN NEW.id = 'BAD' BEGIN SELECT {moment}; END")
    other.close()

    done = at_once(store, [accepting(store, name) for name in ("ALERT1", "BAD", "ALERT2")])

    kept = {record.alert.id for record in store.history.alerts(Asked())}
    for name, future in zip(("ALERT1", "BAD", "ALERT2"), done, strict=True):
        error = future.exception()
        assert (name in kept) is (error is None)
        assert error is None or isinstance(error, IntegrityError if name == "BAD" else UnreachableError)
    assert "BAD" not in kept
    assert store.inbox.waiting(MONDAY) == len(kept)
    # And the next one finds everything in order.
    assert not accepting(store, "ALERT3")().duplicate
