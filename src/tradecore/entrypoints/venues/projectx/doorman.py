"""Let clients in to the hubs: those with a token, and with an id that was given to them just before, or with none."""

import json
from http import HTTPStatus
from typing import Final, final
from urllib.parse import parse_qs

from attrs import frozen

from tradecore.entrypoints.venues.projectx.connections import Message, Receive, Send
from tradecore.entrypoints.venues.projectx.tokens import Tokens, bearer
from tradecore.entrypoints.venues.projectx.topics import HUBS

_NEGOTIATE: Final = "/negotiate"
_TRANSPORTS: Final = [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]


@frozen
class Admitted:
    """Who was let in: to which hub, with which token, under which id."""

    hub: str
    token: str
    id: str | None


@final
class Doorman:
    """Gives ids, and takes each of them once."""

    def __init__(self, tokens: Tokens) -> None:
        self.failures = 0  # how many of the next negotiations fail
        self._tokens = tokens
        self._given: set[str] = set()
        self._live: set[str] = set()

    async def negotiate(self, scope: Message, send: Send) -> None:
        """Answer a request that is no connection."""
        path = scope["path"].lower()
        query = _query(scope)
        if scope["method"] != "POST" or path.removesuffix(_NEGOTIATE) not in HUBS or not path.endswith(_NEGOTIATE):
            await _answer(send, HTTPStatus.NOT_FOUND)
        elif self.failures:
            self.failures -= 1
            await _answer(send, HTTPStatus.INTERNAL_SERVER_ERROR)
        elif self._tokens.ends(_token(scope)) is None:
            await _answer(send, HTTPStatus.UNAUTHORIZED)
        else:
            has_tokens = query.get("negotiateVersion", "0") != "0"
            connection_id, connection_token = self._tokens.new_id(), self._tokens.new_id()
            self._given.add(connection_token if has_tokens else connection_id)
            said = {"connectionId": connection_id, "availableTransports": _TRANSPORTS}
            more = {"connectionToken": connection_token} if has_tokens else {}
            body = {"negotiateVersion": int(has_tokens), **said, **more}
            await _answer(send, HTTPStatus.OK, json.dumps(body).encode())

    async def admit(self, scope: Message, receive: Receive, send: Send) -> Admitted | HTTPStatus:
        """Let a connection in, or say why not."""
        await receive()
        hub, token, wanted = scope["path"].lower(), _token(scope), _query(scope).get("id")
        refusal = None
        if hub not in HUBS:
            refusal = HTTPStatus.NOT_FOUND
        elif self._tokens.ends(token) is None:
            refusal = HTTPStatus.UNAUTHORIZED
        elif wanted is not None and wanted not in self._given:
            refusal = HTTPStatus.CONFLICT if wanted in self._live else HTTPStatus.NOT_FOUND
        if refusal is not None:
            await _refuse(send, refusal)
            return refusal
        if wanted is not None:
            self._given.discard(wanted)
            self._live.add(wanted)
        await send({"type": "websocket.accept"})
        return Admitted(hub, token, wanted)

    def leave(self, admitted: Admitted) -> None:
        """Forget a connection that has ended; its id is stale from now on."""
        if admitted.id is not None:
            self._live.discard(admitted.id)


def _query(scope: Message) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}


def _token(scope: Message) -> str:
    """Return the token of the query, which is the documented way, or else that of the header."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
    return _query(scope).get("access_token") or bearer(header)


async def _answer(send: Send, status: HTTPStatus, body: bytes = b"") -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: HTTPStatus) -> None:
    await send({"type": "websocket.http.response.start", "status": status.value, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
