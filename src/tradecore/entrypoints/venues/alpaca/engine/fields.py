"""Read the fields of a request as leniently as Alpaca does: numbers and strings alike, null as if it were not there."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeVar

CLIENT_ORDER_ID_MAX: Final = 128

_Word = TypeVar("_Word", bound=StrEnum)
_DIGITS_MAX: Final = 15  # before the point, or noughts after it
_TRUE: Final = frozenset({"true", "1"})


class FieldError(ValueError):
    """A field that cannot be read; its text is the message that Alpaca would send."""


def number(body: Mapping[str, Any], name: str) -> Decimal | None:
    """Return a number, as JSON number or string; it must be more than zero."""
    given = body.get(name)
    if given is None or given == "":
        return None
    if isinstance(given, bool) or not isinstance(given, str | int | Decimal):
        raise FieldError(f"invalid {name}")
    try:
        read = Decimal(given)
    except InvalidOperation as error:
        raise FieldError(f"invalid {name}") from error
    if not read.is_finite() or read.adjusted() >= _DIGITS_MAX or read.adjusted() < -_DIGITS_MAX:
        raise FieldError(f"invalid {name}")
    if read <= 0:
        raise FieldError(f"{name} must be > 0")
    return read


def word(body: Mapping[str, Any], name: str, words: type[_Word], message: str) -> _Word:
    """Return one of *words*."""
    try:
        return words(str(body.get(name) or ""))
    except ValueError as error:
        raise FieldError(message) from error


def flag(body: Mapping[str, Any], name: str) -> bool:
    """Return a yes or no; nothing is no."""
    given = body.get(name)
    return given is True or str(given).lower() in _TRUE


def text(body: Mapping[str, Any], name: str) -> str | None:
    """Return a text, or None where it is empty."""
    given = body.get(name)
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        raise FieldError(f"invalid {name}")
    return given


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object within the request; nothing is an empty one."""
    given = body.get(name)
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise FieldError(f"invalid {name}")
    return given


def client_order_id(body: Mapping[str, Any]) -> str | None:
    """Return the caller's id for an order, or None where the exchange is to make one."""
    given = text(body, "client_order_id")
    if given is not None and len(given) > CLIENT_ORDER_ID_MAX:
        raise FieldError(f"client_order_id must be no more than {CLIENT_ORDER_ID_MAX} characters")
    return given
