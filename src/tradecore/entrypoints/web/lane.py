"""Serve the one address that is in a hurry without Flask, whose work on each request is half of all that it takes.

What a handler returns or raises is answered as Flask would have it; every other address goes there.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from time import perf_counter
from typing import Any, final

from attrs import frozen

from tradecore.entrypoints.runtime.answering import CAME, Application, Words
from tradecore.entrypoints.web.errors import answer_to
from tradecore.entrypoints.web.giving import HARDENING, text_of
from tradecore.entrypoints.web.routing import Answer, Call, Route, log_request

_Environ = dict[str, Any]


@final
@frozen
class Lane:
    """An application with a way of its own for *route*, which asks for no viewer.

    *handle* answers the calls that came together, each with its answer or its error; *seen* returns a request as the
    proxies before us saw it.
    """

    others: Application
    route: Route
    handle: Callable[[list[Call]], list[Answer | Exception]]
    begin: Callable[..., Call]
    seen: Callable[[_Environ], _Environ]

    def __call__(self, environ: _Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        if not self.hurries(environ):
            return self.others(environ, start)
        status, headers, body = self.answer_all([environ])[0]
        start(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def hurries(self, environ: _Environ) -> bool:
        """Tell whether a request is for *route*."""
        return (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == (self.route.method, self.route.path)

    def answer_all(self, environs: list[_Environ]) -> list[Words]:
        """Answer the requests that came together."""
        now = perf_counter()
        calls = [self.begin(environ=self.seen(environ), place={}, came=environ.get(CAME, now)) for environ in environs]
        words = [_words(answer) for answer in self.handle(calls)]
        for call, (status, _, _) in zip(calls, words, strict=True):
            log_request(call.environ, self.route.path, status, call.came, call.notes)
        return words


def _words(answer: Answer | Exception) -> Words:
    if isinstance(answer, Exception):
        response = answer_to(answer)
        return response.status_code, [*response.headers, *HARDENING], response.get_data()
    body = text_of(answer.view).encode()
    given = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return answer.status, [*given, *answer.headers.items(), *HARDENING], body
