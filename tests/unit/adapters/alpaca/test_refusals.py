"""Test that each "no" of Alpaca's is told in a sentence of its own, with Alpaca's words behind it."""

import json

import pytest

from tradecore.adapters.alpaca.refusals import Why, refused

HELD = {
    "available": "0", "existing_qty": "10", "held_for_orders": "10", "related_orders": ["a"], "symbol": "AAPL",
}  # fmt: skip

# What is known to come back: status, code, message, what else is in the body, and what it is about.
KNOWN = [
    (403, 40310000, "insufficient buying power", {"buying_power": "5", "cost_basis": "1000"}, Why.MONEY),
    (403, 40310000, "insufficient qty available for order (requested: 10, available: 0)", HELD, Why.HELD),
    (403, 40310000, "insufficient qty available for order (requested: 15, available: 10)",
     HELD | {"held_for_orders": "0", "available": "10"}, Why.SHORT_OF_SHARES),
    (403, 40310000, "potential wash trade detected. use complex orders", {"existing_order_id": "abc-1"}, Why.WASH),
    (403, 40310000, "account is not allowed to short", {}, Why.NO_SHORTS),
    (403, 40310000, "insufficient balance for USD (requested: 12, available: 3)", {}, Why.COINS),
    (403, 40310000, "cost basis must be >= minimal amount of order 10", {}, Why.TOO_LITTLE),
    (403, 40310000, "account is restricted to liquidation only", {}, Why.LIQUIDATION),
    (403, 40310000, 'asset "BRK.A" is not fractionable', {}, Why.WHOLE_ONLY),
    (403, 40310100, "trade denied due to pattern day trading protection", {}, Why.DAY_TRADES),
    (404, 40410000, "position does not exist", {}, Why.NO_POSITION),
    (404, 40410000, "order not found for abc", {}, Why.NO_ORDER),
    (422, 40010001, "client_order_id must be unique", {}, Why.USED_ID),
    (409, None, "client_order_id must be unique", {}, Why.USED_ID),
    (422, 40010001, "invalid time_in_force", {}, Why.PARAMETER),
    (422, 40010001, "market orders require no stop or limit price", {}, Why.PARAMETER),
    (422, 40010001, "us_equity orders not allowed for account", {}, Why.BLOCKED),
    (422, 42210000, "invalid limit_price 1.001. sub-penny increment does not fulfill minimum pricing criteria", {},
     Why.PRICE_GRID),
    (422, 42210000, "fractional orders must be DAY orders", {}, Why.FRACTION_DAY),
    (422, 42210000, "fractional orders must be simple orders", {}, Why.FRACTION_SIMPLE),
    (422, 42210000, "fractional orders cannot be sold short", {}, Why.FRACTION_SHORT),
    (422, 42210000, 'asset "NOPE" not found', {}, Why.UNKNOWN_ASSET),
    (422, 42210000, "asset KOSS is not active", {}, Why.NOT_ACTIVE),
    (422, 42210000, 'asset "GME" cannot be sold short', {}, Why.NOT_SHORTABLE),
    (422, 42210000, 'only day orders are allowed for hard-to-borrow asset "KOSS"', {}, Why.HARD_TO_BORROW),
    (422, 42210000, "bracket orders must be entry orders", {}, Why.BRACKET),
    (422, 42210000, "stop_loss.stop_price must be <= base_price - 0.01", {"base_price": "99.5"}, Why.PRICE_SIDE),
    (422, 42210000, "market order rejected due to trading halt on symbol: AAPL", {}, Why.HALTED),
    (422, 42210000, "notional must be >= 1.00", {}, Why.TOO_LITTLE),
    (422, 42210000, "position intent mismatch, inferred: sell_to_open, specified: sell_to_close", {}, Why.INTENT),
    (422, 42210000, "extended hours order must be DAY or GTC limit orders", {}, Why.CLOSED),
    (422, 42210000, 'order is already in "filled" state', {}, Why.OVER),
]  # fmt: skip


@pytest.mark.parametrize(("status", "code", "message", "more", "why"), KNOWN, ids=[row[2][:40] for row in KNOWN])
def test_what_is_known_has_its_own_sentence(
    status: int, code: int | None, message: str, more: dict[str, object], why: Why
) -> None:
    body = {"message": message, **more} if code is None else {"code": code, "message": message, **more}

    found = refused(status, json.dumps(body))

    assert (found.status, found.code, found.why) == (status, code, why)
    assert found.sentence.endswith(f"(Alpaca: {message})")
    assert "{" not in found.sentence
    assert "?" not in found.sentence


def test_what_the_body_says_stands_in_the_sentence() -> None:
    words = "insufficient qty available for order (requested: 10, available: 0)"

    found = refused(403, json.dumps({"code": 40310000, "message": words} | HELD))

    assert found.sentence.startswith("10 of the 10 shares that are held are kept for working orders")


@pytest.mark.parametrize("body", ["", "<html>forbidden</html>", "[]", '"no"', '{"code": "x"}'])
def test_a_body_that_says_nothing_is_a_refusal_all_the_same(body: str) -> None:
    found = refused(422, body)

    assert (found.why, found.code) == (Why.PARAMETER, None)
    assert "status 422" in found.sentence
