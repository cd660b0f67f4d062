"""Find how much to trade; whatever is found is rounded down, never up."""

from decimal import Decimal

from attrs import frozen

from tradecore.domain.instruments import Instrument, Kind
from tradecore.domain.money import HUNDRED, ZERO
from tradecore.domain.refusals import Refusal
from tradecore.domain.signals import Size, SizeUnit


def _check_positive(amount: Decimal, name: str) -> None:
    if amount <= ZERO:
        message = f"{name} must be above zero, not {amount}"
        raise ValueError(message)


@frozen
class Units:
    """A fixed number of shares or contracts."""

    quantity: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse nothing, and less."""
        _check_positive(self.quantity, "quantity")


@frozen
class Dollars:
    """As much as an amount of money buys at the last price."""

    amount: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse nothing, and less."""
        _check_positive(self.amount, "amount")


@frozen
class PercentOfEquity:
    """As much as a part of the account's equity buys at the last price."""

    percent: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse nothing, and less."""
        _check_positive(self.percent, "percent")


@frozen
class RiskDollars:
    """As much as loses no more than an amount of money when the stop is hit."""

    amount: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse nothing, and less."""
        _check_positive(self.amount, "amount")


@frozen
class RiskPercent:
    """As much as loses no more than a part of the account's equity when the stop is hit."""

    percent: Decimal

    def __attrs_post_init__(self) -> None:
        """Refuse nothing, and less."""
        _check_positive(self.percent, "percent")


Sizing = Units | Dollars | PercentOfEquity | RiskDollars | RiskPercent


def asked_for(size: Size | None, own: Sizing) -> Sizing:
    """Return how the entry is sized: by the alert where it states a size, else by the bot's *own* sizing."""
    if size is None or not size.stated:
        return own
    match size.unit:
        case SizeUnit.UNITS:
            return Units(size.amount)
        case SizeUnit.DOLLARS:
            return Dollars(size.amount)
        case SizeUnit.PERCENT_OF_EQUITY:
            return PercentOfEquity(size.amount)
        case SizeUnit.RISK_DOLLARS:
            return RiskDollars(size.amount)


def quantity_for(
    sizing: Sizing,
    instrument: Instrument,
    *,
    price: Decimal,
    stop_price: Decimal | None,
    equity: Decimal | None,
    long: bool,
) -> Decimal | Refusal:
    """Return the units to trade at *price*, on the instrument's lots, or why there are none.

    *price* and *stop_price* are per unit, *equity* in money; the last two may be None where nobody knows them.
    """
    if isinstance(sizing, Units):
        wanted = sizing.quantity
    else:
        amount = _money_for(sizing, equity)
        if isinstance(amount, Refusal):
            return amount
        per_unit = price
        if isinstance(sizing, RiskDollars | RiskPercent):
            if stop_price is None or stop_price == price:
                return Refusal.NO_STOP
            per_unit = abs(price - stop_price)
        wanted = amount / (per_unit * instrument.point_value)
    quantity = instrument.lots(max(ZERO, wanted), long=long)
    return quantity if quantity > ZERO else too_small(instrument, wanted)


def too_small(instrument: Instrument, wanted: Decimal) -> Refusal:
    """Return why nothing is left of *wanted* units: it is less than one where only whole ones are taken, or nothing."""
    less = instrument.fractionable and instrument.lots(max(ZERO, wanted), long=True) > ZERO
    return Refusal.LESS_THAN_A_SHARE if less and instrument.kind is Kind.EQUITY else Refusal.TOO_SMALL


def _money_for(
    sizing: Dollars | PercentOfEquity | RiskDollars | RiskPercent, equity: Decimal | None
) -> Decimal | Refusal:
    """Return the money to spend, or to risk."""
    if isinstance(sizing, Dollars | RiskDollars):
        return sizing.amount
    if equity is None:
        return Refusal.ACCOUNT_UNKNOWN_STATE
    return equity * sizing.percent / HUNDRED
