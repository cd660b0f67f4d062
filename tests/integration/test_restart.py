"""Kill the engine between any two lines of its loop, and start it again from what lies on the disk."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.builders import ACCOUNT, OTHER_BOT, a_bot
from tests.desk import Desk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.decisions import Status
from tradecore.domain.orders import Purpose
from tradecore.domain.parties import WhenClosed
from tradecore.domain.signals import Signal
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules
from tradecore.ports.history import Asked

POINTS = ["before recording", "after recording", "before performing", "after performing"]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", range(1, 8))
def test_a_flip_that_is_killed_completes_in_two_orders_after_a_restart(tmp_path: Path, point: str, time: int) -> None:
    desk = Desk(rules=VenueRules(crosses_zero=False), folder=tmp_path)
    desk.send(Signal.BUY)
    desk.run()
    assert desk.net() == Decimal(10)

    desk.deadly, desk.lives = point, time
    desk.send(Signal.SELL)
    desk.settle()

    made = desk.store.history.orders(Asked(plan_id=desk.alerts[-1]))  # type: ignore[arg-type] # an alert's plan
    assert [row.order.ticket.purpose for row in made] == [Purpose.EXIT, Purpose.ENTRY]
    assert desk.last().status is Status.DONE
    assert desk.net() == desk.held() == Decimal(-10)
    assert len(desk.exchange.orders(ACCOUNT)) == 3


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", range(1, 6))
def test_flat_that_is_killed_ends_flat_after_a_restart(tmp_path: Path, point: str, time: int) -> None:
    bots = (a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))
    desk = Desk(*bots, folder=tmp_path)
    desk.send(Signal.BUY)
    desk.send(Signal.SELL, OTHER_BOT)
    desk.send(Signal.BUY, OTHER_BOT)
    desk.run()
    assert desk.net() == Decimal(20)

    desk.deadly, desk.lives = point, time
    desk.send(Signal.FLAT)
    desk.settle()

    assert desk.last().status is Status.DONE
    assert desk.net() == Decimal(0)
    assert not desk.book().shares


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", [1, 2])
def test_what_waits_for_the_opening_outlives_a_kill_and_enters_once(tmp_path: Path, point: str, time: int) -> None:
    desk = Desk(a_bot(when_closed=WhenClosed.QUEUE), folder=tmp_path)
    desk.calendar.is_open = False
    desk.deadly, desk.lives = point, time
    desk.send(Signal.BUY)
    desk.run()
    desk.restart()
    desk.run()
    assert (desk.last().status, desk.net()) == (Status.PENDING, Decimal(0))

    desk.calendar.is_open = True
    desk.deadly, desk.lives = point, time
    desk.clock.advance(9 * 3600)
    desk.price(100)
    desk.settle()

    assert (desk.last().status, desk.net(), desk.held()) == (Status.DONE, Decimal(10), Decimal(10))
    assert len(desk.exchange.orders(ACCOUNT)) == 1


def test_every_alert_of_a_killed_engine_reaches_its_end(tmp_path: Path) -> None:
    desk = Desk(folder=tmp_path)
    for number, signal in enumerate([Signal.BUY, Signal.SELL, Signal.CLOSE, Signal.BUY, Signal.FLAT] * 2):
        desk.deadly, desk.lives = POINTS[number % 4], 1 + number % 3
        desk.send(signal)
        desk.settle()

    statuses = {desk.record(alert_id).status for alert_id in desk.alerts}

    assert statuses == {Status.DONE}
    assert desk.net() == desk.book().net == Decimal(0)


def test_an_order_of_the_dead_is_not_taken_for_unsent_because_the_venue_cannot_be_asked() -> None:
    desk = Desk()
    desk.faults.disconnect()
    desk.faults.be_unreachable(Call.FIND, times=None)
    desk.deadly, desk.lives = "after performing", 2
    desk.send(Signal.BUY)
    desk.run()
    assert (desk.deaths, desk.net()) == (1, Decimal(10))

    desk.send(Signal.CLOSE)
    desk.run()
    desk.faults.clear()
    desk.faults.reconnect()
    desk.settle()

    assert desk.last().outcome == "Closed: the bot holds no AAPL any more."
    assert desk.net() == desk.held() == desk.book().drift == Decimal(0)
