"""Write answers as JSON: numbers as plain text, moments in UTC."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import Final, TypeAlias

from attrs import fields_dict, has
from flask import Response

from tradecore.domain.money import plain

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# Averages and rates never end by themselves.
_PLACES: Final = 10
_STEP: Final = Decimal(1).scaleb(-_PLACES)

# What every answer tells browsers: to do nothing with it but to show it.
HARDENING: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
)


def json_of(value: object) -> Json:
    """Return *value*, made of views and domain values, as what JSON knows."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return word_of(value)
        case str():
            return str(value)
        case Decimal():
            return number(value)
        case datetime():
            return moment(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return int(value.total_seconds())
        case Mapping():
            return {str(key): json_of(one) for key, one in value.items()}
        case frozenset():
            return sorted((json_of(one) for one in value), key=str)
        case tuple() | list():
            return [json_of(one) for one in value]
        case _ if has(type(value)):
            names = fields_dict(type(value))  # type: ignore[arg-type] # `has` has just found it to be one of attrs'
            return {name: json_of(getattr(value, name)) for name in names}
        case _:
            message = f"{type(value).__name__} has no form in JSON"
            raise TypeError(message)


def number(value: Decimal) -> str:
    """Write a number as plain text, rounded where it would not end."""
    exponent = value.as_tuple().exponent
    endless = isinstance(exponent, int) and exponent < -_PLACES
    return plain(value.quantize(_STEP, rounding=ROUND_HALF_EVEN) if endless else value)


def moment(value: datetime) -> str:
    """Write a moment as ISO 8601 in UTC, with its Z."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def word_of(member: Enum) -> str:
    """Return the word that stands for *member*: its value where that is its name, else the name in small letters."""
    return member.name if member.value == member.name else member.name.lower()


def text_of(value: object) -> str:
    """Return *value* as JSON."""
    return json.dumps(json_of(value), ensure_ascii=False)


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return *value* as an answer."""
    return Response(text_of(value), status=status, headers=dict(headers or {}), mimetype="application/json")
