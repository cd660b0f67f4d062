"""Furnish rooms in memory as the first run does, and drive them by hand."""

from pathlib import Path

from attrs import frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.events import AlertArrived
from tradecore.domain.ids import AccountId, AlertId, Symbol
from tradecore.domain.parties import Account, Bot
from tradecore.domain.records import Delivery
from tradecore.domain.signals import Alert, Signal
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.first_run import Welcome, furnish
from tradecore.entrypoints.runtime.settings import Settings

URL = "http://127.0.0.1:5000"


@frozen(kw_only=True)
class Demo:
    """The demo of the first run, over memory."""

    room: wiring.Sandbox
    welcome: Welcome

    @property
    def account(self) -> Account:
        account = self.room.services.directory.account(AccountId(self.welcome.account_id))
        assert account is not None
        return account

    def bot(self, symbol: str = "AAPL", index: int = 0) -> Bot:
        return self.room.services.directory.bots(symbol=Symbol(symbol))[index]

    def send(self, signal: Signal, bot: Bot | None = None) -> AlertId:
        """Hand an alert over as the door does, and work until nothing is due."""
        alert_id = self.hand_over(signal, bot)
        self.work()
        return alert_id

    def hand_over(self, signal: Signal, bot: Bot | None = None) -> AlertId:
        """Hand an alert over as the door does."""
        bot = bot or self.bot()
        services = self.room.services
        alert_id = AlertId(services.mint.new())
        alert = Alert(id=alert_id, received_at=services.clock.now(), signal=signal, symbol=bot.symbol)
        arrived = AlertArrived(alert=alert, bot_id=None if signal is Signal.FLAT else bot.id)
        delivery = Delivery(
            arrived=arrived, key=self.key(bot.symbol), user_id=bot.user_id, account_id=bot.account_id, token_id=None,
            body="{}", identity=alert_id, window=None)  # fmt: skip
        services.inbox.accept(delivery, services.clock.now())
        return alert_id

    def key(self, symbol: str = "AAPL") -> BookKey:
        instrument = self.room.services.directory.instrument(self.account.venue, Symbol(symbol))
        assert instrument is not None
        return BookKey(account_id=self.account.id, symbol=instrument.symbol)

    def book(self, symbol: str = "AAPL") -> Book:
        return self.room.services.ledger.book(self.key(symbol))

    def work(self, seconds: int = 5) -> None:
        """Work until nothing is due, and let some time pass in between."""
        for _ in range(seconds):
            while self.room.services.engine.step():
                pass
            self.room.clock.advance(1)
            self.room.tick()


def a_demo(folder: Path, **settings: object) -> Demo:
    """Return a furnished room with its venues open; *folder* takes the file of the first run."""
    room = wiring.in_memory(Settings(folder=folder, **settings))  # type: ignore[arg-type] # a test's own words
    welcome = furnish(room, URL)
    assert welcome is not None
    assert room.venues.open_all() == ()
    return Demo(room=room, welcome=welcome)
