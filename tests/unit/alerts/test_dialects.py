"""Prove that the dialects of peers are read, and which signal each of their words means."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.unit.alerts.examples import a_body, an_alert, readable, refused
from tradecore.domain.signals import Direction, Signal, Size, SizeUnit, Strategy
from tradecore.domain.timeframes import Timeframe

LONG, SHORT, FLAT = Direction.LONG, Direction.SHORT, Direction.FLAT


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (Signal.BUY, "buy BUY Buy long LONG enter_long ENTER-LONG enterLong bullish buy_to_open"),
        (Signal.SELL, "sell SELL short enter_short ENTER-SHORT bearish sell_short"),
        (Signal.CLOSE, "close CLOSE exit exit_all EXIT-ALL close_all close_long exit_long close_short exit_short"),
        (Signal.CLOSE, "sell_to_close buy_to_cover cover liquidate flatten"),
        (Signal.FLAT, "flat FLAT Flat"),
        (Signal.HOLD, "hold HOLD none no_position"),
    ],
)
def test_an_action_has_many_words(signal: Signal, words: str) -> None:
    for word in words.split():
        assert readable(an_alert(action=f" {word} ")).signal is signal, word


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "sell"},
        {"signal": "sell"},
        {"data": "sell"},
        {"side": "sell"},
        {"order_action": "sell"},
        {"strategy.order.action": "sell"},
        {"strategy": {"order": {"action": "sell"}}},
        {"isBuy": False},
        {"isBuy": "false"},
        {"action": "open", "side": "short"},
        {"action": "increase", "side": "short"},
        {"action": "sell", "side": "short"},
        {"action": "sell", "signal": "SHORT", "data": "enter_short"},
    ],
)
def test_an_action_has_many_names(fields: dict[str, object]) -> None:
    assert readable(a_body(symbol="AAPL", **fields)).signal is Signal.SELL


@pytest.mark.parametrize("name", ["order_action", "data", "side"])
def test_flat_takes_what_others_hold_only_where_it_is_plainly_asked_for(name: str) -> None:
    assert readable(a_body(symbol="AAPL", **{name: "flat"})).signal is Signal.CLOSE


def test_no_position_may_be_written_with_a_blank() -> None:
    assert readable(an_alert(action="No position")).signal is Signal.HOLD


@pytest.mark.parametrize(
    ("action", "position", "signal"),
    [
        ("buy", "long", Signal.BUY),
        ("buy", "short", Signal.BUY),
        ("buy", "flat", Signal.CLOSE),
        ("sell", "long", Signal.SELL),
        ("sell", "short", Signal.SELL),
        ("sell", "flat", Signal.CLOSE),
        ("close", "long", Signal.CLOSE),
        ("close", "flat", Signal.CLOSE),
        ("exit", "bullish", Signal.CLOSE),
        ("exit_long", "flat", Signal.CLOSE),
        ("exit_long", "long", Signal.CLOSE),
        ("exit_short", "flat", Signal.CLOSE),
        ("flat", "long", Signal.FLAT),
        ("hold", "short", Signal.HOLD),
        ("add", "long", Signal.BUY),
        ("increase", "bearish", Signal.SELL),
        ("reverse", "long", Signal.BUY),
        ("reverse", "short", Signal.SELL),
        (None, "long", Signal.BUY),
        (None, "bearish", Signal.SELL),
        (None, "flat", Signal.CLOSE),
    ],
)
@pytest.mark.parametrize("name", ["market_position", "sentiment", "strategy.market_position"])
def test_where_the_strategy_stands_says_what_an_action_means(
    name: str, action: str | None, position: str, signal: Signal
) -> None:
    reading = readable(an_alert(action=action, **{name: position}))

    assert reading.signal is signal
    assert reading.strategy is not None
    assert (
        reading.strategy.direction
        is {"l": LONG, "s": SHORT, "f": FLAT, "bu": LONG, "be": SHORT}[position[: 2 if position[0] == "b" else 1]]
    )


@pytest.mark.parametrize(
    ("action", "position"),
    [
        ("exit_long", "short"),
        ("close_long", "bearish"),
        ("exit_short", "long"),
        ("add", "flat"),
        ("reverse", "flat"),
        ("open", "flat"),
    ],
)
def test_an_action_and_a_position_that_exclude_each_other_are_refused(action: str, position: str) -> None:
    answer = refused(an_alert(action=action, market_position=position))

    assert answer.code == "conflict"
    assert "action" in answer.message
    assert "market_position" in answer.message


@pytest.mark.parametrize("action", ["add", "increase", "reverse", "open"])
def test_an_action_without_a_side_needs_one(action: str) -> None:
    answer = refused(an_alert(action=action))

    assert (answer.code, answer.field) == ("missing-field", "action")


@pytest.mark.parametrize(
    ("fields", "strategy"),
    [
        ({"market_position": "long", "market_position_size": "3"}, (LONG, 3)),
        ({"market_position": "short", "market_position_size": 3}, (SHORT, 3)),
        ({"market_position": "short", "position_size": "-3"}, (SHORT, 3)),
        ({"position_size": -3, "market_position_size": 3, "market_position": "short"}, (SHORT, 3)),
        ({"position_size": "-3"}, (SHORT, 3)),
        ({"position_size": "3"}, (LONG, 3)),
        ({"position_size": "0"}, (FLAT, 0)),
        ({"strategy": {"position_size": -3}}, (SHORT, 3)),
        ({"strategy_info": {"market_position": "long", "market_position_size": "3"}}, (LONG, 3)),
        ({"market_position": "flat", "market_position_size": "0"}, (FLAT, 0)),
        ({"market_position": "flat"}, (FLAT, None)),
    ],
)
def test_a_target_position_is_read(fields: dict[str, object], strategy: tuple[Direction, int | None]) -> None:
    direction, quantity = strategy
    whole = None if quantity is None else Decimal(quantity)

    assert readable(a_body(ticker="AAPL", **fields)).strategy == Strategy(direction=direction, quantity=whole)


@pytest.mark.parametrize(
    "fields",
    [
        {"market_position": "long", "position_size": -3},
        {"market_position": "short", "position_size": 3},
        {"market_position": "flat", "market_position_size": 3},
        {"market_position": "long", "market_position_size": 0},
        {"market_position": "long", "sentiment": "bearish"},
        {"position_size": 3, "market_position_size": 4},
    ],
)
def test_a_position_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    answer = refused(an_alert(**fields))

    assert answer.code == "conflict"
    assert all(name in answer.message for name in fields)


@pytest.mark.parametrize(
    ("fields", "previous"),
    [
        ({"prev_market_position": "long"}, LONG),
        ({"strategy_info": {"prev_market_position": "flat"}}, FLAT),
        ({"prev_position": "short"}, SHORT),
        ({"prev_position": "-2"}, SHORT),
        ({"prev_position": 0}, FLAT),
    ],
)
def test_a_previous_position_is_read(fields: dict[str, object], previous: Direction) -> None:
    assert readable(an_alert(**fields)).previous is previous


# ---------------------------------------------------------------- whole bodies


def test_traderspost_is_read() -> None:
    reading = readable(
        a_body(
            ticker="TSLA",
            action="buy",
            sentiment="long",
            quantity="250",
            quantityType="dollar_amount",
            price="201.5",
            time="2026-11-20T15:15:00Z",
            interval="5",
            orderType="market",
            extras={"note": "first", "quantity": 9},
        )
    )

    assert (reading.signal, reading.symbol_text, reading.timeframe) == (Signal.BUY, "TSLA", Timeframe(300))
    assert reading.size == Size(amount=Decimal(250), unit=SizeUnit.DOLLARS)
    assert (reading.strategy, reading.fired_at) == (Strategy(direction=LONG), None)


def test_a_flat_sentiment_only_closes() -> None:
    assert readable(a_body(ticker="TSLA", action="sell", sentiment="flat", quantity=5)).signal is Signal.CLOSE


def test_pickmytrade_is_read_and_its_zeros_mean_nothing() -> None:
    reading = readable(
        a_body(
            symbol="NQ1!",
            date="2026-11-20T15:30:00Z",
            data="buy",
            quantity="0",
            risk_percentage=0,
            price="0.0",
            tp=0,
            sl="0",
            percentage_sl="0.0",
            trail=False,
            update_sl="false",
            order_type="MKT",
            token="pmt-4711",
            multiple_accounts=[{"token": "pmt-4712", "quantity_multiplier": 2}],
        )
    )

    assert (reading.signal, reading.symbol.root, reading.secret) == (Signal.BUY, "NQ", "pmt-4711")
    assert (reading.size, reading.price) == (None, None)
    assert reading.fired_at == datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


def test_3commas_is_read() -> None:
    reading = readable(
        a_body(
            secret="abc.def",
            max_lag="300",
            timestamp="2026-11-20T15:30:00Z",
            trigger_price="92300.6",
            tv_exchange="COINBASE",
            tv_instrument="BTCUSD",
            action="sell",
            bot_uuid="9e",
            strategy_info={
                "market_position": "short",
                "market_position_size": "0.5",
                "prev_market_position": "long",
                "prev_market_position_size": "0.5",
            },
            order={"amount": "1.0", "currency_type": "base"},
        )
    )

    assert (reading.signal, reading.symbol_text, reading.secret) == (Signal.SELL, "BTCUSD", "abc.def")
    assert reading.size == Size(amount=Decimal(1))
    assert reading.strategy == Strategy(direction=SHORT, quantity=Decimal("0.5"))
    assert (reading.previous, reading.price) == (LONG, Decimal("92300.6"))


@pytest.mark.parametrize(
    ("body", "signal", "size"),
    [
        pytest.param(
            a_body(ticker="ETHUSD", action="buy", prev_position="flat", quantity="2", pointer="x"),
            Signal.BUY,
            2,
            id="Tickerly",
        ),
        pytest.param(
            a_body(platform_name="p", ticker="EURUSD", order_action="flat", order_contracts="3", comment="c"),
            Signal.CLOSE,
            3,
            id="AlgoWay",
        ),
        pytest.param(
            a_body(api_key="k", api_secret="s", exchange="X", symbol="BTCUSD", action="open", side="long"),
            Signal.BUY,
            None,
            id="Altrady",
        ),
        pytest.param(
            a_body(api_key="k", symbol="BTCUSD", action="close", side="long", signal_id="7"),
            Signal.CLOSE,
            None,
            id="Altrady's close",
        ),
        pytest.param(
            a_body(pair="BTC/USD", isBuy=True, isMarket=True, units="4", token="t", delay=1),
            Signal.BUY,
            4,
            id="TV-Hub",
        ),
        pytest.param(
            a_body(key="Ev:a1b2c3", order_type="market", side="sell", quantity=6, symbol="AAPL", price=9),
            Signal.SELL,
            6,
            id="robswc",
        ),
    ],
)
def test_other_peers_are_read(body: bytes, signal: Signal, size: int | None) -> None:
    reading = readable(body)

    assert (reading.signal, reading.size and reading.size.amount) == (signal, size)


def test_tradingviews_own_placeholder_names_are_read() -> None:
    reading = readable(
        a_body(
            **{
                "ticker": "MESZ2026",
                "interval": "60",
                "strategy.order.action": "sell",
                "strategy.order.contracts": "4",
                "strategy.order.price": "5010.25",
                "strategy.order.id": "Short",
                "strategy.position_size": "-2",
                "strategy.market_position": "short",
                "strategy.prev_market_position": "long",
            }
        )
    )

    assert (reading.signal, reading.symbol.month, reading.comment) == (Signal.SELL, "MESZ2026", "Short")
    assert reading.strategy == Strategy(direction=SHORT, quantity=Decimal(2))
    assert (reading.size, reading.timeframe) == (Size(amount=Decimal(4)), Timeframe(3600))
