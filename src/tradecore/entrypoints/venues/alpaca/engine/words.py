"""Name what Alpaca names, in its own spelling."""

from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """What an order does. There is no side for selling short: a sell while flat is one."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class Type(StrEnum):
    """At which price an order trades."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class Tif(StrEnum):
    """How long an order works."""

    DAY = "day"
    GTC = "gtc"
    OPG = "opg"
    CLS = "cls"
    IOC = "ioc"
    FOK = "fok"


class OrderClass(StrEnum):
    """Whether an order comes alone; a simple one is written as an empty string."""

    SIMPLE = ""
    BRACKET = "bracket"
    OCO = "oco"
    OTO = "oto"


class AssetClass(StrEnum):
    """What sort of thing is traded."""

    US_EQUITY = "us_equity"
    CRYPTO = "crypto"


class Status(StrEnum):
    """Where an order stands. Alpaca knows more; these are the ones that the exchange produces."""

    PENDING_NEW = "pending_new"
    ACCEPTED = "accepted"  # queued, because the market is closed
    HELD = "held"  # a leg that waits for its parent, or a stop beside its target
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    REPLACED = "replaced"

    @property
    def is_over(self) -> bool:
        """Whether the order can do nothing any more."""
        return self in _OVER


_OVER: Final = frozenset({Status.FILLED, Status.CANCELED, Status.EXPIRED, Status.REJECTED, Status.REPLACED})


class Phase(StrEnum):
    """Which part of the trading day it is."""

    CLOSED = "closed"
    EXTENDED = "extended"  # before the opening, or after the close
    CORE = "core"
