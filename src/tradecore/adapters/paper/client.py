"""Call the paper exchange over HTTP, and say whose fault it is where no answer comes."""

from collections.abc import Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Final, TypeVar, final

import httpx

from tradecore.adapters.encoding.codec import Form
from tradecore.adapters.paper import wire
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError, WorldError

_T = TypeVar("_T")

_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 8.0  # less than the ten seconds that a stop waits for the calls under way
_CONNECTIONS_MAX: Final = 64
# Less than the exchange's side keeps a connection that nobody uses.
_WARM_SECONDS: Final = 60.0
# Of these it is certain that the exchange never saw the request.
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@final
class Line:
    """The way to one exchange: a pool of connections that are kept warm, for any number of threads."""

    def __init__(self, url: str, answer_seconds: float = _ANSWER_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._timeouts = httpx.Timeout(answer_seconds, connect=_CONNECT_SECONDS).as_dict()
        # What lies under httpx's client: redirects, cookies and proxies, which it has none of, would cost a third more.
        self._transport = httpx.HTTPTransport(
            # Without TLS there is nothing to verify, and what would verify it takes long to make.
            verify=url.startswith("https:"),
            limits=httpx.Limits(
                max_connections=_CONNECTIONS_MAX,
                max_keepalive_connections=_CONNECTIONS_MAX,
                keepalive_expiry=_WARM_SECONDS,
            ),
            trust_env=False,
        )

    def ask(self, path: str, form: Form[_T], **query: str) -> _T:
        """Return the answer to a question. One that failed changed nothing: `UnreachableError`."""
        return self._call("GET", path, form, query, None)

    def do(self, method: str, path: str, form: Form[_T], body: str | None = None, **query: str) -> _T:
        """Return the answer to a call that changes something: `OutcomeUnknownError` where it may have been done."""
        return self._call(method, path, form, query, body)

    def rest(self) -> None:
        """Let go of every connection; the next call makes a new one."""
        self._transport.close()

    def _call(self, method: str, path: str, form: Form[_T], query: Mapping[str, str], body: str | None) -> _T:
        url, extensions = f"{self._url}/{path}", {"timeout": self._timeouts}
        request = httpx.Request(method, url, params=query, content=body, extensions=extensions)
        try:
            with closing(self._transport.handle_request(request)) as answer:
                answer.read()
        except _NEVER_SENT as error:
            message = f"the paper exchange at {self._url} cannot be reached: {_why(error)}"
            raise UnreachableError(message) from error
        except httpx.RequestError as error:
            message = f"the paper exchange at {self._url} gave no answer: {_why(error)}"
            raise _unanswered(method, message) from error
        if answer.status_code != HTTPStatus.OK:
            raise _refusal(method, answer)
        try:
            return form.read(answer.text)
        except MalformedError as error:
            message = f"the paper exchange at {self._url} cannot be understood: {error}"
            raise MalformedError(message) from error


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def _unanswered(method: str, message: str) -> WorldError:
    return UnreachableError(message) if method == "GET" else OutcomeUnknownError(message)


def _refusal(method: str, answer: httpx.Response) -> WorldError:
    """Say what an answer means that is none."""
    try:
        problem = wire.PROBLEM.read(answer.text)
    except MalformedError:
        # Whoever answered is not the exchange, as a proxy in front of it: what that one did nobody knows.
        problem = wire.Problem(error="", message=f"it answered with status {answer.status_code}")
    message = f"the paper exchange: {problem.message}"
    if problem.error == wire.NOTHING_DONE:
        wait = answer.headers.get("Retry-After", "")
        return UnreachableError(message, retry_after=int(wait) if wait.isdecimal() else None)
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unanswered(method, message)
    return MalformedError(message)
