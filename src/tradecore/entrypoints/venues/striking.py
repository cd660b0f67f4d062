"""Strike connections: hang, reset, or send an answer in drops. What is no fault passes through.

An application behind WSGI cannot touch the connection of its answer, so it writes into a header what is to be done.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, final

from flask import Response

from tradecore.entrypoints.venues.faults import Fault, Strike

_Message = dict[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
Asgi = Callable[[dict[str, Any], _Receive, _Send], Awaitable[None]]

# How the wire is told what to do with an answer; the wire takes it out.
STRIKE: Final = "X-Sim-Strike"
_HEADER: Final = STRIKE.lower().encode()
_HTML: Final = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
)
_PAGES: Final[Mapping[Fault, tuple[int, str]]] = MappingProxyType({
    Fault.SERVER_ERROR: (500, "500 Internal Server Error"),
    Fault.SERVER_ERROR_AFTER: (500, "500 Internal Server Error"),
    Fault.GATEWAY_TIMEOUT: (504, "504 Gateway Time-out"),
    Fault.GATEWAY_TIMEOUT_AFTER: (504, "504 Gateway Time-out"),
})  # fmt: skip
_DROPS: Final = 10
# Not to finish what is still to be sent, but to say that the connection is broken.
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


def struck(response: Response, strike: Strike[Fault], words: Mapping[Fault, Response]) -> Response:
    """Return what becomes of an answer that is struck; *words* are those that the venue itself would say."""
    if page := _PAGES.get(strike.fault):
        status, title = page
        return Response(_HTML.format(title), status, mimetype="text/html")
    if said := words.get(strike.fault):
        return said
    match strike.fault:
        case Fault.INVALID_JSON:
            return Response(
                response.get_data().rstrip()[:-1] or b"{", response.status_code, mimetype="application/json"
            )
        case Fault.RESET | Fault.RESET_AFTER:
            response.headers[STRIKE] = "reset 0"
        case Fault.HANG | Fault.HANG_AFTER:
            response.headers[STRIKE] = f"hang {strike.seconds}"
        case _:
            response.headers[STRIKE] = f"slow {strike.seconds}"
    return response


@final
class StrikingWire:
    """An ASGI application around another one."""

    def __init__(self, inner: Asgi) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer as the inner application does, unless its answer says how to fail."""
        # A slash that was written as %2F is part of a name, and must not part the path.
        path = scope["raw_path"].replace(b"%2F", b"%252F").replace(b"%2f", b"%252F")
        messages: list[_Message] = []

        async def hold(message: _Message) -> None:
            messages.append(message)

        await self._inner({**scope, "raw_path": path}, receive, hold)
        if not messages:
            return
        start, body = messages
        strike = dict(start["headers"]).get(_HEADER)
        if strike is None:
            await send(start)
            await send(body)
            return
        start = {**start, "headers": [header for header in start["headers"] if header[0] != _HEADER]}
        kind, seconds = strike.decode().split()
        if kind == "slow":
            await send(start)
            await _drip(body["body"], receive, send, int(seconds))
            return
        if kind == "hang":
            await _has_gone(receive, int(seconds))
        reset(send)
        await _has_gone(receive, None)


async def _drip(body: bytes, receive: _Receive, send: _Send, seconds: int) -> None:
    """Send the body in drops, as long as somebody is there."""
    size = max(1, -(-len(body) // _DROPS))
    for first in range(0, len(body), size):
        if await _has_gone(receive, seconds / _DROPS):
            return
        await send({"type": "http.response.body", "body": body[first : first + size], "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _has_gone(receive: _Receive, seconds: float | None) -> bool:
    """Wait for so long, or until the client has gone, and tell whether it has."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def reset(send: _Send) -> None:
    """Break the connection off without a word."""
    # ASGI has no way to do so; uvicorn sends by a method of the object that knows the connection.
    transport: asyncio.Transport = send.__self__.transport  # type: ignore[attr-defined]
    if (connection := transport.get_extra_info("socket")) is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
