"""Know callers by their token or by the installation's secret, and slow down those who guess."""

import hmac
from enum import Enum
from typing import Final

from attrs import field, frozen

from tradecore.domain.ids import AccountId, UserId
from tradecore.domain.parties import Power, Token, User, owner_among
from tradecore.entrypoints.alerts.addressing import Bearer
from tradecore.entrypoints.runtime.people import People
from tradecore.entrypoints.runtime.tokens import hash_of
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.lockout import Lockout
from tradecore.entrypoints.web.throttle import Throttle
from tradecore.entrypoints.web.viewer import Viewer
from tradecore.ports.directory import Directory
from tradecore.ports.system import Clock

# What was guessed at is told apart by its beginning, so that guesses at one token's rest count together.
_GUESS_CHARACTERS: Final = 8
COOKIE: Final = "__Host-tradecore"
PROOF_HEADER: Final = "X-CSRF-Token"
_CHALLENGE: Final = {"WWW-Authenticate": "Bearer"}


class Needs(Enum):
    """Who may call an address."""

    NOTHING = "anybody"
    SENDER = "a webhook token, or the installation's secret"
    READ = "a token to read, the installation's secret, or somebody who has signed in"
    API = "an API token, or somebody who has signed in"
    ACT = "an API token, the installation's secret, or somebody who has signed in"
    ADMIN = "an administrator's API token, or an administrator who has signed in"


@frozen(kw_only=True)
class Credential:
    """What a caller shows, where they came from, and whether it stood in the address or in a header."""

    text: str = field(repr=False)
    source: str
    in_header: bool = True


@frozen(kw_only=True)
class Cookie:
    """What a browser shows by itself, and the proof that a page of ours sent it, which no other page can know."""

    text: str = field(repr=False)
    proof: str = field(repr=False)


@frozen(kw_only=True)
class Doorkeeper:
    """Lets callers in. Raises `UnreachableError` as the directory does."""

    directory: Directory
    people: People
    clock: Clock
    throttle: Throttle = field(factory=Throttle)
    lockout: Lockout = field(factory=Lockout)
    secret: str | None = field(default=None, repr=False)
    default_account: AccountId | None = None

    def sender(self, shown: Credential | None, directory: Directory) -> Bearer:
        """Return who sends an alert, as far as *directory* knows; `ProblemError` where nobody may."""
        if shown is None:
            raise self._unknown(None, "Add the token to the address (?token=...), or the secret to the body.")
        if self._is_secret(shown.text):
            owner = self._owner(shown, directory)
            return Bearer(user_id=owner.id, default_account=self.default_account)
        token, user = self._holder(shown, directory)
        if token.power is not Power.SUBMIT:
            raise _too_weak(token, Power.SUBMIT)
        return Bearer(user_id=user.id, token=token, default_account=self.default_account)

    def viewer(self, shown: Credential | Cookie | None, needs: Needs, *, changes: bool = False) -> Viewer:
        """Return who looks, or with *changes* does something; `ProblemError` where they may not."""
        viewer = self._visitor(shown, changes=changes) if isinstance(shown, Cookie) else self._bearer(shown, needs)
        if needs is Needs.ADMIN and not viewer.sees_all:
            raise ProblemError(403, "forbidden", "Only an administrator may do that.")
        return viewer

    def _visitor(self, shown: Cookie, *, changes: bool) -> Viewer:
        """Return who has signed in; what changes something must come from a page of ours."""
        visit = self.people.signed_in(shown.text)
        if visit is None:
            raise self._unknown(None, "Sign in: the visit has ended.")
        if changes and not hmac.compare_digest(
            shown.proof.encode(errors="surrogatepass"), proof_of(shown.text).encode()
        ):
            sentence = f"Send the visit's csrf_token as {PROOF_HEADER}, so that no other page can do this in your name."
            raise ProblemError(403, "csrf", sentence)
        return Viewer(user=visit[1], token=None, sign_in=visit[0])

    def _bearer(self, shown: Credential | None, needs: Needs) -> Viewer:
        if shown is None:
            raise self._unknown(None, "Send an API token as Authorization: Bearer api_...")
        if needs in {Needs.READ, Needs.ACT} and shown.in_header and self._is_secret(shown.text):
            return Viewer(user=self._owner(shown, self.directory), token=None)
        if needs is not Needs.READ and not shown.in_header:
            raise self._unknown(None, "The API takes its token in the header alone: Authorization: Bearer api_...")
        token, user = self._holder(shown, self.directory)
        enough = {Power.READ, Power.API} if needs is Needs.READ else {Power.API}
        if token.power not in enough:
            raise _too_weak(token, Power.READ if needs is Needs.READ else Power.API)
        return Viewer(user=user, token=token)

    def _is_secret(self, text: str) -> bool:
        """Compare in constant time; a secret that is not set, or empty, is nobody's."""
        if not self.secret:
            return False
        shown, secret = (one.encode(errors="surrogatepass") for one in (text, self.secret))
        return hmac.compare_digest(shown, secret)

    def _owner(self, shown: Credential, directory: Directory) -> User:
        """Return the installation's owner: its first administrator."""
        owner = owner_among(directory.users())
        if owner is None:
            raise self._unknown(shown, "The installation has no owner yet.")
        return owner

    def _holder(self, shown: Credential, directory: Directory) -> tuple[Token, User]:
        token = directory.token(hash_of(shown.text)) if shown.text else None
        if token is not None and token.good(self.clock.now()):
            user = directory.user(UserId(token.user_id))
            if user is not None and user.active:
                return token, user
        raise self._unknown(shown, "The token or secret is wrong, revoked or expired.")

    def _unknown(self, shown: Credential | None, sentence: str) -> ProblemError:
        if shown is not None:
            wait = self.throttle.failed(shown.source, hash_of(shown.text[:_GUESS_CHARACTERS]), self.clock.now())
            if wait is not None:
                message = f"Too many wrong tokens: wait {wait} s before the next guess."
                return ProblemError(429, "too-many-guesses", message, headers={"Retry-After": str(wait)})
        return ProblemError(401, "unauthorised", sentence, headers=_CHALLENGE)


def proof_of(text: str) -> str:
    """Return what proves that a page of ours has sent the cookie *text*."""
    return hash_of(f"the proof of {text}")


def _too_weak(token: Token, needed: Power) -> ProblemError:
    message = f"This token lets its bearer {token.power.value}; it takes one to {needed.value}."
    return ProblemError(403, "token-power", message)
