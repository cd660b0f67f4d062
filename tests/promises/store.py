"""What the lists of promises need of any store, and short ways to write into it."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from threading import Barrier
from typing import Any, Protocol, TypeVar

from attrs import evolve

from tests.builders import AAPL, ACCOUNT, BOT, KEY, MONDAY, USER, an_alert, some_facts
from tradecore.domain.book import Book, BookKey
from tradecore.domain.decisions import Decision
from tradecore.domain.events import AlertArrived, Event, Woken
from tradecore.domain.ids import AccountId, AlertId, BotId, ErrandId, EventId, OrderId, PlanId, Symbol, TradeId
from tradecore.domain.orders import Order, Purpose, Side, Ticket
from tradecore.domain.records import Claim, Delivery, Errand, Judged
from tradecore.domain.signals import Direction, Signal
from tradecore.domain.trades import Fill, OpenTrade, Result, Share, Trade
from tradecore.ports.directory import Directory
from tradecore.ports.history import History
from tradecore.ports.inbox import Inbox
from tradecore.ports.ledger import Ledger, Standing

SECOND = timedelta(seconds=1)
MSFT = BookKey(account_id=ACCOUNT, symbol=Symbol("MSFT"))
OTHER_ACCOUNT = AccountId("account-2")
ELSEWHERE = BookKey(account_id=OTHER_ACCOUNT, symbol=AAPL.symbol)
PLAN = PlanId("ALERT1")

_numbers = count(1)
_Answer = TypeVar("_Answer")


class Store(Protocol):
    """The parts of a store."""

    @property
    def inbox(self) -> Inbox: ...

    @property
    def ledger(self) -> Ledger: ...

    @property
    def standing(self) -> Standing: ...

    @property
    def history(self) -> History: ...

    @property
    def directory(self) -> Directory: ...


def at(seconds: float) -> datetime:
    return MONDAY + timedelta(seconds=seconds)


def a_delivery(name: str = "ALERT1", *, key: BookKey = KEY, **changes: Any) -> Delivery:
    usual = {
        "arrived": AlertArrived(alert=an_alert(Signal.BUY, name), bot_id=BOT),
        "key": key,
        "user_id": USER,
        "account_id": key.account_id,
        "token_id": None,
        "body": '{"signal": "BUY"}',
        "identity": name,
        "window": timedelta(days=1),
    }
    return Delivery(**{**usual, **changes})


def a_decision(book: Book, **rows: Any) -> Decision:
    """Return a decision that leaves *book* as it is, with *rows* for people to read and commands to perform."""
    return evolve(Decision(book=book), **rows)


def judged(
    store: Store,
    *,
    key: BookKey = KEY,
    event_id: str | None = None,
    event: Event | None = None,
    errand_id: ErrandId | None = None,
    book: Book | None = None,
    **rows: Any,
) -> Judged:
    """Return a judgement on the book as it is, ready to be recorded; *book* is what becomes of it."""
    before = store.ledger.book(key)
    after = evolve(book, key=key, version=before.version) if book is not None else before
    return Judged(
        event_id=EventId(event_id or f"{next(_numbers):026d}"),
        event=event if event is not None else Woken(),
        before=before,
        facts=some_facts(),
        decision=a_decision(after, **rows),
        errand_id=errand_id,
    )


def record(store: Store, *, now: datetime = MONDAY, **what: Any) -> tuple[Errand, ...]:
    return store.ledger.record(judged(store, **what), now)


def claimed(store: Store, now: datetime = MONDAY) -> Claim:
    claim = store.inbox.claim(now)
    assert claim is not None
    return claim


def work(store: Store, now: datetime = MONDAY) -> Event | None:
    """Take the next event through, with nothing decided; return it, or None where nothing is due."""
    claim = store.inbox.claim(now)
    if claim is None:
        return None
    assert claim.posted is not None
    record(store, key=claim.key, event_id=claim.posted.id, event=claim.posted.event, now=now)
    store.inbox.release(claim)
    return claim.posted.event


def an_order(name: str = "ALERT1-1-1", *, purpose: Purpose = Purpose.ENTRY, **changes: Any) -> Order:
    ticket = Ticket(id=OrderId(name), symbol=AAPL.symbol, side=Side.BUY, quantity=Decimal(10), purpose=purpose)
    usual = {"ticket": ticket, "plan_id": PLAN, "bot_id": BOT, "created_at": MONDAY}
    return Order(**{**usual, **changes})


def a_fill(quantity: int = 10, **changes: Any) -> Fill:
    usual = {
        "order_id": OrderId("ALERT1-1-1"),
        "plan_id": PLAN,
        "bot_id": BOT,
        "symbol": AAPL.symbol,
        "quantity": Decimal(quantity),
        "price": Decimal(100),
        "at": MONDAY,
    }
    return Fill(**{**usual, **changes})


def a_result(amount: int | str, *, bot_id: BotId = BOT, seconds: float = 0) -> Result:
    return Result(bot_id=bot_id, amount=Decimal(amount), at=at(seconds))


def a_trade(net: int | str = 5, *, seconds: float = 0, **changes: Any) -> Trade:
    usual = {
        "id": TradeId("ALERT1-1-1"),
        "account_id": ACCOUNT,
        "bot_id": BOT,
        "symbol": AAPL.symbol,
        "direction": Direction.LONG,
        "quantity": Decimal(10),
        "entry_price": Decimal(100),
        "exit_price": Decimal(101),
        "gross": Decimal(net) + 1,
        "commission": Decimal(1),
        "opened_at": MONDAY - timedelta(hours=1),
        "closed_at": at(seconds),
        "opened_by": PLAN,
        "closed_by": PlanId("ALERT2"),
    }
    return Trade(**{**usual, **changes})


def a_share(quantity: int = 10, bot_id: BotId = BOT) -> Share:
    trade = OpenTrade(id=TradeId("T"), opened_at=MONDAY, opened_by=PLAN, direction=Direction.of(Decimal(quantity)))
    return Share(bot_id=bot_id, quantity=Decimal(quantity), cost=Decimal(quantity * 100), trade=trade)


def an_alert_id(number: int) -> AlertId:
    return AlertId(f"ALERT{number}")


def together(times: int, call: Callable[[int], _Answer]) -> list[_Answer]:
    """Make *times* calls from as many threads, all let go at the same moment."""
    start = Barrier(times)

    def run(number: int) -> _Answer:
        start.wait(timeout=30)
        return call(number)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times), timeout=60))


def ids(errands: Iterable[Errand]) -> list[ErrandId]:
    return [errand.id for errand in errands]
