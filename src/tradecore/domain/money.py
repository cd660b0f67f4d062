"""Hold money, prices and quantities exactly.

Everything is `Decimal`; a number that cannot be held exactly is refused where it enters.
"""

import re
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
HUNDRED: Final = Decimal(100)
CENT: Final = Decimal("0.01")

# Beyond these no market quotes; "1e999999" is a finite Decimal, and would eat the memory of the first sum.
_EXPONENT_MAX: Final = 15
_DIGITS_MAX: Final = 28
_PLACES_MAX: Final = 12
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")


def exact(text: str | int) -> Decimal:
    """Read *text* as a plain number; `ValueError` says what is wrong with it.

    Numbers with more than 15 digits before or 12 after the point, and NaN or infinity, are refused.
    """
    # Decimal itself takes "1_000", digits of other scripts, and NaN.
    if not _NUMBER.fullmatch(str(text).strip()):
        message = f"{text!r} is not a number that can be traded"
        raise ValueError(message)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        message = f"{text!r} has more digits than any market uses"
        raise ValueError(message) from error
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if number.adjusted() >= _EXPONENT_MAX or -exponent > _PLACES_MAX or len(digits) > _DIGITS_MAX:
        message = f"{text!r} has more digits than any market uses"
        raise ValueError(message)
    return number


def plain(number: Decimal) -> str:
    """Write *number* without an exponent and without trailing zeros: ``10``, ``0.25``, ``-3``."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def money(amount: Decimal) -> str:
    """Write *amount* of money as a person reads it, to the cent, half a cent to the even one: ``1,234.50``."""
    return format(amount, ",.2f")


def down_to(number: Decimal, step: Decimal) -> Decimal:
    """Return the multiple of *step* next to *number* on the side of zero; never more than *number*."""
    return (number / step).to_integral_value(rounding=ROUND_DOWN) * step


def floor_to(number: Decimal, step: Decimal) -> Decimal:
    """Return the greatest multiple of *step* that is not above *number*."""
    return (number / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to(number: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of *step* that is not below *number*."""
    return (number / step).to_integral_value(rounding=ROUND_CEILING) * step


def is_multiple(number: Decimal, step: Decimal) -> bool:
    """Tell whether *number* lies on the grid of *step*."""
    return number % step == 0


def sign(number: Decimal) -> int:
    """Return 1, 0 or -1."""
    return (number > 0) - (number < 0)
