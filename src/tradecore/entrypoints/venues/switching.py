"""Read what switches below ``/sim`` are told, and answer them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from attrs import AttrsInstance, asdict
from flask import Response, jsonify, request
from werkzeug.exceptions import BadRequest

from tradecore.adapters.encoding.codec import Form
from tradecore.domain.errors import MalformedError, ProgrammingError

_T = TypeVar("_T")


def read(kind: type[_T]) -> _T:
    """Return what was sent; what is no such thing is the caller's mistake."""
    text = request.get_data(as_text=True) or "{}"
    try:
        return Form[_T](kind).read(text)
    except MalformedError as error:
        raise BadRequest(str(error)) from error


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Say what the exchange does not take, instead of calling it a bug."""
    try:
        yield
    except (ProgrammingError, ValueError) as error:
        raise BadRequest(str(error)) from error


def named_flags(flags: AttrsInstance) -> dict[str, Any]:
    """Return the flags that were named."""
    return {name: value for name, value in asdict(flags).items() if value is not None}


def done() -> Response:
    """Say that it is done."""
    return jsonify(status="done")
