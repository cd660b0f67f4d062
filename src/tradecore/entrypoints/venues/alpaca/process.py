"""Run the Alpaca exchange in a process of its own, until a signal asks to stop."""

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any, Final, final

from attrs import frozen

from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.money import CENT
from tradecore.entrypoints.venues.alpaca.account_switches import add_account_switches
from tradecore.entrypoints.venues.alpaca.app import create_app
from tradecore.entrypoints.venues.alpaca.engine.exchange import AlpacaExchange
from tradecore.entrypoints.venues.alpaca.engine.words import Phase
from tradecore.entrypoints.venues.alpaca.fault_switches import add_fault_switches
from tradecore.entrypoints.venues.alpaca.market_switches import add_market_switches, add_time_switches
from tradecore.entrypoints.venues.alpaca.rates import RateLimit
from tradecore.entrypoints.venues.alpaca.sockets import DATA_PATH, TRADE_PATH, Streams
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.listening import port_taken, take_port
from tradecore.entrypoints.venues.running import run_venue
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.entrypoints.venues.striking import StrikingWire

_STEP: Final = Decimal("0.0001")  # of the price, at each step of a walk, up or down


@frozen(kw_only=True)
class Options:
    """How to run: ports of 0 take any free one; *walks* lets prices move by themselves, *seed* says how.

    The market is always open, unless it *keeps_hours*: those of New York.
    """

    host: str
    port: int
    stream_port: int
    accounts: int = 1
    rate_limit: int = 200
    walks: bool = False
    keeps_hours: bool = False
    seed: int = 0


@final
class AlpacaVenue:
    """The whole exchange, with its doors."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.clock = ShiftedClock(SystemClock())
        mint = SystemMint(self.clock)
        self.exchange = AlpacaExchange(self.clock, mint, ExchangeCalendar())
        self.exchange.force_phase(None if options.keeps_hours else Phase.CORE)
        self.venue = Venue(self.exchange, RateLimit(SystemClock(), options.rate_limit))
        for _ in range(options.accounts):
            self.exchange.open_account(f"PK{mint.new()[-18:]}", mint.secret())
        self._server = take_port(options.host, options.port)
        self.streams = Streams(self.venue, options.host, options.stream_port)
        self.app = create_app(self.venue)
        add_market_switches(self.app, self.venue)
        add_time_switches(self.app, self.venue, self.clock)
        add_account_switches(self.app, self.venue, mint)
        add_fault_switches(self.app, self.venue, self.streams)
        self._random = Random(options.seed)  # noqa: S311  The prices of a demo guard nothing.

    def start(self) -> None:
        """Begin to answer; `PortTakenError` where a port cannot be had."""
        try:
            self.streams.start()
        except OSError as error:
            raise port_taken(self._options.host, self._options.stream_port, "--stream-port", error) from error
        self._server.start(self.app, around=StrikingWire)

    def stop(self) -> None:
        """End everything. A repeat is harmless."""
        self._server.stop()
        self.streams.stop()

    def tick(self) -> None:
        """Let a second pass."""
        # Even where nothing moves there is a price each second: one that nobody confirms is stale.
        for quote in tuple(self.exchange.floor.quotes.values()) if self._is_open() else ():
            if self._options.walks:
                step = max(CENT, (quote.last * _STEP).quantize(CENT)) * self._random.choice((-1, 0, 1))
                self.exchange.price(quote.symbol, max(CENT, quote.last + step))
            else:
                self.exchange.price(quote.symbol, quote.last, quote.bid, quote.ask)
        self.exchange.pulse()
        self.venue.tape.roll(self.clock.now())

    def _is_open(self) -> bool:
        with self.exchange.turn():
            return self.exchange.floor.hours.now().phase is Phase.CORE

    def told(self) -> dict[str, Any]:
        """Return where it is, and the keys of its accounts."""
        rest = self._server.url
        streams = f"{rest.replace('http', 'ws', 1).rpartition(':')[0]}:{self.streams.port}"
        accounts = self.exchange.floor.accounts.values()
        return {
            "venue": "alpaca",
            "rest": rest,
            "data": rest,
            "trade_stream": streams + TRADE_PATH,
            "data_stream": streams + DATA_PATH,
            "accounts": [{"id": one.id, "key_id": one.key_id, "secret_key": one.secret_key} for one in accounts],
        }


def run_alpaca(options: Options, say: Callable[[str], None]) -> None:
    """Run until a signal asks to stop; `StartError` says why it does not start.

    *say* gets one line of JSON, as soon as it answers.
    """
    run_venue(lambda: AlpacaVenue(options), say)
