"""Hold the stops at a venue to what is held, on one that crosses zero and takes brackets, as ProjectX does."""

from decimal import Decimal

import pytest

from tests.builders import AAPL, ACCOUNT, BOT, a_bot
from tests.desk import Desk
from tests.unit.domain.examples import BRACKET, BUY, SELL
from tradecore.adapters.memory.exchange.placing import Amendment
from tradecore.adapters.memory.exchange.rows import Row
from tradecore.domain.decisions import Status
from tradecore.domain.limits import BotLimits
from tradecore.domain.money import ZERO
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.parties import Mode
from tradecore.domain.signals import Direction, Strategy
from tradecore.domain.venues import VenueRules

RULES = VenueRules(crosses_zero=True, brackets=True)


def a_desk(mode: Mode = Mode.SIGNAL) -> Desk:
    return Desk(a_bot(protection=BRACKET, mode=mode, limits=BotLimits(position_max=Decimal(20))), rules=RULES)


def opened(mode: Mode = Mode.SIGNAL) -> Desk:
    """Return a desk whose bot has bought ten at 100, with a stop at 98 and a target at 103."""
    desk = a_desk(mode)
    desk.send(BUY)
    desk.run()
    return desk


def rests(desk: Desk, kind: OrderType) -> list[Row]:
    return [row for row in desk.exchange.working(ACCOUNT, AAPL.symbol) if row.type is kind]


def stop(desk: Desk) -> Row:
    (found,) = rests(desk, OrderType.STOP)
    return found


def assert_covered(desk: Desk) -> None:
    """Check that the stops at the venue close what is held, and not one unit more."""
    covered = sum((row.left * row.side.sign for row in rests(desk, OrderType.STOP)), ZERO)
    assert covered == -desk.net() == -desk.book().share(BOT).quantity


def test_after_a_fill_in_parts_the_stop_is_for_what_has_filled() -> None:
    desk = a_desk()
    desk.exchange.fill_in_parts(AAPL.symbol, [Decimal(4), *[ZERO] * 40])
    desk.send(BUY)
    desk.run()

    desk.settle()

    assert desk.net() == 4
    assert_covered(desk)


def test_every_add_of_a_pyramid_brings_its_own_stop() -> None:
    desk = opened(Mode.PYRAMID)
    desk.price(102)

    desk.send(BUY)
    desk.settle()

    assert desk.net() == 20
    assert {row.stop_price for row in rests(desk, OrderType.STOP)} == {Decimal(98), Decimal(100)}
    assert_covered(desk)
    assert round(desk.book().share(BOT).at_risk(Decimal(102), Decimal(1)), 6) == 10 * 4 + 10 * 2


def test_after_a_partial_exit_the_stop_fits_and_the_target_is_watched() -> None:
    desk = opened(Mode.TARGET)
    desk.send(SELL, strategy=Strategy(direction=Direction.LONG, quantity=Decimal(3)))
    desk.settle()

    assert desk.net() == 3
    assert_covered(desk)
    assert rests(desk, OrderType.LIMIT) == []
    desk.price(103)
    desk.clock.advance(15)
    desk.price(103)
    desk.settle()
    assert (desk.net(), desk.exchange.working(ACCOUNT, AAPL.symbol)) == (0, ())


def test_a_reversal_leaves_no_stop_of_the_old_side() -> None:
    desk = opened()

    desk.send(SELL)
    desk.settle()

    assert desk.net() == -10
    assert_covered(desk)


@pytest.mark.parametrize("quantity", [4, 15])
def test_a_stop_that_a_person_made_smaller_or_larger_fits_again(quantity: int) -> None:
    desk = opened()

    desk.exchange.amend(ACCOUNT, stop(desk).id, Amendment(quantity=Decimal(quantity)))
    desk.settle()

    assert_covered(desk)
    assert desk.net() == 10


def test_a_stop_that_a_person_moved_and_took_away_comes_back_where_it_was() -> None:
    desk = opened()
    desk.exchange.amend(ACCOUNT, stop(desk).id, Amendment(stop_price=Decimal(95)))
    desk.settle()
    moved = desk.book().share(BOT).at_risk(Decimal(100), Decimal(1))

    desk.exchange.cancel(ACCOUNT, stop(desk).id)
    desk.settle()

    assert (moved, stop(desk).stop_price) == (50, 95)
    assert_covered(desk)


@pytest.mark.parametrize("kind", [OrderType.STOP, OrderType.LIMIT])
def test_whichever_leg_a_person_takes_away_the_share_stays_covered(kind: OrderType) -> None:
    desk = opened()

    desk.exchange.cancel(ACCOUNT, rests(desk, kind)[0].id)
    desk.settle()

    assert_covered(desk)
    assert desk.net() == 10


def test_no_target_rests_beside_a_stop_that_knows_nothing_of_it() -> None:
    desk = opened()

    desk.exchange.cancel(ACCOUNT, stop(desk).id)
    desk.settle()

    assert rests(desk, OrderType.LIMIT) == []
    assert desk.book().share(BOT).target_price == 103
    assert_covered(desk)


def test_what_a_person_sold_of_it_is_covered_no_more() -> None:
    desk = opened()

    desk.exchange.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(6))
    desk.settle()

    covered = sum((row.left for row in rests(desk, OrderType.STOP)), ZERO)
    assert (desk.net(), covered) == (4, 4)


def test_a_venue_that_refuses_the_bracket_gets_no_entry_without_it() -> None:
    sentence = "Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets."
    desk = a_desk()
    desk.exchange.reject_next(sentence)

    desk.send(BUY)
    desk.settle()

    (order, *legs) = desk.exchange.orders(ACCOUNT)
    assert len(legs) == 2, "one entry, with its legs, and nothing after it"
    assert (desk.last().status, desk.net(), order.filled) == (Status.REFUSED, 0, 0)
    assert desk.last().outcome == f"The venue refused the order: {sentence}"
    assert any(sentence in text for text in desk.notifier.texts)
