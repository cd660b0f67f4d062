"""Test that the kill switch closes what is in its scope, and holds until all of it is flat and a person lifts it."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from threading import Event
from time import monotonic
from typing import final

import pytest
from attrs import evolve

from tests.rooms import Demo, a_demo
from tradecore.domain.decisions import Status
from tradecore.domain.ids import BotId, HaltId, Symbol
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.parties import Account, Halt, HaltLevel
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime.halting import Flattening, Scope
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData
from tradecore.ports.venues import Venues

TEN = Decimal(10)


@pytest.fixture
def demo(tmp_path: Path) -> Demo:
    return a_demo(tmp_path)


def status_of(demo: Demo, signal: Signal) -> tuple[Status, Refusal | None]:
    record = demo.room.services.history.alert(demo.send(signal))
    assert record is not None
    return record.status, record.refusal


def net(demo: Demo, symbol: str = "AAPL") -> Decimal:
    return demo.room.exchange.survey(demo.account.id, demo.key(symbol).symbol).net


def halted(demo: Demo, halt_id: HaltId) -> Halt:
    halt = demo.room.services.directory.halt(halt_id)
    assert halt is not None
    return halt


def test_no_new_entries_lets_exits_through_and_can_be_lifted(demo: Demo) -> None:
    assert status_of(demo, Signal.BUY) == (Status.DONE, None)

    pressed = demo.room.halting.halt(HaltLevel.NO_ENTRIES, Scope(), reason="news", by="ada")

    assert pressed.flattening.keys == ()
    assert status_of(demo, Signal.CLOSE) == (Status.DONE, None)
    assert status_of(demo, Signal.BUY) == (Status.REFUSED, Refusal.HALTED)
    lifted = demo.room.halting.lift(pressed.halt.id, by="bob")
    assert lifted.lifted_by == "bob"
    assert status_of(demo, Signal.BUY) == (Status.DONE, None)


def test_flattening_an_account_closes_what_bots_and_people_hold_and_is_confirmed(demo: Demo) -> None:
    demo.send(Signal.BUY)
    by_hand = demo.room.exchange.place_by_hand
    by_hand(demo.account.id, Symbol("MSFT"), Side.BUY, Decimal(3))
    by_hand(demo.account.id, Symbol("AAPL"), Side.BUY, TEN, OrderType.LIMIT, limit_price=Decimal(1))

    scope = Scope(account_id=demo.account.id)
    pressed = demo.room.halting.halt(HaltLevel.FLATTEN, scope, reason="enough", by="ada")
    demo.room.halting.tend()
    before = halted(demo, pressed.halt.id).flat_at
    demo.work(20)
    demo.room.halting.tend()

    assert {key.symbol for key in pressed.flattening.keys} == {"AAPL", "MSFT"}
    assert before is None
    assert net(demo) == net(demo, "MSFT") == 0
    assert demo.room.exchange.working(demo.account.id) == ()
    assert halted(demo, pressed.halt.id).flat_at is not None
    assert status_of(demo, Signal.BUY) == (Status.REFUSED, Refusal.FLATTENED)


def test_a_halt_that_flattens_cannot_be_lifted_before_the_broker_confirms(demo: Demo) -> None:
    demo.send(Signal.BUY)
    pressed = demo.room.halting.halt(HaltLevel.FLATTEN, Scope(), reason="", by="ada")

    with pytest.raises(ValueError, match="until the broker confirms that all is flat: paper holds 10 AAPL"):
        demo.room.halting.lift(pressed.halt.id, by="ada")
    demo.work(10)
    lifted = demo.room.halting.lift(pressed.halt.id, by="ada")

    assert lifted.flat_at is not None
    assert lifted.lifted_at is not None


def test_a_broker_that_does_not_tell_is_not_flat(demo: Demo) -> None:
    demo.room.exchange.faults(demo.account.id).be_unreachable(times=None)

    pressed = demo.room.halting.halt(HaltLevel.FLATTEN, Scope(), reason="", by="ada")
    demo.room.halting.tend()

    assert "does not tell" in pressed.flattening.unreachable[0]
    assert halted(demo, pressed.halt.id).flat_at is None
    demo.room.exchange.faults(demo.account.id).clear()
    demo.room.halting.tend()
    assert halted(demo, pressed.halt.id).flat_at is not None


def test_what_was_held_while_the_broker_was_away_is_closed_when_it_is_back(demo: Demo) -> None:
    demo.room.exchange.place_by_hand(demo.account.id, Symbol("MSFT"), Side.BUY, Decimal(3))
    demo.room.exchange.faults(demo.account.id).be_unreachable(times=None)
    pressed = demo.room.halting.halt(HaltLevel.FLATTEN, Scope(), reason="", by="ada")
    demo.room.exchange.faults(demo.account.id).clear()

    for _ in range(4):
        demo.room.halting.tend()
        demo.work(10)

    assert net(demo, "MSFT") == 0
    assert halted(demo, pressed.halt.id).flat_at is not None


def test_flattening_a_bot_leaves_the_other_bots_share_alone(demo: Demo) -> None:
    first, second = demo.bot(index=0), demo.bot(index=1)
    demo.send(Signal.BUY, first)
    demo.send(Signal.SELL, second)
    assert net(demo) == Decimal(5)

    flattening = demo.room.halting.flatten(Scope(bot_id=first.id), why="a test")
    demo.work()

    assert flattening.keys == (demo.key(),)
    assert net(demo) == Decimal(-5)
    assert demo.book().share(second.id).quantity == Decimal(-5)
    assert demo.room.halting.still_open(Scope(bot_id=first.id)) == ()
    assert demo.room.halting.still_open(Scope(bot_id=second.id)) != ()


def test_a_bots_halt_names_its_account_and_user_too(demo: Demo) -> None:
    bot = demo.bot()

    pressed = demo.room.halting.halt(HaltLevel.FLATTEN, Scope(bot_id=bot.id), reason="", by="ada")

    assert (pressed.halt.account_id, pressed.halt.user_id) == (bot.account_id, bot.user_id)
    assert pressed.flattening.keys == ()


def test_flattening_where_nothing_is_open_asks_nobody(demo: Demo) -> None:
    assert demo.room.halting.flatten(Scope(user_id=demo.account.user_id), why="a test").keys == ()
    assert demo.room.halting.flatten(Scope(bot_id=BotId("gone")), why="a test").keys == ()


def test_a_halt_that_is_unknown_or_lifted_cannot_be_lifted(demo: Demo) -> None:
    pressed = demo.room.halting.halt(HaltLevel.REDUCE_ONLY, Scope(), reason="", by="ada")
    demo.room.halting.lift(pressed.halt.id, by="ada")

    with pytest.raises(ValueError, match="lifted already, by ada"):
        demo.room.halting.lift(pressed.halt.id, by="bob")
    with pytest.raises(ValueError, match="there is no halt"):
        demo.room.halting.lift(HaltId("nothing"), by="bob")


@final
class Slow(Venues):
    """Venues that answer only after *first* has been done."""

    def __init__(self, venues: Venues, first: Callable[[], object]) -> None:
        self._venues = venues
        self._first = first

    def broker(self, account: Account) -> Broker:
        self._first()
        return self._venues.broker(account)

    def market_data(self, account: Account) -> MarketData:
        return self._venues.market_data(account)


def test_what_the_service_closes_before_the_broker_has_answered_is_named_all_the_same(demo: Demo) -> None:
    demo.send(Signal.BUY)

    def service_is_quicker() -> None:
        demo.room.halting.tend()
        demo.work(20)

    halting = evolve(demo.room.halting, venues=Slow(demo.room.venues, service_is_quicker))
    pressed = halting.halt(HaltLevel.FLATTEN, Scope(), reason="", by="ada")

    assert net(demo) == 0
    assert pressed.flattening == Flattening(keys=(demo.key(),))


def test_a_venue_that_hangs_is_waited_for_no_longer_than_is_said(demo: Demo) -> None:
    demo.send(Signal.BUY)
    melted = Event()
    halting = evolve(demo.room.halting, venues=Slow(demo.room.venues, melted.wait))
    began = monotonic()

    flattening = halting.flatten(Scope(account_id=demo.account.id), why="a test", seconds=0.2)
    left = halting.still_open(Scope(account_id=demo.account.id), seconds=0.2)
    took = monotonic() - began
    melted.set()

    assert took < 30, "it waits for ever where it is not bound"
    assert flattening.keys == (demo.key(),), "what our own records know is asked to get flat"
    untold = "paper: the broker does not tell what is held (it has not answered within 0.2 s)"
    assert flattening.unreachable == (untold,)
    assert left == (untold, "paper is still busy in AAPL")
