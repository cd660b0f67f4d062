"""Make bearer tokens, and know them again by their hash."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from attrs import field, frozen

from tradecore.domain.ids import TokenId, UserId
from tradecore.domain.parties import Power, Token
from tradecore.ports.system import Mint

# What a token begins with says what it is for, to people and to those who scan for lost secrets.
PREFIXES: Final[Mapping[Power, str]] = MappingProxyType(
    {Power.SUBMIT: "usr_", Power.READ: "read_", Power.API: "api_"},
)


@frozen
class Issued:
    """A new token and its text, which nobody can find out again."""

    token: Token
    text: str = field(repr=False)


def hash_of(text: str) -> str:
    """Return what is stored of a token: it has 256 bits of chance, so that one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def new_text(mint: Mint, power: Power) -> str:
    """Return the text of a new token of *power*."""
    return PREFIXES[power] + mint.secret()


def issue(mint: Mint, *, user_id: UserId, power: Power, now: datetime, name: str = "", text: str = "") -> Issued:
    """Make a token that narrows nothing; `evolve` its `token` to narrow it, and keep that in the directory.

    *text* is one that `new_text` made before.
    """
    text = text or new_text(mint, power)
    token = Token(id=TokenId(mint.new()), user_id=user_id, hash=hash_of(text), power=power, created_at=now, name=name)
    return Issued(token, text)
