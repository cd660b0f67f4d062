"""Show each way to lose money that is known and not mended yet: docs/status.md says them in words.

Every test says what should be, and fails today. Strictly: one that passes fails here, and moves to the losses that
once were.
"""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from attrs import evolve

from tests.builders import ACCOUNT, BOT, MES, OTHER_BOT, a_bot
from tests.integration.projectx_exchange import ProjectX
from tests.integration.projectx_rig import ProjectXRig
from tests.integration.projectx_tales import (
    STOP,
    alarms,
    answers,
    end_by_hand,
    no_cancels,
    no_markets,
    no_stops,
    one_bot,
    resting,
    run,
    ten_long,
    two_bots,
)
from tests.projectx_desk import ProjectXDesk
from tests.promises.broker import a_market
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.exchange import Call
from tradecore.adapters.projectx.pace import Lane
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import FlattenAsked, ReduceAsked, StopAsked
from tradecore.domain.orders import Side
from tradecore.domain.parties import Mode
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Direction, Signal, Strategy

pytestmark = pytest.mark.xfail(strict=True, reason="known, and not mended yet: docs/status.md")

TARGET = Distance(Decimal(20), DistanceUnit.TICKS)


def moved(name: str = "r") -> StopAsked:
    return StopAsked(bot_id=BOT, price=Decimal(95), request_id=name, by="ada")


# ---------------------------------------------------------------- protection


def test_a_stop_that_cannot_be_sent_is_told_of_and_no_price_passes_it_unseen() -> None:
    desk = ten_long()
    answers(desk, no_stops)
    end_by_hand(desk, "stop")
    run(desk, 120, 100)
    told = alarms(desk)
    run(desk, 600, 80)
    assert told
    assert desk.net() == 0


def test_a_reduction_that_is_refused_for_long_does_not_keep_the_stop_off() -> None:
    desk = ten_long()
    answers(desk, no_markets(desk))
    desk.post(ReduceAsked(bot_id=BOT, to=Decimal(5), why="ai"))
    run(desk, 600, 100)
    assert "stop" in resting(desk)


def test_a_target_whose_close_is_refused_for_long_does_not_keep_the_stop_off() -> None:
    desk = ten_long(evolve(STOP, target=TARGET))
    answers(desk, no_markets(desk))
    end_by_hand(desk, "limit")
    run(desk, 10, 100)
    run(desk, 20, Decimal("105.25"))
    run(desk, 600, 100)
    assert "stop" in resting(desk)


def test_a_reduction_in_the_daily_break_leaves_the_rest_with_its_stop() -> None:
    desk = ProjectXDesk(a_bot(symbol=MES.root, protection=STOP, mode=Mode.TARGET))
    desk.calendar = ExchangeCalendar()  # type: ignore[assignment] # the real hours, with their breaks
    desk.engine = desk._engine()
    desk.send(Signal.BUY)
    desk.run()
    desk.clock.advance(7 * 3600 + 1800)  # 16:30 in Chicago
    desk.run()
    desk.world.core.force_session(is_open=False)
    desk.send(Signal.SELL, strategy=Strategy(direction=Direction.LONG, quantity=Decimal(5)))
    run(desk, 1900, 100)
    during = resting(desk)
    desk.world.core.force_session(is_open=True)
    run(desk, 120, 100)
    assert during == ["stop"]
    assert desk.net() in {5, 10}


def test_two_stops_of_a_move_never_both_fill() -> None:
    desk = ten_long()
    desk.world.be_unreachable(Call.CANCEL, times=None)
    desk.post(moved())
    desk.run()
    desk.world.disconnect()
    desk.world.be_unreachable(Call.SUBMIT, Call.FIND, Call.SURVEY, times=None)
    run(desk, 20, 85)
    assert desk.net() >= 0


def test_moves_that_never_left_are_no_lost_stops() -> None:
    desk = ten_long()
    is_on = [True]
    answers(desk, lambda request, real: no_stops(request, real) if is_on[0] else None)
    for number in range(3):
        desk.post(moved(f"r{number}"))
        run(desk, 45, 100)
    is_on[0] = False
    run(desk, 10, 100)
    desk.clock.advance(3600)
    desk.price(100)
    desk.run()
    desk.post(ReduceAsked(bot_id=BOT, to=Decimal(5), why="ada"))
    run(desk, 30, 100)
    assert desk.net() == 5


@pytest.mark.parametrize("event", [moved(), FlattenAsked(why="ada")], ids=["move", "flat"])
def test_cancels_that_are_refused_are_asked_for_ever_more_slowly(event: StopAsked | FlattenAsked) -> None:
    desk = ten_long(evolve(STOP, target=Distance(Decimal(400), DistanceUnit.TICKS)))
    asked: list[str] = []
    refuse = no_cancels(desk)

    def counted(request: httpx.Request, real: Callable[[httpx.Request], httpx.Response]) -> httpx.Response | None:
        asked.append(request.url.path)
        return refuse(request, real)

    answers(desk, counted)
    desk.post(event)
    run(desk, 600, 100)
    assert len(asked) < 200
    assert len(desk.notifier.told) < 20


# ---------------------------------------------------------------- what is not heard


def test_an_entry_asks_first_while_nobody_hears_the_broker() -> None:
    desk = ProjectXDesk(a_bot(symbol=MES.root))
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.CLOSE)
    desk.run()
    desk.world.disconnect()
    desk.exchange.place_by_hand(ACCOUNT, MES.symbol, Side.SELL, Decimal(8))
    run(desk, 600, 100)
    desk.send(Signal.BUY)
    run(desk, 120, 100)
    assert desk.net() == -8


def test_an_alert_that_comes_while_the_hub_is_away_is_not_lost_to_an_old_book() -> None:
    desk = one_bot()
    desk.send(Signal.BUY)
    run(desk, 30)
    desk.world.disconnect()
    run(desk, 40)
    desk.price(98)  # the stop fills
    run(desk, 5)
    desk.price(99)
    desk.send(Signal.BUY)
    run(desk, 60)
    assert desk.net() == 1, desk.last().outcome


def test_a_user_hub_that_tells_nothing_of_what_is_known_to_have_filled_is_left() -> None:
    with closing(ProjectX(accounts=1)) as projectx, closing(ProjectXRig(projectx)) as rig:
        projectx.sim(f"accounts/{projectx.account}/events/drop-events", times=100_000)
        gaps = rig.heard.gaps
        for number in range(3):
            rig.broker.submit(a_market(f"e-{number}", Side.BUY, 1, rig.symbol))
            rig.broker.positions()
        assert rig.heard.gaps > gaps


# ---------------------------------------------------------------- exits


@pytest.mark.parametrize("signal", [Signal.CLOSE, Signal.SELL, Signal.FLAT])
def test_positions_that_lag_four_seconds_behind_a_fill_leave_nothing_behind(signal: Signal) -> None:
    desk, empty = one_bot(), {"positions": [], "success": True, "errorCode": 0, "errorMessage": None}
    desk.send(Signal.BUY)
    desk.run()
    until = desk.clock.now() + timedelta(seconds=4)
    answers(desk, lambda request, _: (
        httpx.Response(200, json=empty)
        if request.url.path.lower() == "/api/position/searchopen" and desk.clock.now() < until else None
    ))  # fmt: skip
    desk.send(signal)
    run(desk, 20)
    desk.settle()
    assert desk.net() == desk.held() == (-1 if signal is Signal.SELL else 0), desk.last().outcome


def test_a_close_outlives_a_halt_of_ten_seconds() -> None:
    desk = one_bot(Protection())
    desk.send(Signal.BUY)
    desk.run()
    desk.world.core.force_session(is_open=False)
    desk.send(Signal.CLOSE)
    run(desk, 10)
    desk.world.core.force_session(is_open=True)
    desk.world.tell()
    desk.settle()
    assert desk.net() == 0, desk.last().outcome


@pytest.mark.parametrize(("signal", "is_heard"), [(Signal.FLAT, True), (Signal.FLAT, False), (Signal.CLOSE, False)])
def test_exits_do_not_wait_for_the_lane_of_questions(signal: Signal, is_heard: bool) -> None:
    desk = one_bot()
    desk.send(Signal.BUY)
    run(desk, 3)
    pace = desk.world.broker._line._pace
    with suppress(UnreachableError):
        while True:  # Until there is no room left.
            pace.take(Lane.READ)
    if not is_heard:
        desk.world.disconnect()
    desk.send(signal)
    run(desk, 10)
    assert desk.net() == 0


def test_opposite_shares_in_an_old_month_can_be_closed_one_after_the_other() -> None:
    desk = two_bots(3, 1)
    desk.send(Signal.BUY, BOT)
    run(desk, 3)
    desk.send(Signal.SELL, OTHER_BOT)
    run(desk, 3)
    desk.world.core.roll(desk.world.contract)
    for bot in (BOT, OTHER_BOT):
        desk.send(Signal.CLOSE, bot)
        desk.settle()
    assert (desk.net(), desk.held(BOT), desk.held(OTHER_BOT)) == (0, 0, 0), desk.last().outcome
