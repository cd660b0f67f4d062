"""Run the ProjectX exchange in a process of its own, until a signal asks to stop."""

from collections.abc import Callable
from random import Random
from typing import Any, Final, final

from attrs import frozen

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.entrypoints.venues.faults import Faults
from tradecore.entrypoints.venues.listening import port_taken, take_port
from tradecore.entrypoints.venues.projectx.account_switches import add_account_switches
from tradecore.entrypoints.venues.projectx.app import any_case, create_app
from tradecore.entrypoints.venues.projectx.engine.exchange import ProjectXExchange
from tradecore.entrypoints.venues.projectx.fault_switches import add_fault_switches
from tradecore.entrypoints.venues.projectx.hub_switches import add_hub_switches
from tradecore.entrypoints.venues.projectx.hubs import Hubs
from tradecore.entrypoints.venues.projectx.market_switches import (
    add_listing_switches,
    add_market_switches,
    add_time_switches,
)
from tradecore.entrypoints.venues.projectx.pace import Pace
from tradecore.entrypoints.venues.projectx.tokens import Tokens
from tradecore.entrypoints.venues.projectx.topics import MARKET, USER
from tradecore.entrypoints.venues.projectx.venue import Login, Venue
from tradecore.entrypoints.venues.running import run_venue
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.entrypoints.venues.striking import StrikingWire

_USER: Final = "trader"


@frozen(kw_only=True)
class Options:
    """How to run: ports of 0 take any free one; *walks* lets prices move by themselves, *seed* says how.

    The market is always open, unless it *keeps_hours*: CME's and the firm's.
    """

    host: str
    port: int
    hub_port: int
    accounts: int = 1
    rate_limits: bool = True
    walks: bool = False
    keeps_hours: bool = False
    seed: int = 0


@final
class ProjectXVenue:
    """The whole exchange, with its doors."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.clock = ShiftedClock(SystemClock())
        mint = SystemMint(self.clock)
        self.exchange = ProjectXExchange(self.clock, ExchangeCalendar())
        self.exchange.force_session(is_open=None if options.keeps_hours else True)
        self.venue = Venue(
            exchange=self.exchange, login=Login(_USER, mint.secret()), tokens=Tokens(self.clock, mint),
            pace=Pace(SystemClock(), kept=options.rate_limits), faults=Faults(), envelopes=Faults())  # fmt: skip
        for _ in range(options.accounts):
            self.exchange.open_account()
        self._server = take_port(options.host, options.port)
        self.hubs = self._take_hubs()
        app = create_app(self.venue)
        add_market_switches(app, self.venue)
        add_listing_switches(app, self.venue)
        add_time_switches(app, self.venue, self.clock)
        add_account_switches(app, self.venue)
        add_fault_switches(app, self.venue)
        add_hub_switches(app, self.venue, self.hubs)
        self.app = any_case(app)
        self._random = Random(options.seed)  # noqa: S311  The prices of a demo guard nothing.

    def _take_hubs(self) -> Hubs:
        try:
            return Hubs(self.venue, self._options.host, self._options.hub_port)
        except OSError as error:
            self._server.stop()
            raise port_taken(self._options.host, self._options.hub_port, "--hub-port", error) from error

    def start(self) -> None:
        """Begin to answer."""
        self.hubs.start()
        self._server.start(self.app, around=StrikingWire)

    def stop(self) -> None:
        """End everything. A repeat is harmless."""
        self._server.stop()
        self.hubs.stop()

    def tick(self) -> None:
        """Let a second pass."""
        # Even where nothing moves there is a price each second: one that nobody confirms is stale.
        self.exchange.pulse()
        for quote in tuple(self.exchange.floor.quotes.values()) if self._options.walks else ():
            step = quote.contract.product.tick_size * self._random.choice((-1, 0, 1))
            self.exchange.price(quote.contract, max(quote.contract.product.tick_size, quote.last + step), volume=1)

    def told(self) -> dict[str, Any]:
        """Return where it is, who may use it, and the accounts."""
        rest = self._server.url
        hubs = f"{rest.rpartition(':')[0]}:{self.hubs.port}"
        return {
            "venue": "projectx",
            "rest": rest,
            "user_hub": hubs + USER,
            "market_hub": hubs + MARKET,
            "user": self.venue.login.user,
            "key": self.venue.login.key,
            "accounts": [{"id": one.id, "name": one.name} for one in self.exchange.floor.accounts.values()],
        }


def run_projectx(options: Options, say: Callable[[str], None]) -> None:
    """Run until a signal asks to stop; `StartError` says why it does not start.

    *say* gets one line of JSON, as soon as it answers.
    """
    run_venue(lambda: ProjectXVenue(options), say)
