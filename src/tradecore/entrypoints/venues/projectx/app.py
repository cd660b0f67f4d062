"""Give the ProjectX exchange its REST API."""

from collections.abc import Callable, Iterable
from typing import Any

import structlog
from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from tradecore.entrypoints.venues.projectx.answering import problem
from tradecore.entrypoints.venues.projectx.auth import add_auth
from tradecore.entrypoints.venues.projectx.contracts import add_accounts, add_contracts
from tradecore.entrypoints.venues.projectx.gate import add_gate
from tradecore.entrypoints.venues.projectx.history import add_history
from tradecore.entrypoints.venues.projectx.orders import add_orders
from tradecore.entrypoints.venues.projectx.positions import add_positions
from tradecore.entrypoints.venues.projectx.reading import ProblemError
from tradecore.entrypoints.venues.projectx.searching import add_query, add_searches
from tradecore.entrypoints.venues.projectx.venue import Venue

_log = structlog.get_logger()
_DOORS = (add_auth, add_accounts, add_contracts, add_orders, add_searches, add_query, add_positions, add_history)


def create_app(venue: Venue) -> Flask:
    """Return the application over *venue*, without the switches that move it by hand."""
    app = Flask(__name__, static_folder=None)
    assert isinstance(app.json, DefaultJSONProvider)
    app.json.sort_keys = False
    add_gate(app, venue)
    for add in _DOORS:
        add(app, venue)
    app.register_error_handler(ProblemError, problem)
    app.register_error_handler(Exception, _bug)
    return app


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def any_case(inner: Wsgi) -> Wsgi:
    """Return *inner* with paths of the API in whatever case."""

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        lowered = path.lower()
        return inner({**environ, "PATH_INFO": lowered if lowered.startswith("/api/") else path}, start)

    return application


def _bug(error: Exception) -> Response | HTTPException:
    if isinstance(error, HTTPException):
        return error
    _log.error("a request failed", exc_info=error)
    return Response(status=500)
