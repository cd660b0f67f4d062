"""Test that the kill switch closes what is in its scope, and holds until all of it is flat and a person lifts it."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.rooms import Demo, a_demo
from tradecore.domain.decisions import Status
from tradecore.domain.ids import BotId, HaltId, Symbol
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.parties import Halt, HaltLevel
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime.halting import Scope

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
