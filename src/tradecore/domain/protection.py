"""Say where a stop and a target stand, from where the entry was."""

from decimal import ROUND_CEILING, ROUND_HALF_DOWN, Decimal
from enum import Enum
from typing import Final

from attrs import Attribute, field, frozen

from tradecore.domain.instruments import Instrument
from tradecore.domain.money import HUNDRED, ONE, ZERO, plain

_HALF: Final = Decimal("0.5")


class DistanceUnit(Enum):
    """What a distance from the entry counts. In dollars per position, it is the nearer the more is held."""

    TICKS = "ticks"
    PERCENT = "percent"
    DOLLARS = "dollars per unit"
    POSITION_DOLLARS = "dollars per position"


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

    @property
    def needs_size(self) -> bool:
        """Whether it depends on how much is held."""
        return self.unit is DistanceUnit.POSITION_DOLLARS

    def in_price(self, entry: Decimal, instrument: Instrument, quantity: Decimal = ONE) -> Decimal:
        """Return the distance in price, for an entry at price *entry* that makes a position of *quantity* units."""
        match self.unit:
            case DistanceUnit.TICKS:
                return self.amount * instrument.tick_size
            case DistanceUnit.PERCENT:
                return entry * self.amount / HUNDRED
            case DistanceUnit.DOLLARS:
                return self.amount / instrument.point_value
            case DistanceUnit.POSITION_DOLLARS:
                # To the nearest tick, as the futures bot counts; halfway, to the nearer one.
                ticks = self.amount / (instrument.tick_value * quantity)
                return ticks.to_integral_value(rounding=ROUND_HALF_DOWN) * instrument.tick_size


def is_out_of_reach(below: Distance) -> bool:
    """Tell whether a price so far *below* the entry is zero or less: the market never comes there."""
    return below.unit is DistanceUnit.PERCENT and below.amount >= HUNDRED


def _check_stop(_protection: "Protection", _field: "Attribute[Distance | None]", stop: Distance | None) -> None:
    if stop is not None and is_out_of_reach(stop):
        message = f"a stop {plain(stop.amount)} % away protects nothing: it must be less than 100 %"
        raise ValueError(message)


@frozen(kw_only=True)
class Protection:
    """What a bot asks for to protect its position: a stop, a target, both or neither.

    `stop_min` is how near a stop in dollars per position may come: so much is traded at most that it comes no nearer.
    """

    stop: Distance | None = field(default=None, validator=_check_stop)
    target: Distance | None = None
    stop_min: Distance | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse a smallest distance that no size could keep."""
        if self.stop_min is None:
            return
        if self.stop is None or not self.stop.needs_size or self.stop_min.needs_size:
            message = "a smallest stop distance goes with a stop in dollars per position, and has another unit itself"
            raise ValueError(message)

    @property
    def is_asked_for(self) -> bool:
        """Whether there is to be a stop or a target."""
        return self.stop is not None or self.target is not None

    def quantity_max(self, entry: Decimal, instrument: Instrument) -> Decimal | None:
        """Return how many units may be held at most so that the stop comes not too near; None for any number."""
        if self.stop is None or self.stop_min is None:
            return None
        least = self.stop_min.in_price(entry, instrument) / instrument.tick_size
        ticks = max(ONE, least.to_integral_value(rounding=ROUND_CEILING))
        if ticks == ONE:
            return None  # No stop is ever nearer than that.
        # Where it would be just so many, the stop is rounded to one tick less.
        beyond = self.stop.amount / (instrument.tick_value * (ticks - _HALF))
        most = instrument.lots(beyond, long=True)
        return most if most < beyond else most - instrument.lot_step

    def stop_at(
        self, entry: Decimal, instrument: Instrument, *, long: bool, quantity: Decimal | None = None
    ) -> Decimal | None:
        """Return the stop's price on the grid for an entry at *entry*, or None where none is asked for.

        *quantity* is what is held then, in positive units; without it there is no stop that depends on it.
        """
        if self.stop is None or (self.stop.needs_size and quantity is None):
            return None
        # One tick at least, so that rounding never puts the stop on the entry itself.
        distance = max(self.stop.in_price(entry, instrument, quantity or ONE), instrument.tick_size)
        price = instrument.stop_price(entry - distance if long else entry + distance, long=long)
        return max(price, instrument.tick_size)

    def target_at(
        self, entry: Decimal, instrument: Instrument, *, long: bool, quantity: Decimal | None = None
    ) -> Decimal | None:
        """Return the target's price on the grid for an entry at *entry*, as `stop_at` does the stop's.

        A short has none where no price comes either; for a long, 100 % and more are a price like any other.
        """
        if self.target is None or (self.target.needs_size and quantity is None):
            return None
        if not long and is_out_of_reach(self.target):
            return None
        distance = max(self.target.in_price(entry, instrument, quantity or ONE), instrument.tick_size)
        price = instrument.target_price(entry + distance if long else entry - distance, long=long)
        return max(price, instrument.tick_size)
