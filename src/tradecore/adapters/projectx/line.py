"""Call the Gateway as one login: let in, within the limits, and with every answer told for what it is."""

from datetime import timedelta
from typing import final

import httpx

from tradecore.adapters.projectx.envelope import Raw, TooManyRequestsError, UnauthorizedError, outcome
from tradecore.adapters.projectx.pace import Lane, Pace
from tradecore.adapters.projectx.reading import rows
from tradecore.adapters.projectx.refusals import Endpoint, Refused
from tradecore.adapters.projectx.session import Login, Session
from tradecore.adapters.projectx.wire import Wire
from tradecore.adapters.projectx.writing import Body
from tradecore.domain.errors import OutcomeUnknownError, UnreachableError, WorldError
from tradecore.ports.system import Clock


@final
class Line:
    """One login's way to one firm, shared by all its accounts; safe from any thread.

    A question that failed changed nothing: `UnreachableError`. What changes something raises `OutcomeUnknownError`
    where it may have been done. Both raise `MalformedError` for an answer that cannot be read.
    """

    def __init__(self, url: str, login: Login, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self._wire = Wire(url, transport)
        self._pace = Pace(clock)
        self._session = Session(self._wire, login, self._pace, clock)

    def token(self) -> str:
        """Return a token that is good now; the hubs take the same."""
        return self._session.token()

    def renewed(self, stale: str) -> str:
        """Return another token than one that was not taken."""
        return self._session.renewed(stale)

    def life(self) -> timedelta | None:
        """Return how long the token is good, where there is one."""
        return self._session.life()

    def rest(self) -> None:
        """Let go of every connection; the next call makes a new one."""
        self._wire.rest()

    def ask(self, endpoint: Endpoint, /, lane: Lane = Lane.READ, **body: object) -> Raw | Refused:
        """Return the answer to a question, or its refusal."""
        return self._call(endpoint, body, lane, UnreachableError)

    def told(self, endpoint: Endpoint, /, lane: Lane = Lane.READ, **body: object) -> Raw:
        """Return the answer to a question that is not to be refused."""
        answer = self.ask(endpoint, lane, **body)
        if isinstance(answer, Refused):
            raise UnreachableError(f"ProjectX does not tell: {answer.sentence}")
        return answer

    def listed(self, endpoint: Endpoint, name: str, /, lane: Lane = Lane.READ, **body: object) -> tuple[Raw, ...]:
        """Return the rows under *name*."""
        return rows(self.told(endpoint, lane, **body), name)

    def do(self, endpoint: Endpoint, body: Body, lane: Lane) -> Raw | Refused:
        """Change something: return what was answered, or the refusal."""
        return self._call(endpoint, body, lane, OutcomeUnknownError)

    def _call(self, endpoint: Endpoint, body: Body, lane: Lane, unanswered: type[WorldError]) -> Raw | Refused:
        token = self._session.token()
        try:
            try:
                return self._once(endpoint, body, lane, unanswered, token)
            except UnauthorizedError:
                # Who was not let in has done nothing; and were it otherwise, an order's tag is taken only once.
                return self._once(endpoint, body, lane, unanswered, self._session.renewed(token))
        except TooManyRequestsError as error:
            wait = self._pace.slow_down(lane, error.retry_after)
            raise UnreachableError(str(error), retry_after=wait) from error

    def _once(
        self, endpoint: Endpoint, body: Body, lane: Lane, unanswered: type[WorldError], token: str
    ) -> Raw | Refused:
        self._pace.take(lane)
        return outcome(endpoint, self._wire.send(endpoint.path, body, token, unanswered), unanswered)
