"""Run the whole service on a PostgreSQL server that goes away and comes back: a web process, a worker, an exchange."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from decimal import Decimal
from itertools import count, cycle
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final, final

import httpx
import pytest
from attrs import Factory, define, evolve

from tests.integration.paper_exchange import ExchangeProcess
from tests.integration.postgres_server import OwnServer, own_server
from tests.integration.service import Service, running, until
from tests.integration.test_postgres_outages import ANSWER_SECONDS_MAX
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.decisions import Status
from tradecore.domain.ids import AccountId, AlertId, BotId, Symbol, UserId
from tradecore.domain.parties import Account, Bot, Power, User, Venue
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.entrypoints.runtime.tokens import issue
from tradecore.ports.history import Asked

_USER: Final = UserId("ada")
_ACCOUNT: Final = AccountId("paper")
_SYMBOLS: Final = (Symbol("AAPL"), Symbol("MSFT"))
_EVERYTHING: Final = Asked(limit=100_000)
_PAUSE_SECONDS: Final = 0.05


def furnish(store: SqlStore) -> str:
    """Make an account with a bot for each symbol; return a token for its alerts."""
    clock = SystemClock()
    mint = SystemMint(clock)
    store.directory.keep(User(id=_USER, name=_USER))
    store.directory.keep(Account(id=_ACCOUNT, user_id=_USER, name=_ACCOUNT, venue=Venue.PAPER))
    for symbol in _SYMBOLS:
        bot_id, size = BotId(symbol), Units(Decimal(10))
        store.directory.keep(Bot(
            id=bot_id, user_id=_USER, account_id=_ACCOUNT, symbol=symbol, timeframe=None, sizing=size))  # fmt: skip
    issued = issue(mint, user_id=_USER, power=Power.SUBMIT, now=clock.now())
    store.directory.keep(evolve(issued.token, account_id=_ACCOUNT))
    return issued.text


@final
@define(eq=False)
class Sender:
    """Sends alerts, each again until it is taken."""

    url: str
    taken: list[AlertId] = Factory(list)
    refused: int = 0
    slowest: float = 0.0
    surprise: Exception | None = None
    _enough: Event = Factory(Event)
    _thread: Thread = Factory(lambda self: Thread(target=self._run), takes_self=True)

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._enough.set()
        self._thread.join()

    def _run(self) -> None:
        signals = cycle([(signal, symbol) for signal in (Signal.BUY, Signal.SELL, Signal.CLOSE) for symbol in _SYMBOLS])
        try:
            with httpx.Client(trust_env=False, timeout=2 * ANSWER_SECONDS_MAX) as http:
                for number, (signal, symbol) in zip(count(), signals):
                    body = {"action": signal.value, "symbol": symbol, "alert_id": str(number)}
                    while not self._send(http, body):
                        self._enough.wait(_PAUSE_SECONDS)
                    if self._enough.wait(_PAUSE_SECONDS):
                        return
        except Exception as error:  # noqa: BLE001 - the test's own thread tells of it
            self.surprise = error

    def _send(self, http: httpx.Client, body: dict[str, str]) -> bool:
        began = monotonic()
        answer = http.post(self.url, json=body)
        self.slowest = max(self.slowest, monotonic() - began)
        if answer.is_success:
            self.taken.append(AlertId(answer.json()["alert_id"]))
            return True
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
        self.refused += 1
        return self._enough.is_set()


@pytest.fixture
def server() -> Iterator[OwnServer]:
    with own_server() as server:
        yield server


def test_every_alert_that_was_taken_has_its_end_and_no_order_is_there_twice(server: OwnServer, tmp_path: Path) -> None:
    with ExitStack() as leaving:
        store = leaving.enter_context(closing(SqlStore(server.url)))
        token = furnish(store)
        exchange = leaving.enter_context(closing(ExchangeProcess(tmp_path / "exchange", "--still")))
        own = {"DATABASE_URL": server.url, "TRADECORE_PAPER_URL": exchange.url, "LOG_LEVEL": "warning"}
        web, worker = (leaving.enter_context(running(tmp_path, command, **own)) for command in ("web", "worker"))
        with Sender(f"{url_of(web)}/webhook?token={token}") as sender:
            until(lambda: ended(store, sender, 5))
            for how in ("fast", "kill"):
                server.stop(how)
                refused = sender.refused + 5
                until(lambda refused=refused: sender.surprise or sender.refused > refused)  # type: ignore[misc] # bound early
                server.start()
                enough = len(sender.taken) + 5
                until(lambda enough=enough: sender.surprise or ended(store, sender, enough))  # type: ignore[misc] # as above
        until(lambda: ended(store, sender, len(sender.taken)))

        assert sender.surprise is None
        assert sender.slowest < ANSWER_SECONDS_MAX
        assert (web.process.poll(), worker.process.poll()) == (None, None)
        assert {record.alert.id for record in store.history.alerts(_EVERYTHING)} == set(sender.taken)
        ends = Counter(
            verdict.alert_id for one in store.history.judgements(_EVERYTHING) for verdict in one.decision.verdicts
        )
        assert ends == Counter(set(sender.taken))
        placed = Counter(order["order_id"] for order in exchange.orders(_ACCOUNT))
        assert placed == Counter(record.order.id for record in store.history.orders(_EVERYTHING))


def url_of(web: Service) -> str:
    return web.said[-1].rpartition(" ")[2]


def ended(store: SqlStore, sender: Sender, count: int) -> bool:
    """Tell whether the first so many of the alerts have their ends."""
    taken = sender.taken[:count]
    records = (store.history.alert(alert_id) for alert_id in taken)
    return len(taken) == count and all(one is not None and one.status is not Status.PENDING for one in records)
