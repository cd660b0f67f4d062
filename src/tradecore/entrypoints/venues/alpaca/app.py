"""Give the Alpaca exchange its REST API."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from tradecore.entrypoints.venues.alpaca.account import add_account
from tradecore.entrypoints.venues.alpaca.activities import add_activities
from tradecore.entrypoints.venues.alpaca.assets import add_assets
from tradecore.entrypoints.venues.alpaca.clock import add_clock
from tradecore.entrypoints.venues.alpaca.gate import add_gate
from tradecore.entrypoints.venues.alpaca.market_data import add_market_data
from tradecore.entrypoints.venues.alpaca.orders import add_cancels, add_orders
from tradecore.entrypoints.venues.alpaca.positions import add_positions
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import answer

_log = structlog.get_logger()
_DOORS = (
    add_account, add_activities, add_assets, add_clock, add_market_data, add_orders, add_cancels, add_positions,
)  # fmt: skip
_INTERNAL = 50010000


def create_app(venue: Venue) -> Flask:
    """Return the application over *venue*, without the switches that move it by hand."""
    app = Flask(__name__)
    add_gate(app, venue)
    for add in _DOORS:
        add(app, venue)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _bug)
    return app


def _http(error: HTTPException) -> Response:
    message = error.name if error.code == HTTPStatus.NOT_FOUND and request.path.startswith("/v") else error.description
    return answer({"message": message}, error.code or HTTPStatus.INTERNAL_SERVER_ERROR)


def _bug(error: Exception) -> Response:
    _log.error("a request failed", exc_info=error)
    body = {"code": _INTERNAL, "message": f"internal server error occurred: {type(error).__name__}: {error}"}
    return answer(body, HTTPStatus.INTERNAL_SERVER_ERROR)
