"""Issue JSON Web Tokens, and know them again.

They are signed by a secret of this process, in a few lines: enough for an exchange that guards nothing.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, final

from tradecore.ports.system import Clock, Mint

LIFE: Final = timedelta(hours=24)


@final
class Tokens:
    """All tokens that were issued. A new one ends no earlier one."""

    def __init__(self, clock: Clock, mint: Mint) -> None:
        self.life = LIFE
        self._clock = clock
        self._mint = mint
        self._secret = mint.secret().encode()
        self._lock = Lock()
        self._ends: dict[str, datetime] = {}

    def issue(self, user: str) -> str:
        """Return a new token for *user*."""
        now = self._clock.now()
        ends = now + self.life
        claims = {
            "sub": user, "jti": self._mint.new(), "iss": "tradecore", "aud": "tradecore",
            "iat": int(now.timestamp()), "exp": int(ends.timestamp()),
        }  # fmt: skip
        signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
        token = f"{signed}.{_text(hmac.digest(self._secret, signed.encode(), hashlib.sha256))}"
        with self._lock:
            self._ends[token] = ends
        return token

    def new_id(self) -> str:
        """Return an id for a connection."""
        return self._mint.new()

    def ends(self, token: str) -> datetime | None:
        """Return when a token that is good now ends; None for any other."""
        with self._lock:
            ends = self._ends.get(token)
        return ends if ends is not None and self._clock.now() < ends else None

    def revoke(self, token: str | None = None) -> None:
        """Let a token count no more; without one, all of them."""
        with self._lock:
            if token is None:
                self._ends.clear()
            else:
                self._ends.pop(token, None)


def bearer(header: str | None) -> str:
    """Return the token in an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _part(value: dict[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
