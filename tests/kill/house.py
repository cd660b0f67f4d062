"""Keep one installation of tradecore: a database, the processes on it, and an exchange that outlives them."""

import json
import shutil
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final, final

import httpx
from attrs import define, field, frozen

from tests.kill.crossings import Fate
from tests.kill.processes import Mortal, Zygote, until
from tests.kill.venue import Venue
from tradecore.adapters.sql.migrating import migrate
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


def furnish(store: SqlStore, account_id: AccountId, *symbols: Symbol) -> str:
    """Make an account with a bot for each symbol, of ten units and with a stop; return a token for its alerts."""
    directory = store.directory
    directory.keep(User(id=_USER, name=_USER))
    directory.keep(Account(id=account_id, user_id=_USER, name=account_id, venue=parties.Venue.PAPER))
    for symbol in symbols:
        directory.keep(Bot(
            id=BotId(_MINT.new()), user_id=_USER, account_id=account_id, symbol=symbol, timeframe=Timeframe(900),
            sizing=Units(Decimal(10)), protection=_STOP))  # fmt: skip
    issued = issue(_MINT, user_id=_USER, power=Power.SUBMIT, now=_CLOCK.now())
    directory.keep(issued.token)
    return issued.text


@final
@define(eq=False)
class House:
    """One installation. Whoever dies in it has a successor at once, and `witness` looks before that one begins."""

    zygote: Zygote
    folder: Path
    store: SqlStore
    venue: Venue
    http: httpx.Client
    environ: dict[str, str]
    witness: Callable[[Mortal], None] = field(default=lambda _mortal: None)
    processes: list[Mortal] = field(factory=list)
    _succeeded: set[int] = field(factory=set)

    def start(self, command: str, fate: Fate = Fate()) -> Mortal:
        """Start a process, and return it once it is ready, or gone."""
        process = self.zygote.start(command, self.environ, self.folder, fate)
        self.processes.append(process)
        until(lambda: process.lines or process.state == "ended", lambda: f"{command} should start: {process.errors}")
        return process

    def tend(self) -> None:
        """Start a successor for whoever is dead; for a frozen web service too, as nobody else takes alerts."""
        for process in tuple(self.processes):
            state = process.state
            gone = state == "ended" or (state == "frozen" and process.command == "web")
            if gone and process.pid not in self._succeeded:
                self._succeeded.add(process.pid)
                self.witness(process)
                self.start(process.command)

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
class Sqlite:
    """Installations on SQLite: one process does everything."""

    template: Path

    commands: tuple[str, ...] = ("run",)

    @classmethod
    def prepared(cls, folder: Path) -> "Sqlite":
        """Return the way to make them; *folder* keeps an empty database."""
        template = folder / "template.db"
        migrate(f"sqlite:///{template}")
        return cls(template)

    @contextmanager
    def database(self, folder: Path) -> Iterator[str]:
        """Lend the address of a new database."""
        shutil.copy(self.template, folder / "tradecore.db")
        yield f"sqlite:///{folder}/tradecore.db"


@contextmanager
def opened(zygote: Zygote, databases: Sqlite, folder: Path) -> Iterator[House]:
    """Lend a house without processes, in which everything ends with the block."""
    folder.mkdir(parents=True)
    with ExitStack() as leaving:
        url = leaving.enter_context(databases.database(folder))
        store = SqlStore(url)
        leaving.callback(store.close)
        exchange = zygote.start("exchange", {"FOLDER": str(folder / "exchange")}, folder)
        leaving.callback(exchange.end)
        (line,) = until(lambda: exchange.lines, lambda: f"the exchange should start: {exchange.errors}")
        # Everything is on this machine, and to read all certificates would take longer than most of a life.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        http = leaving.enter_context(httpx.Client(trust_env=False, verify=nobody))
        venue = Venue(json.loads(line)["url"], http)
        environ = {
            "DATABASE_URL": url, "TRADECORE_FOLDER": str(folder), "TRADECORE_PAPER_URL": venue.url, "TV_PORT": "0",
            "TRADECORE_WORKERS": "1", "LOG_LEVEL": "warning",
        }  # fmt: skip
        house = House(zygote, folder, store, venue, http, environ)
        leaving.callback(house.end)
        yield house
