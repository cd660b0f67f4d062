"""Hash passwords with Argon2id."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import BoundedSemaphore
from typing import Final, final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from tradecore.domain.errors import UnreachableError
from tradecore.ports.passwords import Passwords

# One lane and one at a time: guesses may take one core and 64 MiB, and leave the rest to trading.
_LANES: Final = 1
_WAITING_MAX: Final = 8
# A hash of the same cost that no password is known for.
_NOBODYS: Final = "$argon2id$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@final
class Argon2Passwords(Passwords):
    def __init__(self) -> None:
        self._hasher = PasswordHasher(parallelism=_LANES)
        self._room = BoundedSemaphore(_WAITING_MAX)
        self._turn = BoundedSemaphore(1)

    def hash(self, password: str) -> str:
        with self._taken():
            return self._hasher.hash(password)

    def match(self, password: str, hashed: str) -> bool:
        with self._taken():
            try:
                return self._hasher.verify(hashed, password)
            except VerifyMismatchError:
                return False
            except (InvalidHashError, VerificationError):
                with suppress(VerificationError):
                    self._hasher.verify(_NOBODYS, password)
                return False

    @contextmanager
    def _taken(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise UnreachableError("too many passwords are being checked at once")
        try:
            with self._turn:
                yield
        finally:
            self._room.release()
