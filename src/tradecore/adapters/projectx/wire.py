"""Carry requests to the Gateway over HTTP: with a deadline for each, over connections that are kept, and no repeats."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Final, final

import httpx
from attrs import field, frozen

from tradecore.adapters.projectx.writing import Body, written
from tradecore.domain.errors import UnreachableError, WorldError

_CONNECT_SECONDS: Final = 3.0
_ANSWER_SECONDS: Final = 8.0  # less than the ten seconds that a stop waits for the calls under way
_CONNECTIONS_MAX: Final = 32
_WARM_SECONDS: Final = 60.0
# Of these it is certain that the Gateway never saw the request.
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@frozen(kw_only=True)
class Answer:
    """What came back. `text` may hold a token, and is never shown."""

    status: int
    text: str = field(repr=False)
    retry_after: int | None = None  # seconds
    date: datetime | None = None


@final
class Wire:
    """The way to one host, for any number of threads. *transport* takes the place of the network."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self.url = url
        self._transport = transport or httpx.HTTPTransport(
            # Without TLS there is nothing to verify, and what would verify it takes long to make.
            verify=url.startswith("https:"),
            limits=httpx.Limits(
                max_connections=_CONNECTIONS_MAX,
                max_keepalive_connections=_CONNECTIONS_MAX,
                keepalive_expiry=_WARM_SECONDS,
            ),
            # What a proxy or a .netrc of this machine says is nobody's wish: the token goes to the address that is set.
            trust_env=False,
        )
        self._client = httpx.Client(
            base_url=url, transport=self._transport, trust_env=False, follow_redirects=False,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS))  # fmt: skip

    def send(self, path: str, body: Body, token: str | None, unanswered: type[WorldError]) -> Answer:
        """Return what *body* is answered with; *unanswered* is raised where it may have arrived, and nothing came."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            return self._sent(path, written(body), headers)
        except _NEVER_SENT as error:
            raise UnreachableError(f"ProjectX at {self.url} cannot be reached: {_why(error)}") from error
        except httpx.HTTPError as error:
            raise unanswered(f"ProjectX at {self.url} gave no answer: {_why(error)}") from error

    def rest(self) -> None:
        """Let go of every connection; the next request makes a new one."""
        self._transport.close()

    def _sent(self, path: str, content: str, headers: dict[str, str]) -> Answer:
        until = monotonic() + _ANSWER_SECONDS
        with self._client.stream("POST", path, content=content, headers=headers) as answer:
            parts = []
            for part in answer.iter_bytes():
                parts.append(part)
                # httpx counts from one piece to the next: an answer in drops would take for ever.
                if monotonic() > until:
                    raise httpx.ReadTimeout("the answer came too slowly", request=answer.request)
        text = b"".join(parts).decode(errors="replace")
        wait = answer.headers.get("Retry-After", "")
        return Answer(
            status=answer.status_code, text=text, date=_moment(answer.headers.get("Date", "")),
            retry_after=int(wait) if wait.isdecimal() else None)  # fmt: skip


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__
