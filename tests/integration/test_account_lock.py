"""Judge two books of one account side by side: none passes a limit unaware of the other, none waits for a venue."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from threading import Event as Flag
from threading import Thread
from typing import Any, final

import pytest
from attrs import evolve

from tests.builders import ACCOUNT, MES, a_bot, an_account
from tests.desk import Desk
from tradecore.domain.book import Book
from tradecore.domain.decisions import Status
from tradecore.domain.errors import ConflictError
from tradecore.domain.events import Event
from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol
from tradecore.domain.limits import AccountLimits
from tradecore.domain.parties import Halt, HaltLevel
from tradecore.domain.signals import Signal
from tradecore.domain.venues import Quote
from tradecore.entrypoints.runtime.gathering import Gatherer, Seen
from tradecore.ports.market_data import MarketData

OTHER = a_bot(id=BotId("bot-mes"), symbol=MES.symbol)
PATIENCE_SECONDS = 10


@final
class Watched(MarketData):
    """Prices that note whether the account's lock was held when they were asked for."""

    def __init__(self, desk: Desk, inner: MarketData) -> None:
        self._desk = desk
        self._inner = inner
        self.under_lock: list[Symbol] = []
        self.asked: list[Symbol] = []

    def quote(self, symbol: Symbol) -> Quote | None:
        self.asked.append(symbol)
        if self._desk.engine._rooms.of(ACCOUNT).locked():
            self.under_lock.append(symbol)
        return self._inner.quote(symbol)


def limited() -> Desk:
    """Return a desk whose account has a limit that every open position counts for, and two bots."""
    desk = Desk()
    desk.store.directory.keep(an_account(limits=AccountLimits(daily_loss=Decimal(100_000))))
    desk.store.directory.keep(OTHER)
    desk.exchange.price(MES.symbol, Decimal(5000))
    return desk


def test_no_venue_is_asked_while_the_accounts_other_books_wait() -> None:
    desk = limited()
    desk.send(Signal.BUY)
    desk.run()
    prices = Watched(desk, desk.venues._prices)
    desk.venues._prices = prices

    desk.send(Signal.BUY, bot_id=OTHER.id, symbol=MES.symbol)
    desk.run()

    assert desk.last().status is Status.DONE
    assert {"AAPL", MES.symbol} <= set(prices.asked), "the open position's price counts as well"
    assert prices.under_lock == []


def test_a_judgement_is_recorded_before_the_accounts_next_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, held = limited(), []
    record = desk.store.ledger.record

    def watched(*given: Any) -> Any:
        held.append(desk.engine._rooms.of(ACCOUNT).locked())
        return record(*given)

    monkeypatch.setattr(desk.store.ledger, "record", watched)
    desk.send(Signal.BUY)
    desk.run()

    assert held
    assert all(held)


@contextmanager
def waiting_for_its_turn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the next event be seen, and wait for the account's lock until the block ends; then let it be judged."""
    looked, look = Flag(), Gatherer.look

    def seen(self: Gatherer, book: Book, event: Event) -> Seen:
        found = look(self, book, event)
        looked.set()
        return found

    monkeypatch.setattr(Gatherer, "look", seen)
    with desk.engine._rooms.of(ACCOUNT):
        worker = Thread(target=desk.engine.step)
        worker.start()
        assert looked.wait(PATIENCE_SECONDS)
        yield
    worker.join(PATIENCE_SECONDS)
    assert not worker.is_alive()


def test_a_kill_switch_that_was_pressed_meanwhile_keeps_the_entry_out(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.CLOSE)
    desk.run()
    desk.send(Signal.BUY)

    with waiting_for_its_turn(desk, monkeypatch):
        halt = Halt(id=HaltId("h"), level=HaltLevel.NO_ENTRIES, reason="stop", by="ada", at=desk.clock.now())
        desk.store.directory.keep(halt)
    desk.run()

    assert desk.net() == 0
    refusal = desk.last().refusal
    assert refusal is not None
    assert refusal.code == "halted"


def test_a_price_that_grew_old_meanwhile_is_too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.CLOSE)
    desk.run()
    desk.send(Signal.BUY)

    with waiting_for_its_turn(desk, monkeypatch):
        desk.clock.advance(a_bot().limits.quote_age_max + 60)
    desk.run()

    assert desk.net() == 0
    refusal = desk.last().refusal
    assert refusal is not None
    assert refusal.code == "stale-price"


@final
class Lost:
    """A lease that has run out by the time that an order is to be sent."""

    def __init__(self) -> None:
        self.asked = 0

    def holds(self, account_id: AccountId) -> bool:
        assert account_id == ACCOUNT
        self.asked += 1
        return False


def test_nothing_is_sent_for_an_account_that_is_another_processs_by_now() -> None:
    desk, leases = Desk(), Lost()
    engine = evolve(desk.engine, leases=leases)  # type: ignore[arg-type] # nothing else is asked of it
    desk.send(Signal.BUY)

    with pytest.raises(ConflictError, match="lease ran out"):
        engine._work(claimed(desk))

    assert leases.asked == 1
    assert desk.exchange.working(ACCOUNT, Symbol("AAPL")) == ()
    assert desk.net() == 0


def claimed(desk: Desk) -> Any:
    claim = desk.store.inbox.claim(desk.clock.now())
    assert claim is not None
    return claim
