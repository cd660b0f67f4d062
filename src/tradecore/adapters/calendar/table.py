"""Read the days on which an exchange keeps other hours than usual.

Such a table is a CSV file of four columns, ``what,day,closes,note``, sorted by day. Its first row says from
which day it is good, its last row until when, so that a file that was cut short cannot pass for a whole one::

    first,2024-01-01,,
    closed,2024-01-01,,New Year's Day
    early,2024-07-03,13:00,Independence Day eve
    last,2030-12-31,,

A line that begins with # is for people.
"""

import csv
from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType

from attrs import frozen

from tradecore.domain.errors import ProgrammingError


@frozen(kw_only=True)
class OddDay:
    """A day that is not regular; `closes` is None where the exchange stays shut."""

    closes: time | None
    note: str


@frozen(kw_only=True)
class Table:
    """The odd days from `first` to `last`; of any other day between them it is known that it is regular."""

    first: date
    last: date
    odd_days: Mapping[date, OddDay] = MappingProxyType({})

    def __contains__(self, day: date) -> bool:
        """Tell whether the hours of *day* are known."""
        return self.first <= day <= self.last


def read_table(text: str) -> Table:
    """Read a table; `ProgrammingError` where it is not whole, for it is part of this package."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    try:
        rows = [(row["what"], date.fromisoformat(row["day"]), row) for row in csv.DictReader(lines)]
        (opening, first, _), *between, (ending, last, _) = rows
        odd_days = {day: _odd_day(what, row) for what, day, row in between}
    except (KeyError, TypeError, ValueError) as error:
        message = f"the table of exchange holidays cannot be read: {error!r}"
        raise ProgrammingError(message) from error
    days = [day for _, day, _ in between]
    if (opening, ending) != ("first", "last") or days != sorted(odd_days):
        message = f"the table of exchange holidays from {first} to {last} is not whole, or not in order"
        raise ProgrammingError(message)
    if days and not first <= days[0] <= days[-1] <= last:
        message = f"the table of exchange holidays is good from {first} to {last}, but it goes beyond"
        raise ProgrammingError(message)
    return Table(first=first, last=last, odd_days=MappingProxyType(odd_days))


def _odd_day(what: str, row: Mapping[str, str]) -> OddDay:
    match what:
        case "closed":
            return OddDay(closes=None, note=row["note"])
        case "early":
            return OddDay(closes=time.fromisoformat(row["closes"]), note=row["note"])
        case _:
            message = f"a day is closed or early, not {what!r}"
            raise ValueError(message)
