"""Read the body of a request, as ASP.NET binds it: what is not known is ignored, what is missing is a problem."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar, final

from flask import request

from tradecore.domain.money import exact

_T = TypeVar("_T")

_INT_MAX: Final = 2**63


class ProblemError(Exception):
    """A body that is no such request; `field` is where it is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@final
class Body:
    """An object of JSON. Each reader returns None where the field is missing or null, unless it is required."""

    def __init__(self, value: Any, path: str = "") -> None:  # noqa: ANN401 - what a client sent
        if not isinstance(value, dict):
            raise ProblemError(path or "$", "The JSON value could not be converted.")
        # As ASP.NET does it, whatever the case of the names.
        self._value = {str(name).casefold(): field for name, field in value.items()}
        self._path = path

    def whole(self, name: str) -> int | None:
        return self._field(name, _whole)

    def number(self, name: str) -> Decimal | None:
        return self._field(name, _number)

    def text(self, name: str) -> str | None:
        return self._field(name, _text)

    def flag(self, name: str) -> bool | None:
        return self._field(name, _flag)

    def moment(self, name: str) -> datetime | None:
        return self._field(name, _moment)

    def wholes(self, name: str) -> tuple[int, ...] | None:
        return self._field(name, lambda value: tuple(_whole(each) for each in value))

    def part(self, name: str) -> "Body | None":
        """Return an object within this one."""
        value = self._value.get(name.casefold())
        return None if value is None else Body(value, f"{self._path}{name}.")

    def need(self, read: Callable[[str], _T | None], name: str) -> _T:
        """Return what *read* finds under a name that is required."""
        value = read(name)
        if value is None:
            raise ProblemError(f"{self._path}{name}", f"The {name} field is required.")
        return value

    def _field(self, name: str, read: Callable[[Any], _T]) -> _T | None:
        value = self._value.get(name.casefold())
        if value is None:
            return None
        try:
            return read(value)
        except (ValueError, TypeError) as error:
            raise ProblemError(f"{self._path}{name}", "The JSON value could not be converted.") from error


def body() -> Body:
    """Return what was sent."""
    try:
        return Body(json.loads(request.get_data(), parse_float=exact, parse_constant=_no_number))
    except ValueError as error:
        raise ProblemError("$", "The input is not valid JSON.") from error


def _no_number(text: str) -> Decimal:
    message = f"{text} is no number"
    raise ValueError(message)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _INT_MAX:
        raise TypeError
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError
    return exact(value) if isinstance(value, int) else value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _moment(value: object) -> datetime:
    read = datetime.fromisoformat(_text(value))
    return read if read.tzinfo else read.replace(tzinfo=UTC)
