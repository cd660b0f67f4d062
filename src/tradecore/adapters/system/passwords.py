"""Hash passwords with Argon2id."""

from typing import final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tradecore.ports.passwords import Passwords


@final
class Argon2Passwords(Passwords):
    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def match(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (InvalidHashError, VerificationError):
            return False
