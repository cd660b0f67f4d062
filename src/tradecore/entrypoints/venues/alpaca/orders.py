"""Answer for orders: place, list, look up, replace and cancel them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import Flask, Response, request

from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, order_missing, parameter
from tradecore.entrypoints.venues.alpaca.engine.replacing import read_amendment
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.engine.words import Status
from tradecore.entrypoints.venues.alpaca.searching import search
from tradecore.entrypoints.venues.alpaca.venue import Venue, caller
from tradecore.entrypoints.venues.alpaca.writing import answer, asked, body, either, moment, number, refused

_ENDS: Final = {
    "filled_at": Status.FILLED,
    "expired_at": Status.EXPIRED,
    "canceled_at": Status.CANCELED,
    "failed_at": Status.REJECTED,
    "replaced_at": Status.REPLACED,
}  # fmt: skip


def order_shape(order: Order, asset: Asset, legs: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """Write an order."""
    prices = order.prices
    return {
        "id": order.id,
        "client_order_id": order.client_order_id,
        "created_at": moment(order.created_at),
        "updated_at": moment(order.updated_at),
        "submitted_at": moment(order.created_at),
        **{name: moment(order.ended_at) if order.status is status else None for name, status in _ENDS.items()},
        "expires_at": moment(order.expires_at),
        "replaced_by": order.replaced_by,
        "replaces": order.replaces,
        "asset_id": asset.id,
        "symbol": order.symbol,
        "asset_class": asset.asset_class.value,
        "notional": number(order.notional),
        "qty": number(order.quantity),
        "filled_qty": number(order.filled),
        "filled_avg_price": number(order.average_price),
        "order_class": order.order_class.value,
        "order_type": order.type.value,
        "type": order.type.value,
        "side": order.side.value,
        "position_intent": order.position_intent,
        "time_in_force": order.tif.value,
        "limit_price": number(prices.limit),
        "stop_price": number(prices.stop),
        "status": order.status.value,
        "extended_hours": order.extended_hours,
        "legs": legs,
        "trail_percent": number(prices.trail_percent),
        "trail_price": number(prices.trail),
        "hwm": number(prices.hwm),
        "ratio_qty": None,
        "subtag": None,
        "source": None if order.by_hand else "access_key",
    }


def shaper(venue: Venue, *, nested: bool) -> Callable[[Order], dict[str, Any]]:
    """Return what writes an order, with its legs where they are to be *nested*."""

    def shape(order: Order) -> dict[str, Any]:
        asset = venue.floor.listing[order.symbol]
        legs = [order_shape(leg, asset) for leg in venue.floor.legs(order)] if nested else []
        return order_shape(order, asset, legs or None)

    return shape


def add_orders(app: Flask, venue: Venue) -> None:
    """Add the addresses of orders."""
    exchange, flat = venue.exchange, shaper(venue, nested=False)

    @app.post("/v2/orders")
    def submit_order() -> Response:
        wish = read_wish(body())
        return either(wish if isinstance(wish, Refusal) else exchange.submit(caller(), wish), flat)

    @app.get("/v2/orders")
    def search_orders() -> Response:
        shape = shaper(venue, nested=asked("nested"))
        with exchange.lock:
            found = search(venue.floor, caller(), venue.manners)
            return either(found, lambda orders: [shape(order) for order in orders])

    @app.get("/v2/orders:by_client_order_id")
    def find_by_client_id() -> Response:
        client_id = request.args.get("client_order_id", "")
        order_id = venue.floor.client_ids.get((caller().id, client_id), "")
        return _found(venue, order_id, client_id)

    @app.get("/v2/orders/<order_id>")
    def find_order(order_id: str) -> Response:
        return _malformed(order_id) or _found(venue, order_id, order_id)

    @app.patch("/v2/orders/<order_id>")
    def replace_order(order_id: str) -> Response:
        amendment = read_amendment(body())
        if isinstance(amendment, Refusal):
            return refused(amendment)
        return _malformed(order_id) or either(exchange.replace(caller(), order_id, amendment), flat)


def add_cancels(app: Flask, venue: Venue) -> None:
    """Add the addresses that cancel orders."""
    exchange = venue.exchange

    @app.delete("/v2/orders/<order_id>")
    def cancel_order(order_id: str) -> Response:
        if malformed := _malformed(order_id):
            return malformed
        refusal = exchange.cancel(caller(), order_id)
        return Response(status=HTTPStatus.NO_CONTENT) if refusal is None else refused(refusal)

    @app.delete("/v2/orders")
    def cancel_orders() -> Response:
        ended = exchange.cancel_all(caller())
        return answer([_ended(order, refusal) for order, refusal in ended], HTTPStatus.MULTI_STATUS)


def _found(venue: Venue, order_id: str, wanted: str) -> Response:
    order = venue.exchange.order(caller(), order_id)
    shape = shaper(venue, nested=asked("nested"))
    return either(order_missing(wanted) if order is None else order, shape)


def _malformed(order_id: str) -> Response | None:
    try:
        UUID(order_id)
    except ValueError:
        return refused(parameter("order_id is missing"))
    return None


def _ended(order: Order, refusal: Refusal | None) -> dict[str, Any]:
    if refusal is None:
        return {"id": order.id, "status": HTTPStatus.OK.value}
    return {"id": order.id, "status": refusal.status, "body": refusal.body()}
