"""Answer for what happened in an account: its executions, page by page."""

from typing import Any, Final

from flask import Flask, Response, request

from tradecore.entrypoints.venues.alpaca.engine.orders import Fill
from tradecore.entrypoints.venues.alpaca.engine.refusals import parameter
from tradecore.entrypoints.venues.alpaca.engine.words import Status
from tradecore.entrypoints.venues.alpaca.searching import QueryError, instant, whole
from tradecore.entrypoints.venues.alpaca.venue import Venue, caller
from tradecore.entrypoints.venues.alpaca.writing import answer, listed, moment, number, refused

_PAGE_MAX: Final = 100


def fill_shape(fill: Fill) -> dict[str, Any]:
    """Write an execution. Its id begins with its time, so that ids sort by it."""
    order, is_done = fill.order, fill.order.status is Status.FILLED
    return {
        "id": f"{fill.at:%Y%m%d%H%M%S}{fill.at.microsecond // 1000:03}::{fill.id}",
        "activity_type": "FILL",
        "transaction_time": moment(fill.at),
        "type": "fill" if is_done else "partial_fill",
        "price": number(fill.price),
        "qty": number(fill.quantity),
        "side": order.side.value,
        "symbol": order.symbol,
        "leaves_qty": number(order.left) if order.notional is None else "0",
        "order_id": order.id,
        "cum_qty": number(order.filled),
        "order_status": order.status.value,
    }


def add_activities(app: Flask, venue: Venue) -> None:
    """Add the addresses of activities."""

    @app.get("/v2/account/activities")
    def activities() -> Response:
        kinds = listed("activity_types")
        return page() if not kinds or "FILL" in kinds else answer([])

    @app.get("/v2/account/activities/<kind>")
    def one_kind(kind: str) -> Response:
        return page() if kind == "FILL" else answer([])

    def page() -> Response:
        try:
            return answer(_page(venue))
        except QueryError as error:
            return refused(parameter(str(error)))


def _page(venue: Venue) -> list[dict[str, Any]]:
    after, until, token = instant("after"), instant("until"), request.args.get("page_token")
    with venue.exchange.lock:
        fills = [fill for fill in venue.floor.fills if fill.order.account_id == caller().id]
    found = [
        fill_shape(fill)
        for fill in fills
        if (after is None or fill.at > after) and (until is None or fill.at < until)
    ]  # fmt: skip
    if request.args.get("direction", "desc") == "desc":
        found.reverse()
    if token is not None:
        ids = [one["id"] for one in found]
        if token not in ids:
            raise QueryError("invalid page_token")
        found = found[ids.index(token) + 1 :]
    return found[: whole("page_size", _PAGE_MAX, _PAGE_MAX)]
