"""Put the web application together."""

from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.web import reads, webhook
from tradecore.entrypoints.web.api import accounts, alerts, bots, halts, tokens, trading, users
from tradecore.entrypoints.web.auth import Doorkeeper, Needs
from tradecore.entrypoints.web.docs_page import CONTENT_POLICY, page
from tradecore.entrypoints.web.errors import handle_errors
from tradecore.entrypoints.web.openapi import document
from tradecore.entrypoints.web.routing import Call, Route, Routes, log_requests, serve

_TABLES: Final = (webhook, reads, alerts, trading, accounts, bots, tokens, users, halts)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_CONTENT_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def create_app(services: Services) -> Flask:
    """Return the application over *services*; it starts nothing."""
    app = Flask("tradecore", static_folder=None)
    # One more than is allowed: werkzeug cuts a body without a length off here in silence, and then it shows.
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX + 1
    app.url_map.merge_slashes = False
    settings = services.settings
    doorkeeper = Doorkeeper(
        directory=services.directory,
        clock=services.clock,
        secret=settings.webhook_secret,
        default_account=settings.default_account,
    )
    if proxies := settings.proxies_trusted:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign] # Flask's own way
    log_requests(app)
    handle_errors(app)
    app.after_request(_harden)
    routes = [route for table in _TABLES for route in table.ROUTES.all]
    serve(app, [*routes, *_described(routes)], services, doorkeeper)
    return app


def _described(routes: list[Route]) -> list[Route]:
    """Return the addresses that describe all addresses, themselves included."""
    own = Routes()

    @own.on("GET /openapi.json", {200: None}, needs=Needs.NOTHING, text="application/json")
    def openapi(_call: Call) -> object:
        """Describe every address for machines."""
        return told

    @own.on("GET /docs", {200: None}, needs=Needs.NOTHING, text="text/html")
    def docs(_call: Call) -> object:
        """Describe every address for people."""
        return Response(shown, mimetype="text/html", headers={"Content-Security-Policy": CONTENT_POLICY})

    told = document([*routes, *own.all], _version())
    shown = page(told)
    return own.all


def _version() -> str:
    try:
        return version("tradecore")
    except PackageNotFoundError:
        return "unknown"


def _harden(response: Response) -> Response:
    """Tell browsers to do nothing with an answer but to show it."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", _CONTENT_POLICY)
    if request.path in {"/docs", "/openapi.json"} and response.status_code == HTTPStatus.OK:
        response.headers["Cache-Control"] = "no-cache"
    return response
