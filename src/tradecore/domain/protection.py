"""Say where a stop and a target stand, from where the entry was."""

from decimal import Decimal
from enum import Enum

from attrs import frozen

from tradecore.domain.instruments import Instrument
from tradecore.domain.money import HUNDRED, ZERO


class DistanceUnit(Enum):
    """What a distance from the entry counts."""

    TICKS = "ticks"
    PERCENT = "percent"
    DOLLARS = "dollars per unit"


@frozen
class Distance:
    """How far from the entry a protective price stands; always positive."""

    amount: Decimal
    unit: DistanceUnit

    def __attrs_post_init__(self) -> None:
        """Refuse a distance that would put the price on the wrong side of the entry."""
        if self.amount <= ZERO:
            message = f"a distance must be above zero, not {self.amount}"
            raise ValueError(message)

    def in_price(self, entry: Decimal, instrument: Instrument) -> Decimal:
        """Return the distance in price, for an entry at price *entry*."""
        match self.unit:
            case DistanceUnit.TICKS:
                return self.amount * instrument.tick_size
            case DistanceUnit.PERCENT:
                return entry * self.amount / HUNDRED
            case DistanceUnit.DOLLARS:
                return self.amount / instrument.point_value


@frozen(kw_only=True)
class Protection:
    """What a bot asks for to protect its position: a stop, a target, both or neither."""

    stop: Distance | None = None
    target: Distance | None = None

    def stop_at(self, entry: Decimal, instrument: Instrument, *, long: bool) -> Decimal | None:
        """Return the stop's price on the grid for an entry at *entry*, or None where none is asked for."""
        if self.stop is None:
            return None
        # One tick at least, so that rounding never puts the stop on the entry itself.
        distance = max(self.stop.in_price(entry, instrument), instrument.tick_size)
        price = instrument.stop_price(entry - distance if long else entry + distance, long=long)
        return max(price, instrument.tick_size)

    def target_at(self, entry: Decimal, instrument: Instrument, *, long: bool) -> Decimal | None:
        """Return the target's price on the grid for an entry at *entry*, or None where none is asked for."""
        if self.target is None:
            return None
        distance = max(self.target.in_price(entry, instrument), instrument.tick_size)
        price = instrument.target_price(entry + distance if long else entry - distance, long=long)
        return max(price, instrument.tick_size)
