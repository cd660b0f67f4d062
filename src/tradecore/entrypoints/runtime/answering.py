"""Answer HTTP by a WSGI application: one loop reads requests, and threads answer those that are whole.

So a client that sends slowly, or nothing at all, holds a socket and never a thread.
"""

import asyncio
import sys
from asyncio import AbstractEventLoop, Future, TimerHandle, Transport
from collections.abc import Callable, Iterable
from io import BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final, final
from urllib.parse import unquote_to_bytes

from attrs import field, frozen
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_THREADS: Final = 64
_HEAD_BYTES_MAX: Final = 64 * 1024
_HEAD_SECONDS: Final = 20.0
# The webhook has its own, smaller limit, and tells of it: what is longer still is cut, and the application judges.
_BODY_BYTES_MAX: Final = 256 * 1024
_BODY_SECONDS: Final = 20.0
_CLOSE: Final = (b"connection", b"close")
# They say how the body comes, and it has come.
_OF_THE_WAY: Final = frozenset({b"content-length", b"transfer-encoding"})

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# What ASGI hands over.
_Scope = dict[str, Any]
_Message = dict[str, Any]


@frozen
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


@final
@frozen
class _Request:
    """One whole request, and who waits for its answer."""

    environ: dict[str, Any]
    loop: AbstractEventLoop
    answer: "Future[_Answer]"

    def settle(self, answer: _Answer | None, error: Exception | None) -> None:
        """Hand over the answer in the loop, unless nobody waits any more."""
        if self.answer.done():
            return
        if error is not None:
            self.answer.set_exception(error)
        elif answer is not None:
            self.answer.set_result(answer)


@final
@frozen
class Answerer:
    """The application behind its threads, as ASGI wants it. An answer is sent whole."""

    application: Application
    _waiting: "SimpleQueue[_Request | None]" = field(factory=SimpleQueue, init=False)
    _threads: list[Thread] = field(factory=list, init=False)

    def start(self) -> None:
        """Begin to answer."""
        for number in range(1, _THREADS + 1):
            # Not waited for at the very end: one that hangs must not keep the process alive.
            thread = Thread(target=self._work, name=f"web-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let the threads end as soon as they have answered what they have begun."""
        for _ in self._threads:
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
            loop = asyncio.get_running_loop()
            request = _Request(_environ(scope, body), loop, loop.create_future())
            self._waiting.put(request)
            answer = await request.answer
            if len(body) > _BODY_BYTES_MAX:
                answer.headers.append(_CLOSE)  # The rest of it is still on its way, and nobody will read it.
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _work(self) -> None:
        while request := self._waiting.get():
            answer, failed = None, None
            try:
                answer = _answer(self.application, request.environ)
            except Exception as error:  # noqa: BLE001 - it is raised again where the answer is waited for
                failed = error
            if not request.loop.is_closed():  # It is, where this took longer than a stop may take.
                request.loop.call_soon_threadsafe(request.settle, answer, failed)


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
    begun: list[tuple[int, list[tuple[bytes, bytes]]]] = []

    def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        pairs = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        begun[:] = [(int(status[:3]), pairs)]

    pieces = application(environ, start)
    try:
        body = b"".join(pieces)
    finally:
        if (close := getattr(pieces, "close", None)) is not None:
            close()
    return _Answer(*begun[0], body)


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
