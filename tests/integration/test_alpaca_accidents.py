"""Trade at Alpaca while people, its market and its refusals come in between: every share stays covered or is closed."""

from decimal import Decimal

import pytest

from tests.alpaca_desk import KEYS, AlpacaDesk
from tests.builders import AAPL, ACCOUNT, a_bot
from tradecore.domain.commands import Urgency
from tradecore.domain.decisions import Status
from tradecore.domain.orders import Order, OrderState, Purpose, Side
from tradecore.domain.parties import Bot
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Signal
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal as Refused
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase
from tradecore.entrypoints.venues.faults import Aim, Fault


def a_guarded_bot(*, target: bool = True) -> Bot:
    """Return a bot whose stop is 2 away from the price, and its target 3 where it has one."""
    return a_bot(protection=Protection(
        stop=Distance(Decimal(2), DistanceUnit.DOLLARS),
        target=Distance(Decimal(3), DistanceUnit.DOLLARS) if target else None))  # fmt: skip


def go_on(desk: AlpacaDesk, seconds: int) -> None:
    """Let so many seconds pass, with a look at what is due in each."""
    for _ in range(seconds):
        desk.run()
        desk.clock.advance(1)
    desk.run()


def stops(desk: AlpacaDesk) -> list[Order]:
    return [order for order in desk.book().orders if order.ticket.purpose is Purpose.STOP]


@pytest.mark.parametrize("times", [1, 2])
def test_an_exit_is_not_held_up_by_a_cancel_that_is_refused(times: int) -> None:
    desk = AlpacaDesk(a_guarded_bot(target=False))
    desk.send(Signal.BUY)
    go_on(desk, 10)
    # As Alpaca answers while an order is being replaced, or has not reached its venue yet.
    aim = Aim(method="DELETE", path="/v2/orders", times=times)
    desk.world.venue.faults.turn(KEYS.key_id, Fault.NOT_FOUND, aim)

    desk.send(Signal.CLOSE)
    go_on(desk, 5 * times)

    assert desk.net() == 0


def test_an_exit_that_waits_for_the_opening_leaves_the_requests_to_others() -> None:
    desk = AlpacaDesk(a_bot())
    desk.send(Signal.BUY)
    go_on(desk, 10)
    desk.world.core.force_phase(Phase.CLOSED)
    desk.send(Signal.CLOSE)
    go_on(desk, 5)
    before = len(desk.world.wire.requests)

    go_on(desk, 600)
    waiting = len(desk.world.wire.requests) - before
    desk.world.core.force_phase(Phase.CORE)
    desk.price(100)
    desk.run()

    assert waiting <= 30, desk.world.wire.requests[before:]
    assert (desk.net(), desk.held(), desk.last().status) == (0, 0, Status.DONE)


@pytest.mark.parametrize("target", [True, False])
def test_a_short_whose_stop_the_market_has_jumped_over_is_closed_and_told(*, target: bool) -> None:
    desk = AlpacaDesk(a_guarded_bot(target=target))
    desk.send(Signal.SELL)
    go_on(desk, 30)
    if not target:
        replace_by_a_plain_one(desk, stops(desk)[0])
    assert desk.net() == -10

    for _ in range(7):
        desk.clock.advance(60)
        desk.price(112)  # Alpaca makes the stop at 102 a stop-limit order, which does not fill so far away.
        desk.run()

    assert (desk.net(), desk.held()) == (0, 0)
    assert [told.urgency for told in desk.notifier.told if "past the stop at 102" in told.text] == [Urgency.ALARM.value]


def replace_by_a_plain_one(desk: AlpacaDesk, stop: Order) -> None:
    """Have the stop of a bracket called off by somebody, so that a plain one stands in its place."""
    assert stop.broker_order_id is not None
    desk.world.core.cancel(desk.world.account, stop.broker_order_id)
    desk.world.tell()
    go_on(desk, 10)
    assert [order.parent_id for order in stops(desk)] == [None]


# ---------------------------------------------------------------- a person sells beside the bot


def sell_a_part_by_hand(desk: AlpacaDesk, quantity: int) -> None:
    """Have a person call off what protects the share, which holds all of it, and sell a part."""
    for order in desk.book().orders:
        assert order.broker_order_id is not None
        desk.world.core.cancel(desk.world.account, order.broker_order_id)
    desk.world.place_by_hand(ACCOUNT, AAPL.symbol, Side.SELL, Decimal(quantity))


def refused(desk: AlpacaDesk) -> list[object]:
    """Return how large the stops were that the venue has refused, as it was asked for them."""
    stops = {order.id: order for judged in desk.judged for order in judged.decision.orders
             if order.ticket.purpose is Purpose.STOP}  # fmt: skip
    return [order.ticket.quantity for order in stops.values() if order.state is OrderState.REJECTED]


@pytest.mark.parametrize("target", [True, False])
@pytest.mark.parametrize("is_dead", [True, False], ids=["while tradecore is dead", "while it works"])
def test_what_a_person_leaves_of_a_share_gets_its_stop_and_is_not_closed(*, target: bool, is_dead: bool) -> None:
    desk = AlpacaDesk(a_guarded_bot(target=target))
    desk.send(Signal.BUY)
    go_on(desk, 30)
    assert (desk.net(), len(stops(desk))) == (10, 1)

    if is_dead:
        desk.world.disconnect()
    sell_a_part_by_hand(desk, 2)
    if is_dead:
        desk.clock.advance(60)
        desk.world.reconnect()
        desk.restart()
    go_on(desk, 60)

    assert desk.net() == 8, "what was left has been sold"
    assert (desk.book().drift, desk.held()) == (-2, 10)
    assert [stop.left for stop in stops(desk)] == [8]
    assert len(refused(desk)) <= 1, refused(desk)


# ---------------------------------------------------------------- a person's far limit order


def order_by_hand(desk: AlpacaDesk, side: str, price: int) -> str:
    """Place a person's limit order for one share; returns Alpaca's id of it."""
    wish = read_wish({
        "symbol": "AAPL", "side": side, "qty": "1", "type": "limit", "limit_price": str(price), "time_in_force": "gtc",
    })  # fmt: skip
    assert not isinstance(wish, Refused)
    order = desk.world.core.submit(desk.world.account, wish)
    assert not isinstance(order, Refused)
    desk.world.tell()
    return order.id


def test_no_entry_goes_out_whose_stop_and_exit_would_meet_a_persons_order() -> None:
    desk = AlpacaDesk(a_guarded_bot())
    order = order_by_hand(desk, "buy", 50)

    desk.send(Signal.BUY)
    go_on(desk, 5)
    refused = desk.last()
    desk.world.core.cancel(desk.world.account, order)
    desk.send(Signal.BUY)
    go_on(desk, 5)

    assert (refused.status, refused.refusal) == (Status.REFUSED, Refusal.ORDER_BY_HAND)
    assert (desk.last().status, desk.net()) == (Status.DONE, 10), "once it has gone, the next entry may"
    assert stops(desk)


@pytest.mark.parametrize(("signal", "side", "price"), [(Signal.BUY, "buy", 50), (Signal.SELL, "sell", 150)])
def test_a_persons_far_limit_order_does_not_keep_a_share_from_being_closed(
    signal: Signal, side: str, price: int
) -> None:
    desk = AlpacaDesk(a_guarded_bot())
    desk.send(signal)
    go_on(desk, 10)
    order_by_hand(desk, side, price)

    desk.send(Signal.CLOSE)
    go_on(desk, 10)

    assert (desk.last().status, desk.held(), desk.net()) == (Status.DONE, 0, 0)
