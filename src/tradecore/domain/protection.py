"""Say where a stop and a target stand, from where the entry was."""

from decimal import Decimal
from enum import Enum

from attrs import Attribute, field, frozen

from tradecore.domain.instruments import Instrument
from tradecore.domain.money import HUNDRED, ZERO, plain


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


def is_out_of_reach(below: Distance) -> bool:
    """Tell whether a price so far *below* the entry is zero or less: the market never comes there."""
    return below.unit is DistanceUnit.PERCENT and below.amount >= HUNDRED


def _check_stop(_protection: "Protection", _field: "Attribute[Distance | None]", stop: Distance | None) -> None:
    if stop is not None and is_out_of_reach(stop):
        message = f"a stop {plain(stop.amount)} % away protects nothing: it must be less than 100 %"
        raise ValueError(message)


@frozen(kw_only=True)
class Protection:
    """What a bot asks for to protect its position: a stop, a target, both or neither."""

    stop: Distance | None = field(default=None, validator=_check_stop)
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
        """Return the target's price on the grid for an entry at *entry*, or None where none is asked for.

        A short has none where no price comes either; for a long, 100 % and more are a price like any other.
        """
        if self.target is None or (not long and is_out_of_reach(self.target)):
            return None
        distance = max(self.target.in_price(entry, instrument), instrument.tick_size)
        price = instrument.target_price(entry + distance if long else entry - distance, long=long)
        return max(price, instrument.tick_size)
