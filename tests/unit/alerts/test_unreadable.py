"""Prove that what cannot be read is refused, with the field's name and a way out."""

import json

import pytest

from tests.unit.alerts.examples import a_body, an_alert, readable, refused
from tradecore.domain.signals import Signal
from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX, TEMPLATE

# ---------------------------------------------------------------- the body as a whole


def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not() -> None:
    largest = an_alert().ljust(BODY_BYTES_MAX)

    assert readable(largest).signal is Signal.BUY
    answer = refused(largest + b" ")
    assert (answer.code, answer.status) == ("too-large", 413)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"[]", "array"),
        (b'[{"action": "buy", "symbol": "AAPL"}]', "array"),
        (b"null", "bad-json"),
        (b'"buy"', "bad-json"),
        (b"12", "bad-json"),
        (b"buy", "bad-json"),
        (b"action=buy&symbol=AAPL", "bad-json"),
        (b"\xff\xfe\x00", "bad-json"),
        (b'{"action": "buy"', "bad-json"),
        (b'{"action": "buy",}', "bad-json"),
        (b'{"a": 1} {"b": 2}', "bad-json"),
        (b'{"a":' * 3000, "bad-json"),
        (b'{"a":' * 30 + b"1" + b"}" * 30, "bad-json"),
        (b"[" * 60_000, "bad-json"),
        (b'{"action": "buy", "action": "sell"}', "duplicate-field"),
        (b'{"alert": {"a": 1, "a": 2}}', "duplicate-field"),
    ],
)
def test_a_body_that_is_no_object_is_a_bad_request(body: bytes, code: str) -> None:
    answer = refused(body)

    assert (answer.code, answer.status) == (code, 400)


def test_broken_json_is_pointed_at() -> None:
    answer = refused(b'{"action": "buy",\n "price": ,\n "symbol": "AAPL"}')

    assert "line 2, column 11" in answer.message
    assert answer.field == "price"


@pytest.mark.parametrize(
    "text",
    [
        "AAPL Crossing 150.00",
        "AAPL, 15 Crossing Up EMA",
        "My idea (14, close): order buy @ 1 filled on AAPL. New strategy position is 1",
        'The "best" one (a=1): order sell @ 2 filled on MES1!. New strategy position is -2',
    ],
)
def test_tradingviews_default_message_is_answered_with_the_template(text: str) -> None:
    answer = refused(text.encode())

    assert (answer.code, answer.status) == ("default-prose", 400)
    assert TEMPLATE in answer.message


@pytest.mark.parametrize(
    "body",
    [
        b"ENTER-LONG_COINBASE_BTCUSD_mine_15_4f2a",
        b"EXIT-ALL",
        b"60123456,buy,EURUSD,risk=1,sl=10",
        b"60123456 , closelong, EURUSD",
        b"myKey(BTCUSD) { market(side=buy, amount=1); }",
        json.dumps({"code": "ENTER-LONG_COINBASE_BTCUSD_mine_15_4f2a"}).encode(),
    ],
)
def test_languages_of_peers_are_refused_politely(body: bytes) -> None:
    answer = refused(body)

    assert (answer.code, answer.status) == ("unsupported", 422)
    assert TEMPLATE in answer.message
    assert "4f2a" not in answer.message


# ---------------------------------------------------------------- placeholders and missing numbers


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (an_alert(price="{{close}}"), "price"),
        (an_alert(unknown="x {{plot_0}}"), "unknown"),
        (an_alert(secret="{{nope}}"), "secret"),
        (an_alert(strategy_info={"market_position": "{{x}}"}), "strategy_info.market_position"),
        (an_alert(alert=["{{x}}"]), "alert[0]"),
        (an_alert(alert={"deep": [{"er": "{{x}}"}]}), "alert.deep[0].er"),
        (b'{"action": "buy", "size": {{strategy.order.contracts}}}', "size"),
        (b'{"action": {{strategy.order.action}}, "price": {{close}}', "action"),
        (TEMPLATE.encode(), "action"),
    ],
)
def test_a_placeholder_that_was_not_filled_in_is_named(body: bytes, field: str) -> None:
    answer = refused(body)

    assert (answer.code, answer.field, answer.status) == ("placeholder", field, 422)


def test_a_placeholder_in_prose_is_recognised() -> None:
    assert refused(b"Cross of {{ticker}} at {{close}}").code == "placeholder"


@pytest.mark.parametrize("written", ["na", "NaN", "nan", "null", "n/a", "Infinity", "-inf", "", "ten", "1,5", "1_0"])
@pytest.mark.parametrize("name", ["size", "quantity", "price", "market_position_size", "close"])
def test_a_number_that_is_none_is_refused_by_name(name: str, written: str) -> None:
    answer = refused(an_alert(**{name: written}))

    assert (answer.code, answer.field) == ("not-a-number", name)


@pytest.mark.parametrize("value", [True, False, [1], {"a": 1}])
@pytest.mark.parametrize("name", ["size", "price", "position_size"])
def test_a_truth_is_no_number(name: str, value: object) -> None:
    answer = refused(an_alert(**{name: value}))

    assert (answer.code, answer.field) == ("not-a-number", name)


@pytest.mark.parametrize("bare", ["NaN", "Infinity", "-Infinity", "na", "nan", "undefined", "-na"])
def test_a_bare_word_for_no_number_is_refused_by_name(bare: str) -> None:
    answer = refused(b'{"action": "buy", "symbol": "AAPL", "volume": %s}' % bare.encode())

    assert (answer.code, answer.field) == ("not-a-number", "volume")


@pytest.mark.parametrize("number", ["1e999999", "1e16", "1" * 30, "1e99999999999999999999", "9" * 5000])
def test_a_number_that_no_market_uses_is_refused(number: str) -> None:
    answer = refused(b'{"action": "buy", "symbol": "AAPL", "size": %s}' % number.encode())

    assert (answer.code, answer.field) == ("not-a-number", "size")
    assert len(answer.message) < 300


@pytest.mark.parametrize("amount", [0, "0", "0.0", -1, "-0.5", "-0", "0.00000000000000001"])
@pytest.mark.parametrize("name", ["size", "quantity", "contracts"])
def test_a_size_that_is_not_positive_is_refused(name: str, amount: object) -> None:
    answer = refused(an_alert(**{name: amount}))

    assert (answer.code, answer.field, answer.status) == ("bad-size", name, 422)


def test_an_exit_does_not_stumble_over_a_size_of_zero() -> None:
    assert readable(an_alert(action="close", size=0)).size is None
    assert refused(an_alert(action="close", size=-1)).code == "bad-size"


def test_a_price_that_is_not_positive_is_refused() -> None:
    assert refused(an_alert(price=0)).code == "bad-price"


# ---------------------------------------------------------------- values that mean nothing here


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"action": "purchase"}, "unknown-value", "action"),
        ({"action": 7}, "unknown-value", "action"),
        ({"action": True}, "unknown-value", "action"),
        ({"action": {"x": 1}}, "unknown-value", "action"),
        ({"action": None, "isBuy": "maybe"}, "unknown-value", "isBuy"),
        ({"action": None}, "missing-field", "action"),
        ({"action": ""}, "missing-field", "action"),
        ({"symbol": None}, "missing-field", "symbol"),
        ({"symbol": " "}, "missing-field", "symbol"),
        ({"symbol": "AA PL"}, "bad-symbol", "symbol"),
        ({"symbol": "stra\u00dfe"}, "bad-symbol", "symbol"),
        ({"symbol": "A:B:C"}, "bad-symbol", "symbol"),
        ({"symbol": "MES2!"}, "bad-symbol", "symbol"),
        ({"symbol": "NYMEX_DL:CL1!"}, "bad-symbol", "symbol"),
        ({"symbol": "x" * 1000}, "bad-symbol", "symbol"),
        ({"symbol": ["AAPL"]}, "unknown-value", "symbol"),
        ({"exchange": "CME_DLY"}, "bad-symbol", "exchange"),
        ({"timeframe": "soon"}, "bad-timeframe", "timeframe"),
        ({"timeframe": ""}, "bad-timeframe", "timeframe"),
        ({"interval": "15M"}, "bad-timeframe", "interval"),
        ({"tf": "1" * 1000}, "bad-timeframe", "tf"),
        ({"interval": 0}, "bad-timeframe", "interval"),
        ({"sentiment": "rosy"}, "unknown-value", "sentiment"),
        ({"market_position": ""}, "unknown-value", "market_position"),
        ({"prev_market_position": "up"}, "unknown-value", "prev_market_position"),
        ({"timenow": "yesterday"}, "bad-time", "timenow"),
        ({"timenow": "2026-11-20"}, "bad-time", "timenow"),
        ({"timestamp": 12}, "bad-time", "timestamp"),
        ({"date": "2026-13-20T15:30:00Z"}, "bad-time", "date"),
        ({"timenow": "0001-01-01T00:00:00+14:00"}, "bad-time", "timenow"),
        ({"timenow": "9" * 17}, "bad-time", "timenow"),
        ({"timenow": "9" * 60}, "bad-time", "timenow"),
        ({"quantity": 5, "quantityType": "percent_of_position"}, "unsupported", "quantityType"),
        ({"orderType": "limit"}, "unsupported", "orderType"),
        ({"order_type": "LMT"}, "unsupported", "order_type"),
        ({"isMarket": False}, "unsupported", "isMarket"),
        ({"action": "cancel"}, "unsupported", "action"),
        ({"action": "reduce"}, "unsupported", "action"),
        ({"takeProfit": {"percent": 5}}, "unsupported", "takeProfit"),
        ({"stopLoss": {"type": "stop", "stopPrice": 5}}, "unsupported", "stopLoss"),
        ({"sl": "10"}, "unsupported", "sl"),
        ({"tp": 0.5}, "unsupported", "tp"),
        ({"trail": True}, "unsupported", "trail"),
        ({"risk_percentage": 1}, "unsupported", "risk_percentage"),
        ({"reduceOnly": True}, "unsupported", "reduceOnly"),
        ({"optionType": "call"}, "unsupported", "optionType"),
        ({"alert_id": "x" * 201}, "too-long", "alert_id"),
        ({"alert_id": False}, "unknown-value", "alert_id"),
        ({"secret": {"a": "b"}}, "unknown-value", "secret"),
        ({"account": ["a"]}, "unknown-value", "account"),
    ],
)
def test_a_value_that_is_not_known_is_refused_by_name(fields: dict[str, object], code: str, field: str) -> None:
    answer = refused(an_alert(**fields))

    assert (answer.code, answer.field, answer.status) == (code, field, 422)
    assert field in answer.message
    assert len(answer.message) < 400


@pytest.mark.parametrize(
    "name",
    [
        *("limitPrice", "limit_price", "limit", "entryLimit", "orderLimitPrice", "limitOffset", "isLimit"),
        *("stopPrice", "stop_price", "stop", "stopLimit", "stop_limit_price", "entry_stop", "sell-stop"),
        *("trailPrice", "trail_percent", "trailingStop", "trailing_stop_percent", "trail_trigger"),
        *("stop_loss", "stopLossPrice", "takeProfit2", "take_profit_percent", "tp1", "sl_percent", "dollar_tp"),
        *("profit_target", "targetPrice", "target", "notional", "riskPercent", "leverage", "breakeven"),
    ],
)
def test_whatever_would_make_another_order_is_refused_by_name(name: str) -> None:
    answer = refused(an_alert(**{name: "3"}))

    assert (answer.code, answer.field, answer.status) == ("unsupported", name, 422)
    assert answer.message.startswith(f"`{name}` is not ")
    assert readable(an_alert(action="close", **{name: "3"})).signal.is_exit


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "limit"}, "type"),
        ({"type": "Trailing Stop"}, "type"),
        ({"order": {"type": "stop"}}, "order.type"),
        ({"order": {"limitPrice": 3}}, "order.limitPrice"),
        ({"strategy": {"order": {"stop": 3}}}, "strategy.order.stop"),
        ({"time_in_force": "opg"}, "time_in_force"),
        ({"tif": "IOC"}, "tif"),
        ({"extended_hours": True}, "extended_hours"),
        ({"orderClass": "bracket"}, "orderClass"),
        ({"leverage": 5}, "leverage"),
    ],
)
def test_another_order_than_the_plain_one_is_refused_by_name(fields: dict[str, object], field: str) -> None:
    answer = refused(an_alert(**fields))

    assert (answer.code, answer.field) == ("unsupported", field)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"action": "sell"}, {"signal": "BUY"}),
        ({"action": "buy"}, {"side": "short"}),
        ({"action": "close_long"}, {"signal": "close_short"}),
        ({"symbol": "AAPL"}, {"ticker": "MSFT"}),
        ({"symbol": "MESZ2026"}, {"ticker": "MES1!"}),
        ({"timeframe": "1h"}, {"interval": "15"}),
        ({"quantity": 5}, {"contracts": 6}),
        ({"market_position": "long", "action": "add"}, {"side": "short"}),
        ({"quantityType": "dollar_amount", "quantity": 5}, {"unitsType": "contracts"}),
    ],
)
def test_fields_that_disagree_are_named_both(one: dict[str, object], other: dict[str, object]) -> None:
    answer = refused(an_alert(**one, **other))

    assert answer.code == "conflict"
    assert next(iter(one)) in answer.message
    assert next(iter(other)) in answer.message


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "buy", "signal": "LONG"},
        {"symbol": "NASDAQ:AAPL", "ticker": "aapl"},
        {"symbol": "BTC/USD", "pair": "BTCUSD"},
        {"symbol": "MES", "ticker": "MES1!"},
        {"timeframe": "15 Min", "interval": 15},
        {"timeframe": "1 Hour", "interval": "60", "tf": "1h"},
        {"quantity": "5", "contracts": 5.0},
        {"action": "close", "signal": "exit_long"},
        {"market_position": "long", "sentiment": "bullish"},
    ],
)
def test_fields_that_say_the_same_may_stand_together(fields: dict[str, object]) -> None:
    readable(an_alert(**fields))


@pytest.mark.parametrize("action", ["close", "exit", "flat", "exit_long"])
def test_an_exit_does_not_stumble_over_a_stop(action: str) -> None:
    assert readable(an_alert(action=action, stopLoss={"percent": 5}, sl=3)).signal.is_exit


@pytest.mark.parametrize("nothing", [0, "0", "0.00", "", False, "false", {}, [], {"percent": 0}, "0%"])
def test_a_stop_that_says_nothing_is_no_stop(nothing: object) -> None:
    assert readable(an_alert(sl=nothing, takeProfit=nothing)).signal is Signal.BUY


def test_what_is_quoted_back_is_ascii_and_short() -> None:
    answer = refused(a_body(symbol="AAPL", action="\u202e" * 5000))

    assert answer.message.isascii()
    assert len(answer.message) < 500
