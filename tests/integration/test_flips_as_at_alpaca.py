"""Flip and add under the venue's rules as Alpaca's, and be killed between any two lines of it."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.builders import AAPL, ACCOUNT, BOT, OTHER_BOT, a_bot
from tests.desk import Desk
from tests.integration.test_restart import POINTS
from tradecore.domain.decisions import Status
from tradecore.domain.orders import News, OrderType, Purpose, Side
from tradecore.domain.parties import Mode
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.domain.venues import VenueRules
from tradecore.ports.history import Asked

RULES = VenueRules(
    crosses_zero=False, brackets_from_flat=True, reduce_only=True, holds_shares=True, refuses_wash_trades=True
)
STOPPED = Protection(stop=Distance(Decimal(2), DistanceUnit.DOLLARS))


def a_desk(folder: Path | None = None, protection: Protection = STOPPED, **terms: object) -> Desk:
    bots = (
        a_bot(protection=STOPPED, mode=Mode.PYRAMID),
        a_bot(id=OTHER_BOT, timeframe=Timeframe(300), sizing=Units(Decimal(7)), protection=protection),
    )
    return Desk(*bots, rules=RULES, folder=folder, **terms)


def two_longs(desk: Desk) -> None:
    """Let the first bot go long with a bracket, and the second one beside it with a plain stop."""
    for bot_id in (BOT, OTHER_BOT):
        desk.send(Signal.BUY, bot_id)
        desk.run()
    assert desk.net() == 17
    assert covered(desk) == 17


def covered(desk: Desk, side: Side = Side.SELL) -> Decimal:
    """Return for how many units stops rest at the venue."""
    rows = desk.exchange.working(ACCOUNT, AAPL.symbol)
    return sum((row.left for row in rows if row.side is side and row.type is OrderType.STOP), Decimal(0))


def refusals(desk: Desk) -> list[str]:
    return [row.reason for row in desk.exchange.orders(ACCOUNT) if row.news is News.REJECTED]


def entries(desk: Desk, alert_id: str) -> int:
    made = desk.store.history.orders(Asked(plan_id=alert_id))  # type: ignore[arg-type] # an alert's plan
    return [row.order.ticket.purpose for row in made].count(Purpose.ENTRY)


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", range(1, 8))
def test_a_flip_that_is_killed_ends_covered_on_the_other_side(tmp_path: Path, point: str, time: int) -> None:
    desk = a_desk(tmp_path)
    desk.send(Signal.BUY)
    desk.run()

    desk.deadly, desk.lives = point, time
    desk.send(Signal.SELL)
    desk.settle()

    assert (desk.last().status, desk.net(), covered(desk, Side.BUY)) == (Status.DONE, -10, 10)
    assert (refusals(desk), entries(desk, desk.alerts[-1])) == ([], 1)
    desk.price(110)
    desk.settle()
    assert (desk.net(), desk.book().shares) == (0, ())


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", range(1, 9))
def test_an_add_that_is_killed_ends_with_every_share_covered(tmp_path: Path, point: str, time: int) -> None:
    desk = a_desk(tmp_path)
    two_longs(desk)

    desk.deadly, desk.lives = point, time
    desk.send(Signal.BUY)
    desk.settle()

    assert (desk.last().status, desk.net(), covered(desk)) == (Status.DONE, 27, 27)
    assert (refusals(desk), entries(desk, desk.alerts[-1])) == ([], 1)
    desk.price(90)
    desk.settle()
    assert (desk.net(), desk.book().shares) == (0, ())


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("time", range(1, 8))
def test_a_close_beside_another_bot_that_is_killed_leaves_the_other_covered(
    tmp_path: Path, point: str, time: int
) -> None:
    desk = a_desk(tmp_path)
    two_longs(desk)

    desk.deadly, desk.lives = point, time
    desk.send(Signal.CLOSE)
    desk.settle()

    assert (desk.last().status, desk.held(), desk.held(OTHER_BOT)) == (Status.DONE, 0, 7)
    assert (desk.net(), covered(desk), refusals(desk)) == (7, 7, [])


def test_an_add_that_does_not_fill_gives_the_stops_back_within_seconds() -> None:
    desk = a_desk()
    two_longs(desk)
    desk.exchange.fill_in_parts(AAPL.symbol, [Decimal(3), *[Decimal(0)] * 60])

    desk.send(Signal.BUY)
    desk.run()
    assert covered(desk) == 10  # the legs of the first bracket
    for _ in range(12):
        desk.clock.advance(1)
        desk.run()

    assert (desk.net(), covered(desk)) == (20, 20)
    assert "The rest was not filled" in desk.last().outcome


def test_where_legs_are_not_exempt_an_add_is_tried_again_without_them() -> None:
    desk = a_desk(legs_are_exempt=False)
    desk.send(Signal.BUY)
    desk.run()

    desk.send(Signal.BUY)
    desk.settle()

    assert (desk.last().status, desk.net(), covered(desk)) == (Status.DONE, 20, 20)
    assert len(refusals(desk)) == 1


def test_an_entry_against_a_persons_order_ends_with_a_sentence() -> None:
    desk = a_desk(protection=Protection())
    desk.send(Signal.BUY, OTHER_BOT)
    desk.run()
    person = desk.exchange.place_by_hand(
        ACCOUNT, AAPL.symbol, Side.SELL, Decimal(7), OrderType.LIMIT, limit_price=Decimal(150))  # fmt: skip

    desk.send(Signal.BUY)
    desk.settle()

    assert desk.last().status is Status.REFUSED
    assert "an order that is not ours works on the other side" in desk.last().outcome
    assert desk.exchange.working(ACCOUNT) == (person,)
    assert desk.net() == 7


def test_a_second_bot_on_the_other_side_of_a_stop_is_refused_and_one_without_stops_is_netted() -> None:
    desk = a_desk(protection=Protection())
    desk.send(Signal.BUY)
    desk.run()
    desk.send(Signal.SELL, OTHER_BOT)
    desk.run()
    assert desk.last().refusal is Refusal.NO_STOP_BESIDE

    desk.send(Signal.CLOSE)
    desk.run()
    desk.send(Signal.SELL, OTHER_BOT)
    desk.run()
    desk.send(Signal.BUY)
    desk.settle()

    assert desk.last().refusal is Refusal.NO_STOP_BESIDE
    assert (desk.held(OTHER_BOT), desk.net()) == (-7, -7)
    assert refusals(desk) == []
