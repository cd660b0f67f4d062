"""Make ids that sort by the time of their making, and secrets.

An id is 26 characters of Crockford's base 32: ten of them milliseconds, sixteen of them chance.
"""

import secrets
from threading import Lock
from typing import Final, final

from tradecore.ports.system import Clock, Mint

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_CHARACTERS: Final = 26
_CHANCE_BITS: Final = 80
_SECRET_BYTES: Final = 32


@final
class SystemMint(Mint):
    """A mint whose ids rise even within a millisecond, and when the clock steps back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._last = 0

    def new(self) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        # One bit less than there is room for, so that counting on never spills into the milliseconds.
        fresh = (milliseconds << _CHANCE_BITS) | secrets.randbits(_CHANCE_BITS - 1)
        with self._lock:
            self._last = max(fresh, self._last + 1)
            return _written(self._last)

    def secret(self) -> str:
        return secrets.token_urlsafe(_SECRET_BYTES)


def _written(number: int) -> str:
    characters = []
    for _ in range(_ID_CHARACTERS):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
