"""Test that an order is written as Alpaca takes it."""

from decimal import Decimal
from typing import Any

import pytest

from tradecore.adapters.alpaca.hosts import LIVE, PAPER, hosts_for
from tradecore.adapters.alpaca.roster import is_ours
from tradecore.adapters.alpaca.writing import Body, body
from tradecore.domain.credentials import KeyMode
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.orders import Bracket, OrderType, Purpose, Side, Ticket


def written(quantity: str = "3", **changes: object) -> Body:
    values: dict[str, Any] = {"id": OrderId("a-1-1"), "symbol": Symbol("AAPL"), "side": Side.BUY}
    return body(Ticket(**{**values, "quantity": Decimal(quantity), **changes}))


def test_a_market_order_is_text_for_the_day_with_our_id_and_nothing_else() -> None:
    assert written("0.300000000") == {
        "symbol": "AAPL", "qty": "0.3", "side": "buy", "type": "market", "time_in_force": "day",
        "client_order_id": "a-1-1",
    }  # fmt: skip


@pytest.mark.parametrize(("stop", "target", "order_class"), [
    ("95", "110", "bracket"), ("95", None, "oto"), (None, "110", "oto"),
])  # fmt: skip
def test_a_bracket_lasts_over_night(stop: str | None, target: str | None, order_class: str) -> None:
    bracket = Bracket(stop_price=Decimal(stop) if stop else None, target_price=Decimal(target) if target else None)

    found = written(bracket=bracket)

    assert (found["order_class"], found["time_in_force"]) == (order_class, "gtc")
    assert found.get("stop_loss") == ({"stop_price": stop} if stop else None)
    assert found.get("take_profit") == ({"limit_price": target} if target else None)


@pytest.mark.parametrize(("quantity", "lasts"), [("3", "gtc"), ("0.5", "day")])
def test_a_stop_lasts_where_it_is_for_whole_shares(quantity: str, lasts: str) -> None:
    found = written(quantity, type=OrderType.STOP, stop_price=Decimal("95.5"), purpose=Purpose.STOP)

    assert (found["type"], found["stop_price"], found["time_in_force"]) == ("stop", "95.5", lasts)


@pytest.mark.parametrize("side", Side)
def test_what_only_reduces_says_so(side: Side) -> None:
    assert written(side=side, purpose=Purpose.EXIT, reduce_only=True)["position_intent"] == f"{side.value}_to_close"
    assert "position_intent" not in written()


@pytest.mark.parametrize(("client_order_id", "ours"), [
    ("01M7Z3NQY08161B0N5A3VMVA2B-1-1", True), ("01M7Z3NQY08161B0N5A3VMVA2B-2-1-1", True), ("m-1", True),
    ("61e69015-8549-4bfd-b9c3-01e75843f47d", False), ("12345678-1234-1234-1234-123456789012", False),
    ("my-own-bot", False), ("", False), (None, False), (5, False),
])  # fmt: skip
def test_an_order_is_ours_by_its_id(client_order_id: object, ours: bool) -> None:
    assert is_ours(client_order_id) is ours


def test_play_money_never_reaches_the_live_host() -> None:
    assert hosts_for(KeyMode.PAPER) == PAPER
    assert hosts_for(KeyMode.LIVE, trading="http://127.0.0.1:5200") == LIVE
    for wrong in ({"trading": "https://api.alpaca.markets"}, {"stream": "wss://API.alpaca.markets/stream"}):
        with pytest.raises(ValueError, match="real money"):
            hosts_for(KeyMode.PAPER, **wrong)
