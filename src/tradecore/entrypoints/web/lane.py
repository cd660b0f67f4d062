"""Serve the one address that is in a hurry without Flask, whose work on each request is half of all that it takes.

What a handler returns or raises is answered as Flask would have it; every other address goes there.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import perf_counter
from typing import Any, final

from attrs import frozen

from tradecore.entrypoints.web.errors import answer_to
from tradecore.entrypoints.web.giving import HARDENING, text_of
from tradecore.entrypoints.web.routing import Answer, Call, Route, log_request

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@final
@frozen
class Lane:
    """An application with a way of its own for *route*, which asks for no viewer and returns an `Answer`."""

    others: Application
    route: Route
    begin: Callable[..., Call]

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if environ["PATH_INFO"] != self.route.path or environ["REQUEST_METHOD"] != self.route.method:
            return self.others(environ, start)
        began = perf_counter()
        call = self.begin(environ=environ, place={})
        status, headers, body = self._answered(call)
        start(f"{status} {HTTPStatus(status).phrase}", [*headers, *HARDENING])
        log_request(environ, self.route.path, status, began, call.notes)
        return [body]

    def _answered(self, call: Call) -> tuple[int, list[tuple[str, str]], bytes]:
        try:
            answer = self.route.handler(call)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is answered
            response = answer_to(error)
            return response.status_code, list(response.headers), response.get_data()
        assert isinstance(answer, Answer)
        body = text_of(answer.view).encode()
        given = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return answer.status, [*given, *answer.headers.items()], body
