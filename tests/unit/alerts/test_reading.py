"""Prove that alerts are read as their senders meant them."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.unit.alerts.examples import a_body, an_alert, readable
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Named
from tradecore.domain.signals import Direction, Signal, Size, SizeUnit, Strategy
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.alerts.reading import TEMPLATE, Form

QUARTER = Timeframe(900)
FIRED = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def rendered(**placeholders: str) -> bytes:
    """Fill the template in as TradingView does."""
    values = {
        "strategy.order.action": "buy",
        "ticker": "AAPL",
        "interval": "15",
        "strategy.market_position": "long",
        "strategy.market_position_size": "10",
        "strategy.prev_market_position": "flat",
        "close": "150.25",
        "timenow": "2026-11-20T15:30:00Z",
    } | placeholders
    text = TEMPLATE
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text.encode()


# ---------------------------------------------------------------- the two bots' forms


def test_the_equities_form_is_read() -> None:
    reading = readable(b'{"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}')

    assert (reading.signal, reading.symbol_text, reading.timeframe) == (Signal.BUY, "AAPL", QUARTER)
    assert reading.form is Form.EQUITIES
    nothing = (reading.size, reading.strategy, reading.fired_at, reading.secret, reading.alert_id)
    assert set(nothing) == {None}


def test_the_futures_form_is_read() -> None:
    reading = readable(
        a_body(
            secret="s3cret-of-mine",
            strategy="brackmod",
            account=" Practice ",
            signal="SELL",
            symbol="mes1!",
            size=2,
            alert={"why": "crossing", "level": 5010.25, "token": "hidden"},
        )
    )

    assert (reading.signal, reading.symbol, reading.symbol_text) == (Signal.SELL, Named(Symbol("MES")), "MES1!")
    assert reading.size == Size(amount=Decimal(2))
    assert (reading.account, reading.secret, reading.form) == ("practice", "s3cret-of-mine", Form.FUTURES)
    assert reading.comment == "why: crossing, level: 5010.25, token: ***"


def test_a_futures_alert_without_a_size_counts_one_that_nobody_stated() -> None:
    reading = readable(a_body(secret="x", signal="BUY", symbol="MES"))

    assert reading.size == Size(amount=Decimal(1), stated=False)


@pytest.mark.parametrize("word", ["BUY", "SELL", "CLOSE", "FLAT", "HOLD"])
def test_a_futures_signal_is_what_it_says(word: str) -> None:
    assert readable(a_body(secret="x", signal=word, symbol="MES")).signal is Signal[word]


def test_an_empty_account_is_none() -> None:
    assert readable(a_body(secret="x", signal="BUY", symbol="MES", account="")).account is None


def test_the_template_is_read_when_tradingview_has_filled_it_in() -> None:
    reading = readable(rendered())

    assert (reading.signal, reading.fired_at, reading.timeframe) == (Signal.BUY, FIRED, QUARTER)
    assert reading.strategy == Strategy(direction=Direction.LONG, quantity=Decimal(10))
    assert reading.previous is Direction.FLAT
    assert reading.price == Decimal("150.25")


def test_the_template_turns_a_strategys_exit_into_a_close() -> None:
    exit_of_a_long = {
        "strategy.order.action": "sell",
        "strategy.market_position": "flat",
        "strategy.market_position_size": "0",
        "strategy.prev_market_position": "long",
    }

    assert readable(rendered(**exit_of_a_long)).signal is Signal.CLOSE


# ---------------------------------------------------------------- by content


@pytest.mark.parametrize("dress", [b"%s", b"\xef\xbb\xbf%s", b"  \r\n%s\n\t ", b"\xef\xbb\xbf \n%s"])
def test_a_byte_order_mark_and_blanks_around_the_body_do_not_matter(dress: bytes) -> None:
    assert readable(dress % an_alert()).signal is Signal.BUY


def test_unknown_fields_are_ignored() -> None:
    assert readable(an_alert(plot_0="1.5", time="whenever", strategy=["x"], extras={"size": 0})).size is None


@pytest.mark.parametrize(
    "name",
    ["stop_loss_comment", "limit_note", "stopReason", "take_profit_message", "trail_id", "limits", "tpa", "slope"],
)
def test_a_comment_is_ignored_whatever_it_is_about(name: str) -> None:
    assert readable(an_alert(**{name: "my stop is at 3"})).signal is Signal.BUY


@pytest.mark.parametrize(
    "fields",
    [
        {"comment": "limitPrice 3"},
        {"extras": {"limitPrice": 3}},
        {"type": "signal"},
        {"type": "market"},
        {"time_in_force": "DAY"},
        {"timeInForce": "gtc"},
        {"leverage": "1"},
        {"extended_hours": False},
        {"order_class": "simple"},
        {"limitPrice": 0, "stop": "", "trail_percent": "0.0"},
    ],
)
def test_what_changes_no_market_order_is_ignored(fields: dict[str, object]) -> None:
    assert readable(an_alert(**fields)).signal is Signal.BUY


def test_null_means_not_given() -> None:
    reading = readable(b'{"action": "buy", "symbol": "AAPL", "size": null, "timeframe": null, "sentiment": null}')

    assert (reading.size, reading.timeframe, reading.strategy) == (None, None, None)


@pytest.mark.parametrize("name", ["orderType", "order_type", "OrderType", "order-type", "order type"])
def test_names_are_compared_without_case_and_joints(name: str) -> None:
    assert readable(an_alert(**{name: "MKT"})).signal is Signal.BUY


# ---------------------------------------------------------------- symbols, timeframes, sizes, times


@pytest.mark.parametrize(
    ("written", "root", "month", "text"),
    [
        ("aapl", "AAPL", None, "AAPL"),
        ("NASDAQ:AAPL", "AAPL", None, "AAPL"),
        (" brk.b ", "BRK.B", None, "BRK.B"),
        ("MES1!", "MES", None, "MES1!"),
        ("CME_MINI:MESZ2026", "MES", "MESZ2026", "MESZ2026"),
        ("BTCUSD", "BTCUSD", None, "BTCUSD"),
        ("BTC/USD", "BTC/USD", None, "BTC/USD"),
        ("BTCUSDT.P", "BTCUSDT.P", None, "BTCUSDT.P"),
    ],
)
def test_a_symbol_is_read_with_and_without_its_exchange(written: str, root: str, month: str | None, text: str) -> None:
    reading = readable(an_alert(symbol=written))

    assert reading.symbol == Named(Symbol(root), Symbol(month) if month else None)
    assert reading.symbol_text == text


@pytest.mark.parametrize("name", ["symbol", "ticker", "tv_instrument", "pair", "instrument"])
def test_a_symbol_has_many_names(name: str) -> None:
    assert readable(a_body(action="buy", **{name: "MSFT"})).symbol_text == "MSFT"


@pytest.mark.parametrize("name", ["timeframe", "interval", "tf"])
@pytest.mark.parametrize("written", [15, "15", "15 Min", "15m", "15min", " 15 minutes "])
def test_forms_of_a_timeframe_mean_the_same(name: str, written: str | int) -> None:
    assert readable(an_alert(**{name: written})).timeframe == QUARTER


@pytest.mark.parametrize("written", ["D", "1D", "1 Day", "daily"])
def test_a_day_is_a_day_however_it_is_written(written: str) -> None:
    assert readable(an_alert(interval=written)).timeframe == Timeframe(86_400)


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": 5},
        {"qty": "5"},
        {"contracts": "5.0"},
        {"size": 5},
        {"order_contracts": " 5 "},
        {"amountPerTrade": "5"},
        {"units": 5},
        {"order": {"amount": "5"}},
        {"order.amount": "5"},
        {"strategy": {"order": {"contracts": 5}}},
        {"strategy.order.contracts": "5e0"},
        {"quantity": 5, "contracts": "5.00"},
    ],
)
def test_a_size_has_many_names(fields: dict[str, object]) -> None:
    assert readable(an_alert(**fields)).size == Size(amount=Decimal(5))


@pytest.mark.parametrize(
    ("unit", "meant"),
    [
        ("fixed_quantity", SizeUnit.UNITS),
        ("dollar_amount", SizeUnit.DOLLARS),
        ("risk_dollar_amount", SizeUnit.RISK_DOLLARS),
        ("percent_of_equity", SizeUnit.PERCENT_OF_EQUITY),
        ("Percent of Equity", SizeUnit.PERCENT_OF_EQUITY),
    ],
)
def test_a_size_says_what_it_counts(unit: str, meant: SizeUnit) -> None:
    assert readable(an_alert(quantity=5, quantityType=unit)).size == Size(amount=Decimal(5), unit=meant)


def test_digits_too_fine_for_a_market_are_dropped_and_never_rounded_up() -> None:
    reading = readable(b'{"action": "buy", "symbol": "BTCUSD", "size": 0.99999999999999999, "price": 1.25}')

    assert reading.size == Size(amount=Decimal("0.999999999999"))
    assert reading.price == Decimal("1.25")


def test_a_number_keeps_every_digit() -> None:
    reading = readable(b'{"action": "buy", "symbol": "BTCUSD", "size": 0.1234567890, "price": 92300.60}')

    assert str(reading.price) == "92300.60"
    assert str(reading.size and reading.size.amount) == "0.1234567890"


@pytest.mark.parametrize("name", ["price", "signalPrice", "trigger_price", "close"])
def test_a_price_has_many_names(name: str) -> None:
    assert readable(an_alert(**{name: "150.5"})).price == Decimal("150.5")


def test_the_price_of_the_order_goes_before_that_of_the_bar() -> None:
    assert readable(an_alert(close=149, price=150)).price == Decimal(150)


@pytest.mark.parametrize("name", ["timenow", "timestamp", "date", "alertTimestamp"])
@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T15:30:00Z",
        "2026-11-20T15:30:00",
        "2026-11-20 15:30:00",
        "2026-11-20T10:30:00-05:00",
        "2026-11-20T15:30:00.000+00:00",
        1795188600,
        "1795188600",
        1795188600000,
        "1795188600000",
    ],
)
def test_a_firing_time_is_read_in_every_form(name: str, written: str | int) -> None:
    fired_at = readable(an_alert(**{name: written})).fired_at

    assert fired_at == FIRED
    assert fired_at.tzinfo is UTC


def test_a_firing_time_may_carry_its_ticker() -> None:
    assert readable(an_alert(alertTimestamp="AAPL-2026-11-20T15:30:00Z")).fired_at == FIRED


def test_the_opening_of_the_bar_is_no_firing_time() -> None:
    assert readable(an_alert(time="2026-11-20T15:30:00Z")).fired_at is None


def test_timenow_goes_before_what_may_be_the_bars_time() -> None:
    assert readable(an_alert(date="2026-11-20T15:15:00Z", timenow="2026-11-20T15:30:00Z")).fired_at == FIRED


# ---------------------------------------------------------------- identities, secrets, comments


def test_only_alert_id_is_an_identity() -> None:
    reading = readable(an_alert(id="Long", order_id="Long", alert_id="a-1"))

    assert (reading.alert_id, reading.comment) == ("a-1", "Long")
    assert readable(an_alert(id="Long", order_id="Long")).alert_id is None


@pytest.mark.parametrize("name", ["secret", "passphrase", "token", "key", "api_token"])
def test_a_secret_has_many_names(name: str) -> None:
    assert readable(an_alert(**{name: "open-sesame"})).secret == "open-sesame"


def test_an_empty_secret_is_none() -> None:
    assert readable(an_alert(secret="  ")).secret is None


def test_a_comment_is_cut_where_it_gets_long() -> None:
    assert readable(an_alert(comment="x" * 600)).comment == "x" * 500


def test_a_comment_may_be_any_value() -> None:
    assert readable(an_alert(alert=[1, "two", None, True, {"three": False}])).comment == "1, two, , yes, three: no"


def test_a_comment_holds_nothing_that_a_database_refuses() -> None:
    assert readable(an_alert(comment="a\x00b\ud800c")).comment == "a\ufffdb\ufffdc"


def test_a_comment_does_not_give_the_secret_away() -> None:
    reading = readable(an_alert(secret="open-sesame", comment="sent with open-sesame, token=abc"))

    assert reading.comment == "sent with ***, token=***"


def test_forms_are_told_apart() -> None:
    assert readable(an_alert()).form is Form.EQUITIES
    assert readable(an_alert(secret="x")).form is Form.FUTURES
    assert readable(a_body(signal="BUY", symbol="MES")).form is Form.FUTURES
    assert readable(a_body(action="buy", ticker="AAPL")).form is Form.OTHER


def test_a_reading_does_not_show_its_secret() -> None:
    assert "open-sesame" not in repr(readable(an_alert(secret="open-sesame")))


def test_a_number_is_never_a_float_on_the_way() -> None:
    body = json.dumps({"action": "buy", "symbol": "AAPL", "size": "@"}).replace('"@"', "0.1")

    assert readable(body.encode()).size == Size(amount=Decimal("0.1"))
