"""Describe what opens an account at its venue, and what the venue says of it."""

import re
from datetime import datetime
from enum import Enum
from typing import Final

from attrs import field, frozen

from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Venue

_SECRET: Final = re.compile(r"[!-~]{1,200}")


class KeyMode(Enum):
    """What is at stake where the keys open."""

    PAPER = "paper"  # play money
    LIVE = "live"  # real money


def _check_secret(_instance: object, attribute: object, value: str) -> None:
    if not _SECRET.fullmatch(value):
        # Never the value itself: it may be right but for a blank.
        name = str(getattr(attribute, "name", "")).replace("_", " ")
        message = f"the {name} must have 1 to 200 letters, digits and signs, without blanks"
        raise ValueError(message)


@frozen(kw_only=True)
class Credentials:
    """The keys of one account, in the open: only for the moment in which they are saved or a broker's client made."""

    key_id: str = field(repr=False, validator=_check_secret)
    secret: str = field(repr=False, validator=_check_secret)
    mode: KeyMode = KeyMode.PAPER


@frozen(kw_only=True)
class SealedCredentials:
    """The keys of one account as they are stored: `key_id` and `secret` are encrypted, and fit this row alone.

    `number` is what the venue calls the account.
    """

    account_id: AccountId
    venue: Venue
    mode: KeyMode
    number: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    saved_at: datetime


@frozen(kw_only=True)
class KeysConfirmed:
    """The venue knows the keys; `number` is what it calls the account."""

    number: str


@frozen(kw_only=True)
class KeysRefused:
    """The keys are not taken, and why, as a sentence without any part of them."""

    reason: str
