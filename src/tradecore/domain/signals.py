"""Say what an alert asks for, and what that means for what is held.

`INTENTIONS` is the signal state machine: the one table of requirements, and the docs' picture is drawn from it.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Final

from attrs import frozen

from tradecore.domain.ids import AlertId, Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.timeframes import Timeframe


class Signal(Enum):
    """What an alert asks for."""

    BUY = "BUY"
    SELL = "SELL"
    CLOSE = "CLOSE"
    FLAT = "FLAT"
    HOLD = "HOLD"

    @property
    def is_entry(self) -> bool:
        """Whether it may open something: all gates stand before it."""
        return self in _ENTRIES

    @property
    def is_exit(self) -> bool:
        """Whether it only closes: no gate stands before it."""
        return self in _EXITS


_ENTRIES: Final = (Signal.BUY, Signal.SELL)
_EXITS: Final = (Signal.CLOSE, Signal.FLAT)


class Direction(Enum):
    """Which way something is held."""

    LONG = "LONG"
    SHORT = "SHORT"
    FLAT = "FLAT"

    @classmethod
    def of(cls, quantity: Decimal) -> "Direction":
        """Return the direction of a signed *quantity*."""
        if quantity > 0:
            return cls.LONG
        return cls.SHORT if quantity < 0 else cls.FLAT


class Intention(Enum):
    """What a signal means for what is held now, with the words for it."""

    OPEN_LONG = "open long"
    OPEN_SHORT = "open short"
    REVERSE_TO_LONG = "close the short, wait for its fill, open long"
    REVERSE_TO_SHORT = "close the long, wait for its fill, open short"
    CLOSE = "close the bot's position"
    CLEAR = "cancel all working orders of the account in the instrument, and close every position in it"
    ALREADY_LONG = "skip: already long"
    ALREADY_SHORT = "skip: already short"
    NOTHING_TO_CLOSE = "skip: nothing to close"
    NOTHING = "skip: the alert says to hold"


_S, _D, _I = Signal, Direction, Intention

# "Held" is the bot's own share, for all but FLAT, which takes whatever the account holds in the instrument.
INTENTIONS: Final[Mapping[tuple[Signal, Direction], Intention]] = MappingProxyType({
    (_S.BUY, _D.LONG): _I.ALREADY_LONG,
    (_S.BUY, _D.SHORT): _I.REVERSE_TO_LONG,
    (_S.BUY, _D.FLAT): _I.OPEN_LONG,
    (_S.SELL, _D.LONG): _I.REVERSE_TO_SHORT,
    (_S.SELL, _D.SHORT): _I.ALREADY_SHORT,
    (_S.SELL, _D.FLAT): _I.OPEN_SHORT,
    (_S.CLOSE, _D.LONG): _I.CLOSE,
    (_S.CLOSE, _D.SHORT): _I.CLOSE,
    (_S.CLOSE, _D.FLAT): _I.NOTHING_TO_CLOSE,
    # FLAT while flat still cancels what rests: a working order would open a position later.
    (_S.FLAT, _D.LONG): _I.CLEAR,
    (_S.FLAT, _D.SHORT): _I.CLEAR,
    (_S.FLAT, _D.FLAT): _I.CLEAR,
    (_S.HOLD, _D.LONG): _I.NOTHING,
    (_S.HOLD, _D.SHORT): _I.NOTHING,
    (_S.HOLD, _D.FLAT): _I.NOTHING,
})  # fmt: skip


class SizeUnit(Enum):
    """What an alert's size counts."""

    UNITS = "units"
    DOLLARS = "dollars"
    PERCENT_OF_EQUITY = "percent of equity"
    RISK_DOLLARS = "dollars at risk"


@frozen(kw_only=True)
class Size:
    """How much an alert asks for. `stated` is False where the alert's form supplied it."""

    amount: Decimal
    unit: SizeUnit = SizeUnit.UNITS
    stated: bool = True

    def __attrs_post_init__(self) -> None:
        """Refuse a size that is not positive."""
        if self.amount <= ZERO:
            message = f"a size must be above zero, not {self.amount}"
            raise ValueError(message)


@frozen(kw_only=True)
class Strategy:
    """Where the strategy says it stands after the alert: direction and, where given, units."""

    direction: Direction
    quantity: Decimal | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a quantity that contradicts the direction: only flat holds nothing."""
        if self.quantity is not None and (
            self.quantity < ZERO or (self.direction is Direction.FLAT) == bool(self.quantity)
        ):
            message = f"a {self.direction.value} position of {self.quantity} cannot be"
            raise ValueError(message)


@frozen(kw_only=True)
class Alert:
    """An alert as it was read. `received_at` and `fired_at` are aware UTC; prices are per unit.

    `fired_at` is when TradingView says it fired, never the bar's opening; `symbol` is as the alert named it.
    """

    id: AlertId
    received_at: datetime
    signal: Signal
    symbol: Symbol
    timeframe: Timeframe | None = None
    size: Size | None = None
    price: Decimal | None = None
    fired_at: datetime | None = None
    strategy: Strategy | None = None
    comment: str = ""
