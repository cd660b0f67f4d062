"""SQLite fails as disks and files do: nothing is half written, a sentence says why, and it heals by itself."""

import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import IntegrityError

from tests.builders import KEY, MONDAY, a_book
from tests.promises.store import (
    a_delivery,
    a_fill,
    a_share,
    an_order,
    claimed,
    judged,
    record,
    together,
    work,
)
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.commands import Remind, TakeSurvey, Tell, Urgency
from tradecore.domain.decisions import Status, Verdict
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import Woken
from tradecore.domain.ids import AlertId
from tradecore.domain.records import Receipt
from tradecore.ports.history import Asked

PATIENCE_SECONDS = 0.05


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tradecore.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    migrate(f"sqlite:///{path}")
    store = SqlStore(f"sqlite:///{path}", patience_seconds=PATIENCE_SECONDS)
    yield store
    store.close()


def accept(store: SqlStore, name: str = "ALERT1") -> Receipt:
    return store.inbox.accept(a_delivery(name), MONDAY)


# ---- every kind of trouble, and the way out of it


@contextmanager
def locked(store: SqlStore, path: Path) -> Iterator[None]:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.execute("ROLLBACK")
    other.close()


@contextmanager
def told(store: SqlStore, trouble: str, healed: str) -> Iterator[None]:
    """Give every connection of the store a pragma from now on, and another one in the end."""
    engine = store._database._engine

    def begin(connection: Connection) -> None:
        assert connection.connection.driver_connection is not None
        connection.connection.driver_connection.execute(f"PRAGMA {trouble}")

    event.listen(engine, "begin", begin)
    yield
    event.remove(engine, "begin", begin)
    with store._database.read() as connection:
        connection.exec_driver_sql(f"PRAGMA {healed}")


@contextmanager
def read_only(store: SqlStore, path: Path) -> Iterator[None]:
    with told(store, "query_only = ON", "query_only = OFF"):
        yield


@contextmanager
def disk_full(store: SqlStore, path: Path) -> Iterator[None]:
    with told(store, "max_page_count = 1", "max_page_count = 1000000"):
        yield


@contextmanager
def broken_disk(store: SqlStore, path: Path) -> Iterator[None]:
    """Let the operating system refuse to write beyond what is written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(f"{path}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def not_there(store: SqlStore, path: Path) -> Iterator[None]:
    store.close()
    away = path.parent.with_name("away")
    path.parent.rename(away)
    yield
    away.rename(path.parent)


TROUBLES = [
    (locked, "locked it for too long"),
    (read_only, "may not be written to"),
    (disk_full, "the disk is full"),
    (broken_disk, "the disk failed"),
    (not_there, "cannot be opened"),
]


@pytest.mark.parametrize(("trouble", "sentence"), TROUBLES, ids=[trouble.__name__ for trouble, _ in TROUBLES])
def test_trouble_is_said_nothing_is_written_and_it_heals(
    store: SqlStore, path: Path, trouble: Callable[..., Iterator[None]], sentence: str
) -> None:
    accept(store)
    # Large enough that it cannot find room in what is there already.
    large = a_delivery("ALERT2", body="x" * 100_000)

    with trouble(store, path):  # type: ignore[attr-defined]  # each is a context manager
        with pytest.raises(UnreachableError, match=sentence):
            store.inbox.accept(large, MONDAY)
        with pytest.raises(UnreachableError, match=str(path)):
            store.inbox.accept(large, MONDAY)

    assert store.inbox.waiting(MONDAY) == 1
    assert store.history.alert(AlertId("ALERT2")) is None
    assert not store.inbox.accept(large, MONDAY).duplicate
    assert [work(store), work(store), work(store)] == [a_delivery().arrived, large.arrived, None]


def test_readers_go_on_while_somebody_else_writes(store: SqlStore, path: Path) -> None:
    accept(store)

    with locked(store, path):
        assert store.history.alert(AlertId("ALERT1")) is not None
        assert claimed(store).posted is not None


def test_a_file_that_is_no_database_cannot_be_had(path: Path) -> None:
    path.write_text("Dear diary, " * 1000)

    with pytest.raises(UnreachableError, match="no SQLite database"):
        migrate(f"sqlite:///{path}")


def test_a_sentence_holds_no_content(store: SqlStore, path: Path) -> None:
    with locked(store, path), pytest.raises(UnreachableError) as caught:
        store.inbox.accept(a_delivery(body="the secret"), MONDAY)

    assert "secret" not in str(caught.value) + repr(caught.value.__cause__)


# ---- all or nothing


DONE = Verdict(alert_id=AlertId("ALERT1"), status=Status.DONE, outcome="bought")
TABLES = ["judgements", "books", "orders", "errands", "events", "told", "alerts", "fills", "shares"]


@pytest.mark.parametrize("table", TABLES)
def test_a_judgement_that_fails_half_way_leaves_nothing(store: SqlStore, path: Path, table: str) -> None:
    accept(store)
    claim = claimed(store)
    assert claim.posted is not None
    whole = judged(
        store, event_id=claim.posted.id, event=claim.posted.event, book=a_book(shares=(a_share(),)),
        orders=(an_order(),), fills=(a_fill(),), verdicts=(DONE,),
        commands=(TakeSurvey(), Tell(urgency=Urgency.NOTE, text="bought"), Remind(at=MONDAY)))  # fmt: skip
    before = everything(path)
    moment = "UPDATE" if table == "alerts" else "INSERT"
    change(path, f"CREATE TRIGGER trip AFTER {moment} ON {table} BEGIN SELECT RAISE(FAIL, 'tripped'); END")

    with pytest.raises(IntegrityError, match="tripped"):
        store.ledger.record(whole, MONDAY)

    assert everything(path) == before
    change(path, "DROP TRIGGER trip")
    assert len(store.ledger.record(whole, MONDAY)) == 2
    assert store.ledger.book(KEY).version == 1


def change(path: Path, statement: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    names.remove("sqlite_sequence")
    rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}  # noqa: S608 - our own names
    connection.close()
    return rows


# ---- death

WRITER = """
import sys
from tests.builders import MONDAY
from tests.promises.store import a_delivery, work
from tradecore.adapters.sql.store import SqlStore

store = SqlStore(sys.argv[1])
for number in range(100_000):
    print(store.inbox.accept(a_delivery(f"ALERT{number}"), MONDAY).alert_id, flush=True)
    if number % 2:
        work(store)
"""


def test_what_was_answered_outlives_a_kill(path: Path) -> None:
    url = f"sqlite:///{path}"
    migrate(url)
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        answered = [writer.stdout.readline().strip() for _ in range(25)]
        writer.send_signal(signal.SIGKILL)
        answered += [line.strip() for line in writer.stdout if line.endswith("\n")]

    store = SqlStore(url)
    alerts = {record.alert.id for record in store.history.alerts(Asked(limit=1_000_000))}
    judgements = store.history.judgements(Asked(limit=1_000_000))
    waiting = store.inbox.waiting(MONDAY)
    store.close()

    assert set(answered) <= alerts
    # Each alert is either judged or still to be judged, whatever was under way.
    assert len(alerts) == len(judgements) + waiting
    assert store.ledger.book(KEY).version == len(judgements)
    store.close()


# ---- restart


def test_a_new_process_finds_what_the_old_one_left(path: Path) -> None:
    url = f"sqlite:///{path}"
    migrate(url)
    old = SqlStore(url)
    accept(old)
    errands = record(old, commands=(TakeSurvey(),))
    claimed(old)
    old.close()

    new = SqlStore(url)
    claim = claimed(new)
    new.close()

    assert claim.left_over == errands
    assert claim.posted is not None
    assert claim.posted.event == a_delivery().arrived


def test_numbers_of_events_are_never_used_again(path: Path) -> None:
    url = f"sqlite:///{path}"
    migrate(url)
    numbers = []
    for _ in range(2):
        store = SqlStore(url)
        store.inbox.post(KEY, Woken(), MONDAY)
        posted = claimed(store).posted
        assert posted is not None
        numbers.append(posted.id)
        record(store, event_id=posted.id)
        store.close()

    assert numbers[0] < numbers[1]


def test_what_is_written_at_once_is_all_there(store: SqlStore) -> None:
    receipts = together(8, lambda number: accept(store, f"ALERT{number}"))

    assert not any(receipt.duplicate for receipt in receipts)
    assert store.inbox.waiting(MONDAY) == 8


def test_a_store_that_is_not_migrated_says_so(path: Path) -> None:
    store = SqlStore(f"sqlite:///{path}")

    with pytest.raises(UnreachableError, match="migrate first"):
        store.ping()

    migrate(f"sqlite:///{path}")
    store.ping()
    store.close()
