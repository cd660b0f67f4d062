"""Know when one contract month gives way to the next, as far as a calendar can tell.

Which month is the active one is the venue's own decision, and is seen only once it has changed. What is expected before
is a rule of thumb: equity index futures on the Monday before the third Friday of their month, when most of the trade
moves on. Of other products nobody here knows a rule; a month that the venue lists with its end is expected to give way
some days before it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import MONTH_LETTERS, Instrument
from tradecore.domain.values import evolve

_EQUITY_INDICES: Final = frozenset({"ES", "MES", "NQ", "MNQ", "RTY", "M2K", "YM", "MYM"})
_THIRD_FRIDAY_FIRST: Final = 15
_FRIDAY: Final = 4
_BEFORE_ITS_END: Final = timedelta(days=4)
# What is long delivered holds nothing any more.
_FORGOTTEN_AFTER: Final = timedelta(days=120)


def delivery(symbol: Symbol) -> date | None:
    """Return the first day of the delivery month of ``MESZ2026``; None for what is no month of a known year."""
    letter, year = symbol[-5:-4], symbol[-4:]
    if len(letter) != 1 or letter not in MONTH_LETTERS or not year.isdecimal() or not year.startswith("20"):
        return None
    return date(int(year), MONTH_LETTERS.index(letter) + 1, 1)


def expected_roll(instrument: Instrument) -> date | None:
    """Return the day on which an active month is expected to give way; None where no rule is known."""
    month = delivery(instrument.symbol)
    if month is not None and instrument.root in _EQUITY_INDICES:
        middle = month.replace(day=_THIRD_FRIDAY_FIRST)
        return middle + timedelta(days=(_FRIDAY - middle.weekday()) % 7) - timedelta(days=4)
    return instrument.expires - _BEFORE_ITS_END if instrument.expires is not None else None


def with_past(listed: tuple[Instrument, ...], before: Iterable[Instrument], today: date) -> tuple[Instrument, ...]:
    """Return what a venue lists now with the months of *before* that it has dropped, none of them active.

    What is held in one of them must be seen at its worth, and closed.
    """
    there = {one.symbol for one in listed}
    past = (one for one in before if one.symbol not in there and not _is_forgotten(one, today))
    return (*listed, *(evolve(one, active=False, tradable=False) for one in past))


def rolled(listed: Iterable[Instrument], before: Iterable[Instrument]) -> Iterator[tuple[Symbol, Symbol]]:
    """Yield the active months that have given way, each with the one that is active now."""
    now = {one.root: one.symbol for one in listed if one.active and one.root != one.symbol}
    for one in before:
        if one.active and one.root in now and now[one.root] != one.symbol:
            yield one.symbol, now[one.root]


def _is_forgotten(instrument: Instrument, today: date) -> bool:
    month = delivery(instrument.symbol)
    return month is not None and today > month + _FORGOTTEN_AFTER
