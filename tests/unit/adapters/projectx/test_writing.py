"""Test that an order is written as the Gateway takes it: exact prices, and legs on the right side of the entry."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tradecore.adapters.projectx.hosts import TOPSTEPX, Hosts, hosts_for
from tradecore.adapters.projectx.writing import Body, UnwritableError, legs, order, written
from tradecore.domain.errors import ProgrammingError
from tradecore.domain.ids import OrderId, Symbol
from tradecore.domain.orders import Bracket, OrderType, Side, Ticket

QUARTER = Decimal("0.25")


def body_of(tick: Decimal = QUARTER, **changes: object) -> Body:
    values: dict[str, Any] = {
        "id": OrderId("a-1-1"), "symbol": Symbol("MESZ2026"), "side": Side.BUY, "quantity": Decimal(3),
    }  # fmt: skip
    return order(Ticket(**{**values, **changes}), 7, "CON.F.US.MES.Z26", tick)


def a_bracket(reference: str | None, stop: str | None, target: str | None) -> Bracket:
    found = [None if price is None else Decimal(price) for price in (reference, stop, target)]
    return Bracket(reference=found[0], stop_price=found[1], target_price=found[2])


def test_a_market_order_has_our_id_as_its_tag_and_no_sign() -> None:
    assert body_of(side=Side.SELL, quantity=Decimal("3.0")) == {
        "accountId": 7, "contractId": "CON.F.US.MES.Z26", "type": 2, "side": 1, "size": 3, "limitPrice": None,
        "stopPrice": None, "trailPrice": None, "customTag": "a-1-1",
    }  # fmt: skip


@pytest.mark.parametrize(("price", "tick", "text"), [
    ("6400.25", "0.25", "6400.25"), ("1.15005", "0.00005", "1.15005"), ("0.0000065", "0.0000005", "0.0000065"),
    ("1E+2", "1", "100"), ("110.015625", "0.015625", "110.015625"),
])  # fmt: skip
def test_a_price_is_sent_to_the_last_digit_and_never_as_text(price: str, tick: str, text: str) -> None:
    body = body_of(Decimal(tick), type=OrderType.LIMIT, limit_price=Decimal(price))

    assert f'"limitPrice":{text},' in written(body)
    assert json.loads(written(body), parse_float=Decimal)["limitPrice"] == Decimal(price)
    assert body["type"] == 1


@pytest.mark.parametrize(("side", "stop", "target", "expected"), [
    (Side.BUY, "6390", "6420.25", (-40, 81)), (Side.SELL, "6410", "6399.75", (40, -1)),
    (Side.BUY, "6399.75", None, (-1, None)), (Side.SELL, None, "6380", (None, -80)),
])  # fmt: skip
def test_ticks_are_negative_below_the_entry_and_positive_above(
    side: Side, stop: str | None, target: str | None, expected: tuple[int | None, int | None]
) -> None:
    found = body_of(side=side, bracket=a_bracket("6400", stop, target))

    told = tuple(found.get(name, {}).get("ticks") for name in ("stopLossBracket", "takeProfitBracket"))  # type: ignore[attr-defined] # bodies of bodies
    assert told == expected
    assert found.get("stopLossBracket", {"type": 4})["type"] == 4  # type: ignore[index] # as above
    assert found.get("takeProfitBracket", {"type": 1})["type"] == 1  # type: ignore[index] # as above


@pytest.mark.parametrize(("side", "stop", "target"), [
    (Side.BUY, "6401", None), (Side.BUY, "6400", None), (Side.BUY, None, "6399"),
    (Side.SELL, "6399", None), (Side.SELL, None, "6400"), (Side.SELL, None, "6401"),
])  # fmt: skip
def test_a_leg_on_the_wrong_side_is_never_sent(side: Side, stop: str | None, target: str | None) -> None:
    with pytest.raises(UnwritableError, match="wrong side of 6400"):
        legs(a_bracket("6400", stop, target), side, QUARTER)


def test_what_is_no_whole_number_of_ticks_is_not_rounded() -> None:
    with pytest.raises(UnwritableError, match=r"6390\.1 is no whole number of ticks"):
        legs(a_bracket("6400", "6390.1", None), Side.BUY, QUARTER)
    with pytest.raises(UnwritableError, match="no whole number of ticks"):
        legs(a_bracket("6400.125", "6390", None), Side.BUY, QUARTER)


def test_a_bracket_that_was_counted_from_nowhere_is_a_bug() -> None:
    with pytest.raises(ProgrammingError):
        legs(a_bracket(None, "6390", None), Side.BUY, QUARTER)


@pytest.mark.parametrize(("changes", "words"), [
    ({"quantity": Decimal("1.5")}, "1.5 is no whole number"),
    ({"type": OrderType.STOP, "stop_price": Decimal("6400.1")}, "between two ticks"),
    ({"type": OrderType.STOP_LIMIT, "stop_price": Decimal(1), "limit_price": Decimal(1)}, "no stop limit orders"),
])  # fmt: skip
def test_what_the_gateway_has_no_words_for_is_said_to_a_person(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UnwritableError, match=words):
        body_of(**changes)


def test_hubs_follow_from_the_firms_address_or_are_named() -> None:
    assert hosts_for() == hosts_for("https://api.topstepx.com/api/") == TOPSTEPX
    assert hosts_for("https://api.e8.projectx.com").user_hub == "https://rtc.e8.projectx.com/hubs/user"
    with pytest.raises(ValueError, match="name both"):
        hosts_for("http://127.0.0.1:5300", user_hub="http://127.0.0.1:5301/hubs/user")
    assert hosts_for("http://127.0.0.1:5300", user_hub="u", market_hub="m") == Hosts(
        rest="http://127.0.0.1:5300", user_hub="u", market_hub="m"
    )
