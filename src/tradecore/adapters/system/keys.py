"""Make the key that broker credentials are encrypted with."""

import base64
import secrets
from typing import Final

_KEY_BYTES: Final = 32


def new_key() -> str:
    """Return a new ENCRYPTION_KEY: 32 bytes of chance, as base 64 fit for a URL."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
