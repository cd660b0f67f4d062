"""Keep the cash, the positions and the permissions of one account."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from attrs import Factory, define, frozen

from tradecore.domain.money import ZERO, sign

# As a fresh paper account says it.
CONFIGURATION: Final[Mapping[str, Any]] = MappingProxyType({
    "dtbp_check": None,
    "fractional_trading": True,
    "max_margin_multiplier": "4",
    "max_options_trading_level": None,
    "no_shorting": False,
    "pdt_check": None,
    "ptp_no_exception_entry": False,
    "suspend_trade": False,
    "trade_confirm_email": "all",
})  # fmt: skip


@frozen(kw_only=True)
class Holding:
    """A net position: signed quantity, and what it cost in money, with the same sign."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def average_price(self) -> Decimal:
        """The price per unit that it was bought or sold at; zero when flat."""
        return self.cost / self.quantity if self.quantity else ZERO

    def after(self, signed: Decimal, price: Decimal) -> "Holding":
        """Return what is held after a fill of *signed* units; one that reduces leaves the average as it is."""
        if sign(self.quantity) * sign(signed) >= 0:
            return Holding(quantity=self.quantity + signed, cost=self.cost + signed * price)
        left = self.quantity + signed
        if sign(left) == sign(self.quantity):
            return Holding(quantity=left, cost=self.cost * left / self.quantity)
        return Holding(quantity=left, cost=left * price)


@define(kw_only=True)
class Account:
    """One account. `last_equity` is what it was worth at the last close."""

    id: str
    number: str
    key_id: str
    secret_key: str
    created_at: datetime
    cash: Decimal
    last_equity: Decimal
    multiplier: Decimal = Decimal(2)
    shorting_enabled: bool = True
    trading_blocked: bool = False
    account_blocked: bool = False
    status: str = "ACTIVE"
    configuration: dict[str, Any] = Factory(lambda: dict(CONFIGURATION))
    holdings: dict[str, Holding] = Factory(dict)

    def holding(self, symbol: str) -> Holding:
        """Return what is held of *symbol*."""
        return self.holdings.get(symbol, Holding())

    def book(self, symbol: str, signed: Decimal, price: Decimal, fee: Decimal = ZERO) -> None:
        """Take a fill of *signed* units at *price*; *fee* is in units, and is taken from what was received."""
        self.cash -= signed * price
        after = self.holding(symbol).after(signed, price)
        if fee:
            after = Holding(quantity=after.quantity - fee, cost=after.cost)
        if after.quantity:
            self.holdings[symbol] = after
        else:
            self.holdings.pop(symbol, None)
