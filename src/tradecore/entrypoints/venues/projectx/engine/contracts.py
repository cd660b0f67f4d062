"""Know the contracts: each product in its months, one of which is the active one."""

import calendar
from datetime import date
from typing import Final, final

from attrs import frozen

from tradecore.entrypoints.venues.projectx.engine.products import PRODUCTS, Product

_CODES: Final = "FGHJKMNQUVXZ"
# When an active month gives way is the platform's own decision; a switch rolls it earlier.
_LAST_DAY: Final = 10
_FOUND_MAX: Final = 20
_LATER: Final = 4


@frozen
class Contract:
    """One month of a product; `year` and `month` are those of its id."""

    product: Product
    year: int
    month: int

    @property
    def id(self) -> str:
        return f"CON.F.US.{self.product.root}.{_CODES[self.month - 1]}{self.year % 100:02}"

    @property
    def symbol_id(self) -> str:
        return f"F.US.{self.product.root}"

    @property
    def name(self) -> str:
        """As the exchange writes it: with one digit of the year of delivery."""
        year, month = self._delivery
        return f"{self.product.symbol}{_CODES[month - 1]}{year % 10}"

    @property
    def display_name(self) -> str:
        year, month = self._delivery
        return f"{self.product.symbol}{_CODES[month - 1]}{year % 100:02}"

    @property
    def description(self) -> str:
        year, month = self._delivery
        return f"{self.product.title}: {calendar.month_name[month]} {year}"

    @property
    def _delivery(self) -> tuple[int, int]:
        return _months_later(self.year, self.month, self.product.lead)


@final
class Listing:
    """Every contract from one that has expired on, by its id."""

    def __init__(self, today: date) -> None:
        self._series = {product.root: _series(product, today) for product in PRODUCTS}
        self._fronts = dict.fromkeys(self._series, 1)
        self._by_id = {one.id: one for series in self._series.values() for one in series}

    def find(self, contract_id: str) -> Contract | None:
        """Return the contract under an id."""
        return self._by_id.get(contract_id)

    def active(self) -> tuple[Contract, ...]:
        """Return the active month of each product."""
        return tuple(series[self._fronts[root]] for root, series in self._series.items())

    def is_active(self, contract: Contract) -> bool:
        """Tell whether this is the active month of its product."""
        return self._series[contract.product.root][self._fronts[contract.product.root]] == contract

    def named(self, name: str) -> Contract | None:
        """Return the contract under an id, or the active month of a product by its symbol."""
        return self.find(name) or next((one for one in self.active() if one.product.symbol == name), None)

    def search(self, text: str) -> tuple[Contract, ...]:
        """Return the active months with *text* in their id, name or description, 20 at most."""
        wanted = text.casefold()
        found = (one for one in self.active() if wanted in f"{one.id}\n{one.name}\n{one.description}".casefold())
        return tuple(found)[:_FOUND_MAX]

    def roll(self, root: str) -> bool:
        """Make the next month of a product the active one; tell whether there is one."""
        following = self._fronts[root] + 1
        if following >= len(self._series[root]):
            return False
        self._fronts[root] = following
        return True


def _series(product: Product, today: date) -> tuple[Contract, ...]:
    """Return the contract that expired last, the active one, and those that follow."""
    earliest = _months_later(today.year, today.month, -12)
    every = (_months_later(*earliest, number) for number in range(12 * 3))
    months = [(year, month) for year, month in every if _CODES[month - 1] in product.months]
    front = next(index for index, (year, month) in enumerate(months) if date(year, month, _LAST_DAY) >= today)
    return tuple(Contract(product, year, month) for year, month in months[front - 1 : front + _LATER])


def _months_later(year: int, month: int, number: int) -> tuple[int, int]:
    years, index = divmod(month - 1 + number, 12)
    return year + years, index + 1
