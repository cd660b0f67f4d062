"""Put the whole engine on a desk: in memory, one thread, a clock that moves when told, and a switch for every fault."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import final

from attrs import define

from tests.builders import AAPL, ACCOUNT, MES, MONDAY, USER, a_bot, a_user, an_account, an_alert
from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.calendar import MemoryCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Exchange, Faults, FileJournal
from tradecore.adapters.memory.market_data import MemoryMarketData
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.memory.notifier import MemoryNotifier
from tradecore.adapters.memory.store import MemoryStore
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.leases import OnlyProcess
from tradecore.domain.book import Book, BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import AlertArrived, Event, ReconcileDue
from tradecore.domain.ids import AccountId, AlertId, BotId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.parties import Account, Bot, Venue
from tradecore.domain.records import AlertRecord, Delivery, Errand, Judged, Receipt
from tradecore.domain.signals import Signal
from tradecore.domain.venues import VenueRules
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.engine import Engine
from tradecore.entrypoints.runtime.gathering import Gatherer
from tradecore.entrypoints.runtime.listening import Ear
from tradecore.entrypoints.runtime.performing import Performer
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData
from tradecore.ports.venues import Venues


class Killed(BaseException):
    """The process was killed: nothing catches it, and nothing is tidied up."""


@final
@define
class MortalInbox:
    """Where the broker's thread posts: nowhere once the process is dead."""

    desk: "Desk"

    def post(self, key: BookKey, event: Event, now: datetime) -> None:
        if not self.desk.is_dead:
            self.desk.store.inbox.post(key, event, now)


@final
class DeskVenues(Venues):
    """The one exchange, for every account."""

    def __init__(self, brokers: dict[AccountId, Broker], prices: MarketData) -> None:
        self._brokers = brokers
        self._prices = prices
        self.dark = False
        self.ear: Ear | None = None

    def heard_since(self, account: Account) -> datetime | None:
        return self.ear.since if self.ear is not None else None

    def broker(self, account: Account) -> Broker:
        return self._brokers[account.id]

    def market_data(self, account: Account) -> MarketData:
        if self.dark:
            raise UnreachableError("the venue's prices cannot be opened")
        return self._prices


@final
@define
class Fragile:
    """A performer that can be killed just before or just after a call."""

    inner: Performer
    desk: "Desk"

    def perform(self, errand: Errand, *, first: bool) -> Event | None:
        self.desk.die_at("before performing")
        outcome = self.inner.perform(errand, first=first)
        self.desk.die_at("after performing")
        return outcome


@final
class FragileLedger:
    """A ledger beside which the process can be killed, just before or just after it has written."""

    def __init__(self, desk: "Desk") -> None:
        self._desk = desk

    def __getattr__(self, name: str) -> object:
        return getattr(self._desk.store.ledger, name)

    def record(self, judged: Judged, now: object) -> object:
        self._desk.die_at("before recording")
        errands = self._desk.store.ledger.record(judged, now)  # type: ignore[arg-type] # the clock's own moment
        self._desk.judged.append(judged)
        self._desk.die_at("after recording")
        return errands


class Desk:
    """An engine over the in-memory exchange; in memory too, or in *folder*, from which a restart reads it all anew."""

    instrument: Instrument = AAPL

    def __init__(
        self, *bots: Bot, rules: VenueRules = VenueRules(), folder: Path | None = None, **terms: object
    ) -> None:
        self.clock = MemoryClock(MONDAY)
        self.mint = MemoryMint()
        self.notifier = MemoryNotifier()
        self.calendar = MemoryCalendar()
        self.folder = folder
        self.terms = AccountTerms(cash=Decimal(1_000_000_000), rules=rules, **terms)  # type: ignore[arg-type]
        if folder is not None:
            migrate(self._url())
        self.store: MemoryStore | SqlStore = MemoryStore()
        self._open()
        self.store.directory.keep(a_user())
        self.store.directory.keep(an_account())
        for bot in bots or (a_bot(),):
            self.store.directory.keep(bot)
        self.store.directory.list_instruments(Venue.PAPER, (AAPL, MES))
        self.deadly: str | None = None
        self.lives = 1
        self.deaths = 0
        self.alerts: list[AlertId] = []
        self.judged: list[Judged] = []
        self.engine = self._engine()

    def _url(self) -> str:
        return f"sqlite:///{self.folder}/tradecore.sqlite"

    def _open(self) -> None:
        """Open store and exchange; in a folder, from what lies there."""
        if self.folder is not None:
            self.store = SqlStore(self._url())
        journal = FileJournal(self.folder / "paper.jsonl") if self.folder is not None else None
        self.exchange = Exchange(self.clock, journal=journal)
        self.exchange.list(AAPL, MES)
        self.exchange.open_account(ACCOUNT, self.terms)
        self.price(100)
        self.broker = MemoryBroker(self.exchange, ACCOUNT)
        prices = MemoryMarketData(self.exchange, self.exchange.faults(ACCOUNT))
        self.venues = DeskVenues({ACCOUNT: self.broker}, prices)
        self._listen()

    def _listen(self) -> None:
        """Listen to the broker as in production, beside an engine that begins."""
        self.is_dead, self.doorstep = False, Doorstep()
        self.ear = Ear(ACCOUNT, MortalInbox(self), self.store.ledger, self.clock, self.doorstep)  # type: ignore[arg-type] # it posts, and no more
        self.venues.ear = self.ear
        self.broker.close()
        self.broker.listen(self.ear)

    @property
    def faults(self) -> Faults:
        return self.exchange.faults(ACCOUNT)

    def _engine(self) -> Engine:
        gatherer = Gatherer(
            directory=self.store.directory,
            ledger=self.store.ledger,
            standing=self.store.standing,
            venues=self.venues,
            calendar=self.calendar,
            clock=self.clock,
            mint=self.mint,
        )
        performer = Performer(
            venues=self.venues, directory=self.store.directory, notifier=self.notifier, clock=self.clock
        )
        return Engine(
            inbox=self.store.inbox,
            ledger=FragileLedger(self),  # type: ignore[arg-type] # it passes on what it does not watch
            gatherer=gatherer,
            performer=Fragile(performer, self),  # type: ignore[arg-type] # it performs, or dies
            leases=OnlyProcess(),
            clock=self.clock,
            mint=self.mint,
            doorstep=self.doorstep,
        )

    def die_at(self, point: str) -> None:
        if self.deadly == point:
            self.lives -= 1
        if self.deadly == point and self.lives <= 0:
            self.deadly, self.is_dead = None, True
            self.deaths += 1
            raise Killed(point)

    def restart(self) -> None:
        """Start again as after `kill -9`: what was written is there, and nothing else."""
        self.deadly = None
        if isinstance(self.store, MemoryStore):
            self.store.restart()
            self._listen()
        else:
            self.store.close()
            self._open()
        self.engine = self._engine()
        # Whoever begins to listen to a broker has every open book looked at.
        for key in self.store.ledger.open_books():
            self.store.inbox.post(key, ReconcileDue(why="start"), self.clock.now())

    def run(self, steps: int = 400) -> int:
        """Work until nothing is due; a killed process is started again. Returns the number of events taken."""
        for taken in range(steps):
            try:
                if not self.engine.step():
                    self.ear.tend()
                    if not self.engine.step():
                        return taken
            except Killed:
                self.restart()
        message = f"still busy after {steps} events: {self.book()}"
        raise AssertionError(message)

    def settle(self) -> None:
        """Let half an hour pass, quickly at first, until nothing more comes of it."""
        for seconds in [1] * 6 + [2] * 4 + [5] * 6 + [10] * 6 + [30] * 4 + [60] * 6 + [300] * 4:
            self.run()
            self.clock.advance(seconds)
            self.price(self.exchange_price())
        self.run()

    def send(
        self,
        signal: Signal = Signal.BUY,
        bot_id: BotId | None = None,
        name: str | None = None,
        symbol: Symbol | None = None,
        **changes: object,
    ) -> Receipt:
        """Hand an alert over as the door does."""
        symbol = symbol or self.instrument.symbol
        bot_id = None if signal is Signal.FLAT else (bot_id or a_bot().id)
        alert_id = name or f"ALERT{len(self.alerts) + 1:04d}"
        alert = an_alert(signal, alert_id, received_at=self.clock.now(), symbol=symbol, **changes)
        delivery = Delivery(
            arrived=AlertArrived(alert=alert, bot_id=bot_id),
            key=BookKey(account_id=ACCOUNT, symbol=symbol),
            user_id=USER,
            account_id=ACCOUNT,
            token_id=None,
            body="{}",
            identity=f"id:{alert_id}",
            window=None,
        )
        receipt = self.store.inbox.accept(delivery, self.clock.now())
        if not receipt.duplicate:
            self.alerts.append(receipt.alert_id)
        return receipt

    @property
    def key(self) -> BookKey:
        return BookKey(account_id=ACCOUNT, symbol=self.instrument.symbol)

    def post(self, event: Event) -> None:
        self.store.inbox.post(self.key, event, self.clock.now())

    def price(self, price: Decimal | int) -> None:
        self.exchange.price(self.instrument.symbol, Decimal(price))

    def exchange_price(self) -> Decimal:
        quote = self.exchange.quote(self.instrument.symbol)
        assert quote is not None
        return quote.last

    def book(self) -> Book:
        return self.store.ledger.book(self.key)

    def held(self, bot_id: BotId | None = None) -> Decimal:
        return self.book().share(bot_id or a_bot().id).quantity

    def net(self) -> Decimal:
        """Return what the exchange holds."""
        return self.exchange.survey(ACCOUNT, self.instrument.symbol).net

    def record(self, alert_id: str) -> AlertRecord:
        record = self.store.history.alert(AlertId(alert_id))
        assert record is not None
        return record

    def last(self) -> AlertRecord:
        return self.record(self.alerts[-1])
