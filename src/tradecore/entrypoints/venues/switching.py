"""Read what switches below ``/sim`` are told, and answer them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from attrs import AttrsInstance, asdict, frozen
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from tradecore.adapters.encoding.codec import Form
from tradecore.domain.errors import MalformedError, ProgrammingError
from tradecore.entrypoints.venues.shifting import ShiftedClock

_T = TypeVar("_T")


@frozen(kw_only=True)
class _Time:
    """The time that it is to be; null is the machine's."""

    now: datetime | None


def add_clock_switches(app: Flask, pulse: Callable[[], None], clock: ShiftedClock) -> None:
    """Add the addresses that move time; *pulse* does what is due then."""

    @app.post("/sim/pulse")
    def let_pass() -> Response:
        pulse()
        return done()

    @app.post("/sim/clock")
    def set_clock() -> Response:
        with mistakes_told():
            clock.set(read(_Time).now)
        pulse()
        return done()


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
