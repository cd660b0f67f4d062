"""Describe every address as OpenAPI, from the routes and views themselves."""

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Final, get_type_hints

from attrs import NOTHING, fields

from tradecore.entrypoints.alerts.reading import TEMPLATE
from tradecore.entrypoints.web.auth import COOKIE, Needs
from tradecore.entrypoints.web.errors import ProblemView
from tradecore.entrypoints.web.giving import Json
from tradecore.entrypoints.web.routing import Route
from tradecore.entrypoints.web.schemas import Schema, Shelf

_ABOUT: Final = (
    "Numbers are text, so that none is rounded on its way; moments are ISO 8601 in UTC. "
    "Every error has the same form: a stable code, a sentence, and the field where there is one."
)
_SCHEMES: Final[Schema] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "an API token, or where it is enough one to read"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "a visit; changes need X-CSRF-Token",
    },
    "token": {"type": "apiKey", "in": "query", "name": "token", "description": "a token to read, or to send alerts"},
}
_WAYS: Final[Mapping[Needs, list[Json]]] = {
    Needs.NOTHING: [],
    Needs.SENDER: [{"token": []}, {"bearer": []}, {}],
    Needs.READ: [{"bearer": []}, {"token": []}, {"cookie": []}],
    Needs.API: [{"bearer": []}, {"cookie": []}],
    Needs.ACT: [{"bearer": []}, {"cookie": []}, {}],
    Needs.ADMIN: [{"bearer": []}, {"cookie": []}],
}
_WHAT: Final = {
    200: "The answer.", 201: "It was made.", 202: "It was taken, and is being worked on.", 204: "It is gone.",
    400: "The body cannot be read.", 401: "The token, secret or password is missing, wrong, revoked or expired.",
    403: "The token may not do that.", 404: "There is no such thing, or it is somebody else's.",
    409: "It contradicts what there is.", 413: "The body is too large.", 422: "A field is wrong: it is named.",
    429: "Too many wrong tokens or passwords.", 503: "What is needed cannot be had now: send it again.",
}  # fmt: skip


def document(routes: Iterable[Route], version: str) -> Schema:
    """Return the description of *routes*."""
    shelf = Shelf()
    paths: dict[str, Json] = {}
    for route in sorted(routes, key=lambda one: (one.path, one.method)):
        path = paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", route.path), {})
        assert isinstance(path, dict)
        path[route.method.lower()] = _operation(route, shelf)
    return {
        "openapi": "3.1.0",
        "info": {"title": "tradecore", "version": version, "description": _ABOUT},
        "paths": paths,
        "components": {"schemas": dict(sorted(shelf.found.items())), "securitySchemes": _SCHEMES},
    }


def _operation(route: Route, shelf: Shelf) -> Schema:
    summary, _, rest = (inspect.getdoc(route.handler) or "").partition("\n\n")
    operation: Schema = {
        "operationId": route.handler.__name__,
        "summary": summary,
        "tags": [_tag(route)],
        "security": _WAYS[route.needs],
        "parameters": [*_places(route), *_queries(route, shelf)],
        "responses": _responses(route, shelf),
    }
    if rest:
        operation["description"] = rest
    if body := _body(route, shelf):
        operation["requestBody"] = body
    return operation


def _tag(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    if parts[:2] == ["api", "v1"]:
        return parts[2]
    return "alerts" if "webhook" in parts[0] else "the old bots' addresses"


def _places(route: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in route.places
    ]


def _queries(route: Route, shelf: Shelf) -> list[Json]:
    if route.asks is None:
        return []
    hints = get_type_hints(route.asks)
    return [
        {
            "name": one.name,
            "in": "query",
            "required": one.default is NOTHING,
            "schema": _without_null(shelf.schema(hints[one.name])),
        }
        for one in fields(route.asks)
    ]


def _without_null(schema: Schema) -> Schema:
    """Return *schema* for a place where null cannot be said."""
    choices = schema.get("anyOf")
    if not isinstance(choices, list):
        return schema
    kept = [one for one in choices if one != {"type": "null"}]
    return kept[0] if len(kept) == 1 and isinstance(kept[0], dict) else {"anyOf": kept}


def _body(route: Route, shelf: Shelf) -> Schema | None:
    if route.takes is not None:
        schema = shelf.partial(route.takes) if route.partial else shelf.schema(route.takes)
        return {"required": True, "content": {"application/json": {"schema": schema}}}
    if not _is_alert(route):
        return None
    alert: Schema = {"schema": {"type": "object", "additionalProperties": True}, "example": TEMPLATE}
    return {"required": True, "content": {"application/json": alert, "text/plain": {"schema": {"type": "string"}}}}


def _is_alert(route: Route) -> bool:
    return route.path in {"/webhook", "/test-webhook"}


def _responses(route: Route, shelf: Shelf) -> Schema:
    responses: dict[str, Json] = {}
    for status, view in route.gives.items():
        answer: dict[str, Json] = {"description": _WHAT.get(status, "The answer.")}
        if route.text:
            answer["content"] = {route.text: {"schema": {"type": "string"}}}
        elif view is not None:
            answer["content"] = {"application/json": {"schema": shelf.schema(view)}}
        responses[str(status)] = answer
    problem: Schema = {"application/json": {"schema": shelf.schema(ProblemView)}}
    for status in _errors(route):
        responses.setdefault(str(status), {"description": _WHAT[status], "content": problem})
    return dict(sorted(responses.items()))


def _errors(route: Route) -> list[int]:
    """Return what can go wrong, as the route's own description has it."""
    found = [503]
    if route.needs is not Needs.NOTHING:
        found += [401, 403, 429]
    if route.places or route.asks is not None or route.takes is not None:
        found += [404]
    if route.asks is not None:
        found += [422]
    if route.takes is not None or _is_alert(route):
        found += [400, 403, 404, 409, 413, 422, 429]
    elif route.method != "GET":
        found += [409, 413]
    return found
