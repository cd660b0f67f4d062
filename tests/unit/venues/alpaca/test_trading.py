"""Let orders of every kind trade, rest, wake and end as they do at Alpaca."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.venues.alpaca.floors import BRACKET, COINS, OCO, D, Floored
from tradecore.entrypoints.venues.alpaca.engine.accounts import Holding
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Status, Type

SELL = {"side": "sell"}


def test_a_market_order_is_answered_before_it_fills(floor: Floored) -> None:
    order = floor.order()

    assert (order.status, order.filled) == (Status.PENDING_NEW, 0)
    assert (floor.now(order).status, floor.now(order).average_price) == (Status.FILLED, 100)
    assert floor.told() == ["pending_new", "new", "fill"]
    assert (floor.net(), floor.account.cash) == (10, 99_000)


def test_a_market_order_trades_at_the_other_side_of_the_quote(floor: Floored) -> None:
    floor.price(100, bid=99, ask=101)

    bought, sold = floor.order(), floor.order(**SELL)

    assert [floor.now(one).average_price for one in (bought, sold)] == [101, 99]


def test_a_limit_that_rests_trades_at_its_own_price_and_one_that_comes_at_the_markets(floor: Floored) -> None:
    rests, comes = floor.order(type="limit", limit_price=95), floor.order(type="limit", limit_price=105)
    assert floor.now(rests).status is Status.NEW

    floor.price(94)

    assert [floor.now(one).average_price for one in (rests, comes)] == [95, 100]


@pytest.mark.parametrize(
    ("stop", "market", "price"),
    [(110, "112.75", D("112.75")), (110, "112.76", None), (40, "41.6", D("41.6")), (40, "41.61", None)],
)
def test_a_plain_buy_stop_is_a_stop_limit_in_disguise(
    floor: Floored, stop: int, market: str, price: Decimal | None
) -> None:
    floor.price(stop - 1)
    order = floor.order(type="stop", stop_price=stop)

    floor.price(market)

    assert floor.now(order).average_price == price
    floor.price(stop)
    assert floor.now(order).status is Status.FILLED


def test_a_sell_stop_trades_wherever_the_market_is(floor: Floored) -> None:
    floor.order()
    order = floor.order(**SELL, type="stop", stop_price=90)

    floor.price(91)
    assert floor.now(order).is_live
    floor.price(70)

    assert floor.now(order).average_price == 70


def test_a_stop_limit_wakes_and_then_waits(floor: Floored) -> None:
    floor.order()
    order = floor.order(**SELL, type="stop_limit", stop_price=90, limit_price=89)

    floor.price(80)
    assert floor.now(order).is_live
    floor.price(89)

    assert floor.now(order).average_price == 89


def test_a_stop_limit_that_wakes_at_the_market_trades_at_the_markets_price(floor: Floored) -> None:
    floor.order()
    order = floor.order(**SELL, type="stop_limit", stop_price=90, limit_price=85)

    floor.price(89)

    assert floor.now(order).average_price == 89


def test_where_nobody_is_on_a_side_the_last_price_counts(floor: Floored) -> None:
    floor.price(100, bid=0, ask=0)

    assert floor.now(floor.order()).average_price == 100


@pytest.mark.parametrize("trail", [{"trail_price": 5}, {"trail_percent": "4.545455"}])
def test_a_trailing_stop_is_drawn_up_and_never_down(floor: Floored, trail: dict[str, Any]) -> None:
    floor.order()
    order = floor.order(**SELL, type="trailing_stop", **trail)

    floor.price(110)
    floor.price(106)
    here = floor.now(order)
    floor.price(105)

    assert (here.status, here.prices.hwm, here.prices.stop) == (Status.NEW, 110, 105)
    assert floor.now(order).average_price == 105


@pytest.mark.parametrize(("tif", "parts", "filled", "status"), [
    ("ioc", ["4"], 4, Status.CANCELED),
    ("ioc", ["0"], 0, Status.CANCELED),
    ("fok", ["4"], 10, Status.FILLED),
])  # fmt: skip
def test_what_does_not_trade_at_once(floor: Floored, tif: str, parts: list[str], filled: int, status: Status) -> None:
    floor.exchange.fill_in_parts("AAPL", map(D, parts))

    order = floor.now(floor.order(time_in_force=tif))

    assert (order.filled, order.status) == (filled, status)


def test_a_fok_that_cannot_trade_is_canceled(floor: Floored) -> None:
    order = floor.order(time_in_force="fok", type="limit", limit_price=99)

    assert floor.now(order).status is Status.CANCELED


def test_parts_fill_one_after_the_other(floor: Floored) -> None:
    floor.exchange.fill_in_parts("AAPL", [D(3), D(0), D(5)])

    order = floor.order()
    seen = []
    for _ in range(4):
        seen.append((floor.now(order).status, floor.now(order).filled))
        floor.exchange.pulse()

    part = Status.PARTIALLY_FILLED
    assert seen == [(part, 3), (part, 3), (part, 8), (Status.FILLED, 10)]
    assert floor.told() == ["pending_new", "new", "partial_fill", "partial_fill", "fill"]


def test_chance_makes_parts_that_are_the_same_for_the_same_seed(floor: Floored) -> None:
    other = Floored()
    for one in (floor, other):
        one.exchange.floor.portions.set_chance(1000, seed=7)
        for quantity in ("10", "0.5"):
            order = one.order(qty=quantity)
            for _ in range(200):
                one.exchange.pulse()
            assert one.now(order).status is Status.FILLED

    assert [update.event for update in floor.updates].count("partial_fill") > 2
    assert [fill.quantity for fill in floor.exchange.floor.fills] == [
        fill.quantity for fill in other.exchange.floor.fills
    ]


def test_an_order_in_money_buys_parts_of_a_share(floor: Floored) -> None:
    floor.price(30)

    order = floor.order(notional="100")

    assert (order.quantity, floor.now(order).filled) == (None, D("3.333333333"))
    assert floor.now(order).status is Status.FILLED
    assert floor.net() == D("3.333333333")


def test_money_that_is_to_be_sold_is_no_more_than_what_is_held(floor: Floored) -> None:
    floor.order()
    floor.exchange.force_phase(Phase.CLOSED)
    order = floor.order(**SELL, notional=1000)
    floor.price(50)

    floor.exchange.force_phase(Phase.CORE)
    floor.exchange.pulse()

    assert (floor.now(order).filled, floor.net()) == (10, 0)


def test_a_short_is_opened_by_a_plain_sell(floor: Floored) -> None:
    order = floor.order(**SELL)

    assert order.position_intent == "sell_to_open"
    assert (floor.net(), floor.account.cash) == (-10, 101_000)


@pytest.mark.parametrize(("signed", "price", "left", "average"), [
    (5, 110, 15, D("103.3333")), (-4, 110, 6, D(100)), (-10, 110, 0, D(0)), (-15, 110, -5, D(110)),
])  # fmt: skip
def test_what_a_fill_makes_of_a_position(signed: int, price: int, left: int, average: Decimal) -> None:
    held = Holding(quantity=D(10), cost=D(1000)).after(D(signed), D(price))

    assert (held.quantity, round(held.average_price, 4)) == (left, average)


def test_the_average_price_stays_when_a_position_is_reduced(floor: Floored) -> None:
    floor.order()
    floor.price(110)
    floor.order()
    floor.order(**SELL, qty=5)

    assert (floor.net(), floor.account.holding("AAPL").average_price) == (15, 105)


# ---------------------------------------------------------------- groups


def the_legs(floor: Floored, order: Order) -> tuple[Order, Order]:
    """Return target and stop."""
    target, stop = floor.legs(order)
    assert (target.type, stop.type) == (Type.LIMIT, Type.STOP)
    return target, stop


def statuses(floor: Floored, *orders: Order) -> list[Status]:
    return [floor.now(order).status for order in orders]


def test_the_legs_of_a_bracket_sleep_until_the_entry_has_filled_completely(floor: Floored) -> None:
    floor.exchange.fill_in_parts("AAPL", [D(4)])
    entry = floor.order(**BRACKET)
    target, stop = the_legs(floor, entry)

    floor.price(90)  # The filled part has no protection yet, and so the stop does nothing.

    assert floor.now(entry).filled == 10
    assert statuses(floor, target, stop) == [Status.CANCELED, Status.FILLED]


def test_a_partly_filled_entry_is_not_protected(floor: Floored) -> None:
    floor.exchange.fill_in_parts("AAPL", [D(4), D(0)])
    entry = floor.order(**BRACKET)
    target, stop = the_legs(floor, entry)

    floor.price(80)

    assert (floor.net(), floor.now(entry).filled) == (4, 4)
    assert statuses(floor, target, stop) == [Status.HELD, Status.HELD]


def test_a_stop_beside_its_target_is_held_and_works(floor: Floored) -> None:
    entry = floor.order(**BRACKET)
    target, stop = the_legs(floor, entry)

    assert statuses(floor, entry, target, stop) == [Status.FILLED, Status.NEW, Status.HELD]
    floor.price(89)

    assert statuses(floor, target, stop) == [Status.CANCELED, Status.FILLED]
    assert floor.net() == 0


def test_a_target_that_fills_cancels_the_stop(floor: Floored) -> None:
    target, stop = the_legs(floor, floor.order(**BRACKET))

    floor.price(110)

    assert statuses(floor, target, stop) == [Status.FILLED, Status.CANCELED]


def test_the_end_of_a_held_stop_may_go_untold(floor: Floored) -> None:
    floor.exchange.floor.tells_end_of_held = False
    target, stop = the_legs(floor, floor.order(**BRACKET))
    floor.told()

    floor.price(110)

    assert floor.told() == ["fill"]
    assert statuses(floor, target, stop) == [Status.FILLED, Status.CANCELED]


def test_a_target_may_end_replaced_by_its_stop(floor: Floored) -> None:
    floor.exchange.floor.targets_end_replaced = True
    target, stop = the_legs(floor, floor.order(**BRACKET))

    floor.price(90)

    assert statuses(floor, target, stop) == [Status.REPLACED, Status.FILLED]


def test_a_target_that_fills_in_part_shrinks_the_stop(floor: Floored) -> None:
    target, stop = the_legs(floor, floor.order(**BRACKET))
    floor.exchange.fill_in_parts("AAPL", [D(3)])

    floor.price(110)
    assert (floor.now(target).filled, floor.now(stop).quantity) == (3, 7)
    floor.price(90)

    assert floor.net() == 0
    assert statuses(floor, target, stop) == [Status.CANCELED, Status.FILLED]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_whoever_of_a_group_is_canceled_takes_the_others_along(floor: Floored, which: int) -> None:
    entry = floor.order(**BRACKET, type="limit", limit_price=95)
    group = (entry, *floor.legs(entry))

    floor.cancel(group[which])

    assert statuses(floor, *group) == [Status.CANCELED] * 3
    assert floor.told()[-4:] == ["pending_cancel", "canceled", "canceled", "canceled"]


def test_the_exits_of_one_group_hold_the_shares_once(floor: Floored) -> None:
    floor.order(**BRACKET)

    assert floor.refusal(**SELL, qty=1)["held_for_orders"] == "10"


def test_an_oto_has_one_leg_which_works_as_soon_as_it_may(floor: Floored) -> None:
    entry = floor.order(order_class="oto", stop_loss={"stop_price": 90, "limit_price": 89})
    (stop,) = floor.legs(entry)

    assert (stop.type, stop.status, stop.prices.limit) == (Type.STOP_LIMIT, Status.NEW, 89)


def test_the_target_of_an_oco_is_the_parent_of_its_stop(floor: Floored) -> None:
    floor.order()
    target = floor.order(**OCO)
    (stop,) = floor.legs(target)

    assert statuses(floor, target, stop) == [Status.NEW, Status.HELD]
    assert (target.prices.limit, stop.side, stop.prices.stop) == (110, "sell", 90)
    floor.price(90)

    assert statuses(floor, target, stop) == [Status.CANCELED, Status.FILLED]


def test_the_stop_of_an_oco_that_fills_in_part_shrinks_the_target(floor: Floored) -> None:
    floor.order()
    target = floor.order(**OCO)
    floor.exchange.fill_in_parts("AAPL", [D(3)])

    floor.price(89)
    floor.exchange.pulse()

    assert (floor.net(), floor.now(target).quantity) == (0, 7)
    assert floor.now(target).status is Status.CANCELED


# ---------------------------------------------------------------- cancel, replace, close


def test_a_cancel_that_races_may_lose(floor: Floored) -> None:
    first, second = floor.order(type="limit", limit_price=95), floor.order(type="limit", limit_price=90)
    floor.exchange.race(floor.account, 2)

    assert [floor.cancel(first), floor.cancel(second)] == [None, None]
    assert statuses(floor, first, second) == [Status.PENDING_CANCEL] * 2
    refusal = floor.cancel(first)
    assert refusal is not None
    assert refusal.message == 'order is already in "pending_cancel" state'
    floor.price(95)

    assert statuses(floor, first, second) == [Status.FILLED, Status.CANCELED]
    assert floor.told()[-4:] == ["pending_cancel", "pending_cancel", "fill", "canceled"]


def test_what_is_over_cannot_be_canceled(floor: Floored) -> None:
    filled, canceled = floor.order(), floor.order(type="limit", limit_price=95)
    floor.cancel(canceled)

    refusal = floor.cancel(filled)

    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.message) == (422, 42210000, 'order is already in "filled" state')
    assert floor.cancel(canceled) is None


def test_a_partial_fill_survives_a_cancel(floor: Floored) -> None:
    floor.exchange.fill_in_parts("AAPL", [D(4)])
    order = floor.order()

    floor.cancel(order)

    assert (floor.now(order).status, floor.now(order).filled, floor.net()) == (Status.CANCELED, 4, 4)


def test_a_replacement_is_a_new_order(floor: Floored) -> None:
    old = floor.order(type="limit", limit_price=90, client_order_id="old")

    new = floor.replace(old, qty=5, limit_price=91, client_order_id="new")

    assert isinstance(new, Order)
    assert (new.replaces, new.quantity, new.client_order_id) == (old.id, 5, "new")
    assert (floor.now(old).status, floor.now(old).replaced_by) == (Status.REPLACED, new.id)
    assert floor.now(new).status is Status.NEW
    assert floor.told() == ["pending_new", "new", "pending_new", "replaced", "new"]
    floor.price(91)
    assert floor.net() == 5


def test_a_replacement_that_races_may_lose(floor: Floored) -> None:
    old = floor.order(type="limit", limit_price=90)
    floor.exchange.race(floor.account, 1)
    new = floor.replace(old, limit_price=85)
    assert isinstance(new, Order)
    assert statuses(floor, old, new) == [Status.PENDING_REPLACE, Status.PENDING_NEW]

    floor.price(90)

    assert statuses(floor, old, new) == [Status.FILLED, Status.REJECTED]
    assert floor.told()[-3:] == ["fill", "order_replace_rejected", "rejected"]
    assert floor.net() == 10


def test_a_leg_is_replaced_within_its_group(floor: Floored) -> None:
    entry = floor.order(**BRACKET)
    target, stop = the_legs(floor, entry)

    moved = floor.replace(stop, stop_price=95)

    assert isinstance(moved, Order)
    assert [leg.id for leg in floor.legs(entry)] == [target.id, moved.id]
    assert floor.now(moved).status is Status.HELD
    floor.price(95)
    assert statuses(floor, target, moved) == [Status.CANCELED, Status.FILLED]
    assert floor.net() == 0


@pytest.mark.parametrize("which", [1, 2])
def test_a_sleeping_leg_that_is_being_replaced_when_its_entry_fills(floor: Floored, which: int) -> None:
    entry = floor.order(**BRACKET, type="limit", limit_price=95)
    leg = (entry, *floor.legs(entry))[which]
    floor.exchange.race(floor.account, 1)
    new = floor.replace(leg, **({"limit_price": 111} if which == 1 else {"stop_price": 89}))
    assert isinstance(new, Order)

    floor.price(95)

    assert [(one.type, one.status) for one in sorted(floor.legs(entry), key=lambda one: one.type)] == [
        (Type.LIMIT, Status.NEW), (Type.STOP, Status.HELD),
    ]  # fmt: skip
    assert floor.now(new) in floor.legs(entry)


def test_a_sleeping_leg_that_is_being_canceled_when_its_entry_fills_ends(floor: Floored) -> None:
    entry = floor.order(**BRACKET, type="limit", limit_price=95)
    target, stop = the_legs(floor, entry)
    floor.exchange.race(floor.account, 1)
    floor.cancel(stop)

    floor.price(95)

    assert statuses(floor, entry, target, stop) == [Status.FILLED, Status.CANCELED, Status.CANCELED]


def test_the_legs_go_with_an_entry_that_is_replaced(floor: Floored) -> None:
    entry = floor.order(**BRACKET, type="limit", limit_price=95)

    new = floor.replace(entry, limit_price=96)
    assert isinstance(new, Order)
    floor.price(96)

    assert [leg.status for leg in floor.legs(new)] == [Status.NEW, Status.HELD]
    floor.price(90)
    assert floor.net() == 0


def test_the_legs_follow_the_size_of_their_entry(floor: Floored) -> None:
    floor.exchange.fill_in_parts("AAPL", [D(3)])
    floor.price(95)
    entry = floor.order(**BRACKET, type="limit", limit_price=95)
    assert floor.now(entry).filled == 3

    new = floor.replace(entry, qty=5)

    assert isinstance(new, Order)
    assert floor.net() == 8
    assert [leg.quantity for leg in floor.legs(new)] == [8, 8]
    floor.price(90)
    assert floor.net() == 0


def test_a_replacement_that_races_leaves_out_what_filled_meanwhile(floor: Floored) -> None:
    old = floor.order(type="limit", limit_price=90)
    floor.exchange.race(floor.account, 1)
    new = floor.replace(old, limit_price=91)
    floor.exchange.fill_in_parts("AAPL", [D(4), D(0)])

    floor.price(90)

    assert isinstance(new, Order)
    assert (floor.now(old).filled, floor.now(new).quantity, floor.now(old).status) == (4, 6, Status.REPLACED)
    floor.exchange.pulse()
    assert floor.net() == 10


def test_a_replacement_that_is_refused_is_no_race(floor: Floored) -> None:
    order = floor.order(type="limit", limit_price=90)
    floor.exchange.race(floor.account, 1)

    floor.replace(order, stop_price=80)
    floor.cancel(order)

    assert floor.now(order).status is Status.PENDING_CANCEL


def test_what_is_on_its_way_cannot_be_canceled(floor: Floored) -> None:
    old = floor.order(type="limit", limit_price=90)
    floor.exchange.race(floor.account, 1)
    new = floor.replace(old, limit_price=91)
    assert isinstance(new, Order)

    assert [str(floor.cancel(one)).count("order is already in") for one in (old, new)] == [1, 1]


REPLACED: list[tuple[dict[str, Any], dict[str, Any], int, str]] = [
    ({"limit_price": 90}, {"qty": "1.5"}, 40010001, "qty must be a whole number"),
    ({"limit_price": 90}, {"stop_price": 80}, 40010001, "limit orders must not have stop_price"),
    ({"limit_price": 90}, {"trail": 2}, 40010001, "only trailing stop orders take trail"),
    ({"limit_price": 90}, {"time_in_force": "x"}, 40010001, "invalid time_in_force"),
    ({"limit_price": 90, "client_order_id": "a"}, {"client_order_id": "a"}, 40010001,
     "client_order_id must be unique"),
    ({"limit_price": 90, "qty": "1.5"}, {"limit_price": 91}, 42210000,
     "notional and fractional orders cannot be replaced"),
    ({"limit_price": 100}, {"limit_price": 91}, 42210000, 'order is already in "filled" state'),
    ({"limit_price": 90}, {"limit_price": "90.001"}, 42210000,
     "invalid limit_price 90.001. sub-penny increment does not fulfill minimum pricing criteria"),
    ({"limit_price": 90}, {"qty": 5000}, 40310000, "insufficient buying power"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "change", "code", "message"), REPLACED)
def test_what_cannot_be_replaced(
    floor: Floored, body: dict[str, Any], change: dict[str, Any], code: int, message: str
) -> None:
    old = floor.order(type="limit", **body)

    refusal = floor.replace(old, **change)

    assert not isinstance(refusal, Order)
    assert (refusal.code, refusal.message) == (code, message)
    assert floor.now(old).replaced_by is None


@pytest.mark.parametrize(("query", "left"), [({}, 0), ({"qty": "4"}, 6), ({"percentage": "25"}, D("7.5"))])
def test_a_position_is_closed_whole_or_in_part(floor: Floored, query: dict[str, str], left: int) -> None:
    floor.order()

    order = floor.close(**query)

    assert isinstance(order, Order)
    assert (order.side, order.type, order.tif) == ("sell", "market", "day")
    assert floor.net() == left


def test_a_close_does_not_cancel_what_holds_the_shares(floor: Floored) -> None:
    floor.order(**BRACKET)

    refusal = floor.close()

    assert not isinstance(refusal, Order)
    assert refusal.message == "insufficient qty available for order (requested: 10, available: 0)"
    assert floor.net() == 10


def test_nothing_to_close(floor: Floored) -> None:
    refusal = floor.close()

    assert not isinstance(refusal, Order)
    assert (refusal.status, refusal.code, refusal.message) == (404, 40410000, "position does not exist")


def test_everything_is_closed_at_once(floor: Floored) -> None:
    floor.order(**BRACKET)
    floor.order(symbol="MSFT", side="sell")

    held = dict(floor.exchange.close_all(floor.account, cancel_orders=False))
    assert not isinstance(held["AAPL"], Order)
    freed = dict(floor.exchange.close_all(floor.account, cancel_orders=True))

    assert isinstance(held["MSFT"], Order)
    assert isinstance(freed["AAPL"], Order)
    assert floor.account.holdings == {}


# ---------------------------------------------------------------- coins


def test_a_coin_pays_its_fee_from_what_is_received(floor: Floored) -> None:
    bought = floor.order(**COINS, qty=2)
    assert (floor.now(bought).filled, floor.net("BTC/USD")) == (2, D("1.995"))

    refusal = floor.refusal(**COINS, side="sell", qty=2)
    assert refusal["message"] == "insufficient balance for BTC (requested: 2, available: 1.995)"
    floor.order(**COINS, side="sell", qty="1.995")

    assert floor.net("BTC/USD") == 0
    assert floor.account.cash == D("99999.00125")  # 199.5 less 0.25 % came back for 200


@pytest.mark.parametrize("quantity", ["0.1234567891234", D("0.12345678900000004")])
def test_of_a_coin_what_is_too_fine_is_cut_off(floor: Floored, quantity: object) -> None:
    assert floor.order(**COINS, qty=quantity).quantity == D("0.123456789")


def test_coins_trade_while_shares_wait(floor: Floored) -> None:
    floor.clock.set(datetime(2026, 1, 4, 12, tzinfo=UTC))

    share, coin = floor.order(), floor.order(**COINS, qty=1)

    assert (share.status, floor.now(coin).status) == (Status.ACCEPTED, Status.FILLED)
