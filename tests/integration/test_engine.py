"""One book that cannot be worked on keeps no other from its turn."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.builders import ACCOUNT, KEY, a_bot
from tests.desk import Desk
from tradecore.domain.book import BookKey
from tradecore.domain.deciding import decide
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.errors import MalformedError, ShutError, UnreachableError
from tradecore.domain.events import Event, ReconcileDue, Woken
from tradecore.domain.ids import Symbol
from tradecore.domain.parties import Account, WhenClosed
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.records import Errand
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime.engine import REST
from tradecore.ports.broker import Broker
from tradecore.ports.history import Asked


class HalfReadable:
    """A ledger that fails on one book, until it is mended."""

    def __init__(self, inner: Any, error: Exception) -> None:
        self.inner = inner
        self.error: Exception | None = error
        self.tries = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def book(self, key: BookKey) -> Any:
        if key == KEY and self.error is not None:
            self.tries += 1
            raise self.error
        return self.inner.book(key)


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), MalformedError("of another version")], ids=["bug", "unreadable"]
)
def test_a_book_that_fails_rests_and_the_others_go_on(error: Exception) -> None:
    desk = Desk()
    ledger = HalfReadable(desk.store.ledger, error)
    engine = evolve(desk.engine, ledger=ledger)
    for symbol in (KEY.symbol, "MSFT", "TSLA"):
        key = BookKey(account_id=ACCOUNT, symbol=Symbol(symbol))
        desk.store.inbox.post(key, ReconcileDue(why="a look"), desk.clock.now())

    while engine.step():
        pass

    assert ledger.tries == 1
    assert desk.store.inbox.waiting(desk.clock.now()) == 1
    ledger.error = None
    desk.clock.advance(REST.total_seconds())
    while engine.step():
        pass
    assert desk.store.inbox.waiting(desk.clock.now()) == 0


class Falling:
    """A performer at whose venue the price falls through the stop before the entry's answer is read."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.inner = desk, desk.engine.performer

    def perform(self, errand: Errand, *, first: bool) -> Event | None:
        outcome = self.inner.perform(errand, first=first)
        if self.desk.net():
            self.desk.price(90)
        return outcome


def test_what_the_broker_says_of_a_book_while_it_is_worked_on_is_heard_right_after() -> None:
    desk = Desk(a_bot(protection=Protection(stop=Distance(Decimal(5), DistanceUnit.PERCENT))))
    falling: Any = Falling(desk)
    desk.engine = evolve(desk.engine, performer=falling)
    desk.send(Signal.BUY)

    desk.run()

    assert desk.net() == 0
    assert desk.held() == 0
    assert [trade.exit_price for trade in desk.store.history.trades(Asked())] == [90]


@pytest.mark.parametrize("failing", ["record", "release"])
def test_what_a_broker_said_meanwhile_is_taken_even_where_the_database_goes_away(
    monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    desk, taken = Desk(), list[str]()

    def said_meanwhile(*given: Any) -> Decision:
        assert desk.doorstep.keep(KEY, lambda: taken.append("a fill"))
        return decide(*given)

    def away(*_: object, **__: object) -> None:
        raise UnreachableError("the database is away")

    monkeypatch.setattr(desk.store.ledger if failing == "record" else desk.store.inbox, failing, away)
    desk.send(Signal.BUY)

    with pytest.raises(UnreachableError):
        evolve(desk.engine, judge=said_meanwhile).step()

    assert "a fill" in taken


def test_an_account_whose_venue_cannot_be_opened_says_why_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()

    def shut(_: Account) -> Broker:
        raise UnreachableError("account paper has no keys yet")

    monkeypatch.setattr(desk.venues, "broker", shut)
    monkeypatch.setattr(desk.venues, "market_data", shut)

    desk.send(Signal.BUY)
    desk.run()

    assert desk.last().refusal is Refusal.NO_PRICE
    assert desk.last().outcome == "There is no price to judge the entry by: account paper has no keys yet."


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("when_closed", list(WhenClosed))
def test_an_entry_for_an_account_that_cannot_be_traded_is_refused_for_that_and_a_close_waits(
    monkeypatch: pytest.MonkeyPatch, when_closed: WhenClosed, *, is_open: bool
) -> None:
    flat, long = Desk(a_bot(when_closed=when_closed)), Desk(a_bot(when_closed=when_closed))
    long.send(Signal.BUY)
    long.run()

    def shut(_: Account) -> Broker:
        raise ShutError("account paper has no keys yet: tradecore keys set paper")

    for desk, signal in ((flat, Signal.BUY), (long, Signal.CLOSE)):
        monkeypatch.setattr(desk.venues, "broker", shut)
        monkeypatch.setattr(desk.venues, "market_data", shut)
        desk.calendar.is_open = is_open
        desk.send(signal)
        desk.run()

    why = "account paper has no keys yet: tradecore keys set paper."
    assert flat.last().refusal is Refusal.ACCOUNT_UNREACHABLE
    assert flat.last().outcome == f"The account cannot be traded at its venue: {why}"
    assert long.last().status is Status.PENDING
    assert long.last().outcome == f"Not done yet, and still tried: {why}"


def test_a_reminder_of_what_is_over_by_then_is_let_go_unjudged() -> None:
    desk = Desk()
    desk.exchange.liquidity(KEY.symbol, Decimal(0))
    desk.send(Signal.BUY)
    desk.run()
    desk.exchange.liquidity(KEY.symbol, None)
    desk.price(100)
    desk.run()
    assert desk.net() == desk.held() != Decimal(0)
    assert desk.book().remind_at is None, "what comes later must ask for a reminder of its own"
    desk.judged.clear()

    desk.clock.advance(60)
    desk.run()

    assert desk.judged == []
    assert desk.store.inbox.claim(desk.clock.now()) is None


def test_a_reminder_of_an_order_that_still_works_is_judged() -> None:
    desk = Desk()
    desk.exchange.liquidity(KEY.symbol, Decimal(0))
    desk.send(Signal.BUY)
    desk.run()
    desk.judged.clear()

    desk.clock.advance(60)
    desk.run()

    assert any(isinstance(one.event, Woken) for one in desk.judged)
