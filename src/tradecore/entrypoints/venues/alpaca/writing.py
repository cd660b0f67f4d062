"""Write as Alpaca writes: numbers as strings, times with nine places of a second."""

import json
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from flask import Response, request

from tradecore.domain.money import plain
from tradecore.domain.sessions import NEW_YORK
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal

_TRUE: Final = frozenset({"true", "1"})


def number(value: Decimal | None) -> str | None:
    """Write a number as a string, with nine places at most; None stays."""
    if value is None:
        return None
    exponent = value.as_tuple().exponent
    return plain(round(value, 9) if isinstance(exponent, int) and exponent < -9 else value)  # noqa: PLR2004


def moment(at: datetime | None) -> str | None:
    """Write a time as RFC 3339 in UTC; None stays."""
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond:06}000Z"


def new_york(at: datetime) -> str:
    """Write a time as RFC 3339 with the offset of New York."""
    there = at.astimezone(NEW_YORK)
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%dT%H:%M:%S}.{there.microsecond:06}000{offset[:3]}:{offset[3:]}"


def answer(value: Any, status: int = HTTPStatus.OK) -> Response:  # noqa: ANN401 - anything that JSON takes
    """Return *value* as an answer."""
    return Response(json.dumps(value), status, mimetype="application/json")


def refused(refusal: Refusal) -> Response:
    """Return *refusal* as an answer."""
    return answer(refusal.body(), refusal.status)


def either(value: Any, write: Callable[[Any], Any]) -> Response:  # noqa: ANN401 - whatever is no refusal
    """Return what *write* makes of *value*, or *value* where it is a refusal."""
    return refused(value) if isinstance(value, Refusal) else answer(write(value))


def body() -> Any:  # noqa: ANN401 - what a client sent
    """Return what was sent, with exact numbers; None where it is no JSON."""
    try:
        return json.loads(request.get_data(), parse_float=Decimal)
    except ValueError:
        return None


def asked(name: str) -> bool:
    """Tell whether the query says yes to *name*."""
    return request.args.get(name, "").lower() in _TRUE


def listed(name: str) -> frozenset[str]:
    """Return what the query lists under *name*, separated by commas."""
    return frozenset(word for word in request.args.get(name, "").split(",") if word)


def named(part: str) -> str:
    """Return a part of the path as its sender meant it: a slash within it comes as %2F."""
    return unquote(part)
