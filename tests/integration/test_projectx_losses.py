"""Live through what once lost money at ProjectX, in a hunt for that."""

import json
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from attrs import evolve

from tests.builders import (
    AAPL,
    ACCOUNT,
    BOT,
    CLOSED,
    MES,
    MONDAY,
    OPEN,
    OTHER_BOT,
    SESSION,
    a_book,
    a_bot,
    a_report,
    an_account,
    arrived,
    some_facts,
)
from tests.desk import Desk
from tests.integration.projectx_exchange import ProjectX
from tests.integration.projectx_rig import ProjectXRig, desk_for
from tests.integration.projectx_tales import alarms, answers, no_stops, one_bot, resting, run, ten_long, two_bots
from tests.projectx_desk import ProjectXDesk
from tests.promises.broker import a_market
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.projectx.broker import ProjectXBroker
from tradecore.adapters.projectx.pace import Lane, Pace
from tradecore.domain.ceilings import ContractLimit
from tradecore.domain.commands import Submit
from tradecore.domain.deciding import decide
from tradecore.domain.errors import OutcomeUnknownError
from tradecore.domain.events import ReconcileDue, StopAsked, Woken
from tradecore.domain.limits import AccountLimits
from tradecore.domain.orders import News, Purpose, Side
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sessions import Hours
from tradecore.domain.signals import Signal
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import Quote, VenueRules

NONE = Protection()


@pytest.mark.parametrize("is_away", [False, True])
def test_an_exit_beside_an_opposite_share_opens_nothing_where_the_firm_has_flattened(is_away: bool) -> None:
    desk = two_bots(3, 1)
    desk.send(Signal.BUY, BOT)
    run(desk, 3)
    desk.send(Signal.SELL, OTHER_BOT)
    run(desk, 40)
    assert desk.net() == 2
    if is_away:
        desk.world.disconnect()
    desk.world.core.flatten(desk.world.account)
    desk.world.tell()

    desk.send(Signal.CLOSE, BOT)
    desk.run()

    assert desk.net() == 0


@pytest.mark.parametrize("seconds", [3, 15])
def test_another_bots_bracket_survives_an_exit_that_is_refused_in_a_halt(seconds: int) -> None:
    desk = two_bots(1, 1)
    for bot in (BOT, OTHER_BOT):
        desk.send(Signal.BUY, bot)
        run(desk, 3)
    desk.world.core.force_session(is_open=False)
    desk.send(Signal.CLOSE, BOT)
    run(desk, seconds)

    working = {order.tag for order in desk.world.orders() if not order.status.is_over}
    assert {"ALERT0002-1-1-SL", "ALERT0002-1-1-TP"} <= working
    assert (desk.held(OTHER_BOT), desk.net()) == (1, 2)


@pytest.mark.parametrize("status", [500, 404])
@pytest.mark.parametrize("is_over", [False, True])
def test_who_gets_no_new_token_logs_in(status: int, is_over: bool) -> None:
    desk = one_bot(NONE)
    desk.send(Signal.BUY)
    run(desk, 3)
    answers(desk, lambda request, _: (
        httpx.Response(status, text="x") if request.url.path.lower() == "/api/auth/validate" else None))  # fmt: skip
    if is_over:
        desk.clock.advance(25 * 3600)
    else:
        desk.world.venue.tokens.revoke()

    desk.send(Signal.CLOSE)
    run(desk, 300)

    assert desk.net() == 0, desk.last().outcome


def test_a_clock_that_steps_back_closes_no_lane_for_an_hour() -> None:
    clock = MemoryClock(datetime(2026, 11, 23, 15, tzinfo=UTC))
    pace = Pace(clock)
    pace.slow_down(Lane.READ, 5)
    clock.advance(-3600)
    clock.advance(120)

    pace.take(Lane.READ)


def test_a_row_of_another_contract_blocks_no_exit() -> None:
    desk = one_bot(NONE)
    desk.send(Signal.BUY)
    run(desk, 3)

    def odd(request: httpx.Request, real: Callable[[httpx.Request], httpx.Response]) -> httpx.Response | None:
        if request.url.path.lower() != "/api/position/searchopen":
            return None
        told = json.loads(real(request).read())
        told["positions"].append({"id": 7, "accountId": desk.world.account.id, "contractId": "CON.F.US.ENQ.Z26",
                                  "type": 1, "size": 1, "averagePrice": None})  # fmt: skip
        return httpx.Response(200, json=told)

    answers(desk, odd)
    desk.send(Signal.CLOSE)
    run(desk, 120)

    assert desk.net() == 0, desk.last().outcome


def test_an_order_that_is_there_is_never_said_to_be_undone() -> None:
    with closing(ProjectX(accounts=1)) as projectx, closing(ProjectXRig(projectx)) as rig:
        rig.broker.submit(a_market("e-1", Side.BUY, 3, rig.symbol))
        with closing(ProjectXBroker(desk_for(projectx), projectx.account)) as anew, suppress(OutcomeUnknownError):
            anew.positions()
            rig.fault("server-error", path="/api/Trade/search")
            assert anew.submit(a_market("e-1", Side.BUY, 3, rig.symbol)).filled == 3


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_an_entry_counts_what_the_broker_has_just_said_that_people_hold(seconds: float) -> None:
    desk = ProjectXDesk(a_bot(symbol=MES.root))
    desk.store.directory.keep(an_account(limits=AccountLimits(contracts=ContractLimit(minis=Decimal(1)))))
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.CLOSE)
    run(desk, 30, 100)
    desk.exchange.place_by_hand(ACCOUNT, MES.symbol, Side.BUY, Decimal(8))
    desk.run()
    desk.clock.advance(seconds)
    desk.run()

    desk.send(Signal.BUY)
    run(desk, 10, 100)

    assert desk.net() <= 10


def test_a_move_that_is_given_up_leaves_the_stop_that_rests() -> None:
    desk = ten_long()
    answers(desk, no_stops)
    desk.clock.advance(-120)
    desk.price(100)
    desk.run()

    desk.post(StopAsked(bot_id=BOT, price=Decimal(95), request_id="r", by="ada"))
    run(desk, 60, 100)

    assert any("it stays there" in text for text in alarms(desk))
    assert resting(desk) == ["stop"]


@pytest.mark.parametrize("hours", [OPEN, CLOSED])
def test_a_lost_stop_is_not_judged_by_an_old_price(hours: Hours) -> None:
    bot = a_bot(protection=Protection(stop=Distance(Decimal(10), DistanceUnit.DOLLARS)))
    done = decide(a_book(), arrived(), some_facts(bot))
    entry = next(one.ticket for one in done.commands if isinstance(one, Submit))
    done = decide(done.book, a_report(entry), some_facts(bot, seconds=1))
    leg = next(one.ticket for one in done.book.orders if one.ticket.purpose is Purpose.STOP)
    done = decide(done.book, a_report(leg, News.ACCEPTED), some_facts(bot, seconds=2))
    moved = a_report(leg, News.ACCEPTED, works_at=Decimal(110))
    done = decide(done.book, moved, some_facts(bot, seconds=3600, price=120))
    facts = some_facts(bot, seconds=4 * 3600)
    old = Quote(symbol=AAPL.symbol, last=Decimal(105), at=facts.now - timedelta(hours=3))

    done = decide(done.book, a_report(leg, News.CANCELLED), evolve(facts, quote=old, hours=hours))

    assert [one.ticket.purpose for one in done.commands if isinstance(one, Submit)] == [Purpose.STOP]


def test_a_target_is_not_judged_by_a_price_from_before_the_opening() -> None:
    bot = a_bot(protection=Protection(target=Distance(Decimal(5), DistanceUnit.DOLLARS)))
    rules, day = VenueRules(brackets=False), timedelta(days=1)
    done = decide(a_book(), arrived(), some_facts(bot, rules=rules))
    entry = next(one.ticket for one in done.commands if isinstance(one, Submit))
    done = decide(done.book, a_report(entry), some_facts(bot, seconds=1, rules=rules))
    session = evolve(SESSION, day=SESSION.day + day, opens=SESSION.opens + day, closes=SESSION.closes + day)
    now = session.opens + timedelta(seconds=1)
    facts = some_facts(bot, rules=rules, seconds=(now - MONDAY).total_seconds())
    before = Quote(symbol=AAPL.symbol, last=Decimal(106), at=now - timedelta(seconds=50))

    done = decide(done.book, Woken(), evolve(facts, hours=evolve(OPEN, now=session), quote=before))

    assert not [one for one in done.commands if isinstance(one, Submit)]


def test_an_exit_is_sent_though_people_have_covered_what_was_theirs() -> None:
    stop = Protection(stop=Distance(Decimal(5), DistanceUnit.DOLLARS))
    desk = Desk(a_bot(protection=stop), a_bot(id=OTHER_BOT, timeframe=Timeframe(300), protection=stop))

    def wait() -> None:
        for seconds in (0, 1, 1, 1, 3, 5, 10):
            desk.run()
            desk.clock.advance(seconds)
            desk.price(100)
        desk.run()

    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(5))
    desk.post(ReconcileDue(why=""))
    wait()
    desk.send(Signal.BUY)
    wait()
    desk.send(Signal.SELL, OTHER_BOT)
    wait()
    assert (desk.book().external, desk.held(BOT), desk.held(OTHER_BOT)) == (-5, 10, -10)
    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.BUY, Decimal(5))
    wait()
    stops = len([one for one in desk.book().orders if one.ticket.purpose is Purpose.STOP])
    desk.send(Signal.CLOSE)
    wait()

    assert (stops, desk.net()) == (2, -10)
