"""Encrypt with AES-256 in Galois/Counter Mode: what was changed, or stands in another place, does not open."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from typing import Final, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tradecore.domain.errors import SealedError
from tradecore.ports.vault import Seal

_FORM: Final = "v1"
_NONCE_BYTES: Final = 12
_NAME_CHARACTERS: Final = 8


@final
class AesSeal(Seal):
    """Seals with the first of *keys*, each 32 bytes in URL-safe base 64, and opens with any of them.

    A sealed text is the form's name, the key's name, and nonce and cipher text in base 64.
    """

    def __init__(self, keys: Iterable[str] = ()) -> None:
        raw = [base64.urlsafe_b64decode(key) for key in keys]
        self._keys = {_name_of(one): AESGCM(one) for one in raw}
        self._newest = next(iter(self._keys), None)

    def __repr__(self) -> str:
        return f"AesSeal({', '.join(self._keys) or 'without a key'})"

    def seal(self, text: str, place: str) -> str:
        if self._newest is None:
            raise SealedError("Nothing can be encrypted: set ENCRYPTION_KEY to what `tradecore keygen` prints.")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = f"{_FORM}.{self._newest}"
        cipher = self._keys[self._newest].encrypt(nonce, text.encode(), _bound_to(head, place))
        return f"{head}.{base64.urlsafe_b64encode(nonce + cipher).decode()}"

    def open(self, sealed: str, place: str) -> str:
        head, _, body = sealed.rpartition(".")
        form, _, name = head.partition(".")
        if form != _FORM:
            raise SealedError("What is stored was not encrypted by tradecore, or by a newer version of it.")
        if name not in self._keys:
            raise SealedError(
                f"What is stored was encrypted with the key {name}, which ENCRYPTION_KEY does not hold: "
                "add that key behind the others."
            )
        try:
            raw = _bytes_of(body)
            text = self._keys[name].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound_to(head, place))
        except (InvalidTag, ValueError) as error:
            raise SealedError(
                f"What is stored does not open with its key {name}: it was changed, or moved here from another row."
            ) from error
        return text.decode()

    def is_newest(self, sealed: str) -> bool:
        return sealed.startswith(f"{_FORM}.{self._newest}.")


def _name_of(key: bytes) -> str:
    """Return a name by which the key is found again, and that tells nothing of it."""
    return hashlib.sha256(b"the name of a key of tradecore: " + key).hexdigest()[:_NAME_CHARACTERS]


def _bound_to(head: str, place: str) -> bytes:
    return f"{head}|{place}".encode()


def _bytes_of(body: str) -> bytes:
    """Read base 64 strictly: other texts of the same bytes are changed ones."""
    raw = base64.urlsafe_b64decode(body)
    if base64.urlsafe_b64encode(raw).decode() != body:
        raise ValueError("it is not as it was written")
    return raw
