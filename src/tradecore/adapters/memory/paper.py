"""Be the demo's venue: an exchange that never closes, with prices that move by themselves."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Final, final

from attrs import evolve

from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.exchange import AccountTerms, Exchange, FileJournal
from tradecore.adapters.memory.exchange.listing import START_PRICES, listed
from tradecore.adapters.memory.exchange.walk import RandomWalk
from tradecore.adapters.memory.market_data import MemoryMarketData
from tradecore.adapters.memory.watching import WatchedJournal
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.instruments import Market
from tradecore.domain.parties import Account
from tradecore.domain.venues import VenueRules
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData
from tradecore.ports.system import Clock

_TERMS: Final = AccountTerms(cash=Decimal(100_000), rules=VenueRules(reduce_only=True))
_STEPS_OF_A_PRICE: Final = 4000  # a walk takes about a quarter of a thousandth at a time


@final
class PaperVenue:
    """One exchange for every paper account; whoever is new there gets 100,000.

    Nothing is read or written before the first use. Without a *path* it lives in memory alone.
    """

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self._lock = RLock()
        self._walks: dict[Symbol, RandomWalk] = {}
        self._listed_on: date | None = None

    @cached_property
    def exchange(self) -> Exchange:
        """The exchange itself, with what is listed today."""
        journal = FileJournal(self._path) if self._path is not None else None
        return Exchange(self._clock, journal=journal)

    def broker(self, account: Account) -> Broker:
        """Return a new broker for *account*, which is opened where it is not."""
        return MemoryBroker(self.open(account.id), account.id)

    def market_data(self, account: Account) -> MarketData:
        """Return the prices."""
        return MemoryMarketData(self.today())

    def tick(self) -> None:
        """Move every price once; the first of a day also lists the day's months."""
        self.today()
        with self._lock:
            walks = tuple(self._walks.values())
        for walk in walks:
            walk.tick()

    def open(self, account_id: AccountId) -> Exchange:
        """Open the account where it is not, and return the exchange."""
        exchange = self.today()
        with self._lock:
            if account_id not in exchange.accounts():
                exchange.open_account(account_id, _TERMS)
        return exchange

    def today(self) -> Exchange:
        """Return the exchange, with what trades today."""
        today = self._clock.now().date()
        with self._lock:
            if self._listed_on != today:
                self._list(today)
                self._listed_on = today
            return self.exchange

    def _list(self, today: date) -> None:
        """List what trades today, each with a price, and let months that are not active any more be so."""
        exchange = self.exchange
        # The demo trades at night and on Sundays too: whoever tries it, tries it now.
        fresh = {instrument.symbol: instrument for instrument in listed(today, Market.ALWAYS)}
        gone = [evolve(old, active=False) for old in exchange.instruments() if old.symbol not in fresh]
        exchange.list(*fresh.values(), *gone)
        for index, instrument in enumerate(exchange.instruments()):
            start = START_PRICES.get(instrument.root)
            if start is None or instrument.symbol in self._walks:
                continue
            walk = RandomWalk(exchange, instrument.symbol, start, start / _STEPS_OF_A_PRICE, seed=index)
            if exchange.quote(instrument.symbol) is None:
                walk.tick()
            self._walks[instrument.symbol] = walk


@final
class WatchedPaperVenue:
    """The same exchange, seen from beside the process that runs it: as it stood when it was looked at."""

    def __init__(self, clock: Clock, path: Path) -> None:
        self._clock = clock
        self._path = path

    def broker(self, account: Account) -> Broker:
        """Return a broker that tells how *account* stands now; it can place and cancel nothing."""
        exchange = self._look()
        if account.id not in exchange.accounts():
            # Opened by the next run: until then nothing can be held there.
            exchange = Exchange(self._clock)
            exchange.open_account(account.id, _TERMS)
        return MemoryBroker(exchange, account.id)

    def market_data(self, account: Account) -> MarketData:
        """Return the prices of the last fills."""
        return MemoryMarketData(self._look())

    def _look(self) -> Exchange:
        return Exchange(self._clock, journal=WatchedJournal(FileJournal(self._path)))
