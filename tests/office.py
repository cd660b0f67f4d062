"""Put the whole web application on a desk: two users who must not see each other, an owner, and one exchange."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, final

from attrs import evolve
from werkzeug.test import TestResponse

from tests.builders import AAPL, MES, MONDAY
from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.calendar import MemoryCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Exchange
from tradecore.adapters.memory.key_check import MemoryKeyCheck
from tradecore.adapters.memory.market_data import MemoryMarketData
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.memory.notifier import MemoryNotifier
from tradecore.adapters.memory.passwords import MemoryPasswords
from tradecore.adapters.memory.store import MemoryStore
from tradecore.adapters.system.leases import OnlyProcess
from tradecore.adapters.system.sealing import AesSeal
from tradecore.domain.book import Book, BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId, BotId, Symbol, UserId
from tradecore.domain.instruments import Instrument, Kind, Market
from tradecore.domain.parties import Account, Bot, Power, Role, Token, User, Venue
from tradecore.domain.people import Registration
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.engine import Engine
from tradecore.entrypoints.runtime.gathering import Gatherer
from tradecore.entrypoints.runtime.keyring import KeyChecks, Keyring
from tradecore.entrypoints.runtime.people import People
from tradecore.entrypoints.runtime.performing import Performer
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.tokens import issue
from tradecore.entrypoints.web.app import create_app
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData
from tradecore.ports.venues import Venues

SECRET: Final = "a-webhook-secret-of-the-house"
ENCRYPTION_KEY: Final = "yaG9h2VlsSDetq40gKJF-9nIY12hQC74E7WdavEGq3k="
OWNER, ADA, BOB = UserId("owner"), UserId("ada"), UserId("bob")
OWNERS, ADAS, BOBS = AccountId("account-owner"), AccountId("account-ada"), AccountId("account-bob")
BTC = Instrument(
    symbol=Symbol("BTC/USD"),
    root=Symbol("BTC/USD"),
    kind=Kind.CRYPTO,
    market=Market.ALWAYS,
    tick_size=Decimal("0.01"),
    tick_value=Decimal("0.01"),
    lot_step=Decimal("0.000000001"),
)
OLD_MES = evolve(MES, symbol=Symbol("MESU2026"), active=False)


@final
class OneExchange(Venues):
    """Every account trades at the one exchange, as far as it is known there."""

    def __init__(self, exchange: Exchange, accounts: tuple[AccountId, ...]) -> None:
        self._exchange = exchange
        self._brokers = {account_id: MemoryBroker(exchange, account_id) for account_id in accounts}
        self._prices = MemoryMarketData(exchange)

    def connect(self, account_id: AccountId, terms: AccountTerms) -> None:
        """Open one more account at the exchange."""
        self._exchange.open_account(account_id, terms)
        self._brokers[account_id] = MemoryBroker(self._exchange, account_id)

    def broker(self, account: Account) -> Broker:
        if account.id not in self._brokers:
            raise UnreachableError(f"{account.name} has no venue here")
        return self._brokers[account.id]

    def market_data(self, account: Account) -> MarketData:
        return self._prices


class Office:
    """The application over memory adapters, with people in it, and a token of each power for everybody."""

    def __init__(self, secret: str | None = SECRET, proxies_trusted: int = 0, **settings: Any) -> None:
        self.clock = MemoryClock(MONDAY)
        self.store = MemoryStore()
        self.mint = MemoryMint()
        self.calendar = MemoryCalendar()
        self.key_check = MemoryKeyCheck()
        self.passwords = MemoryPasswords()
        self.exchange = Exchange(self.clock)
        self.exchange.list(AAPL, MES, BTC)
        for account_id in (OWNERS, ADAS, BOBS):
            self.exchange.open_account(account_id, AccountTerms(cash=Decimal(100_000), margin=Decimal(0)))
        self.venues = OneExchange(self.exchange, (OWNERS, ADAS, BOBS))
        self.price()
        self.texts: dict[tuple[UserId, Power], str] = {}
        self._settle_in()
        self.services = self._services(Settings(webhook_secret=secret, proxies_trusted=proxies_trusted, **settings))
        self.app = create_app(self.services)
        self.client = self.app.test_client()

    def _settle_in(self) -> None:
        directory = self.store.directory
        directory.list_instruments(Venue.PAPER, (AAPL, MES, OLD_MES, BTC))
        for user_id, account_id in ((OWNER, OWNERS), (ADA, ADAS), (BOB, BOBS)):
            role = Role.ADMIN if user_id == OWNER else Role.TRADER
            directory.keep(User(id=user_id, name=user_id, role=role))
            directory.keep(Account(id=account_id, user_id=user_id, name=f"{user_id}s", venue=Venue.PAPER))
            for power in Power:
                self.texts[user_id, power] = self.token(user_id, power)
        for user_id, account_id in ((ADA, ADAS), (BOB, BOBS)):
            self.bot(f"{user_id}-aapl-15", account_id, user_id)

    def _services(self, settings: Settings) -> Services:
        store = self.store
        gatherer = Gatherer(
            directory=store.directory,
            ledger=store.ledger,
            standing=store.standing,
            venues=self.venues,
            calendar=self.calendar,
            clock=self.clock,
            mint=self.mint,
        )
        notifier = MemoryNotifier()
        performer = Performer(venues=self.venues, directory=store.directory, notifier=notifier, clock=self.clock)
        engine = Engine(
            inbox=store.inbox,
            ledger=store.ledger,
            gatherer=gatherer,
            performer=performer,
            leases=OnlyProcess(),
            clock=self.clock,
            mint=self.mint,
        )
        return Services(
            settings=settings,
            inbox=store.inbox,
            ledger=store.ledger,
            standing=store.standing,
            history=store.history,
            directory=store.directory,
            calendar=self.calendar,
            venues=self.venues,
            notifier=notifier,
            clock=self.clock,
            mint=self.mint,
            keyring=Keyring(
                safe=store.safe,
                seal=AesSeal((ENCRYPTION_KEY,)),
                ledger=store.ledger,
                clock=self.clock,
                checks=KeyChecks({Venue.ALPACA: self.key_check}),
                live=settings.live_trading,
            ),
            people=People(
                directory=store.directory,
                access=store.access,
                passwords=self.passwords,
                clock=self.clock,
                mint=self.mint,
                registration=Registration(settings.registration),
            ),
            engine=engine,
        )

    # ---- people and things

    def token(self, user_id: UserId, power: Power, **changes: Any) -> str:
        """Make a token and return its text."""
        issued = issue(self.mint, user_id=user_id, power=power, now=self.clock.now())
        token: Token = evolve(issued.token, **changes)
        self.store.directory.keep(token)
        return issued.text

    def bot(self, bot_id: str, account_id: AccountId = ADAS, user_id: UserId = ADA, **changes: Any) -> Bot:
        usual = {
            "id": BotId(bot_id),
            "user_id": user_id,
            "account_id": account_id,
            "symbol": Symbol("AAPL"),
            "timeframe": Timeframe(900),
            "sizing": Units(Decimal(10)),
        }
        bot = Bot(**{**usual, **changes})
        self.store.directory.keep(bot)
        return bot

    def account(self, account_id: AccountId, **changes: Any) -> None:
        account = self.store.directory.account(account_id)
        assert account is not None
        self.store.directory.keep(evolve(account, **changes))

    def price(self, aapl: int = 100) -> None:
        for symbol, price in ((AAPL.symbol, aapl), (MES.symbol, 6500), (BTC.symbol, 100_000)):
            self.exchange.price(symbol, Decimal(price))

    # ---- the wire

    def send(self, body: object, token: str | None = "", *, path: str = "/webhook", **changes: Any) -> TestResponse:
        """Send an alert, with ada's token in the address where no other, or None, is named."""
        shown = self.texts[ADA, Power.SUBMIT] if token == "" else token
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        where = path if shown is None else f"{path}?token={shown}"
        return self.client.post(where, data=data, **changes)

    def ask(self, path: str, user_id: UserId = ADA, method: str = "GET", json: object = None) -> TestResponse:
        """Ask the API something, as a user with an API token."""
        headers = {"Authorization": f"Bearer {self.texts[user_id, Power.API]}"}
        return self.client.open(path, method=method, headers=headers, json=json)

    def told(self, path: str, user_id: UserId = ADA) -> Any:
        """Return what the API answers, which must be good."""
        answer = self.ask(path, user_id)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    # ---- what happens behind

    def work(self) -> None:
        """Take events until nothing is due, and a minute more."""
        for _ in range(70):
            while self.engine_step():
                pass
            self.clock.advance(1)
            self.price()

    def engine_step(self) -> bool:
        return self.services.engine.step()

    def traded(self, action: str = "buy", user_id: UserId = ADA, **fields: object) -> str:
        """Send an alert, let it be worked on, and return its id."""
        body = {"action": action, "symbol": "AAPL", "timeframe": "15 Min", **fields}
        answer = self.send(body, self.texts[user_id, Power.SUBMIT])
        assert answer.status_code == 202, answer.text
        self.work()
        alert_id: str = answer.get_json()["alert_id"]
        return alert_id

    def book(self, account_id: AccountId = ADAS, symbol: str = "AAPL") -> Book:
        return self.store.ledger.book(BookKey(account_id=account_id, symbol=Symbol(symbol)))

    def written(self) -> tuple[object, ...]:
        """Return what would differ if anything had been written."""
        state = self.store._state
        people = (state.sign_ins, state.invitations)
        tables = (*people, state.alerts, state.users, state.accounts, state.bots, state.tokens, state.halts, state.used)
        keys = [(one.account_id, one.key_id, one.secret) for one in state.credentials.values()]
        return (
            keys,
            state.numbers,
            state.posts,
            *(repr(table) for table in tables),
            repr(state.marks),
            len(state.judged),
        )


def later(moment: datetime, seconds: int) -> datetime:
    return moment + timedelta(seconds=seconds)


def problem(answer: TestResponse) -> Mapping[str, str]:
    """Return what an error says, which must have the one form that all have."""
    body = answer.get_json()
    assert answer.status_code >= 400, answer.text
    assert set(body) == {"error"}
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "field"}
    found: Mapping[str, str] = body["error"]
    return found
