"""Let unmodified alpaca-py clients trade at the Alpaca exchange, and find what is odd about the real one."""

import functools
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

import httpx
import pydantic
import pytest
from alpaca.common.exceptions import APIError
from alpaca.data.enums import DataFeed
from alpaca.data.historical import CryptoHistoricalDataClient, StockHistoricalDataClient
from alpaca.data.requests import (
    CryptoLatestQuoteRequest,
    StockBarsRequest,
    StockLatestBarRequest,
    StockLatestQuoteRequest,
    StockLatestTradeRequest,
    StockSnapshotRequest,
)
from alpaca.data.timeframe import TimeFrame, TimeFrameUnit
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import (
    AssetClass,
    OrderClass,
    OrderSide,
    OrderStatus,
    OrderType,
    QueryOrderStatus,
    TimeInForce,
)
from alpaca.trading.requests import (
    ClosePositionRequest,
    GetAssetsRequest,
    GetCalendarRequest,
    GetOrderByIdRequest,
    GetOrdersRequest,
    LimitOrderRequest,
    MarketOrderRequest,
    ReplaceOrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TrailingStopOrderRequest,
)

from tests.integration.alpaca_exchange import Alpaca, trading_client

BUY, SELL, DAY, GTC = OrderSide.BUY, OrderSide.SELL, TimeInForce.DAY, TimeInForce.GTC
NOBODY = uuid5(UUID(int=0), "nobody")


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


@pytest.fixture
def client(alpaca: Alpaca) -> Any:
    return trading_client(alpaca)


def a_market(quantity: float = 10, side: OrderSide = BUY, **more: Any) -> MarketOrderRequest:
    return MarketOrderRequest(**{"symbol": "AAPL", "qty": quantity, "side": side, "time_in_force": DAY, **more})


def a_limit(price: float = 90, side: OrderSide = BUY, **more: Any) -> LimitOrderRequest:
    body = {"symbol": "AAPL", "qty": 10, "side": side, "time_in_force": DAY, "limit_price": price, **more}
    return LimitOrderRequest(**body)


def a_bracket() -> MarketOrderRequest:
    return a_market(
        order_class=OrderClass.BRACKET,
        take_profit=TakeProfitRequest(limit_price=110),
        stop_loss=StopLossRequest(stop_price=90),
    )


def refused(call: Any) -> APIError:
    with pytest.raises(APIError) as caught:
        call()
    return caught.value


# ---------------------------------------------------------------- account, assets, time


def test_the_account(client: Any) -> None:
    account = client.get_account()

    assert (account.status.value, account.cash, account.buying_power) == ("ACTIVE", "100000", "200000")
    assert account.account_number.startswith("PA")
    assert (account.pattern_day_trader, account.daytrade_count, account.daytrading_buying_power) == (None, None, None)


def test_an_account_with_positions_adds_up(alpaca: Alpaca, client: Any) -> None:
    client.submit_order(a_market(100))
    client.submit_order(a_market(50, SELL, symbol="MSFT"))
    alpaca.price(110)
    alpaca.price(90, "MSFT")

    account = client.get_account()

    assert (account.cash, account.equity, account.last_equity) == ("95000", "101500", "100000")
    assert (account.long_market_value, account.short_market_value) == ("11000", "-4500")
    assert (account.initial_margin, account.maintenance_margin) == ("7750", "4650")
    assert account.buying_power == "187500"  # twice the equity, less what is held


def test_pdt_fields_come_back_by_a_switch(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("settings", pdt_fields=True)

    assert client.get_account().daytrade_count == 0


def test_the_configuration_is_patched_with_nulls_in_it(client: Any) -> None:
    configuration = client.get_account_configurations()
    configuration.no_shorting = True

    assert client.set_account_configurations(configuration).no_shorting is True

    assert client.get_account_configurations().fractional_trading is True
    error = refused(lambda: client.submit_order(a_market(side=SELL)))
    assert (error.status_code, error.code, error.message) == (403, 40310000, "account is not allowed to short")


def test_assets(client: Any) -> None:
    assert [asset.symbol for asset in client.get_all_assets(GetAssetsRequest(asset_class=AssetClass.CRYPTO))] == [
        "BTC/USD", "ETH/USD",
    ]  # fmt: skip
    assert {asset.symbol for asset in client.get_all_assets()} >= {"AAPL", "SPY", "BRK.B"}
    assert (client.get_asset("GME").shortable, client.get_asset("BRK.A").fractionable) == (False, False)


@pytest.mark.parametrize("name", ["BTC%2FUSD", "BTC%2fUSD", "BTCUSD", "id"])
def test_a_coin_goes_by_several_names(client: Any, name: str) -> None:
    wanted = next(asset.id for asset in client.get_all_assets() if asset.symbol == "BTC/USD")

    asset = client.get_asset(wanted if name == "id" else name)

    assert (asset.id, asset.symbol, asset.min_trade_increment) == (wanted, "BTC/USD", 1e-9)


def test_a_slash_in_an_assets_name_parts_the_path(client: Any) -> None:
    assert refused(lambda: client.get_asset("BTC/USD")).status_code == 404
    error = refused(lambda: client.get_asset("NOPE"))
    assert (error.status_code, error.code, error.message) == (404, 40410000, "asset not found for NOPE")


def test_an_asset_without_easy_to_borrow_breaks_the_client_and_not_its_raw_half(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("settings", easy_to_borrow=False)

    with pytest.raises(pydantic.ValidationError, match="easy_to_borrow"):
        client.get_asset("AAPL")

    raw = client.get("/assets/KOSS")
    assert (raw["borrow_status"], "easy_to_borrow" in raw) == ("hard_to_borrow", False)


def test_flags_of_an_asset_are_switches(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("assets/AAPL", shortable=False, tradable=True)

    assert client.get_asset("AAPL").shortable is False
    assert refused(lambda: client.submit_order(a_market(side=SELL))).message == 'asset "AAPL" cannot be sold short'


def test_the_clock_has_new_yorks_offset_in_summer_and_winter(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("session", phase=None)
    alpaca.sim("clock", now="2026-07-06T13:29:00Z")
    before = client.get_clock()
    alpaca.sim("clock", now="2026-11-27T17:59:00Z")
    half_day = client.get_clock()

    assert (before.is_open, before.timestamp.utcoffset()) == (False, timedelta(hours=-4))
    assert before.next_open == datetime(2026, 7, 6, 13, 30, tzinfo=UTC)
    assert (half_day.is_open, half_day.timestamp.utcoffset()) == (True, timedelta(hours=-5))
    assert half_day.next_close == datetime(2026, 11, 27, 18, tzinfo=UTC)
    raw = alpaca.rest("GET", "/v2/clock").json()["timestamp"]
    assert len(raw.partition(".")[2]) == len("123456789-05:00")


def test_the_calendar_is_in_naive_new_york_time(alpaca: Alpaca, client: Any) -> None:
    days = client.get_calendar(GetCalendarRequest(start=date(2026, 11, 25), end=date(2026, 11, 30)))

    assert [(day.date.day, day.open.time(), day.close.time()) for day in days] == [
        (25, time(9, 30), time(16)), (27, time(9, 30), time(13)), (30, time(9, 30), time(16)),
    ]  # fmt: skip
    assert days[0].open.tzinfo is None
    raw = alpaca.rest("GET", "/v2/calendar?start=2026-11-25&end=2026-11-25").json()
    assert raw == [{
        "date": "2026-11-25", "open": "09:30", "close": "16:00", "session_open": "0400", "session_close": "2000",
        "settlement_date": "2026-11-27",
    }]  # fmt: skip


def test_the_session_opens_and_closes_by_hand(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("session", phase="closed")
    order = client.submit_order(a_market())
    assert (client.get_clock().is_open, order.status) == (False, OrderStatus.ACCEPTED)

    alpaca.sim("session", phase="core")

    assert client.get_order_by_id(order.id).status is OrderStatus.FILLED


# ---------------------------------------------------------------- orders


def test_a_market_order_from_answer_to_fill(client: Any) -> None:
    answered = client.submit_order(a_market(client_order_id="mine"))

    order = client.get_order_by_client_id("mine")
    assert (answered.status, answered.filled_qty, answered.order_class) == ("pending_new", "0", OrderClass.SIMPLE)
    assert (order.id, order.status, order.filled_qty, order.filled_avg_price) == (
        answered.id, "filled", "10", "100",
    )  # fmt: skip
    assert order.filled_at is not None


def test_an_order_on_the_wire_is_strings_and_nulls(alpaca: Alpaca) -> None:
    raw = trading_client(alpaca, raw=True).submit_order(a_limit(90.5))

    names = ("qty", "filled_qty", "limit_price", "order_class", "order_type", "type")
    assert [raw[name] for name in names] == ["10", "0", "90.5", "", "limit", "limit"]
    for name in ("legs", "notional", "filled_avg_price", "filled_at", "canceled_at", "replaced_by", "hwm"):
        assert raw[name] is None
    assert len(raw["created_at"]) == len("2026-01-05T15:00:00.123456789Z")


@pytest.mark.parametrize("request_", [
    a_limit(),
    StopOrderRequest(symbol="AAPL", qty=1, side=BUY, time_in_force=GTC, stop_price=110),
    StopLimitOrderRequest(symbol="AAPL", qty=1, side=BUY, time_in_force=DAY, stop_price=110, limit_price=111),
    TrailingStopOrderRequest(symbol="AAPL", qty=1, side=BUY, time_in_force=DAY, trail_percent=5),
    TrailingStopOrderRequest(symbol="AAPL", qty=1, side=BUY, time_in_force=DAY, trail_price=5),
])  # fmt: skip
def test_each_type_of_order_rests(client: Any, request_: Any) -> None:
    order = client.submit_order(request_)

    assert client.get_order_by_id(order.id).status is OrderStatus.NEW
    assert order.type is request_.type


def test_the_noise_of_floats_is_refused(client: Any) -> None:
    assert refused(lambda: client.submit_order(a_market(0.1 + 0.2))).message == "invalid qty"
    assert client.submit_order(a_market(1e-07)).qty == "0.0000001"
    assert client.submit_order(a_market(None, notional=33.33)).qty is None  # type: ignore[arg-type]  # notional instead


def test_an_id_is_taken_for_ever_and_a_look_up_finds_the_first(client: Any) -> None:
    first = client.submit_order(a_limit(client_order_id="once"))
    client.cancel_order_by_id(first.id)

    error = refused(lambda: client.submit_order(a_market(client_order_id="once")))

    assert (error.status_code, error.code, error.message) == (422, 40010001, "client_order_id must be unique")
    assert client.get_order_by_client_id("once").id == first.id


def test_orders_that_are_not_there(alpaca: Alpaca, client: Any) -> None:
    lookups = [
        lambda: client.get_order_by_id(NOBODY),
        lambda: client.get_order_by_client_id("nobody"),
        lambda: client.cancel_order_by_id(NOBODY),
        lambda: client.replace_order_by_id(NOBODY, ReplaceOrderRequest(qty=1)),
        lambda: trading_client(alpaca, account=1).get_order_by_id(client.submit_order(a_limit()).id),
    ]

    errors = [refused(look_up) for look_up in lookups]

    assert {(error.status_code, error.code) for error in errors} == {(404, 40410000)}
    malformed = alpaca.rest("GET", "/v2/orders/none")
    assert (malformed.status_code, malformed.json()) == (422, {"code": 40010001, "message": "order_id is missing"})


def test_listing(client: Any) -> None:
    first, second = client.submit_order(a_limit(80)), client.submit_order(a_limit(85, symbol="MSFT"))
    third = client.submit_order(a_market())

    def ids(**query: Any) -> list[Any]:
        return [order.id for order in client.get_orders(GetOrdersRequest(**query))]

    everything = QueryOrderStatus.ALL
    assert [order.id for order in client.get_orders()] == [second.id, first.id]
    assert ids(status=QueryOrderStatus.CLOSED) == [third.id]
    assert ids(status=everything, direction="asc", limit=2) == [first.id, second.id]
    assert ids(status=everything, symbols=["MSFT"]) == [second.id]
    assert ids(status=everything, after=first.submitted_at, until=third.submitted_at) == [second.id]
    assert ids(status=everything, side=SELL) == []
    raw = client.get("/orders", {"status": "all", "before_order_id": str(second.id)})
    assert [order["id"] for order in raw] == [str(first.id)]
    assert refused(lambda: client.get("/orders", {"limit": 501})).code == 40010001


def test_a_bracket_flat_and_nested(alpaca: Alpaca, client: Any) -> None:
    entry = client.submit_order(a_bracket())

    flat = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL))
    nested = client.get_orders(GetOrdersRequest(status=QueryOrderStatus.ALL, nested=True))
    one = client.get_order_by_id(entry.id, GetOrderByIdRequest(nested=True))

    assert [order.type for order in flat] == [OrderType.STOP, OrderType.LIMIT, OrderType.MARKET]
    assert [order.id for order in nested] == [entry.id]
    assert [(leg.type, leg.status) for leg in one.legs] == [(OrderType.LIMIT, "new"), (OrderType.STOP, "held")]
    assert client.get_order_by_id(entry.id).legs is None
    alpaca.price(90)
    assert [leg.status.value for leg in client.get_order_by_id(entry.id, GetOrderByIdRequest(nested=True)).legs] == [
        "canceled", "filled",
    ]  # fmt: skip


def test_the_legs_of_a_filled_entry_hide_from_lists_of_open_orders(alpaca: Alpaca, client: Any) -> None:
    client.submit_order(a_bracket())

    def types(**query: Any) -> list[OrderType]:
        return [order.type for order in client.get_orders(GetOrdersRequest(**query))]

    hidden = types(), types(nested=True), types(status=QueryOrderStatus.CLOSED)
    alpaca.sim("settings", held_in_open=True, orphans_in_nested=True)
    shown = types(), types(nested=True)

    assert hidden == ([OrderType.LIMIT], [], [OrderType.STOP, OrderType.MARKET])
    assert shown == ([OrderType.STOP, OrderType.LIMIT], [OrderType.STOP, OrderType.LIMIT])


def test_oto_and_oco(client: Any) -> None:
    entry = client.submit_order(a_market(order_class=OrderClass.OTO, stop_loss=StopLossRequest(stop_price=90)))
    (stop,) = client.get_order_by_id(entry.id, GetOrderByIdRequest(nested=True)).legs
    assert stop.status is OrderStatus.NEW
    client.cancel_order_by_id(stop.id)

    body = {"order_class": OrderClass.OCO, "take_profit": {"limit_price": 110}, "stop_loss": {"stop_price": 90}}
    oco = client.submit_order(a_limit(110, SELL, **body))

    assert (oco.limit_price, client.get_order_by_id(oco.id).status) == ("110", OrderStatus.NEW)
    assert client.get_open_position("AAPL").qty_available == "0"


def test_a_replacement(client: Any) -> None:
    old = client.submit_order(a_limit())

    new = client.replace_order_by_id(old.id, ReplaceOrderRequest(qty=5, limit_price=91))

    assert (new.id != old.id, new.replaces, new.qty, new.limit_price) == (True, old.id, "5", "91")
    replaced = client.get_order_by_id(old.id)
    assert (replaced.status, replaced.replaced_by) == ("replaced", new.id)
    error = refused(lambda: client.replace_order_by_id(old.id, ReplaceOrderRequest(qty=6)))
    assert (error.status_code, error.code, error.message) == (
        422, 42210000, 'order is already in "replaced" state',
    )  # fmt: skip


def test_cancels(alpaca: Alpaca, client: Any) -> None:
    resting, filled = client.submit_order(a_limit()), client.submit_order(a_market(symbol="MSFT"))

    assert client.cancel_order_by_id(resting.id) is None
    assert client.get_order_by_id(resting.id).status is OrderStatus.CANCELED
    assert alpaca.rest("DELETE", f"/v2/orders/{resting.id}").status_code == 204
    error = refused(lambda: client.cancel_order_by_id(filled.id))
    assert (error.status_code, error.code, error.message) == (
        422, 42210000, 'order is already in "filled" state',
    )  # fmt: skip


def test_all_are_canceled(alpaca: Alpaca, client: Any) -> None:
    first, second = client.submit_order(a_limit()), client.submit_order(a_limit())
    alpaca.fault("race")
    client.cancel_order_by_id(second.id)

    answers = client.cancel_orders()

    assert [(one.id, one.status) for one in answers] == [(first.id, 200), (second.id, 422)]
    assert alpaca.rest("DELETE", "/v2/orders").status_code == 207


# ---------------------------------------------------------------- positions and activities


def test_positions(alpaca: Alpaca, client: Any) -> None:
    client.submit_order(a_market())
    client.submit_order(a_market(5, SELL, symbol="MSFT"))
    client.submit_order(a_market(1, symbol="BTC/USD", time_in_force=GTC))
    client.submit_order(a_limit(120, SELL, qty=4))
    alpaca.price(110)

    long, short, coin = client.get_all_positions()

    assert (long.symbol, long.side.value, long.qty, long.qty_available) == ("AAPL", "long", "10", "6")
    assert (long.avg_entry_price, long.market_value, long.cost_basis) == ("100", "1100", "1000")
    assert (long.unrealized_pl, long.unrealized_plpc, long.current_price) == ("100", "0.1", "110")
    assert (short.side.value, short.qty, short.market_value, short.cost_basis) == ("short", "-5", "-500", "-500")
    assert (coin.symbol, coin.qty) == ("BTCUSD", "0.9975")
    assert client.get_open_position("BTCUSD").asset_id == client.get_asset("BTC%2FUSD").id
    assert client.get_open_position(long.asset_id).qty == "10"


def test_what_is_flat_cannot_be_closed(client: Any) -> None:
    for call in (client.get_open_position, client.close_position):
        error = refused(functools.partial(call, "AAPL"))
        assert (error.status_code, error.code, error.message) == (404, 40410000, "position does not exist")
    assert client.close_all_positions() == []


@pytest.mark.parametrize(("part", "left"), [({"qty": "4"}, "6"), ({"percentage": "50"}, "5")])
def test_a_part_is_closed(client: Any, part: dict[str, str], left: str) -> None:
    client.submit_order(a_market())

    order = client.close_position("AAPL", ClosePositionRequest(**part))

    assert (order.side, order.type, order.time_in_force) == (SELL, OrderType.MARKET, DAY)
    assert client.get_open_position("AAPL").qty == left


def test_open_sells_hold_the_shares_against_a_close(client: Any) -> None:
    client.submit_order(a_bracket())

    error = refused(lambda: client.close_position("AAPL"))
    held = client.close_all_positions()
    freed = client.close_all_positions(cancel_orders=True)

    assert (error.status_code, error.code) == (403, 40310000)
    assert error.message == "insufficient qty available for order (requested: 10, available: 0)"
    assert (held[0].status, held[0].body.available, held[0].body.held_for_orders) == (403, 0, 10)
    assert (freed[0].status, freed[0].symbol, freed[0].body.side) == (200, "AAPL", SELL)
    assert client.get_all_positions() == []


def test_selling_while_flat_opens_a_short_and_no_order_flips(client: Any) -> None:
    client.submit_order(a_market(side=SELL))
    assert client.get_open_position("AAPL").qty == "-10"

    error = refused(lambda: client.submit_order(a_market(15)))

    assert error.message == "insufficient qty available for order (requested: 15, available: 10)"


def test_the_wash_trade_guard_names_the_order_in_the_way(client: Any) -> None:
    first = client.submit_order(a_limit())

    with pytest.raises(APIError, match="potential wash trade detected") as caught:
        client.submit_order(a_market(side=SELL))

    assert caught.value.response.json()["existing_order_id"] == str(first.id)


def test_executions_are_paged(client: Any) -> None:
    for _ in range(5):
        client.submit_order(a_market(1))
    path, newest, seen, token = "/account/activities/FILL", [], [], None
    newest = client.get(path)

    while page := client.get(path, {"page_size": 2, "direction": "asc", **({"page_token": token} if token else {})}):
        seen += page
        token = page[-1]["id"]
        assert len(page) <= 2

    assert len(seen) == 5
    assert newest == seen[::-1]
    assert {name: seen[0][name] for name in ("activity_type", "type", "price", "qty", "side", "symbol", "cum_qty")} == {
        "activity_type": "FILL", "type": "fill", "price": "100", "qty": "1", "side": "buy", "symbol": "AAPL",
        "cum_qty": "1",
    }  # fmt: skip
    later = client.get(path, {"after": seen[2]["transaction_time"], "direction": "asc"})
    assert later == seen[3:]
    assert client.get("/account/activities", {"activity_types": "DIV"}) == []


# ---------------------------------------------------------------- market data


@pytest.fixture
def data(alpaca: Alpaca) -> Any:
    return StockHistoricalDataClient(alpaca.keys["key_id"], alpaca.keys["secret_key"], url_override=alpaca.url)


def test_the_latest_prices(alpaca: Alpaca, data: Any) -> None:
    alpaca.price(101, bid="100.5", ask="101.5")
    wanted: dict[str, Any] = {"symbol_or_symbols": ["AAPL", "NOPE"], "feed": DataFeed.IEX}

    quotes = data.get_stock_latest_quote(StockLatestQuoteRequest(**wanted))
    trades = data.get_stock_latest_trade(StockLatestTradeRequest(**wanted))
    bars = data.get_stock_latest_bar(StockLatestBarRequest(**wanted))
    snapshots = data.get_stock_snapshot(StockSnapshotRequest(**wanted))

    assert list(quotes) == list(trades) == list(bars) == list(snapshots) == ["AAPL"]
    assert (quotes["AAPL"].bid_price, quotes["AAPL"].ask_price, trades["AAPL"].price) == (100.5, 101.5, 101)
    assert (bars["AAPL"].close, snapshots["AAPL"].daily_bar.close) == (101, 101)


def test_coins_need_no_keys(alpaca: Alpaca) -> None:
    coins: Any = CryptoHistoricalDataClient(url_override=alpaca.url)

    quotes = coins.get_crypto_latest_quote(CryptoLatestQuoteRequest(symbol_or_symbols="BTC/USD"))

    assert quotes["BTC/USD"].ask_price == 100
    wrong: Any = CryptoHistoricalDataClient("wrong", "keys", url_override=alpaca.url)
    assert refused(
        lambda: wrong.get_crypto_latest_quote(CryptoLatestQuoteRequest(symbol_or_symbols="BTC/USD"))
    ).status_code == 401  # fmt: skip


def a_minute(minute: int, close: int) -> dict[str, str]:
    return {
        "at": f"2026-01-05T15:{minute:02}:00Z", "open": "100", "high": "120", "low": "90", "close": str(close),
        "volume": "10",
    }  # fmt: skip


def test_bars_of_the_past_are_paged_and_put_together(alpaca: Alpaca, data: Any) -> None:
    for symbol in ("AAPL", "MSFT"):
        alpaca.sim("bars", symbol=symbol, bars=[a_minute(minute, 100 + minute) for minute in range(20)])
    when: dict[str, Any] = {
        "start": datetime(2026, 1, 5, 15, tzinfo=UTC),
        "end": datetime(2026, 1, 5, 15, 59, tzinfo=UTC),
    }

    def bars(timeframe: TimeFrame, symbols: list[str]) -> Any:
        return data.get_stock_bars(StockBarsRequest(symbol_or_symbols=symbols, timeframe=timeframe, **when)).data

    minutes = bars(TimeFrame.Minute, ["AAPL", "MSFT"])
    quarters = bars(TimeFrame(15, TimeFrameUnit.Minute), ["AAPL"])["AAPL"]
    raw = alpaca.rest("GET", "/v2/stocks/bars?symbols=MSFT,AAPL&timeframe=1Min&start=2026-01-05T15:00:00Z"
                      "&end=2026-01-05T15:59:00Z&limit=30").json()  # fmt: skip

    assert [len(minutes[symbol]) for symbol in ("AAPL", "MSFT")] == [20, 20]
    assert [(bar.timestamp.minute, bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in quarters] == [
        (0, 100, 120, 90, 114, 150), (15, 100, 120, 90, 119, 50),
    ]  # fmt: skip
    assert [len(raw["bars"][symbol]) for symbol in ("AAPL", "MSFT")] == [20, 10]
    rest = alpaca.rest("GET", "/v2/stocks/bars?symbols=MSFT,AAPL&timeframe=1Min&start=2026-01-05T15:00:00Z"
                       f"&end=2026-01-05T15:59:00Z&limit=30&page_token={raw['next_page_token']}").json()  # fmt: skip
    assert (list(rest["bars"]), len(rest["bars"]["MSFT"]), rest["next_page_token"]) == (["MSFT"], 10, None)


def test_days_begin_at_midnight_in_new_york(alpaca: Alpaca, data: Any) -> None:
    alpaca.sim("bars", symbol="AAPL", bars=[a_minute(1, 101)])
    start = datetime(2026, 1, 5, tzinfo=UTC)

    wanted = StockBarsRequest(symbol_or_symbols="AAPL", timeframe=TimeFrame.Day, start=start, end=start.replace(day=6))
    (day,) = data.get_stock_bars(wanted).data["AAPL"]

    assert day.timestamp == datetime(2026, 1, 5, 5, tzinfo=UTC)


def test_the_free_plan_does_not_see_recent_prices_of_all_exchanges(alpaca: Alpaca, data: Any) -> None:
    request = StockLatestQuoteRequest(symbol_or_symbols="AAPL", feed=DataFeed.SIP)

    error = refused(lambda: data.get_stock_latest_quote(request))
    alpaca.sim("settings", sip=True)

    assert error.status_code == 403
    assert "subscription does not permit querying recent SIP data" in str(error)
    assert data.get_stock_latest_quote(request)["AAPL"].ask_price == 100


# ---------------------------------------------------------------- what makes no sense


@pytest.mark.parametrize(("method", "path", "status", "message"), [
    ("GET", "/v2/orders?limit=many", 422, "invalid limit"),
    ("GET", "/v2/orders?status=sleeping", 422, "invalid status"),
    ("GET", "/v2/orders?after=yesterday", 422, "invalid after"),
    ("GET", f"/v2/orders?after_order_id={NOBODY}", 422, "order_id is missing"),
    ("GET", "/v2/orders?after_order_id=a&before_order_id=b", 422,
     "only one of before_order_id or after_order_id is accepted"),
    ("DELETE", "/v2/orders/7", 422, "order_id is missing"),
    ("PATCH", f"/v2/orders/{NOBODY}", 422, "request body format is invalid"),
    ("PATCH", "/v2/account/configurations", 422, "request body format is invalid"),
    ("DELETE", "/v2/positions/AAPL?qty=1&percentage=1", 422, "only one of qty or percentage is accepted"),
    ("GET", "/v2/account/activities/FILL?page_size=101", 422, "page_size must be between 1 and 100"),
    ("GET", "/v2/account/activities/FILL?page_token=7", 422, "invalid page_token"),
    ("GET", "/v2/calendar?start=soon", 422, "start and end are dates, written 2026-01-05"),
    ("GET", "/v2/stocks/bars?symbols=AAPL&timeframe=1Moon", 400, "invalid timeframe: 1Moon"),
    ("GET", "/v2/stocks/bars?symbols=AAPL&page_token=7", 400, "invalid page_token"),
    ("GET", "/v2/nowhere", 404, "Not Found"),
    ("POST", "/sim/assets/NOPE", 404, "There is no asset NOPE."),
])  # fmt: skip
def test_a_request_that_makes_no_sense_is_told_so(
    alpaca: Alpaca, method: str, path: str, status: int, message: str
) -> None:
    answer = alpaca.rest(method, path)

    assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_a_calendar_ends_somewhere(alpaca: Alpaca) -> None:
    assert alpaca.rest("GET", "/v2/calendar?start=2040-01-01").status_code == 422


def test_a_configuration_of_the_wrong_kind_is_refused(alpaca: Alpaca) -> None:
    answer = alpaca.rest("PATCH", "/v2/account/configurations", json={"no_shorting": "perhaps"})

    assert (answer.status_code, answer.json()["message"]) == (422, "invalid no_shorting")


# ---------------------------------------------------------------- keys, limits, strangers


def test_keys_are_checked(alpaca: Alpaca) -> None:
    wrong: Any = TradingClient(alpaca.keys["key_id"], "wrong", url_override=alpaca.url)

    error = refused(wrong.get_account)
    nothing = httpx.get(f"{alpaca.url}/v2/account")

    assert (error.status_code, str(error)) == (401, '{"message": "unauthorized."}')
    with pytest.raises(KeyError):
        _ = error.code
    assert (nothing.status_code, nothing.headers["content-type"]) == (401, "text/html; charset=utf-8")


def test_accounts_do_not_see_one_another(alpaca: Alpaca, client: Any) -> None:
    other = trading_client(alpaca, account=1)
    client.submit_order(a_limit(client_order_id="mine"))

    assert other.get_orders() == []
    assert other.submit_order(a_limit(client_order_id="mine")).client_order_id == "mine"
    assert client.get_account().id != other.get_account().id


def test_requests_are_counted_for_each_account(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("settings", rate_limit=2)
    client._retry = 0

    first = alpaca.rest("GET", "/v2/clock")
    client.get_clock()
    error = refused(client.get_clock)

    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining")
    assert [first.headers[name] for name in names] == ["2", "1"]
    assert (error.status_code, error.code) == (429, 42910000)
    assert [error.response.headers[name] for name in names] == ["2", "0"]
    seconds = int(error.response.headers["X-RateLimit-Reset"]) - datetime.now(UTC).timestamp()  # noqa: TID251
    assert 0 < seconds <= 60
    assert trading_client(alpaca, account=1).get_clock()
    assert alpaca.rest("GET", "/v2/stocks/quotes/latest?symbols=AAPL").status_code == 200


def test_a_person_trades_by_hand(alpaca: Alpaca, client: Any) -> None:
    path = f"accounts/{alpaca.keys['key_id']}/orders"
    alpaca.sim(path, symbol="AAPL", qty="7", side="buy", type="market", time_in_force="day")
    client.submit_order(a_limit())

    assert client.get_open_position("AAPL").qty == "7"
    held = alpaca.rest("GET", f"/sim/accounts/{alpaca.keys['key_id']}/positions").json()
    assert [(one["symbol"], one["qty"]) for one in held] == [("AAPL", "7")]
    assert [(order["qty"], order["source"]) for order in alpaca.ever()] == [("7", None), ("10", "access_key")]


def test_an_account_is_blocked_by_hand(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim(f"accounts/{alpaca.keys['key_id']}", trading_blocked=True, cash="5000")

    account = client.get_account()

    assert (account.trading_blocked, account.cash) == (True, "5000")
    assert refused(lambda: client.submit_order(a_market())).status_code == 403


def test_an_account_is_opened_by_hand(alpaca: Alpaca) -> None:
    keys = alpaca.sim("accounts", cash="500")

    client: Any = TradingClient(keys["key_id"], keys["secret_key"], url_override=alpaca.url)

    assert client.get_account().cash == "500"
    twice = httpx.post(f"{alpaca.url}/sim/accounts", json={"key_id": keys["key_id"]})
    assert (twice.status_code, "has an account already" in twice.text) == (400, True)


@pytest.mark.parametrize(("path", "body"), [
    ("price", {"symbol": "NOPE", "last": "1"}), ("parts", {"symbol": "NOPE", "parts": ["1"]}),
    ("price", {"symbol": "AAPL", "last": "0"}),
    ("price", {"symbol": "AAPL", "last": 1}), ("session", {"phase": "lunch"}), ("settings", {"colour": "red"}),
])  # fmt: skip
def test_a_switch_says_what_it_does_not_take(alpaca: Alpaca, path: str, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{alpaca.url}/sim/{path}", json=body)

    assert (answer.status_code, list(answer.json())) == (400, ["message"])
