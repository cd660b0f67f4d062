"""Say no as Alpaca does: an HTTP status, a code that is shared by many reasons, a message, and sometimes more."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from attrs import Factory, frozen

PARAMETER: Final = 40010001
FORBIDDEN: Final = 40310000
NOT_FOUND: Final = 40410000
UNPROCESSABLE: Final = 42210000
RATE_LIMIT: Final = 42910000


@frozen
class Refusal:
    """One answer of Alpaca's that is no. What is in `extras` stands beside code and message."""

    status: int
    code: int | None
    message: str
    extras: Mapping[str, Any] = Factory(dict)

    def body(self) -> dict[str, Any]:
        """Return what is sent."""
        code = {} if self.code is None else {"code": self.code}
        return {**code, "message": self.message, **self.extras}


def parameter(message: str) -> Refusal:
    """Say that a request makes no sense."""
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, PARAMETER, message)


def unprocessable(message: str, **extras: Any) -> Refusal:  # noqa: ANN401 - they go into JSON as they are
    """Say that such an order cannot be."""
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, UNPROCESSABLE, message, extras)


def forbidden(message: str, **extras: Any) -> Refusal:  # noqa: ANN401 - they go into JSON as they are
    """Say that the account may not do that now."""
    return Refusal(HTTPStatus.FORBIDDEN, FORBIDDEN, message, extras)


def missing(message: str) -> Refusal:
    """Say that there is no such thing."""
    return Refusal(HTTPStatus.NOT_FOUND, NOT_FOUND, message)


def unauthorized() -> Refusal:
    """Say that the keys are wrong; without a code."""
    return Refusal(HTTPStatus.UNAUTHORIZED, None, "unauthorized.")


def order_missing(order_id: str) -> Refusal:
    """Say that there is no order with such an id."""
    return missing(f"order not found for {order_id}")


def over(status: str) -> Refusal:
    """Say that it is too late."""
    return unprocessable(f'order is already in "{status}" state')
