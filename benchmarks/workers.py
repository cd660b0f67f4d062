"""Measure how much more several processes trade than one, on PostgreSQL: from the first POST to the last alert's end.

All alerts come at once, for many books, so that every process is busy until the end.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from decimal import Decimal
from pathlib import Path
from signal import SIGTERM
from typing import Final

import psycopg
from attrs import define, frozen

from benchmarks.lines import Figures, Line
from benchmarks.load import PLACE, Job, Outcome, started
from benchmarks.options import SQLITE, Options, label, lent
from benchmarks.processes import program
from tests.integration.service import running, until
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.decisions import Status
from tradecore.domain.ids import AccountId, BotId, Symbol, UserId
from tradecore.domain.parties import Account, Bot, Power, User, Venue
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.tokens import issue
from tradecore.ports.history import Asked

SYMBOLS: Final = ("AAPL", "MSFT", "NVDA", "TSLA", "SPY", "QQQ", "MES", "MNQ")
_ACCOUNTS: Final = tuple(f"account-{number}" for number in range(1, 17))
_USER: Final = UserId("measured")
_PROCESSES: Final = (1, 2, 4)
_CONNECTIONS: Final = 16
# Faster than anything: each connection sends as soon as it is answered.
_PER_SECOND: Final = 1e6
# A process by a word of its command.
_PARTS: Final = {"web": "web", "worker": "workers", "benchmarks.venue": "exchange"}
TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_LOOK_SECONDS: Final = 0.1


def furnish(store: SqlStore, accounts: tuple[str, ...]) -> str:
    """Make a user with those accounts, each with a bot for every symbol; return a token for its alerts."""
    clock = SystemClock()
    store.directory.keep(User(id=_USER, name=_USER))
    for account in accounts:
        account_id = AccountId(account)
        store.directory.keep(Account(id=account_id, user_id=_USER, name=account, venue=Venue.PAPER))
        for symbol in SYMBOLS:
            store.directory.keep(Bot(
                id=BotId(f"{account}-{symbol}"), user_id=_USER, account_id=account_id, symbol=Symbol(symbol),
                timeframe=Timeframe(900), sizing=Units(Decimal(1))))  # fmt: skip
    issued = issue(SystemMint(clock), user_id=_USER, power=Power.SUBMIT, now=clock.now())
    store.directory.keep(issued.token)
    return issued.text


def post(port: int, token: str, bodies: tuple[str, ...], number: int, *, first: int = 0) -> Outcome:
    """Send so many alerts as fast as they are answered."""
    seconds = (number - 0.5) / _PER_SECOND
    job = Job(
        port=port, target=f"/webhook?token={token}", bodies=bodies, connections=_CONNECTIONS, seconds=seconds,
        per_second=_PER_SECOND, first=first)  # fmt: skip
    with started(job) as load:
        return load.go()


def lines(options: Options) -> Iterator[Line]:
    """Yield two and four processes beside one; on SQLite there is only one."""
    for database in (one for one in options.databases if not one.startswith(SQLITE)):
        with lent(database) as (folder, url), _house(folder, url) as house:
            rounds: dict[int, list[_Round]] = {number: [] for number in _PROCESSES}
            for _ in range(options.rounds):
                for number in _PROCESSES:
                    rounds[number].append(house.measured(number, options.backlog))
            base = Figures.middle([one.figures for one in rounds[1]])
            for number in _PROCESSES[1:]:
                own = Figures.middle([one.figures for one in rounds[number]])
                note = f"processors at work on {_at_work(rounds[number])}; with 1 worker {_at_work(rounds[1])}"
                yield Line(
                    name=f"end to end, {label(database)}, {number} workers", own=own, baseline="1 worker", base=base,
                    note=note)  # fmt: skip


@frozen(kw_only=True)
class _Round:
    """How fast it went, how long it took, and for how many ticks each part kept a processor."""

    figures: Figures
    seconds: float
    spent: Counter[str]


@define(kw_only=True)
class _House:
    """A web process with its database, whose server has the id `server`, and the number of the next alert."""

    folder: Path
    own: dict[str, str]
    store: SqlStore
    server: int
    port: int
    token: str
    following: int = 0

    def measured(self, workers: int, backlog: int) -> _Round:
        """Let so many processes trade so many alerts, and end them."""
        with ExitStack() as ending:
            services = [ending.enter_context(running(self.folder, "worker", **self.own)) for _ in range(workers)]
            until(lambda: self._is_shared_out(workers))
            before, began = _spent(self.server), SystemClock().now()
            outcome = post(self.port, self.token, _bodies(), backlog, first=self.following)
            assert outcome.statuses == {"202": backlog}, outcome.statuses
            self.following = outcome.following
            while self.store.history.alerts(Asked(status=Status.PENDING, limit=1)):
                time.sleep(_LOOK_SECONDS)
            spent = _spent(self.server) - before
            for service in services:
                service.end(SIGTERM)
        alerts = self.store.history.alerts(Asked(since=began, limit=backlog))
        ends = [(one.alert.received_at, one.ended_at) for one in alerts if one.ended_at is not None]
        assert len(ends) == backlog, f"{len(ends)} alerts of {backlog} have an end"
        seconds = (max(end for _, end in ends) - began).total_seconds()
        print(f"workers: {workers} did {backlog / seconds:,.0f} alerts a second", file=sys.stderr)
        figures = Figures.of([(end - at).total_seconds() for at, end in ends], seconds)
        return _Round(figures=figures, seconds=seconds, spent=spent)

    def _is_shared_out(self, workers: int) -> bool:
        assert self.store.leases is not None
        shares = (self.store.leases.alive() or {}).values()
        return len(shares) == workers and set(shares) == {len(_ACCOUNTS) // workers}


@contextmanager
def _house(folder: Path, url: str) -> Iterator[_House]:
    migrate(url)
    with closing(SqlStore(url)) as store, program("venue", str(folder)) as venue, psycopg.connect(url) as connection:
        token = furnish(store, _ACCOUNTS)
        own = {"DATABASE_URL": url, "TRADECORE_PAPER_URL": f"http://127.0.0.1:{venue}"}
        with running(folder, "web", **own) as web:
            port = int(web.said[-1].rpartition(":")[2])
            server = _parent(connection.info.backend_pid)
            yield _House(folder=folder, own=own, store=store, server=server, port=port, token=token)


def _bodies() -> tuple[str, ...]:
    """Return an opening alert for every book, and then a closing one for each."""
    return tuple(
        json.dumps({"action": action, "symbol": symbol, "timeframe": "15 Min", "account": account, "alert_id": PLACE})
        for action in ("buy", "close") for symbol in SYMBOLS for account in _ACCOUNTS
    )  # fmt: skip


def _at_work(rounds: list[_Round]) -> str:
    """Say how many processors each part kept busy."""
    ticks = sum(one.seconds for one in rounds) * TICKS_PER_SECOND
    spent = sum((one.spent for one in rounds), Counter[str]())
    return ", ".join(f"{part} {took / ticks:.2f}" for part, took in spent.most_common())


def _spent(server: int) -> Counter[str]:
    """Return for how many ticks each part has kept a processor so far."""
    spent: Counter[str] = Counter()
    for child in children(os.getpid()):
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        part = next((part for word, part in _PARTS.items() if word in words), "sender")
        spent[part] += ticks(child, 2)
    # Of those that have ended the server knows.
    spent["PostgreSQL"] = ticks(server, 4) + sum(ticks(child, 2) for child in children(server))
    return spent


def children(process: int) -> list[int]:
    """Return the processes that it has started, and that still run."""
    found = (path.read_text().split() for path in Path(f"/proc/{process}/task").glob("*/children"))
    return [int(child) for children in found for child in children]


def _parent(process: int) -> int:
    return int(_stat(process)[1])


def ticks(process: int, kinds: int) -> int:
    """Return its own time as a user and in the kernel; with 4 kinds that of its ended children, too."""
    return sum(int(ticks) for ticks in _stat(process)[11 : 11 + kinds])


def _stat(process: int) -> list[str]:
    """Return what follows the name: the state, the parent, and so on."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
