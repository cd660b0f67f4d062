"""Keep one installation of tradecore: a database, the processes on it, and an exchange that outlives them."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Final, final

import httpx
from attrs import define, evolve, field, frozen

from tests.kill import inspection
from tests.kill.crossings import Fate
from tests.kill.databases import Databases, Emptied
from tests.kill.processes import SECONDS_MAX, Mortal, Zygote, until
from tests.kill.venue import Venue
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain import parties
from tradecore.domain.ids import AccountId, BotId, Symbol, UserId
from tradecore.domain.parties import Account, Bot, Power, User
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.tokens import issue

_CLOCK: Final = SystemClock()
_MINT: Final = SystemMint(_CLOCK)
_STOP: Final = Protection(stop=Distance(Decimal(5), DistanceUnit.PERCENT))
_USER: Final = UserId("ada")


def furnish(store: SqlStore, account_id: AccountId, *bots: tuple[Symbol, int]) -> str:
    """Make an account with a bot for each symbol and number of minutes; return a token for its alerts.

    Each bot trades ten units, and wants a stop.
    """
    directory = store.directory
    directory.keep(User(id=_USER, name=_USER))
    directory.keep(Account(id=account_id, user_id=_USER, name=account_id, venue=parties.Venue.PAPER))
    for symbol, minutes in bots:
        directory.keep(Bot(
            id=BotId(_MINT.new()), user_id=_USER, account_id=account_id, symbol=symbol,
            timeframe=Timeframe(60 * minutes), sizing=Units(Decimal(10)), protection=_STOP))  # fmt: skip
    issued = issue(_MINT, user_id=_USER, power=Power.SUBMIT, now=_CLOCK.now())
    directory.keep(evolve(issued.token, account_id=account_id))
    return issued.text


@final
@define(eq=False)
class House:
    """One installation. `witness` looks at each death, before a successor comes where nobody else does the same."""

    zygote: Zygote
    folder: Path
    store: SqlStore
    venue: Venue
    http: httpx.Client
    environ: dict[str, str]
    witness: Callable[[Mortal], None] = field(default=lambda _mortal: None)
    processes: list[Mortal] = field(factory=list)
    _buried: set[Mortal] = field(factory=set)
    _lock: Lock = field(factory=Lock)

    def start(self, command: str, fate: Fate = Fate()) -> Mortal:
        """Start a process, and return it once it is ready, or gone."""
        process = self.zygote.start(command, self.environ, self.folder, fate)
        self.processes.append(process)
        until(lambda: process.lines or process.state == "ended", lambda: f"{command} should start: {process.errors}")
        return process

    def tend(self) -> None:
        """Start a successor for whoever is gone, unless another one does the same."""
        with self._lock:
            states = {process: process.state for process in self.processes}
            at_work = {process.command for process, state in states.items() if state == "running"}
            for process, state in states.items():
                if state == "ended" and process not in self._buried:
                    self._buried.add(process)
                    self.witness(process)
            for command in {process.command for process in states} - at_work:
                self.start(command)

    def rest(self, account_id: AccountId, seconds: float = SECONDS_MAX) -> list[str]:
        """Wait until nothing is left to do on the account; return what still is where that takes too long."""
        left = [""]

        def look() -> bool:
            self.tend()
            left[:] = inspection.unfinished(self.store, account_id)
            if not left:
                left[:] = inspection.disagreements(self.store, account_id, self.venue.orders(account_id))
            return not left

        try:
            until(look, "nothing should be left to do", seconds)
        except AssertionError:
            return left
        return []

    def end(self) -> None:
        """Kill everybody."""
        for process in self.processes:
            process.end()

    @property
    def server(self) -> Mortal | None:
        """The process that serves the web now; None where none does."""
        self.tend()
        serving = (process for process in reversed(self.processes) if process.url and process.state == "running")
        return next(serving, None)


@final
@frozen
class Site:
    """Where one house stands after the other, beside an exchange that stays."""

    zygote: Zygote
    venue: Venue
    http: httpx.Client
    emptied: Emptied

    @contextmanager
    def house(self, folder: Path, *, workers: int = 1) -> Iterator[House]:
        """Lend a house without processes; with the block everything in it ends."""
        folder.mkdir(parents=True)
        with ExitStack() as leaving:
            environ = {
                "DATABASE_URL": self.emptied(folder), "TRADECORE_FOLDER": str(folder), "TV_PORT": "0",
                "TRADECORE_PAPER_URL": self.venue.url, "TRADECORE_WORKERS": str(workers),
                "TRADECORE_LEASE_SECONDS": "1", "LOG_LEVEL": "warning",
            }  # fmt: skip
            store = SqlStore(environ["DATABASE_URL"])
            leaving.callback(store.close)
            house = House(self.zygote, folder, store, self.venue, self.http, environ)
            leaving.callback(house.end)
            yield house


@contextmanager
def site(zygote: Zygote, databases: Databases, folder: Path) -> Iterator[Site]:
    """Lend a site, with an exchange whose journal is in *folder*."""
    folder.mkdir(parents=True)
    with ExitStack() as leaving:
        emptied = leaving.enter_context(databases.lent())
        exchange = zygote.start("exchange", {"FOLDER": str(folder)}, folder)
        leaving.callback(exchange.end)
        (line,) = until(lambda: exchange.lines, lambda: f"the exchange should start: {exchange.errors}")
        # Everything is on this machine, and to read all certificates would take longer than most of a life.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        http = leaving.enter_context(httpx.Client(trust_env=False, verify=nobody))
        yield Site(zygote, Venue(json.loads(line)["url"], http), http, emptied)
