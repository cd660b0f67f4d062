"""PostgreSQL fails as servers do: nothing is half written, a sentence says why in good time, and it heals by itself."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from time import monotonic

import psycopg
import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DataError

from tests.builders import KEY, MONDAY, USER, a_book
from tests.databases import postgres
from tests.integration.postgres_server import Relay
from tests.promises.store import a_delivery, claimed, judged, record, together, work
from tradecore.adapters.sql.bounded import BoundedConnection
from tradecore.adapters.sql.engine import PATIENCE_SECONDS, Database
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.commands import TakeSurvey
from tradecore.domain.errors import ConflictError, UnreachableError
from tradecore.domain.ids import AlertId
from tradecore.ports.history import Asked

# TradingView hangs up then.
ANSWER_SECONDS_MAX = 3.0
IDENTITY = f"{USER} {hashlib.sha256(b'same').hexdigest()}"


@pytest.fixture
def url() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(SqlStore(url)) as store:
        yield store


@pytest.fixture
def relay(url: str) -> Iterator[Relay]:
    with closing(Relay(url)) as relay:
        yield relay


def tell(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


# ---- every kind of trouble, and the way out of it

CUT = (
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
)


@contextmanager
def disk_full(url: str) -> Iterator[None]:
    """Let there be no room for an event, when its alert has been written already."""
    tell(
        url,
        "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
        *(
            f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION fill()"
            for table in ("events", "errands")
        ),
    )
    yield
    tell(url, "DROP FUNCTION fill CASCADE")


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Let it be as where a disk is nearly full, or our address still leads to a server that led before."""
    name = make_url(url).database
    tell(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on", CUT.format(name=name))
    yield
    tell(url, f"SET transaction_read_only = off; ALTER DATABASE {name} RESET ALL")


@contextmanager
def closed(url: str) -> Iterator[None]:
    """Let it take no connection: so it is with too many of them, and while it starts or stops."""
    name = make_url(url).database
    elsewhere = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    tell(elsewhere, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", CUT.format(name=name))
    yield
    tell(elsewhere, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (disk_full, "its disk is full"),
        (read_only, "it may only be read"),
        (closed, "not currently accepting connections"),
    ],
)
def test_trouble_is_said_nothing_is_written_and_it_heals(
    url: str, store: SqlStore, trouble: Callable[[str], Iterator[None]], sentence: str
) -> None:
    store.inbox.accept(a_delivery("ALERT1"), MONDAY)
    claim = claimed(store)
    assert claim.posted is not None
    judgement = judged(
        store, event_id=claim.posted.id, event=claim.posted.event, book=a_book(moves=1), commands=(TakeSurvey(),)
    )
    store.inbox.release(claim)

    with trouble(url):  # type: ignore[attr-defined]  # each is a context manager
        for _ in range(2):
            with pytest.raises(UnreachableError, match=sentence):
                store.inbox.accept(a_delivery("ALERT2"), MONDAY)
            with pytest.raises(UnreachableError, match=sentence):
                store.ledger.record(judgement, MONDAY)

    assert store.inbox.waiting(MONDAY) == 1
    assert store.history.alert(AlertId("ALERT2")) is None
    assert store.ledger.book(KEY).version == 0
    assert not store.inbox.accept(a_delivery("ALERT2"), MONDAY).duplicate
    assert len(store.ledger.record(judgement, MONDAY)) == 1
    assert work(store) == a_delivery("ALERT2").arrived


def test_too_many_connections_are_said(url: str, store: SqlStore) -> None:
    name = make_url(url).database
    tell(url, f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 0")
    poor = make_url(url).set(username=name).render_as_string(hide_password=False)
    with closing(SqlStore(poor)) as refused, pytest.raises(UnreachableError, match="too many connections"):
        refused.inbox.accept(a_delivery(), MONDAY)
    tell(url, f"DROP ROLE {name}")


def test_what_is_too_long_for_its_column_is_refused_and_never_cut(store: SqlStore) -> None:
    with pytest.raises(DataError, match="too long"):
        store.inbox.accept(a_delivery("A" * 81), MONDAY)

    assert store.history.alerts(Asked()) == ()


# ---- one that stands still in the middle of a transaction


def record_a_judgement(store: SqlStore) -> None:
    record(store, book=a_book(moves=2))


def take_an_alert(store: SqlStore) -> None:
    store.inbox.accept(a_delivery("ALERT2", identity="same"), MONDAY)


def renew_the_leases(store: SqlStore) -> None:
    assert store.leases is not None
    store.leases.renew()


@pytest.mark.parametrize(
    ("holds", "act"),
    [
        (lambda _database, connection: connection.execute(text("UPDATE books SET version = 99")), record_a_judgement),
        (lambda database, connection: database.lock(connection, IDENTITY), take_an_alert),
        (lambda database, connection: database.lock(connection, "leases"), renew_the_leases),
    ],
    ids=["the book", "an alert", "the leases"],
)
def test_who_stands_still_in_a_transaction_holds_others_up_no_longer_than_it_may_and_writes_nothing(
    url: str, store: SqlStore, holds: Callable[[Database, Connection], None], act: Callable[[SqlStore], None]
) -> None:
    record(store, book=a_book(moves=1))
    failures: list[UnreachableError] = []

    def stand_still(other: SqlStore) -> None:
        with store._database.write() as connection:
            holds(store._database, connection)
            failures.extend(iter(lambda: failure_of(lambda: act(other)), None))

    began = monotonic()
    with closing(SqlStore(url, patience_seconds=0.4)) as other, pytest.raises(UnreachableError, match="stood still"):
        stand_still(other)

    assert failures
    assert monotonic() - began < 2 * PATIENCE_SECONDS + ANSWER_SECONDS_MAX
    assert store.ledger.book(KEY).version == (2 if act is record_a_judgement else 1)


def test_who_stands_still_between_two_rows_of_many_is_cut_off_too(url: str) -> None:
    mortal = BoundedConnection.connect(url, options="-c idle_in_transaction_session_timeout=200")
    with mortal, psycopg.connect(url, autocommit=True) as watch:
        # Where nobody is cut off, this is.
        watch.execute("SET statement_timeout = 5000")

        def rows() -> Iterator[tuple[int]]:
            yield (1,)
            watch.execute(GONE.replace("PID", str(mortal.info.backend_pid)).encode())
            yield (2,)

        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            mortal.cursor().executemany("UPDATE books SET version = %s", rows())


GONE = """
    DO $$ BEGIN
        WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = PID) LOOP
            PERFORM pg_sleep(0.02), pg_stat_clear_snapshot();
        END LOOP;
    END $$
"""


def failure_of(call: Callable[[], object]) -> UnreachableError | None:
    """Return why the world refuses the call, which it must do in good time; None where it does not."""
    began = monotonic()
    failure = None
    try:
        call()
    except UnreachableError as error:
        failure = error
    assert monotonic() - began < ANSWER_SECONDS_MAX
    return failure


# ---- a server that says nothing


def test_a_server_that_lets_one_in_and_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.listen(100)
        url = f"postgresql://u:p@127.0.0.1:{listener.getsockname()[1]}/db"
        with closing(SqlStore(url)) as store:
            failures = together(30, lambda number: failure_of(lambda: a_door_is_knocked_at(store, number)))

    assert None not in failures


def a_door_is_knocked_at(store: SqlStore, number: int) -> None:
    """Do what a request to the webhook does."""
    store.directory.token("hash")
    store.inbox.accept(a_delivery(f"ALERT{number}"), MONDAY)


@pytest.mark.parametrize(
    ("act", "times"),
    [(take_an_alert, 10), (record_a_judgement, 1), (renew_the_leases, 1), (lambda store: store.ledger.book(KEY), 10)],
    ids=["an alert", "a judgement", "the leases", "a book"],
)
def test_a_server_that_falls_silent_is_given_up_in_time_and_had_again(
    relay: Relay, act: Callable[[SqlStore], object], times: int
) -> None:
    with closing(SqlStore(relay.url)) as store:
        act(store)

        relay.silent = True
        failures = together(times, lambda _: failure_of(lambda: act(store)))
        relay.silent = False

        assert None not in failures
        act(store)


# ---- a lost answer


def test_a_judgement_whose_answer_was_lost_is_there_once(relay: Relay) -> None:
    # As patient as a machine at its limit needs it: time is not what this is about.
    with closing(SqlStore(relay.url, patience_seconds=5)) as store:
        store.inbox.accept(a_delivery("ALERT1"), MONDAY)
        claim = claimed(store)
        assert claim.posted is not None
        judgement = judged(store, event_id=claim.posted.id, book=a_book(moves=1), commands=(TakeSurvey(),))

        relay.commits_lost = 1
        with pytest.raises(UnreachableError):
            store.ledger.record(judgement, MONDAY)
        store.inbox.release(claim)

        with pytest.raises(ConflictError):
            store.ledger.record(judgement, MONDAY)
        again = claimed(store)
        assert (again.posted, len(again.left_over)) == (None, 1)
        assert store.ledger.book(KEY).version == 1
