"""Hold what a price did over a while."""

from datetime import datetime
from decimal import Decimal

from attrs import asdict, evolve, frozen


@frozen(kw_only=True)
class Bar:
    """What a price did from `at` on; `paid` is the sum of price times volume."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    count: int
    paid: Decimal

    @property
    def average(self) -> Decimal:
        """The price per unit over all that was traded."""
        return self.paid / self.volume if self.volume else self.close

    def with_later(self, other: "Bar") -> "Bar":
        """Return one bar for both."""
        return evolve(
            self,
            high=max(self.high, other.high),
            low=min(self.low, other.low),
            close=other.close,
            volume=self.volume + other.volume,
            count=self.count + other.count,
            paid=self.paid + other.paid,
        )


@frozen(kw_only=True)
class Minute:
    """What a price did in the minute from `at` on."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    def bar(self) -> Bar:
        """Return it as the tape keeps it."""
        return Bar(**asdict(self), count=1, paid=self.close * self.volume)
