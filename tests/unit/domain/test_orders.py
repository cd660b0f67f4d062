"""Hold an order to what it says of itself."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.builders import MONDAY
from tests.unit.domain.examples import D, a_ticket, an_order
from tradecore.domain.ids import OrderId, PlanId, order_id_for
from tradecore.domain.order_states import News, OrderState
from tradecore.domain.orders import Bracket, OrderType, Purpose, Report, Side


def test_a_side_has_a_sign_and_an_opposite() -> None:
    sides = {side: (side.sign, side.opposite) for side in Side}

    assert sides == {Side.BUY: (1, Side.SELL), Side.SELL: (-1, Side.BUY)}
    assert [Side.of(D(3)), Side.of(D(-3))] == [Side.BUY, Side.SELL]


@pytest.mark.parametrize("quantity", ["0", "-1"])
def test_an_order_for_nothing_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="the quantity must be above zero"):
        a_ticket(quantity=D(quantity))


@pytest.mark.parametrize(
    ("type_", "limit", "stop", "good"),
    [
        (OrderType.MARKET, False, False, True), (OrderType.MARKET, True, False, False),
        (OrderType.MARKET, False, True, False), (OrderType.LIMIT, True, False, True),
        (OrderType.LIMIT, False, False, False), (OrderType.LIMIT, True, True, False),
        (OrderType.STOP, False, True, True), (OrderType.STOP, True, True, False),
        (OrderType.STOP, False, False, False), (OrderType.STOP_LIMIT, True, True, True),
        (OrderType.STOP_LIMIT, True, False, False), (OrderType.STOP_LIMIT, False, True, False),
    ],
)  # fmt: skip
def test_an_order_has_exactly_the_prices_of_its_type(type_: OrderType, limit: bool, stop: bool, good: bool) -> None:
    prices: dict[str, Any] = {"limit_price": D(1) if limit else None, "stop_price": D(1) if stop else None}

    if good:
        assert a_ticket(type=type_, **prices).type is type_
    else:
        with pytest.raises(ValueError, match="has the wrong prices"):
            a_ticket(type=type_, **prices)


def test_an_order_changes_the_position_to_its_side() -> None:
    changes = [a_ticket(side=side, quantity=3).signed for side in (Side.BUY, Side.SELL)]

    assert changes == [3, -3]


def test_only_stops_and_targets_protect() -> None:
    protecting = {purpose for purpose in Purpose if purpose.protects}

    assert protecting == {Purpose.STOP, Purpose.TARGET}


@pytest.mark.parametrize(("filled", "price"), [("-1", D(1)), ("1", None)])
def test_a_report_of_a_fill_names_its_price(filled: str, price: Decimal | None) -> None:
    with pytest.raises(ValueError, match="filled at"):
        Report(order_id=None, broker_order_id=None, news=News.FILLED, at=MONDAY, filled=D(filled), average_price=price)


def test_what_is_left_is_what_has_not_filled() -> None:
    order = an_order(a_ticket(quantity=10), filled=D(4), average_price=D(100))

    assert order.left == 6


def test_news_lead_to_a_state_or_contradict_it() -> None:
    order = an_order(state=OrderState.WORKING)

    found = order.after(News.FILLED), order.after(News.NEVER_PLACED)

    assert found == (OrderState.FILLED, None)


def test_a_brackets_legs_close_what_their_parent_opens() -> None:
    bracket = Bracket(stop_price=D(98), target_price=D(103))
    parent = an_order(a_ticket("A-1-1", Side.BUY, 10, bracket=bracket))

    stop, target = parent.legs()

    assert (stop.id, stop.ticket.type, stop.ticket.stop_price, stop.ticket.purpose) == (
        "A-1-1-SL", OrderType.STOP, 98, Purpose.STOP)  # fmt: skip
    assert (target.id, target.ticket.type, target.ticket.limit_price, target.ticket.purpose) == (
        "A-1-1-TP", OrderType.LIMIT, 103, Purpose.TARGET)  # fmt: skip
    for leg in (stop, target):
        assert (leg.ticket.signed, leg.bot_id, leg.plan_id, leg.state) == (
            -10, parent.bot_id, parent.plan_id, OrderState.INTENDED)  # fmt: skip
        assert leg.ticket.bracket is None


@pytest.mark.parametrize(
    ("bracket", "ids"),
    [
        (None, []), (Bracket(), []),
        (Bracket(stop_price=D(98)), ["A-1-1-SL"]), (Bracket(target_price=D(99)), ["A-1-1-TP"]),
    ],
)  # fmt: skip
def test_a_bracket_has_only_the_legs_that_were_asked_for(bracket: Bracket | None, ids: list[str]) -> None:
    parent = an_order(a_ticket("A-1-1", bracket=bracket))

    assert [leg.id for leg in parent.legs()] == ids


def test_the_legs_of_a_priced_entry_carry_only_their_own_price() -> None:
    ticket = a_ticket("A-1-1", type=OrderType.STOP_LIMIT, limit_price=D(1), stop_price=D(2))

    stop, target = an_order(evolve(ticket, bracket=Bracket(stop_price=D(98), target_price=D(103)))).legs()

    assert (stop.ticket.limit_price, target.ticket.stop_price) == (None, None)


def test_an_orders_id_is_made_of_plan_step_and_attempt() -> None:
    assert order_id_for(PlanId("01J"), 2, 3) == OrderId("01J-2-3")


@pytest.mark.parametrize("plan", ["a b", "a_b", "ä", "x" * 57, "a/b", "a\n"])
def test_an_id_that_some_venue_would_not_take_is_refused(plan: str) -> None:
    with pytest.raises(ValueError, match="is no order id"):
        order_id_for(PlanId(plan), 1, 1)


def test_the_longest_id_that_every_venue_takes_is_sixty_characters() -> None:
    assert len(order_id_for(PlanId("x" * 56), 1, 1)) == 60
