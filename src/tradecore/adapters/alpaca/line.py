"""Call Alpaca over alpaca-py's HTTP client: a deadline for every call, no repeats of its own, and raw answers.

alpaca-py by itself waits for ever, sends a POST again after a 429 or 504, and cannot read what its models do not know.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, final

import requests
from alpaca.common.rest import RESTClient
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from tradecore.adapters.alpaca.reading import Raw, row
from tradecore.adapters.alpaca.refusals import Refused, refused
from tradecore.domain.credentials import Credentials
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, ProgrammingError, ShutError, UnreachableError
from tradecore.ports.system import Clock

_CONNECT_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 8.0  # less than the ten seconds that a stop waits for the calls under way
_RETRY_AFTER_SECONDS: Final = 5
_RETRY_AFTER_MAX: Final = 60
# So many of a minute's requests are kept for what gets people out.
_KEPT_FOR_EXITS: Final = 20
# Of these it is certain that Alpaca never saw the request.
_NEVER_SENT: Final = (ConnectTimeoutError, NameResolutionError, NewConnectionError)
_KEYS_REFUSED: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


class KeysRefusedError(ShutError):
    """Alpaca does not take the keys; nothing was done."""


@final
class _Client(RESTClient):
    """One connection's client. alpaca-py calls `_one_request` for everything; ours neither raises nor repeats."""

    def _one_request(self, method: str, url: str, opts: dict[str, Any], retry: int) -> dict[str, Any]:
        answer = self._session.request(method, url, timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS), **opts)
        return {"status": answer.status_code, "headers": answer.headers, "text": answer.text}


@final
class Line:
    """The way to one host with one account's keys, for any number of threads: each has a client of its own meanwhile.

    A question that failed changed nothing: `UnreachableError`. What changes something raises `OutcomeUnknownError`
    where it may have been done. Both raise `MalformedError` for an answer that cannot be read. *transport* takes the
    place of the network, for an exchange in this process.
    """

    def __init__(self, url: str, credentials: Credentials, clock: Clock, transport: BaseAdapter | None = None) -> None:
        self._url = url.rstrip("/")
        self._credentials = credentials
        self._clock = clock
        self._transport = transport
        self._lock = Lock()
        self._idle: list[_Client] = []
        self._left: tuple[int, int] | None = None  # requests left, and the second in which they are full again

    def ask(self, path: str, **query: str) -> object:
        """Return the answer to a question, as decoded JSON; None where Alpaca knows no such thing."""
        answer = self._call("GET", path, query, UnreachableError)
        if not isinstance(answer, Refused):
            return answer
        # A 404 that is not Alpaca's own says nothing of what is held: somebody else answers at this address.
        if answer.status == HTTPStatus.NOT_FOUND and answer.code is not None:
            return None
        raise MalformedError(f"Alpaca does not answer: {answer.sentence}")

    def place(self, body: Mapping[str, str | Mapping[str, str]], *, opens: bool) -> Raw | Refused:
        """Place an order, and return its row. One that opens waits where the minute's requests are nearly used up."""
        if opens:
            self._keep_some()
        answer = self._call("POST", "/orders", dict(body), OutcomeUnknownError)
        return answer if isinstance(answer, Refused) else row(answer)

    def cancel(self, broker_id: str) -> Refused | None:
        """Ask for the end of an order; None where that was accepted, which is not its end yet."""
        answer = self._call("DELETE", f"/orders/{broker_id}", None, OutcomeUnknownError)
        return answer if isinstance(answer, Refused) else None

    def rest(self) -> None:
        """Let go of every connection that is idle; the next call makes a new one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for client in idle:
            client._session.close()  # noqa: SLF001 - alpaca-py has no way to close it

    def _keep_some(self) -> None:
        with self._lock:
            left = self._left
        now = int(self._clock.now().timestamp())
        if left is not None and left[0] <= _KEPT_FOR_EXITS and now < left[1]:
            message = f"the last {_KEPT_FOR_EXITS} requests that Alpaca takes this minute are kept for exits"
            raise UnreachableError(message, retry_after=min(left[1] - now, _RETRY_AFTER_MAX))

    def _call(
        self, method: str, path: str, data: Mapping[str, Any] | None, unanswered: Callable[[str], Exception]
    ) -> object:
        client = self._take()
        try:
            answer = client._request(method, path, dict(data) if data is not None else None)  # noqa: SLF001
        except requests.RequestException as error:
            # Whatever state the connection is in, nobody uses it again.
            client._session.close()  # noqa: SLF001
            if _was_never_sent(error):
                message = f"Alpaca at {self._url} cannot be reached: {_why(error)}"
                raise UnreachableError(message) from error
            raise unanswered(f"Alpaca at {self._url} gave no answer: {_why(error)}") from error
        self._give_back(client)
        if not isinstance(answer, dict) or "status" not in answer:
            message = "this alpaca-py sends requests in another way than ours: it must be 0.44 or near it"
            raise ProgrammingError(message)
        return self._read(answer["status"], answer["headers"], answer["text"], unanswered)

    def _read(
        self, status: int, headers: Mapping[str, str], text: str, unanswered: Callable[[str], Exception]
    ) -> object:
        self._count(headers)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            raise UnreachableError("Alpaca takes no more requests this minute", retry_after=self._wait(headers))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            raise unanswered(f"Alpaca answered with status {status}")
        if status >= HTTPStatus.BAD_REQUEST:
            found = refused(status, text)
            if status in _KEYS_REFUSED and found.code is None:
                raise KeysRefusedError(f"Alpaca does not take the keys: {found.message}")
            return found
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            raise MalformedError(f"Alpaca at {self._url} points elsewhere (status {status}), and is not followed")
        try:
            return json.loads(text, parse_float=Decimal) if text else None
        except ValueError as error:
            raise MalformedError(f"Alpaca's answer cannot be read: {text[:80]!r}") from error

    def _count(self, headers: Mapping[str, str]) -> None:
        left, until = headers.get("X-RateLimit-Remaining", ""), headers.get("X-RateLimit-Reset", "")
        if left.isdecimal() and until.isdecimal():
            with self._lock:
                self._left = int(left), int(until)

    def _wait(self, headers: Mapping[str, str]) -> int:
        """Return in how many seconds requests are taken again; the header may be missing, or of another clock."""
        until = headers.get("X-RateLimit-Reset", "")
        if not until.isdecimal():
            return _RETRY_AFTER_SECONDS
        return max(1, min(int(until) - int(self._clock.now().timestamp()), _RETRY_AFTER_MAX))

    def _take(self) -> _Client:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        client = _Client(
            self._url, api_key=self._credentials.key_id, secret_key=self._credentials.secret, raw_data=True
        )
        # The keys go to the address that is set: what a .netrc or a proxy of this machine says is nobody's wish.
        client._session.trust_env = False  # noqa: SLF001
        if self._transport is not None:
            client._session.mount(self._url, self._transport)  # noqa: SLF001
        return client

    def _give_back(self, client: _Client) -> None:
        with self._lock:
            self._idle.append(client)


def _was_never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", cause), _NEVER_SENT)


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
