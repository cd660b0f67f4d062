"""Answer HTTP by a WSGI application: one loop reads requests, and threads answer those that are whole.

So a client that sends slowly, or nothing at all, holds a socket and never a thread. What is in a hurry is answered by
one thread, all that has come meanwhile together: so it shares what is slow, and no thread has to be woken for each.
"""

import asyncio
import sys
from asyncio import Future, TimerHandle, Transport
from collections.abc import Callable, Iterable
from io import BytesIO
from queue import Empty, SimpleQueue
from threading import Thread
from time import perf_counter
from typing import Any, Final, Protocol, final, runtime_checkable
from urllib.parse import unquote_to_bytes

from attrs import define, field, frozen
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_THREADS: Final = 64
_HEAD_BYTES_MAX: Final = 64 * 1024
_HEAD_SECONDS: Final = 20.0
# The webhook has its own, smaller limit, and tells of it: what is longer still is cut, and the application judges.
_BODY_BYTES_MAX: Final = 256 * 1024
_BODY_SECONDS: Final = 20.0
_CLOSE: Final = (b"connection", b"close")
# So many requests in a hurry wait at most; who comes then is sent away at once, before memory grows.
HURRIED_MAX: Final = 500
_TOO_MANY: Final = b'{"error": {"code": "unavailable", "message": "Too much comes in at once: send it again."}}'
# When the request had come whole, by `perf_counter`.
CAME: Final = "tradecore.came"
# They say how the body comes, and it has come.
_OF_THE_WAY: Final = frozenset({b"content-length", b"transfer-encoding"})

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# A status, headers and a body.
Words = tuple[int, list[tuple[str, str]], bytes]


@runtime_checkable
class Hurried(Protocol):
    """An application that answers some requests better together than one by one."""

    def hurries(self, environ: dict[str, Any]) -> bool:
        """Tell whether this is one of those; it is asked in the loop, which must not wait."""
        ...

    def answer_all(self, environs: list[dict[str, Any]]) -> list[Words]:
        """Answer these, each by itself."""
        ...


# What ASGI hands over.
_Scope = dict[str, Any]
_Message = dict[str, Any]


@frozen
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> "_Answer":
        return cls(status, [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers], body)


@final
@frozen(eq=False)
class _Request:
    """One whole request, and who waits for its answer."""

    environ: dict[str, Any]
    answer: "Future[_Answer]"


def _settle(requests: list[_Request], answers: "list[_Answer] | Exception") -> None:
    """Hand over the answers in the loop, to those who still wait."""
    if isinstance(answers, Exception):
        for request in requests:
            if not request.answer.done():
                request.answer.set_exception(answers)
        return
    for request, answer in zip(requests, answers, strict=True):
        if not request.answer.done():
            request.answer.set_result(answer)


@final
@define(eq=False)
class Answerer:
    """The application behind its threads, as ASGI wants it. An answer is sent whole."""

    application: Application
    _waiting: "SimpleQueue[_Request | None]" = field(factory=SimpleQueue, init=False)
    _in_a_hurry: "SimpleQueue[_Request | None]" = field(factory=SimpleQueue, init=False)
    _hurried: Hurried | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        application: object = self.application
        self._hurried = application if isinstance(application, Hurried) else None

    def start(self) -> None:
        """Begin to answer."""
        works = [(f"web-{number}", self._work) for number in range(1, _THREADS + 1)]
        if self._hurried is not None:
            # One alone: so what comes first is answered first, and nobody overtakes.
            works.append(("web-hurried", self._work_together))
        for name, work in works:
            # Not waited for at the very end: one that hangs must not keep the process alive.
            Thread(target=work, name=name, daemon=True).start()

    def stop(self) -> None:
        """Let the threads end as soon as they have answered what they have begun."""
        self._in_a_hurry.put(None)
        for _ in range(_THREADS):
            self._waiting.put(None)

    async def __call__(self, scope: _Scope, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """Read the request, have a thread answer it, and send that."""
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(receive)
        except TimeoutError:
            answer = _Answer(408, [(b"content-length", b"0"), _CLOSE], b"")
        else:
            if body is None:
                return  # The client has gone, and what it sent is not whole.
            answer = await self._answered(_environ(scope, body))
            if len(body) > _BODY_BYTES_MAX:
                answer.headers.append(_CLOSE)  # The rest of it is still on its way, and nobody will read it.
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answered(self, environ: dict[str, Any]) -> _Answer:
        request = _Request(environ, asyncio.get_running_loop().create_future())
        if self._hurried is None or not self._hurried.hurries(environ):
            self._waiting.put(request)
        elif self._in_a_hurry.qsize() < HURRIED_MAX:
            self._in_a_hurry.put(request)
        else:
            length = ("Content-Length", str(len(_TOO_MANY)))
            return _Answer.of(503, [("Content-Type", "application/json"), ("Retry-After", "1"), length], _TOO_MANY)
        return await request.answer

    def _work(self) -> None:
        while request := self._waiting.get():
            try:
                self._hand_over([request], [_answer(self.application, request.environ)])
            except Exception as error:  # noqa: BLE001 - it is raised again where the answer is waited for
                self._hand_over([request], error)

    def _work_together(self) -> None:
        assert self._hurried is not None
        while requests := self._together():
            try:
                words = self._hurried.answer_all([request.environ for request in requests])
                self._hand_over(requests, [_Answer.of(*each) for each in words])
            except Exception as error:  # noqa: BLE001 - as above
                self._hand_over(requests, error)

    def _together(self) -> list[_Request]:
        """Wait for a request, and return all that have come by then; none where there will be no more."""
        request, requests = self._in_a_hurry.get(), []
        while request is not None:
            requests.append(request)
            try:
                request = self._in_a_hurry.get_nowait()
            except Empty:
                return requests
        if requests:
            self._in_a_hurry.put(None)  # For the next time, when none has come.
        return requests

    def _hand_over(self, requests: list[_Request], answers: list[_Answer] | Exception) -> None:
        loop = requests[0].answer.get_loop()
        if not loop.is_closed():  # It is, where this took longer than a stop may take.
            loop.call_soon_threadsafe(_settle, requests, answers)


async def _body(receive: Callable[..., Any]) -> bytes | None:
    """Return the body, or the first of it where it is too long; None where the client goes before its end."""
    message: _Message = await receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message["more_body"] and len(body) <= _BODY_BYTES_MAX:
        message = await receive()
        body += message.get("body", b"")
    return None if message["type"] == "http.disconnect" else body


def _environ(scope: _Scope, body: bytes) -> dict[str, Any]:
    """Return the request in WSGI's words."""
    host, port = scope["server"]
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "REMOTE_ADDR": scope["client"][0],
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        CAME: perf_counter(),
    }
    for name, value in scope["headers"]:
        # An underscore would pass for a dash, and let a client write what only the proxy before us may write.
        if b"_" not in name and name not in _OF_THE_WAY:
            _add_header(environ, name.decode("latin-1").upper().replace("-", "_"), value.decode("latin-1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
    between = "; " if name == "COOKIE" else ","
    environ[key] = f"{environ[key]}{between}{value}" if key in environ else value


def _answer(application: Application, environ: dict[str, Any]) -> _Answer:
    """Have the application answer."""
    begun: list[tuple[int, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        begun[:] = [(int(status[:3]), headers)]

    pieces = application(environ, start)
    try:
        body = b"".join(pieces)
    finally:
        if (close := getattr(pieces, "close", None)) is not None:
            close()
    return _Answer.of(*begun[0], body)


@final
class BoundedProtocol(HttpToolsProtocol):
    """Reads HTTP; hangs up on a head that is too long, or does not come to its end in time."""

    _head_bytes = 0
    _timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as in the class above
        """Wait for the first head, but not for ever; between requests keep-alive has its own time."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(_HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, while the head is not too long."""
        if self.timeout_keep_alive_task is not None:  # It has waited between requests, and here the next begins.
            self._timer = self.loop.call_later(_HEAD_SECONDS, self.transport.close)
        super().data_received(data)
        if self._timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES_MAX and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """Take the head, which is whole."""
        self._rest()
        super().on_headers_complete()

    def _rest(self) -> None:
        self._head_bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
