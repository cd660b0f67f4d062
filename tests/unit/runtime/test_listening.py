"""Test that nothing a broker tells by itself is lost, and that its thread is never harmed."""

from decimal import Decimal

import pytest
from attrs import evolve

from tests.builders import AAPL, ACCOUNT, MES, MONDAY, an_account
from tests.promises.store import an_order, record
from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Exchange
from tradecore.adapters.memory.store import MemoryStore
from tradecore.domain.book import BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import Event, OrderReported, ReconcileDue
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol
from tradecore.domain.orders import News, OrderState, OrderType, Report, Side
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.listening import Ear

REPORT = Report(
    order_id=OrderId("O-1"), broker_order_id=BrokerOrderId("B-1"), news=News.FILLED, at=MONDAY, filled=Decimal(1),
    average_price=Decimal(100), symbol=AAPL.symbol)  # fmt: skip
KEY = BookKey(account_id=ACCOUNT, symbol=AAPL.symbol)


class Listening:
    """An ear over a store in memory."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), MemoryClock(MONDAY)
        self.store.directory.keep(an_account())
        self.doorstep = Doorstep()
        self.ear = Ear(ACCOUNT, self.store.inbox, self.store.ledger, self.clock, self.doorstep)

    def posted(self) -> list[tuple[BookKey, Event]]:
        found = []
        while (claim := self.store.inbox.claim(self.clock.now())) is not None:
            assert claim.posted is not None
            found.append((claim.key, claim.posted.event))
        return found


def test_a_report_is_posted_to_the_book_of_its_symbol() -> None:
    listening = Listening()

    listening.ear.heard(REPORT)

    assert listening.posted() == [(KEY, OrderReported(report=REPORT))]


def test_a_report_that_could_not_be_kept_is_made_up_for_once() -> None:
    listening = Listening()
    listening.store.fail_next("post", times=2)
    listening.ear.heard(REPORT)

    listening.ear.tend()
    assert listening.posted() == []
    listening.ear.tend()
    listening.ear.tend()

    ((key, event),) = listening.posted()
    assert key == KEY
    assert isinstance(event, ReconcileDue)


def test_a_gap_that_could_not_be_noted_is_noted_later() -> None:
    listening = Listening()
    listening.store.fail_next("open_books")

    listening.ear.missed()
    listening.store.fail_next("open_books")
    listening.ear.tend()
    listening.ear.tend()
    listening.store.fail_next("open_books")
    # Nothing is owed any more, so nobody asks.
    listening.ear.tend()

    assert listening.posted() == []


def test_a_report_without_a_symbol_of_an_order_nobody_knows_is_a_gap() -> None:
    listening = Listening()

    listening.ear.heard(evolve(REPORT, symbol=None))
    listening.store.fail_next("order")
    listening.ear.heard(evolve(REPORT, symbol=None))

    listening.ear.tend()
    assert listening.posted() == []


def test_not_even_a_bug_reaches_the_brokers_thread() -> None:
    listening = Listening()
    broken = evolve(REPORT, symbol=Symbol("AAPL"))
    object.__setattr__(broken, "symbol", ["no", "symbol"])

    listening.ear.heard(broken)
    listening.ear.missed()


def an_ended_order(listening: Listening) -> None:
    order = an_order("O-1", state=OrderState.FILLED, filled=REPORT.filled, average_price=REPORT.average_price)
    record(listening.store, orders=(order,))


def test_what_only_repeats_the_end_of_an_order_is_not_posted() -> None:
    listening = Listening()
    an_ended_order(listening)

    listening.ear.heard(REPORT)
    listening.ear.heard(evolve(REPORT, news=News.ACCEPTED, filled=Decimal(0)))
    listening.ear.heard(evolve(REPORT, filled=Decimal(2)))

    assert listening.posted() == [(KEY, OrderReported(report=evolve(REPORT, filled=Decimal(2))))]


def test_what_is_said_of_a_book_that_is_worked_on_waits_for_the_end_of_that() -> None:
    listening = Listening()
    other = evolve(REPORT, symbol=Symbol("MSFT"))
    listening.doorstep.close(KEY)
    for report in (REPORT, evolve(REPORT, filled=Decimal(2)), other):
        listening.ear.heard(report)
    assert [key.symbol for key, _ in listening.posted()] == ["MSFT"]

    an_ended_order(listening)
    for take in listening.doorstep.open(KEY):
        take()

    assert listening.posted() == [(KEY, OrderReported(report=evolve(REPORT, filled=Decimal(2))))]
    waiting = listening.store.inbox.waiting(MONDAY)
    listening.ear.heard(evolve(REPORT, filled=Decimal(3)))
    assert listening.store.inbox.waiting(MONDAY) == waiting + 1


def test_after_a_gap_what_the_broker_holds_where_no_book_is_open_is_looked_at_once() -> None:
    listening = Listening()
    exchange = Exchange(listening.clock)
    exchange.list(AAPL, MES)
    exchange.open_account(ACCOUNT, AccountTerms(cash=Decimal(1_000_000)))
    for instrument in (AAPL, MES):
        exchange.price(instrument.symbol, Decimal(100))
    exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.BUY, Decimal(5))
    exchange.place_by_hand(ACCOUNT, MES.symbol, Side.BUY, Decimal(1), OrderType.LIMIT, limit_price=Decimal(50))
    broker = MemoryBroker(exchange, ACCOUNT)
    looks = [KEY, BookKey(account_id=ACCOUNT, symbol=MES.symbol)]

    listening.ear.look_around(broker)
    assert listening.posted() == [], "nobody has begun to listen"
    listening.ear.begin()
    exchange.faults(ACCOUNT).be_unreachable()
    with pytest.raises(UnreachableError):
        listening.ear.look_around(broker)
    listening.ear.look_around(broker)
    assert listening.posted() == [], "it has just been asked"

    listening.clock.advance(10)
    listening.ear.look_around(broker)
    listening.ear.look_around(broker)

    assert [key for key, _ in listening.posted()] == looks
    listening.ear.missed()
    assert listening.ear.since == listening.clock.now()
    listening.ear.look_around(broker)
    assert listening.store.inbox.waiting(listening.clock.now()) == 2 * len(looks), "each gap is one of its own"
