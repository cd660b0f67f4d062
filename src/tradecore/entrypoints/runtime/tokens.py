"""Make bearer tokens, and know them again by their hash."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from attrs import evolve, field, frozen

from tradecore.domain.ids import TokenId, UserId
from tradecore.domain.parties import Power, Token
from tradecore.ports.system import Mint

# What a token begins with says what it is for, to people and to those who scan for lost secrets.
PREFIXES: Final[Mapping[Power, str]] = MappingProxyType(
    {Power.SUBMIT: "usr_", Power.READ: "read_", Power.API: "api_"},
)

# How long a token is good beside the one that it was rotated to.
OVERLAP: Final = timedelta(days=1)


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


@frozen
class Rotated:
    """A token in the place of another one, and the other one as it is from now on. Keep both, the new one first."""

    new: Issued
    old: Token


def rotate(mint: Mint, old: Token, now: datetime, overlap: timedelta = OVERLAP) -> Rotated:
    """Make a token that may do what *old* may, for as long as that was made for; *old* ends after the *overlap*.

    `ValueError` where *old* opens nothing any more, or was rotated before.
    """
    if not old.good(now):
        raise ValueError("the token is revoked or expired already: make a new one")
    if old.replaced_by is not None:
        raise ValueError(f"the token was rotated already: rotate the newer one, {old.replaced_by}")
    issued = issue(mint, user_id=old.user_id, power=old.power, now=now, name=old.name)
    life = None if old.expires_at is None else now + (old.expires_at - old.created_at)
    new = evolve(old, id=issued.token.id, hash=issued.token.hash, created_at=now, expires_at=life)
    ends = now + overlap
    ended = evolve(old, expires_at=min(ends, old.expires_at or ends), replaced_by=new.id)
    return Rotated(Issued(new, issued.text), ended)
