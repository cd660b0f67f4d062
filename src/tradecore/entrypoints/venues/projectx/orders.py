"""Take orders, changes and cancels."""

from flask import Flask, Response

from tradecore.entrypoints.venues.projectx.answering import either, failure, success
from tradecore.entrypoints.venues.projectx.engine.orders import Leg, Wish
from tradecore.entrypoints.venues.projectx.engine.placing import Amendment
from tradecore.entrypoints.venues.projectx.engine.words import Refusal
from tradecore.entrypoints.venues.projectx.reading import Body, body
from tradecore.entrypoints.venues.projectx.venue import Venue


def add_orders(app: Flask, venue: Venue) -> None:
    """Add the addresses that change orders."""
    exchange = venue.exchange

    @app.post("/api/order/place")
    def place() -> Response:
        order = exchange.place(_wish(body()))
        if isinstance(order, Refusal):
            return failure(order.code, order.message, orderId=order.order_id)
        return success(orderId=order.id)

    @app.post("/api/order/modify")
    def modify() -> Response:
        asked = body()
        amendment = Amendment(
            size=asked.whole("size"),
            limit_price=asked.number("limitPrice"),
            stop_price=asked.number("stopPrice"),
            trail_price=asked.number("trailPrice"),
        )
        account_id, order_id = asked.need(asked.whole, "accountId"), asked.need(asked.whole, "orderId")
        return either(exchange.modify(account_id, order_id, amendment))

    @app.post("/api/order/cancel")
    def cancel() -> Response:
        asked = body()
        return either(exchange.cancel(asked.need(asked.whole, "accountId"), asked.need(asked.whole, "orderId")))


def _wish(asked: Body) -> Wish:
    return Wish(
        account_id=asked.need(asked.whole, "accountId"),
        contract_id=asked.need(asked.text, "contractId"),
        type=asked.need(asked.whole, "type"),
        side=asked.need(asked.whole, "side"),
        size=asked.need(asked.whole, "size"),
        limit_price=asked.number("limitPrice"),
        stop_price=asked.number("stopPrice"),
        trail_price=asked.number("trailPrice"),
        tag=asked.text("customTag") or None,
        stop_loss=_leg(asked.part("stopLossBracket")),
        take_profit=_leg(asked.part("takeProfitBracket")),
    )


def _leg(asked: Body | None) -> Leg | None:
    return None if asked is None else Leg(asked.need(asked.whole, "ticks"), asked.need(asked.whole, "type"))
