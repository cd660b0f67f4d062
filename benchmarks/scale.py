"""Measure whether an alert costs more the more bots there are, or the more orders lie behind it.

Each alert is read, accepted, claimed, judged, recorded and performed at a broker that answers at once, in one thread
and with every limit set. The sizes take turns, so that a noisy moment of the machine meets all of them.
"""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Final, Self, final

import psycopg
from attrs import Factory, define, evolve
from sqlalchemy import make_url, text

from benchmarks.filling import DAYS, DEED_MARK, PARTY_MARK, fill_directory, fill_past
from benchmarks.lines import Figures, Line
from benchmarks.options import SQLITE, Options, label, lent
from tests.builders import AAPL, MONDAY
from tests.desk import DeskVenues
from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.calendar import MemoryCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Exchange
from tradecore.adapters.memory.market_data import MemoryMarketData
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.memory.notifier import MemoryNotifier
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.leases import OnlyProcess
from tradecore.domain.ids import AccountId, AlertId, BotId, Symbol, UserId
from tradecore.domain.limits import AccountLimits, BotLimits, DrawdownForm, TrailingDrawdown, UserLimits
from tradecore.domain.parties import Account, Bot, User, Venue
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.alerts.addressing import Addressed, Bearer, address, delivery_of
from tradecore.entrypoints.alerts.reading import Unreadable, read
from tradecore.entrypoints.runtime.engine import Engine
from tradecore.entrypoints.runtime.gathering import Gatherer
from tradecore.entrypoints.runtime.performing import Performer
from tradecore.ports.system import Mint

_TIMES: Final = 400
_BOTS: Final = (10, 1_000, 100_000)
_USER: Final = UserId(f"user-{PARTY_MARK}")
_ACCOUNTS: Final = tuple(AccountId(f"account-{letter}-{PARTY_MARK}") for letter in "ab")
_INSTRUMENTS: Final = tuple(
    evolve(AAPL, symbol=Symbol(name), root=Symbol(name)) for name in ("AAPL", "MSFT", "NVDA", "TSLA", "AMZN")
)
_BOOKS: Final = tuple((account, instrument.symbol) for account in _ACCOUNTS for instrument in _INSTRUMENTS)
_NEVER: Final = Decimal(1_000_000_000)


def lines(options: Options) -> Iterator[Line]:
    """Yield each size on each database, beside the smallest."""
    for database in options.databases:
        with lent(database) as (folder, url), ExitStack() as offices:
            sizes = {f"{bots:,} bots": (bots, 0) for bots in _BOTS}
            sizes[f"{options.past_orders:,} past orders"] = (_BOTS[0], options.past_orders)
            open_ = {}
            for number, (name, size) in enumerate(sizes.items()):
                own = offices.enter_context(_database(f"scale_{number}", folder, url))
                open_[name] = offices.enter_context(_office(own, *size))
            figures = _in_turn(open_)
            smallest, *others = figures
            for name in others:
                yield Line(
                    name=f"an alert, {label(database)}, {name}", own=figures[name],
                    baseline=f"{smallest}, no past", base=figures[smallest])  # fmt: skip


def _in_turn(offices: dict[str, "_Office"]) -> dict[str, Figures]:
    took: dict[str, list[float]] = {name: [] for name in offices}
    for _ in range(_TIMES):
        for name, office in offices.items():
            took[name].append(office.trade())
    return {name: Figures.of(found) for name, found in took.items()}


@contextmanager
def _database(name: str, folder: Path, url: str) -> Iterator[str]:
    if url.startswith(SQLITE):
        yield f"sqlite:///{folder}/{name}.sqlite"
        return
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)
        connection.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(drop)


@final
@define
class _MarkingMint(Mint):
    """Marks every id."""

    _numbers: Iterator[int] = Factory(count)

    def new(self) -> str:
        return f"{next(self._numbers):016d}{DEED_MARK}"

    def secret(self) -> str:
        return self.new()


@final
@define
class _Office:
    """An engine on its database, whose ten bots trade one after the other: each opens, and the next time it closes."""

    store: SqlStore
    clock: MemoryClock
    exchange: Exchange
    mint: Mint
    engine: Engine
    number: int = 0

    @classmethod
    def opened(cls, store: SqlStore, now: datetime, mint: Mint) -> Self:
        """Return an office with an empty exchange."""
        clock = MemoryClock(now)
        exchange = _exchange(clock)
        brokers = {account: MemoryBroker(exchange, account) for account in _ACCOUNTS}
        venues = DeskVenues(dict(brokers), MemoryMarketData(exchange))
        gatherer = Gatherer(
            directory=store.directory, ledger=store.ledger, standing=store.standing, venues=venues,
            calendar=MemoryCalendar(), clock=clock, mint=mint)  # fmt: skip
        performer = Performer(venues=venues, directory=store.directory, notifier=MemoryNotifier(), clock=clock)
        engine = Engine(
            inbox=store.inbox, ledger=store.ledger, gatherer=gatherer, performer=performer,
            leases=store.leases or OnlyProcess(), clock=clock, mint=mint)  # fmt: skip
        return cls(store=store, clock=clock, exchange=exchange, mint=mint, engine=engine)

    def trade(self) -> float:
        """Send the next alert, and return how long all took that came of it."""
        turn, book = divmod(self.number, len(_BOOKS))
        account, symbol = _BOOKS[book]
        self.number += 1
        # Every trade wins, so that no limit is ever reached.
        self.exchange.price(symbol, Decimal(100 + turn % 2))
        body = json.dumps({
            "action": ("buy", "close")[turn % 2], "symbol": symbol, "timeframe": "15 Min", "account": account,
            "alert_id": self.mint.new()}).encode()  # fmt: skip
        began = time.perf_counter()
        self._accept(body)
        assert self.engine.step(), "nothing was due"
        took = time.perf_counter() - began
        self.clock.advance(1)
        while self.engine.step():
            pass
        return took

    def _accept(self, body: bytes) -> None:
        reading, bearer, now = read(body), Bearer(user_id=_USER), self.clock.now()
        assert not isinstance(reading, Unreadable), reading
        addressed = address(reading, bearer, self.store.directory.view())
        assert isinstance(addressed, Addressed), addressed
        assert addressed.bot is not None, addressed
        alert_id = AlertId(self.mint.new())
        delivery = delivery_of(addressed, reading, bearer, body, alert_id=alert_id, now=now)
        self.store.inbox.accept(delivery, now)


@contextmanager
def _office(url: str, bots: int, past_orders: int) -> Iterator[_Office]:
    migrate(url)
    database = Database(url)
    # A lease that lasts: nobody renews it here.
    with closing(SqlStore(url, lease_seconds=86_400)) as store, closing(database):
        _furnish(store)
        if store.leases is not None:
            store.leases.renew()
        # It is warm after that, too.
        first = _Office.opened(store, MONDAY - timedelta(days=DAYS), _MarkingMint())
        for _ in range(2 * len(_BOOKS)):
            first.trade()
        fill_directory(database, bots // len(_BOOKS) - 1)
        if past_orders:
            fill_past(database, past_orders, MONDAY - timedelta(hours=1))
        if database.is_shared:
            with database.write(patient=True) as connection:
                connection.execute(text("ANALYZE"))
        yield _Office.opened(store, MONDAY, MemoryMint())


def _furnish(store: SqlStore) -> None:
    """Make the first user, with every limit set and none that is ever reached."""
    store.directory.keep(User(id=_USER, name=_USER, limits=UserLimits(daily_loss=_NEVER)))
    drawdown = TrailingDrawdown(amount=_NEVER, start=_NEVER, form=DrawdownForm.INTRADAY)
    limits = AccountLimits(
        daily_loss=_NEVER, daily_profit=_NEVER, losing_streak=5, position_max=_NEVER, positions_max=99,
        orders_per_minute=10_000, drawdown=drawdown)  # fmt: skip
    for account_id in _ACCOUNTS:
        account = Account(id=account_id, user_id=_USER, name=account_id, venue=Venue.PAPER, limits=limits)
        store.directory.keep(account)
    for account_id, symbol in _BOOKS:
        store.directory.keep(Bot(
            id=BotId(f"bot-{account_id}-{symbol}"), user_id=_USER, account_id=account_id, symbol=symbol,
            timeframe=Timeframe(900), sizing=Units(Decimal(10)), limits=BotLimits(daily_loss=_NEVER)))  # fmt: skip
    store.directory.list_instruments(Venue.PAPER, _INSTRUMENTS)


def _exchange(clock: MemoryClock) -> Exchange:
    exchange = Exchange(clock)
    exchange.list(*_INSTRUMENTS)
    for account_id in _ACCOUNTS:
        exchange.open_account(account_id, AccountTerms(cash=2 * _NEVER))
    for instrument in _INSTRUMENTS:
        exchange.price(instrument.symbol, Decimal(100))
    return exchange
