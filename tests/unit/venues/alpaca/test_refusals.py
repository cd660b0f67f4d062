"""Hold every refusal to the status, code and words of Alpaca's, and to the order in which they are looked for."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from tests.unit.venues.alpaca.floors import BRACKET, COINS, OCO, D, Floored, said
from tradecore.entrypoints.venues.alpaca.engine.replacing import read_amendment
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase

LIMIT = {"type": "limit", "limit_price": 100}
SELL = {"side": "sell"}
STOP = {"side": "sell", "type": "stop", "stop_price": 90}

PARAMETERS: list[tuple[dict[str, Any], str]] = [
    ({"symbol": None}, "symbol is required"),
    ({"qty": None}, "qty or notional is required"),
    ({"qty": 1, "notional": 5}, "only one of qty or notional is accepted"),
    ({"qty": "ten"}, "invalid qty"),
    ({"qty": True}, "invalid qty"),
    ({"qty": "NaN"}, "invalid qty"),
    ({"qty": D("0.30000000000000004")}, "invalid qty"),
    ({"qty": -1}, "qty must be > 0"),
    ({"qty": 0}, "qty must be > 0"),
    ({"notional": "10.123"}, "notional value must be limited to 2 decimal places"),
    ({"side": "sell_short"}, "invalid side"),
    ({"side": None}, "invalid side"),
    ({"type": "iceberg"}, "invalid order type"),
    ({"time_in_force": "forever"}, "invalid time_in_force"),
    ({"order_class": "mleg"}, "invalid order_class"),
    ({"position_intent": "sell"}, "invalid position_intent"),
    ({"take_profit": 110}, "invalid take_profit"),
    ({"client_order_id": "x" * 129}, "client_order_id must be no more than 128 characters"),
    ({"limit_price": 100}, "market orders require no stop or limit price"),
    ({"stop_price": 100}, "market orders require no stop or limit price"),
    ({"type": "limit"}, "limit orders require a limit price"),
    ({**LIMIT, "stop_price": 1}, "limit orders must not have stop_price"),
    ({**LIMIT, "trail_price": 1}, "only trailing stop orders take trail_price or trail_percent"),
    ({"type": "stop"}, "stop orders require a stop price"),
    ({"type": "stop", "stop_price": 1, "limit_price": 1}, "stop orders must not have limit_price"),
    ({"type": "stop_limit", "stop_price": 1}, "stop limit orders require both stop and limit price"),
    ({"type": "trailing_stop"}, "trailing stop orders must specify one of trail_price or trail_percent"),
    ({"type": "trailing_stop", "trail_price": 1, "stop_price": 1},
     "trailing stop orders require no stop or limit price"),
    ({"order_class": "bracket", "take_profit": {"limit_price": 110}},
     "bracket orders require take_profit.limit_price and stop_loss.stop_price"),
    ({**BRACKET, "order_class": "oto"}, "oto orders require exactly one of take_profit or stop_loss"),
    ({**BRACKET, "order_class": "simple"}, "simple orders require no take_profit or stop_loss"),
    ({"order_class": "oto", "stop_loss": {"limit_price": 1}}, "stop_loss.stop_price is required"),
]  # fmt: skip

FORMS: list[tuple[dict[str, Any], str]] = [
    ({"symbol": "NOPE"}, 'asset "NOPE" not found'),
    ({"symbol": "BTC/USD", "qty": 1}, "invalid crypto time_in_force"),
    ({**COINS, "type": "stop", "stop_price": 101}, "invalid order type for crypto order"),
    ({**COINS, **BRACKET}, "crypto orders not allowed for advanced order_class"),
    ({"type": "limit", "limit_price": "100.001"},
     "invalid limit_price 100.001. sub-penny increment does not fulfill minimum pricing criteria"),
    ({"type": "limit", "limit_price": "0.12345"},
     "invalid limit_price 0.12345. sub-penny increment does not fulfill minimum pricing criteria"),
    ({"symbol": "BRK.A", "qty": "0.5"}, 'asset "BRK.A" is not fractionable'),
    ({**BRACKET, "qty": "1.5"}, "fractional orders must be simple orders"),
    ({"qty": "1.5", "time_in_force": "gtc"}, "fractional orders must be DAY orders"),
    ({"notional": 50, "time_in_force": "gtc"}, "fractional orders must be DAY orders"),
    ({"notional": "0.99"}, "notional must be >= 1.00"),
    ({"qty": "1.5", "type": "trailing_stop", "trail_price": 1},
     "fractional orders must be market, limit, stop or stop_limit orders"),
    ({"extended_hours": True}, "extended hours order must be DAY or GTC limit orders"),
    ({**LIMIT, "time_in_force": "ioc", "extended_hours": True}, "extended hours order must be DAY or GTC limit orders"),
    ({**STOP, "side": "buy", "time_in_force": "ioc"}, "stop orders must be DAY or GTC orders"),
    ({**BRACKET, "time_in_force": "ioc"}, "bracket orders must be DAY or GTC orders"),
    ({**BRACKET, **LIMIT, "extended_hours": True}, "extended hours order must be simple, not bracket"),
    (OCO, "oco orders must be exit orders"),
    ({**OCO, "type": "stop_limit", "stop_price": 90}, "oco orders must be limit orders"),
    ({"symbol": "KOSS", "qty": "1.5", **LIMIT, "extended_hours": True},
     'asset "KOSS" is not enabled for fractional extended hours trading'),
]  # fmt: skip

# The levels of a bracket, and the price that they are measured from.
LEVELS: list[tuple[dict[str, Any], str, str]] = [
    ({"stop_loss": {"stop_price": 100}}, "stop_loss.stop_price must be <= base_price - 0.01", "100"),
    ({**LIMIT, "limit_price": 95, "stop_loss": {"stop_price": 95}},
     "stop_loss.stop_price must be <= base_price - 0.01", "95"),
    ({**LIMIT, "limit_price": 105, "stop_loss": {"stop_price": 102}},
     "stop_loss.stop_price must be <= base_price - 0.01", "100"),
    ({"take_profit": {"limit_price": 100}}, "take_profit.limit_price must be >= base_price + 0.01", "100"),
    ({**SELL, "stop_loss": {"stop_price": 100}}, "stop_loss.stop_price must be >= base_price + 0.01", "100"),
    ({**SELL, "stop_loss": {"stop_price": 110}, "take_profit": {"limit_price": 100}},
     "take_profit.limit_price must be <= base_price - 0.01", "100"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), PARAMETERS)
def test_what_makes_no_sense(floor: Floored, body: dict[str, Any], message: str) -> None:
    assert floor.refusal(**body) == {"status": 422, "code": 40010001, "message": message}


@pytest.mark.parametrize(("body", "message"), FORMS)
def test_what_cannot_be(floor: Floored, body: dict[str, Any], message: str) -> None:
    assert floor.refusal(**body) == {"status": 422, "code": 42210000, "message": message}


@pytest.mark.parametrize(("body", "message", "base"), LEVELS)
def test_a_level_too_near_names_the_price_it_is_measured_from(
    floor: Floored, body: dict[str, Any], message: str, base: str
) -> None:
    refusal = floor.refusal(**{**BRACKET, **body})

    assert refusal == {"status": 422, "code": 42210000, "message": message, "base_price": base}


@pytest.mark.parametrize("quantity", ["100000", 10, "10.000000001", "1e-07", D("2.5")])
def test_numbers_come_as_numbers_and_as_texts(floor: Floored, quantity: object) -> None:
    assert floor.order(qty=quantity, type="limit", limit_price="0.0001").quantity == D(str(quantity))


def test_prices_below_a_dollar_have_four_places(floor: Floored) -> None:
    assert floor.order(type="limit", limit_price="0.1234").prices.limit == D("0.1234")


@pytest.mark.parametrize(("flags", "message"), [
    ({"active": False}, "asset AAPL is not active"),
    ({"tradable": False}, 'asset "AAPL" is not tradable'),
    ({"halted": True}, "market order rejected due to trading halt on symbol: AAPL"),
])  # fmt: skip
def test_an_asset_that_does_not_trade(floor: Floored, flags: dict[str, bool], message: str) -> None:
    floor.exchange.list(evolve(floor.exchange.floor.listing["AAPL"], **flags))  # type: ignore[arg-type]  # flags alone

    assert floor.refusal() == {"status": 422, "code": 42210000, "message": message}


def test_ioc_is_refused_while_the_market_is_closed(floor: Floored) -> None:
    floor.exchange.force_phase(Phase.CLOSED)

    assert floor.refusal(time_in_force="ioc")["message"] == "ioc orders are only accepted during market hours"


def test_an_id_is_used_once_for_ever(floor: Floored) -> None:
    first = floor.order(client_order_id="mine", type="limit", limit_price=50)
    floor.cancel(first)

    assert floor.refusal(client_order_id="mine") == {
        "status": 422, "code": 40010001, "message": "client_order_id must be unique",
    }  # fmt: skip
    assert len(floor.exchange.floor.orders) == 1
    other = floor.exchange.open_account("other", "secret")
    floor.account = other
    assert floor.order(client_order_id="mine").account_id == other.id


def test_a_bracket_only_enters(floor: Floored) -> None:
    floor.order()

    reducing = floor.refusal(
        **{**BRACKET, **SELL, "stop_loss": {"stop_price": 110}, "take_profit": {"limit_price": 90}}
    )
    adding = floor.refusal(**BRACKET)
    floor.exchange.floor.brackets_from_flat = False

    assert reducing == {"status": 422, "code": 42210000, "message": "bracket orders must be entry orders"}
    assert adding == reducing
    floor.order(**BRACKET)


def test_who_may_not_trade_fractions(floor: Floored) -> None:
    floor.account.configuration["fractional_trading"] = False

    assert floor.refusal(qty="1.5")["message"] == "fractional trading is not allowed for account"
    floor.order(**COINS, qty="1.5")


@pytest.mark.parametrize(("query", "message"), [
    ({"qty": "1", "percentage": "5"}, "only one of qty or percentage is accepted"),
    ({"percentage": "101"}, "percentage must be between 0 and 100"),
    ({"qty": "some"}, "invalid qty"),
])  # fmt: skip
def test_a_part_that_makes_no_sense(floor: Floored, query: dict[str, str], message: str) -> None:
    floor.order()

    assert said(floor.close(**query)) == {"status": 422, "code": 40010001, "message": message}


@pytest.mark.parametrize("body", [None, [], "order", 7])
def test_a_body_that_is_no_order(floor: Floored, body: object) -> None:
    expected = {"status": 422, "code": 40010001, "message": "request body format is invalid"}

    assert said(read_wish(body)) == expected
    assert said(read_amendment(body)) == expected


FLAGS: list[tuple[Callable[[Floored], None], str]] = [
    (lambda floor: setattr(floor.account, "trading_blocked", True), "trading is blocked for account"),
    (lambda floor: setattr(floor.account, "account_blocked", True), "account is not active"),
    (lambda floor: setattr(floor.account, "status", "ACCOUNT_CLOSED"), "account is not active"),
    (lambda floor: floor.account.configuration.update(suspend_trade=True), "trade is suspended by user"),
]


@pytest.mark.parametrize(("block", "message"), FLAGS)
def test_an_account_that_is_blocked(floor: Floored, block: Callable[[Floored], None], message: str) -> None:
    block(floor)

    assert floor.refusal() == {"status": 403, "code": 40310000, "message": message}


@pytest.mark.parametrize(("held", "body", "inferred", "stated"), [
    (0, {**SELL}, "sell_to_open", "sell_to_close"),
    (-10, {**SELL}, "sell_to_open", "sell_to_close"),
    (10, {**SELL}, "sell_to_close", "sell_to_open"),
    (0, {}, "buy_to_open", "buy_to_close"),
    (-10, {}, "buy_to_close", "buy_to_open"),
    (10, {**SELL, "type": "stop", "stop_price": 90}, "sell_to_close", "sell_to_open"),
    (0, BRACKET, "buy_to_open", "buy_to_close"),
    (10, OCO, "sell_to_close", "sell_to_open"),
])  # fmt: skip
def test_a_stated_intent_is_what_the_order_would_do_or_it_is_refused(
    floor: Floored, held: int, body: dict[str, Any], inferred: str, stated: str
) -> None:
    if held:
        floor.order(side="buy" if held > 0 else "sell", qty=abs(held))

    assert floor.refusal(**body, position_intent=stated) == {
        "status": 422, "code": 42210000,
        "message": f"position intent mismatch, inferred: {inferred}, specified: {stated}",
    }  # fmt: skip
    assert floor.order(**body, position_intent=inferred).position_intent == inferred


# A working order, the one that comes against it, and whether they could trade with one another.
WASHES: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({**LIMIT, "limit_price": 95}, {**SELL}, "limit"),
    ({**LIMIT, "limit_price": 95}, {**SELL, **LIMIT, "limit_price": 95}, "limit"),
    ({**LIMIT, "limit_price": 95}, STOP, "limit"),
    ({**LIMIT, "limit_price": 95}, {**SELL, **LIMIT, "limit_price": 96}, None),
    (STOP, {**LIMIT, "limit_price": 95}, "market/stop"),
    (STOP, {}, "market/stop"),
    ({**STOP, "type": "stop_limit", "limit_price": 89}, {**LIMIT, "limit_price": 88}, None),
    ({**STOP, "type": "stop_limit", "limit_price": 89}, {**LIMIT, "limit_price": 89}, "limit"),
    ({**SELL, "type": "trailing_stop", "trail_price": 5}, {}, None),
    (STOP, {"type": "trailing_stop", "trail_price": 5}, None),
    (OCO, {}, None),
]


@pytest.mark.parametrize(("working", "coming", "kind"), WASHES)
def test_the_wash_trade_guard(
    floor: Floored, working: dict[str, Any], coming: dict[str, Any], kind: str | None
) -> None:
    floor.order(qty=20)
    first = floor.order(**working)

    answer = floor.ask(**coming)

    if kind is None:
        assert getattr(answer, "id", None), answer
        return
    assert said(answer) == {
        "status": 403, "code": 40310000, "message": "potential wash trade detected. use complex orders",
        "existing_order_id": first.id, "reject_reason": f"opposite side {kind} order exists",
    }  # fmt: skip


def test_a_leg_is_in_the_way_where_legs_are_not_exempt(floor: Floored) -> None:
    entry = floor.order(**BRACKET)
    floor.exchange.floor.legs_are_exempt = False

    refusal = floor.refusal()

    assert refusal["message"] == "potential wash trade detected. use complex orders"
    assert refusal["existing_order_id"] in {leg.id for leg in floor.legs(entry)}
    floor.exchange.floor.legs_are_exempt = True
    floor.order()


def test_same_side_twins_are_not_blocked(floor: Floored) -> None:
    floor.order(**LIMIT)

    floor.order(**LIMIT)


def test_shares_that_a_stop_holds_cannot_be_sold(floor: Floored) -> None:
    floor.order()
    stop = floor.order(**STOP, qty=8)

    expected = {
        "status": 403, "code": 40310000,
        "message": "insufficient qty available for order (requested: 5, available: 2)",
        "available": "2", "existing_qty": "10", "held_for_orders": "8", "related_orders": [stop.id], "symbol": "AAPL",
    }  # fmt: skip
    assert floor.refusal(**SELL, qty=5) == expected
    del expected["related_orders"]
    assert said(floor.close(qty=5)) == expected
    floor.order(**SELL, qty=2)


@pytest.mark.parametrize(("side", "back"), [("buy", "sell"), ("sell", "buy")])
def test_no_order_crosses_zero(floor: Floored, side: str, back: str) -> None:
    floor.order(side=side)

    refusal = floor.refusal(side=back, qty=15)

    assert refusal["message"] == "insufficient qty available for order (requested: 15, available: 10)"
    assert (refusal["status"], refusal["code"]) == (403, 40310000)


@pytest.mark.parametrize("body", [{"qty": "1.5"}, {"notional": 150}])
def test_fractions_are_not_sold_short(floor: Floored, body: dict[str, Any]) -> None:
    expected = {"status": 422, "code": 42210000, "message": "fractional orders cannot be sold short"}

    assert floor.refusal(**SELL, **body) == expected
    floor.order(qty="1.2")
    assert floor.refusal(**SELL, **body) == expected


def test_who_may_not_short(floor: Floored) -> None:
    poor = Floored("1999")
    floor.account.configuration["no_shorting"] = True

    expected = {"status": 403, "code": 40310000, "message": "account is not allowed to short"}
    assert poor.refusal(**SELL, qty=1) == expected
    assert floor.refusal(**SELL) == expected


@pytest.mark.parametrize(("symbol", "message"), [
    ("GME", 'asset "GME" cannot be sold short'),
    ("KOSS", 'only day orders are allowed for hard-to-borrow asset "KOSS"'),
])  # fmt: skip
def test_what_may_not_be_shorted(floor: Floored, symbol: str, message: str) -> None:
    refusal = floor.refusal(symbol=symbol, **SELL, **LIMIT, time_in_force="gtc")

    assert refusal == {"status": 422, "code": 42210000, "message": message}


@pytest.mark.parametrize(("body", "cost"), [
    ({"qty": 1952}, "200080"),  # the collar of a market buy is 2.5 %
    ({**LIMIT, "qty": 2001}, "200100"),
    ({**SELL, "qty": 1942}, "200026"),  # a short costs 1.03 of the ask
    ({"notional": 200001}, "200001"),
])  # fmt: skip
def test_more_than_the_buying_power(floor: Floored, body: dict[str, Any], cost: str) -> None:
    assert floor.refusal(**body) == {
        "status": 403, "code": 40310000, "message": "insufficient buying power",
        "buying_power": "200000", "cost_basis": cost,
    }  # fmt: skip


def test_working_entries_reserve_buying_power(floor: Floored) -> None:
    floor.order(type="limit", limit_price=90, qty=1000)

    assert floor.refusal(type="limit", limit_price=90, qty=1300)["buying_power"] == "110000"
    floor.order(type="limit", limit_price=90, qty=1200)


@pytest.mark.parametrize(("body", "message"), [
    ({"qty": "0.01"}, "cost basis must be >= minimal amount of order 10"),
    ({"qty": 1001}, "insufficient balance for USD (requested: 102602.5, available: 100000)"),
    ({"side": "sell", "qty": 1}, "insufficient balance for BTC (requested: 1, available: 0)"),
])  # fmt: skip
def test_coins(floor: Floored, body: dict[str, Any], message: str) -> None:
    refusal = floor.refusal(**COINS, **body)

    assert (refusal["status"], refusal["code"], refusal["message"]) == (403, 40310000, message)


@pytest.mark.parametrize("body", [
    {**LIMIT, "qty": 2000},
    {"notional": "1.00"},
    {**COINS, **LIMIT, "qty": 1000},
    {**COINS, "qty": "0.1"},
    {**BRACKET, "stop_loss": {"stop_price": "99.99"}, "take_profit": {"limit_price": "100.01"}},
])  # fmt: skip
def test_at_the_very_edge_an_order_is_taken(floor: Floored, body: dict[str, Any]) -> None:
    floor.order(**body)


def test_who_has_just_enough_may_short() -> None:
    Floored("2000").order(**SELL, qty=1)


def test_a_pair_of_exits_holds_its_shares_once(floor: Floored) -> None:
    floor.order()
    floor.order(**OCO, qty=4)

    assert floor.refusal(**SELL, qty=7)["held_for_orders"] == "4"
    floor.order(**SELL, qty=6)


def test_exits_that_sleep_hold_nothing(floor: Floored) -> None:
    floor.exchange.floor.brackets_from_flat = False
    floor.order()
    floor.order(**BRACKET, **{**LIMIT, "limit_price": 95})

    floor.order(**SELL, qty=10)


def test_a_request_that_is_wrong_in_every_way_is_refused_for_the_first_of_them(floor: Floored) -> None:
    floor.order(client_order_id="mine")
    floor.account.trading_blocked = True
    wrong = {
        "side": "shell", "symbol": "NOPE", "qty": "1.5", "time_in_force": "gtc", "client_order_id": "mine",
    }  # fmt: skip

    messages = []
    for mend in ({}, {"side": "sell"}, {"symbol": "AAPL"}, {"time_in_force": "day"}, {"client_order_id": "new"}):
        wrong |= mend
        messages.append(floor.refusal(**wrong)["message"])

    assert messages == [
        "invalid side", 'asset "NOPE" not found', "fractional orders must be DAY orders",
        "client_order_id must be unique", "trading is blocked for account",
    ]  # fmt: skip
