"""Describe each address once: who may call it, what it takes, what it gives; Flask and OpenAPI read the same words."""

import re
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, Final, TypeVar, get_type_hints

import structlog
from attrs import define, field, frozen
from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.web.auth import Credential, Doorkeeper, Needs
from tradecore.entrypoints.web.giving import json_response
from tradecore.entrypoints.web.storing import Storing
from tradecore.entrypoints.web.taking import document_of, taken
from tradecore.entrypoints.web.viewer import Viewer

_log = structlog.get_logger()
T = TypeVar("T")
_PLACE: Final = re.compile(r"<(\w+)>")


@frozen(kw_only=True)
class Answer:
    """An answer whose status or headers are not the usual ones."""

    view: object
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)


@frozen(kw_only=True)
class Call:
    """One request, with what a handler may use of it."""

    services: Services
    doorkeeper: Doorkeeper
    storing: Storing
    place: Mapping[str, str]
    _viewer: Viewer | None = None

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        assert self._viewer is not None, "an address that asks for a viewer needs one"
        return self._viewer

    def taken(self, of: type[T]) -> T:
        """Return the body as a value of the class *of*."""
        return taken(of, self.document())

    def document(self) -> dict[str, Any]:
        """Return the body as one JSON object."""
        return document_of(body_sent())

    def asked(self, of: type[T]) -> T:
        """Return the query as a value of the class *of*."""
        flags = {"true": True, "false": False}
        hints = get_type_hints(of)
        given = {name: texts[-1] for name, texts in request.args.lists() if name != "token"}
        named = {name: flags.get(text, text) if hints.get(name) is bool else text for name, text in given.items()}
        return taken(of, named)


Handler = Callable[[Call], object]


@frozen(kw_only=True)
class Route:
    """One address and method. `gives` are the views by status; `text` is the type of an answer that is no JSON."""

    method: str
    path: str
    handler: Handler
    needs: Needs
    gives: Mapping[int, object]
    takes: type | None = None
    asks: type | None = None
    partial: bool = False
    text: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(_PLACE.findall(self.path))

    @property
    def usual(self) -> int:
        """The status of an answer that names none."""
        return next(iter(self.gives))


@define
class Routes:
    """The addresses that one file serves."""

    all: list[Route] = field(factory=list)

    def on(
        self,
        line: str,
        gives: type | Mapping[int, object],
        *,
        needs: Needs = Needs.API,
        takes: type | None = None,
        asks: type | None = None,
        partial: bool = False,
        text: str = "",
    ) -> Callable[[Handler], Handler]:
        """Have a handler serve *line*, which is a method and a path."""
        method, path = line.split()
        given = gives if isinstance(gives, Mapping) else {200: gives}

        def add(handler: Handler) -> Handler:
            self.all.append(Route(
                method=method, path=path, handler=handler, needs=needs, gives=given, takes=takes, asks=asks,
                partial=partial, text=text))  # fmt: skip
            return handler

        return add


def serve(app: Flask, routes: list[Route], services: Services, doorkeeper: Doorkeeper) -> None:
    """Have *app* serve *routes*."""
    storing = Storing()
    for route in routes:
        view = _view(route, services, doorkeeper, storing)
        app.add_url_rule(route.path, f"{route.method} {route.path}", view, methods=[route.method])


def _view(route: Route, services: Services, doorkeeper: Doorkeeper, storing: Storing) -> Callable[..., Response]:
    def view(**place: str) -> Response:
        viewer = None
        if route.needs in {Needs.READ, Needs.API, Needs.ADMIN}:
            viewer = doorkeeper.viewer(shown(), route.needs)
            g.user = viewer.user.id
        call = Call(services=services, doorkeeper=doorkeeper, storing=storing, place=place, viewer=viewer)
        answer = route.handler(call)
        if isinstance(answer, Response):
            return answer
        if not isinstance(answer, Answer):
            answer = Answer(view=answer, status=route.usual)
        return json_response(answer.view, answer.status, answer.headers)

    return view


def body_sent() -> bytes:
    """Return the body of the request; one that is too large is refused, whether it says its length or not."""
    body = request.get_data()
    if len(body) > BODY_BYTES_MAX:
        raise RequestEntityTooLarge
    return body


def source() -> str:
    """Return where the request came from: the peer itself, never what a header says."""
    return request.remote_addr or "unknown"


def shown() -> Credential | None:
    """Return the token or secret that the address or the header carries."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and text.strip():
        return Credential(text=text.strip(), source=source())
    if text := request.args.get("token", ""):
        return Credential(text=text, source=source(), in_header=False)
    return None


def log_requests(app: Flask) -> None:
    """Write one line per request; never what stood in its address, where tokens are."""

    def began() -> None:
        g.began = perf_counter()

    def ended(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        took = round((perf_counter() - g.began) * 1000, 1) if "began" in g else None
        _log.info(
            "request", method=request.method, route=route, status=response.status_code, ms=took,
            user=g.get("user"), source=source())  # fmt: skip
        return response

    app.before_request(began)
    app.after_request(ended)
