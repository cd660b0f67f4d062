"""Count the contracts of all products together, in minis, and say how many more an account may come to hold.

What counts is how far a position can come, and not only where it is: whichever shares are closed first, and whatever is
about to open fills, the net of an instrument stays between its shorts and its longs.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument, Kind
from tradecore.domain.money import ONE, ZERO

# Ten of these are one mini. What is not named counts as a whole one: better too much than too little.
MICROS: Final = frozenset({"MES", "MNQ", "M2K", "MYM", "MCL", "MNG", "MGC", "MHG", "M6A", "M6B", "M6E"})
MICRO: Final = Decimal("0.1")


def _capital(root: str) -> str:
    return root.upper()


@frozen(kw_only=True)
class ContractWeight:
    """What one contract of a product counts, in minis."""

    root: str = field(converter=_capital)
    minis: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse a product that would count nothing."""
        if self.minis <= ZERO or not self.root:
            message = f"{self.root or 'a product'} must count more than nothing, not {self.minis}"
            raise ValueError(message)


@frozen(kw_only=True)
class ScalingStep:
    """How many minis may be held with more than `profit`, in money, at the end of the last day."""

    profit: Decimal
    minis: Decimal


@frozen(kw_only=True)
class ContractLimit:
    """How many contracts an account may hold, long and short added up over all products, in minis.

    `weights` are for products that count otherwise than a mini or a micro. `scaling` are the steps of a scaling plan,
    which only lowers `minis`; the first step holds for whoever has reached none.
    """

    minis: Decimal
    weights: tuple[ContractWeight, ...] = ()
    scaling: tuple[ScalingStep, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a ceiling of nothing, and a plan that does not rise."""
        if self.minis <= ZERO or any(step.minis <= ZERO for step in self.scaling):
            message = "an account may hold more than 0 contracts, or its limit is none"
            raise ValueError(message)
        profits = [step.profit for step in self.scaling]
        if profits != sorted(set(profits)):
            message = "the steps of a scaling plan begin at rising profits"
            raise ValueError(message)

    def weight(self, instrument: Instrument | None) -> Decimal:
        """Return what one unit counts, in minis; shares and coins are no contracts, what nobody lists counts whole."""
        if instrument is None:
            return ONE
        if instrument.kind is not Kind.FUTURE:
            return ZERO
        own = {one.root: one.minis for one in self.weights}
        return own.get(instrument.root, MICRO if instrument.root in MICROS else ONE)

    def level(self, profit: Decimal | None) -> Decimal | None:
        """Return the minis of the scaling step for a *profit* at the last day's end, None where nobody knows it."""
        if not self.scaling:
            return None
        reached = [step for step in self.scaling if profit is not None and profit > step.profit]
        return (reached or self.scaling)[-1 if reached else 0].minis

    def ceiling(self, profit: Decimal | None) -> Decimal:
        """Return how many minis may be held today."""
        level = self.level(profit)
        return self.minis if level is None else min(self.minis, level)


@frozen(kw_only=True)
class Reach:
    """How far a position can come: positive units on either side."""

    longs: Decimal = ZERO
    shorts: Decimal = ZERO

    @property
    def most(self) -> Decimal:
        """The largest position it can come to."""
        return max(self.longs, self.shorts)


def reach_of(parts: Iterable[Decimal]) -> Reach:
    """Return how far signed *parts* can come that are closed, or fill, each by itself."""
    held = tuple(parts)
    return Reach(
        longs=sum((one for one in held if one > ZERO), ZERO),
        shorts=-sum((one for one in held if one < ZERO), ZERO),
    )


def room_for(ceiling: Decimal, *, elsewhere: Decimal, here: Reach, weight: Decimal, long: bool) -> Decimal:
    """Return how many more units may be opened *here*, beside what counts *elsewhere*; both ceilings in minis."""
    units = (ceiling - elsewhere) / weight
    return max(ZERO, units - (here.longs if long else here.shorts)) if here.most <= units else ZERO


def minis_in(parts: Iterable[tuple[Symbol, Decimal, Decimal]]) -> Decimal:
    """Add up parts of positions, each its instrument's symbol, signed units, and what one of them counts in minis."""
    units: dict[Symbol, list[Decimal]] = {}
    weights: dict[Symbol, Decimal] = {}
    for symbol, quantity, weight in parts:
        units.setdefault(symbol, []).append(quantity)
        weights[symbol] = weight
    return sum((reach_of(held).most * weights[symbol] for symbol, held in units.items()), ZERO)
