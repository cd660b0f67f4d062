"""Be logged in: one token for everything that a login does, renewed before it ends.

A token lives a day. A newer one ends no older one, so that whoever still has the old one may go on with it.
"""

import base64
import binascii
import json
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, final

import structlog
from attrs import field, frozen

from tradecore.adapters.projectx import refusals
from tradecore.adapters.projectx.envelope import Raw, UnauthorizedError, outcome
from tradecore.adapters.projectx.pace import Lane, Pace
from tradecore.adapters.projectx.reading import text_or_none
from tradecore.adapters.projectx.refusals import Endpoint, Refused
from tradecore.adapters.projectx.wire import Answer, Wire
from tradecore.adapters.projectx.writing import Body
from tradecore.domain.errors import MalformedError, ShutError, UnreachableError
from tradecore.ports.system import Clock

_log = structlog.get_logger()

_LIFE: Final = timedelta(hours=24)
_EARLY: Final = timedelta(minutes=10)
_AGAIN: Final = timedelta(seconds=30)


class LoginRefusedError(ShutError):
    """ProjectX does not let this login in; nothing was done."""


@frozen(kw_only=True)
class Login:
    """Who somebody is at a firm (the platform's user name, not an address), and which account is meant."""

    user: str = field(repr=False)
    key: str = field(repr=False)
    account: int


@frozen(kw_only=True)
class _Token:
    text: str = field(repr=False)
    renew_at: datetime
    ends: datetime


@final
class Session:
    """One login's token; safe from any thread."""

    def __init__(self, wire: Wire, login: Login, pace: Pace, clock: Clock) -> None:
        self._wire = wire
        self._login = login
        self._pace = pace
        self._clock = clock
        self._lock = Lock()
        self._held: _Token | None = None
        self._refused: tuple[LoginRefusedError, datetime] | None = None

    def token(self) -> str:
        """Return a token that is good as far as we know; `UnreachableError` where there is none."""
        held = self._held
        if held is None:
            return self.renewed("")
        if self._clock.now() >= held.renew_at and self._lock.acquire(blocking=False):
            # One renews, while the others go on with what there is.
            try:
                self._held = held = self._renewed_early(held)
            finally:
                self._lock.release()
        return held.text

    def renewed(self, stale: str) -> str:
        """Return another token than *stale*, which was not taken: who comes first asks, the others wait for it."""
        with self._lock:
            held = self._held
            if held is not None and held.text != stale:
                return held.text
            is_good = held is not None and self._clock.now() < held.ends
            found = self._exchanged(stale) if is_good else None
            self._held = found = found or self._logged_in()
            return found.text

    def life(self) -> timedelta | None:
        """Return how long the token that we hold is good; None where there is none."""
        held = self._held
        return held.ends - self._clock.now() if held is not None else None

    def _renewed_early(self, held: _Token) -> _Token:
        try:
            return self._exchanged(held.text) or self._logged_in()
        except UnreachableError as error:
            now = self._clock.now()
            if now >= held.ends:
                raise
            _log.warning("the token of ProjectX could not be renewed yet; trying again", why=str(error))
            return _Token(text=held.text, renew_at=now + _AGAIN, ends=held.ends)

    def _exchanged(self, token: str) -> _Token | None:
        """Return another token for one that is still good; None where that fails in any way: then the login is left."""
        try:
            found = self._validated(token)
        except UnreachableError as error:
            _log.warning("ProjectX gave no new token for the old one", why=str(error))
            return None
        return found if found is not None and found.text != token else None

    def _validated(self, token: str) -> _Token | None:
        """Return a new token for one that is still good; None where it is not."""
        said, answer = self._ask(refusals.VALIDATE, {}, token)
        found = text_or_none(said, "newToken") if isinstance(said, dict) else None
        return self._token(found, answer) if found is not None else None

    def _logged_in(self) -> _Token:
        if self._refused is not None and abs(self._clock.now() - self._refused[1]) < _AGAIN:
            # What was refused just now is not asked for with every request.
            raise LoginRefusedError(str(self._refused[0]))
        said, answer = self._ask(refusals.LOGIN, {"userName": self._login.user, "apiKey": self._login.key}, None)
        found = text_or_none(said, "token") if isinstance(said, dict) else None
        if isinstance(said, Refused):
            self._refused = LoginRefusedError(f"the login at ProjectX failed: {said.sentence}"), self._clock.now()
            raise self._refused[0]
        if found is None:
            raise UnreachableError("the login at ProjectX failed: it gave no token")
        self._refused = None
        return self._token(found, answer)

    def _ask(self, endpoint: Endpoint, body: Body, token: str | None) -> tuple[Raw | Refused | None, Answer]:
        """Return what is said to a login; None where the token is not good any more."""
        self._pace.take(Lane.EXIT)
        answer = self._wire.send(endpoint.path, body, token, UnreachableError)
        try:
            return outcome(endpoint, answer, UnreachableError), answer
        except UnauthorizedError:
            return None, answer
        except MalformedError as error:
            # Whoever answers here is not the Gateway, and says nothing of the key.
            raise UnreachableError(f"the login at ProjectX failed: {error}") from error

    def _token(self, text: str, answer: Answer) -> _Token:
        """Count a token's life from when it came, by our own clock: what the Gateway's says need not agree with it."""
        now, life = self._clock.now(), life_of(text, answer.date)
        return _Token(text=text, renew_at=now + life - min(_EARLY, life / 4), ends=now + life)


def life_of(token: str, date: datetime | None) -> timedelta:
    """Return how long a token lives that came at *date*, by the Gateway's clock; a day where it does not tell."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        ends = claims["exp"]
        issued = claims.get("iat", date.timestamp() if date is not None else None)
        life = timedelta(seconds=ends - issued)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, binascii.Error):
        return _LIFE
    return life if timedelta(0) < life <= _LIFE else _LIFE
