"""Put the web application together."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from tradecore.entrypoints.runtime import stakes
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.web import contracts, equities, futures, futures_acting, reads, webhook
from tradecore.entrypoints.web.api import (
    accounts,
    alerts,
    bots,
    drift,
    halts,
    keys,
    people,
    presets,
    tokens,
    trading,
    users,
    visits,
)
from tradecore.entrypoints.web.auth import Doorkeeper, Needs
from tradecore.entrypoints.web.docs_page import CONTENT_POLICY, page
from tradecore.entrypoints.web.errors import handle_errors
from tradecore.entrypoints.web.giving import HARDENING
from tradecore.entrypoints.web.lane import Lane
from tradecore.entrypoints.web.openapi import document
from tradecore.entrypoints.web.routing import Call, Route, Routes, log_requests, serve
from tradecore.entrypoints.web.storing import Storing

_TABLES: Final = (
    webhook, reads, contracts, futures, futures_acting, equities, alerts, trading, accounts, presets, drift, keys, bots,
    tokens, users, people, visits, halts,
)  # fmt: skip

_AT_STAKE: Final[Mapping[str | None, str]] = {
    stakes.PAPER: "Every account here trades on paper.",
    stakes.FIRMS: "A firm's accounts are traded here.",
    stakes.REAL_MONEY: "REAL MONEY: accounts here trade it.",
    None: "REAL MONEY may be traded here: the database, which would tell, cannot be had.",
}


def create_app(services: Services) -> Flask:
    """Return the application over *services*; it starts nothing."""
    app = Flask("tradecore", static_folder=None)
    app.url_map.merge_slashes = False
    settings = services.settings
    doorkeeper = Doorkeeper(
        directory=services.directory,
        people=services.people,
        clock=services.clock,
        secret=settings.webhook_secret,
        default_account=settings.default_account,
    )
    begin = partial(Call, services=services, doorkeeper=doorkeeper, storing=Storing())
    log_requests(app)
    handle_errors(app)
    app.after_request(_harden)
    routes = [route for table in _TABLES for route in table.ROUTES.all]
    serve(app, [*routes, *_described(routes)], begin, doorkeeper)
    hurried = next(route for route in routes if route.handler is webhook.webhook)
    others, seen = app.wsgi_app, _seen_by_proxies(settings.proxies_trusted)
    app.wsgi_app = Lane(  # type: ignore[assignment, method-assign] # Flask's own way
        others=lambda environ, start: others(seen(environ), start),
        route=hurried, handle=webhook.take_all, begin=begin, seen=seen)  # fmt: skip
    return app


def _seen_by_proxies(count: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return what puts into a request what so many proxies before us say of it."""
    fix: Any = ProxyFix(lambda _environ, _start: [], x_for=count, x_proto=count)

    def seen(environ: dict[str, Any]) -> dict[str, Any]:
        fix(environ, None)
        return environ

    return seen


def create_door(services: Services) -> Lane:
    """Return the same as a server that is in a hurry wants it."""
    door = create_app(services).wsgi_app
    assert isinstance(door, Lane)
    return door


def _described(routes: list[Route]) -> list[Route]:
    """Return the addresses that describe all addresses, themselves included."""
    own = Routes()

    @own.on("GET /openapi.json", {200: None}, needs=Needs.NOTHING, text="application/json")
    def openapi(_call: Call) -> object:
        """Describe every address for machines."""
        return told

    @own.on("GET /docs", {200: None}, needs=Needs.NOTHING, text="text/html")
    def docs(call: Call) -> object:
        """Describe every address for people."""
        shown = shown_for[stakes.at_most(call.services.keyring, call.services.settings)]
        return Response(shown, mimetype="text/html", headers={"Content-Security-Policy": CONTENT_POLICY})

    told = document([*routes, *own.all], _version())
    shown_for = {money: page(told, sentence) for money, sentence in _AT_STAKE.items()}
    return own.all


def _version() -> str:
    try:
        return version("tradecore")
    except PackageNotFoundError:
        return "unknown"


def _harden(response: Response) -> Response:
    for name, value in HARDENING:
        response.headers.setdefault(name, value)
    if request.path in {"/docs", "/openapi.json"} and response.status_code == HTTPStatus.OK:
        response.headers["Cache-Control"] = "no-cache"
    return response
