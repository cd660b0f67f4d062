"""Describe each address once: who may call it, what it takes, what it gives; Flask and OpenAPI read the same words."""

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from time import perf_counter
from typing import Any, Final, TypeVar, get_type_hints

import structlog
from attrs import define, field, frozen
from flask import Flask, Response, g, request

from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.web.auth import Cookie, Credential, Doorkeeper, Needs
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.giving import json_response
from tradecore.entrypoints.web.sent import body_of, cookie_of, credential_of, is_from_elsewhere, source_of
from tradecore.entrypoints.web.storing import Storing
from tradecore.entrypoints.web.taking import document_of, taken
from tradecore.entrypoints.web.viewer import Viewer
from tradecore.ports.directory import Directory

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
    """One request, with what a handler may use of it. `came` is when, by `perf_counter`."""

    services: Services
    doorkeeper: Doorkeeper
    storing: Storing
    place: Mapping[str, str]
    environ: dict[str, Any] = field(repr=False)
    came: float = field(factory=perf_counter)
    notes: dict[str, str] = field(factory=dict)
    _viewer: Viewer | None = None

    @property
    def viewer(self) -> Viewer:
        """Who asks."""
        assert self._viewer is not None, "an address that asks for a viewer needs one"
        return self._viewer

    @cached_property
    def directory(self) -> Directory:
        """The directory as it is now, for handlers that change nothing in it."""
        return self.services.directory.view()

    @cached_property
    def body(self) -> bytes:
        """What was sent; one that is too large is refused."""
        return body_of(self.environ)

    @property
    def source(self) -> str:
        """Where the request came from."""
        return source_of(self.environ)

    @property
    def credential(self) -> Credential | None:
        """The token or secret that the address or the header carries."""
        return credential_of(self.environ)

    @property
    def cookie(self) -> Cookie | None:
        """What the browser shows of a visit."""
        return cookie_of(self.environ)

    def must_be_from_here(self) -> None:
        """Refuse what another site's page sends, where no visit's proof could be asked for."""
        if is_from_elsewhere(self.environ):
            raise ProblemError(403, "cross-site", "This can be sent from a page of this site alone.")

    def note(self, **facts: str) -> None:
        """Have the log's line of this request tell more."""
        self.notes.update(facts)

    def taken(self, of: type[T]) -> T:
        """Return the body as a value of the class *of*."""
        return taken(of, self.document())

    def document(self) -> dict[str, Any]:
        """Return the body as one JSON object."""
        return document_of(self.body)

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


def serve(app: Flask, routes: list[Route], begin: Callable[..., Call], doorkeeper: Doorkeeper) -> None:
    """Have *app* serve *routes*, each request by a call that *begin* makes."""
    for route in routes:
        view = _view(route, begin, doorkeeper)
        app.add_url_rule(route.path, f"{route.method} {route.path}", view, methods=[route.method])


def _view(route: Route, begin: Callable[..., Call], doorkeeper: Doorkeeper) -> Callable[..., Response]:
    def view(**place: str) -> Response:
        viewer = None
        if route.needs in {Needs.READ, Needs.API, Needs.ADMIN}:
            shown = credential_of(request.environ) or cookie_of(request.environ)
            viewer = doorkeeper.viewer(shown, route.needs, changes=route.method != "GET")
            g.notes["user"] = viewer.user.id
        answer = route.handler(begin(environ=request.environ, place=place, viewer=viewer, notes=g.notes))
        if isinstance(answer, Response):
            return answer
        if not isinstance(answer, Answer):
            answer = Answer(view=answer, status=route.usual)
        return json_response(answer.view, answer.status, answer.headers)

    return view


def log_requests(app: Flask) -> None:
    """Write one line per request."""

    def began() -> None:
        g.began, g.notes = perf_counter(), {}

    def ended(response: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "none"
        log_request(request.environ, rule, response.status_code, g.began, g.notes)
        return response

    app.before_request(began)
    app.after_request(ended)


def log_request(environ: Mapping[str, Any], rule: str, status: int, began: float, notes: Mapping[str, str]) -> None:
    """Write the line of a request; never what stood in its address, where tokens are."""
    took = round((perf_counter() - began) * 1000, 1)
    _log.info(
        "request", method=environ["REQUEST_METHOD"], route=rule, status=status, ms=took, source=source_of(environ),
        **notes)  # fmt: skip
