"""Build values of a quiet Monday: New York and Chicago trade, nothing is held, and everything is allowed."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tradecore.domain.book import Book, BookKey
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision
from tradecore.domain.events import AlertArrived, Event, OrderReported, Surveyed
from tradecore.domain.facts import Facts
from tradecore.domain.ids import AccountId, AlertId, BotId, BrokerOrderId, Symbol, UserId
from tradecore.domain.instruments import Instrument, Kind, Market
from tradecore.domain.orders import News, Report, Ticket
from tradecore.domain.parties import Account, Bot, User, Venue
from tradecore.domain.sessions import Hours, Session
from tradecore.domain.signals import Alert, Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import Quote, Survey

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
PRICE = Decimal(100)
USER = UserId("user-1")
ACCOUNT = AccountId("account-1")
BOT = BotId("bot-15")
OTHER_BOT = BotId("bot-5")

AAPL = Instrument(
    symbol=Symbol("AAPL"),
    root=Symbol("AAPL"),
    kind=Kind.EQUITY,
    market=Market.US_EQUITIES,
    tick_size=Decimal("0.01"),
    tick_value=Decimal("0.01"),
    lot_step=Decimal("0.000000001"),
)
MES = Instrument(
    symbol=Symbol("MESZ2026"),
    root=Symbol("MES"),
    kind=Kind.FUTURE,
    market=Market.CME_FUTURES,
    tick_size=Decimal("0.25"),
    tick_value=Decimal("1.25"),
)

SESSION = Session(
    market=Market.US_EQUITIES,
    day=date(2026, 11, 23),
    opens=datetime(2026, 11, 23, 14, 30, tzinfo=UTC),
    closes=datetime(2026, 11, 23, 21, 0, tzinfo=UTC),
)
OPEN = Hours(now=SESSION, next=None, day=date(2026, 11, 23), day_began=datetime(2026, 11, 23, 5, 0, tzinfo=UTC))
CLOSED = Hours(now=None, next=SESSION, day=date(2026, 11, 23), day_began=datetime(2026, 11, 23, 5, 0, tzinfo=UTC))

KEY = BookKey(account_id=ACCOUNT, symbol=AAPL.symbol)


def a_user(**changes: Any) -> User:
    return User(**{"id": USER, "name": "ada", **changes})


def an_account(**changes: Any) -> Account:
    return Account(**{"id": ACCOUNT, "user_id": USER, "name": "paper", "venue": Venue.PAPER, **changes})


def a_bot(**changes: Any) -> Bot:
    usual = {
        "id": BOT,
        "user_id": USER,
        "account_id": ACCOUNT,
        "symbol": AAPL.root,
        "timeframe": Timeframe(900),
        "sizing": Units(Decimal(10)),
    }
    return Bot(**{**usual, **changes})


def an_alert(signal: Signal = Signal.BUY, name: str = "ALERT1", **changes: Any) -> Alert:
    usual = {"id": AlertId(name), "received_at": MONDAY, "signal": signal, "symbol": AAPL.symbol}
    return Alert(**{**usual, **changes})


def arrived(
    signal: Signal = Signal.BUY, name: str = "ALERT1", bot_id: BotId | None = BOT, **changes: Any
) -> AlertArrived:
    return AlertArrived(alert=an_alert(signal, name, **changes), bot_id=None if signal is Signal.FLAT else bot_id)


def some_facts(*bots: Bot, seconds: float = 0, price: Decimal | int | None = PRICE, **changes: Any) -> Facts:
    """Return the facts *seconds* after the Monday began, with *bots* configured (one, where none is named)."""
    now = MONDAY + timedelta(seconds=seconds)
    quote = Quote(symbol=AAPL.symbol, last=Decimal(price), at=now) if price is not None else None
    usual = {
        "now": now,
        "new_id": f"NEW{int(seconds * 1000)}",
        "account": an_account(),
        "user": a_user(),
        "bots": {bot.id: bot for bot in bots or (a_bot(),)},
        "instrument": AAPL,
        "hours": OPEN,
        "quote": quote,
    }
    return Facts(**{**usual, **changes})


def a_book(**changes: Any) -> Book:
    """Return an empty book that the broker has confirmed to be empty."""
    return Book(**{"key": KEY, "instrument": AAPL, "surveyed_at": MONDAY, **changes})


def a_report(ticket: Ticket, news: News = News.FILLED, **changes: Any) -> OrderReported:
    """Return what a venue says of *ticket*: all of it filled at the usual price, where nothing else is named."""
    filled = ticket.quantity if news is News.FILLED else Decimal(0)
    usual = {
        "order_id": ticket.id,
        "broker_order_id": BrokerOrderId(f"b-{ticket.id}"),
        "news": news,
        "at": MONDAY,
        "filled": filled,
        "average_price": PRICE,
    }
    return OrderReported(report=Report(**{**usual, **changes}))


def a_survey(net: Decimal | int = 0, *working: Report, symbol: Symbol = AAPL.symbol, at: datetime = MONDAY) -> Surveyed:
    return Surveyed(survey=Survey(symbol=symbol, net=Decimal(net), working=working, at=at))


def judge(book: Book, *events: Event, facts: Facts | None = None) -> Decision:
    """Judge *events* one after the other, and return the last decision."""
    known = facts or some_facts()
    decision = Decision(book=book)
    for event in events:
        decision = decide(decision.book, event, known)
    return decision
