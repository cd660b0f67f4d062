"""PostgreSQL goes away and comes back under load: nothing is lost or doubled, and all goes on by itself."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final, final

import psycopg
import pytest
from attrs import Factory, define

from tests.builders import KEY, MONDAY
from tests.integration.postgres_server import OwnServer, Relay, own_server
from tests.integration.service import until
from tests.promises.store import ELSEWHERE, MSFT, a_delivery, record
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.book import BookKey
from tradecore.domain.decisions import Status, Verdict
from tradecore.domain.errors import ConflictError, UnreachableError
from tradecore.domain.events import AlertArrived
from tradecore.domain.ids import AlertId
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.ports.history import Asked

# TradingView hangs up then.
ANSWER_SECONDS_MAX: Final = 3.0
# By itself, from the moment on at which the database lets people in again.
RECOVERY_SECONDS_MAX: Final = 5.0
_SENDERS: Final = 6
_JUDGES: Final = 2
_PAUSE_SECONDS: Final = 0.02
_SECONDS_MAX: Final = 30


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_server() as server:
        yield server


@final
@define(eq=False)
class Load:
    """Doors that send again what got no receipt, and an engine that judges what came: two processes, many threads.

    `slowest` is the longest that a sender had to wait for any answer.
    """

    door: SqlStore
    worker: SqlStore
    receipts: dict[str, AlertId] = Factory(dict)
    judged: int = 0
    failures: int = 0
    slowest: float = 0.0
    surprises: list[BaseException] = Factory(list)
    _enough: Event = Factory(Event)
    _hopeless: Event = Factory(Event)
    _lock: Lock = Factory(Lock)
    _senders: list[Thread] = Factory(list)
    _judges: list[Thread] = Factory(list)

    def begin(self) -> None:
        for number in range(_SENDERS):
            self._senders.append(Thread(target=self._run, args=(lambda number=number: self._send_all(number),)))
        for _ in range(_JUDGES):
            self._judges.append(Thread(target=self._run, args=(self._judge_all,)))
        for thread in (*self._senders, *self._judges):
            thread.start()

    def end(self) -> None:
        """Let each sender have its last receipt, and then the judges judge what is left."""
        self._enough.set()
        for thread in (*self._senders, *self._judges):
            thread.join()

    def give_up(self) -> None:
        self._hopeless.set()
        self.end()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - the test's own thread tells of it
            self.surprises.append(error)

    def _send_all(self, sender: int) -> None:
        for number in count():
            key = (KEY, MSFT, ELSEWHERE)[number % 3]
            for tries in count(1):
                if self._send(f"{sender}-{number}", f"ALERT-{sender}-{number}-{tries}", key) or self._hopeless.is_set():
                    break
                self._hopeless.wait(_PAUSE_SECONDS)
            if self._enough.wait(_PAUSE_SECONDS):
                return

    def _send(self, name: str, alert_id: str, key: BookKey) -> bool:
        """Send as a door does: each delivery has an id of its own, and the alert is known by its name."""
        receipt, began = None, monotonic()
        with suppress(UnreachableError):
            receipt = self.door.inbox.accept(a_delivery(alert_id, identity=name, key=key), MONDAY)
        waited = monotonic() - began
        with self._lock:
            self.slowest = max(self.slowest, waited)
            if receipt is None:
                self.failures += 1
            else:
                self.receipts[name] = receipt.alert_id
        return receipt is not None

    def _judge_all(self) -> None:
        while not self._hopeless.is_set():
            try:
                if self._judge():
                    continue
                if not any(thread.is_alive() for thread in self._senders) and not self.door.inbox.waiting(MONDAY):
                    return
                self.worker.inbox.wait(_PAUSE_SECONDS)
            except (UnreachableError, ConflictError):
                self._hopeless.wait(_PAUSE_SECONDS)

    def _judge(self) -> bool:
        claim = self.worker.inbox.claim(MONDAY)
        if claim is None:
            return False
        try:
            assert claim.posted is not None
            event = claim.posted.event
            assert isinstance(event, AlertArrived)
            done = Verdict(alert_id=event.alert.id, status=Status.DONE, outcome="done")
            record(self.worker, key=claim.key, event_id=claim.posted.id, event=event, verdicts=(done,))
        finally:
            self.worker.inbox.release(claim)
        with self._lock:
            self.judged += 1
        return True

    def goes_on(self) -> None:
        """Return once more alerts have been taken, and more have been judged, than there were under way."""
        receipts, judged = len(self.receipts) + _SENDERS, self.judged + _JUDGES
        until(lambda: self.surprises or (len(self.receipts) > receipts and self.judged > judged))

    def check(self) -> None:
        """Hold what is stored to what was answered: each alert once, judged once."""
        assert self.surprises == []
        answered = Counter(self.receipts.values())
        asked = Asked(limit=1_000_000)
        assert Counter(record.alert.id for record in self.door.history.alerts(asked)) == answered
        judgements = self.door.history.judgements(asked)
        assert Counter(verdict.alert_id for one in judgements for verdict in one.decision.verdicts) == answered
        assert self.slowest < ANSWER_SECONDS_MAX


@contextmanager
def loaded(url: str) -> Iterator[Load]:
    """Lend a load that has begun, on tables that were empty before; in the end everything must be as it should."""
    with psycopg.connect(url, autocommit=True) as hand:
        hand.execute("TRUNCATE alerts, events, judgements, errands, books, workers, leases CASCADE")
    with closing(SqlStore(url)) as door, closing(SqlStore(url)) as worker:
        load = Load(door, worker)
        load.begin()
        try:
            load.goes_on()
            yield load
            load.end()
            load.check()
        finally:
            load.give_up()


@pytest.mark.parametrize("how", ["fast", "immediate", "kill"])
def test_a_server_that_stops_and_starts_again_loses_and_doubles_nothing(server: OwnServer, how: str) -> None:
    with loaded(server.url) as load:
        for _ in range(2):
            server.stop(how)
            failures = load.failures + _SENDERS
            until(lambda failures=failures: load.failures > failures)  # type: ignore[misc] # bound early
            server.start()
            started = monotonic()
            load.goes_on()
            assert monotonic() - started < RECOVERY_SECONDS_MAX


def test_connections_that_are_cut_again_and_again_lose_and_double_nothing(server: OwnServer) -> None:
    crew = Crew()
    with loaded(server.url) as load, psycopg.connect(server.url, autocommit=True) as hand:
        assert load.worker.waker is not None
        crew.run("waker", load.worker.waker.listen)
        listener = until(lambda: listener_but(None, hand))
        for _ in range(3):
            hand.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tradecore'")
            load.goes_on()
            listener = until(lambda old=listener: listener_but(old, hand))  # type: ignore[misc] # bound early
        assert crew.stop(seconds=_SECONDS_MAX) == ()


def listener_but(old: int | None, hand: "psycopg.Connection[tuple[int]]") -> int | None:
    """Return the connection that listens to what others post, unless it is the old one."""
    found = hand.execute("SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN tradecore_inbox'").fetchone()
    return found[0] if found is not None and found[0] != old else None


def test_answers_to_commits_that_are_lost_lose_and_double_nothing(server: OwnServer) -> None:
    with closing(Relay(server.url)) as relay, loaded(relay.url) as load:
        for _ in range(10):
            relay.commits_lost = 3
            until(lambda: not relay.commits_lost)
            load.goes_on()
