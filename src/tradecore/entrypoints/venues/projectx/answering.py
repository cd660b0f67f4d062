"""Answer in the Gateway's envelope."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Response, jsonify

from tradecore.entrypoints.venues.projectx.engine.words import Refusal
from tradecore.entrypoints.venues.projectx.reading import ProblemError

# What an answer has besides its envelope.
PAYLOADS: Final[Mapping[str, str]] = {
    "/api/auth/loginkey": "token",
    "/api/auth/loginapp": "token",
    "/api/auth/validate": "newToken",
    "/api/account/search": "accounts",
    "/api/contract/search": "contracts",
    "/api/contract/searchbyid": "contract",
    "/api/contract/available": "contracts",
    "/api/history/retrievebars": "bars",
    "/api/order/place": "orderId",
    "/api/order/search": "orders",
    "/api/order/searchopen": "orders",
    "/api/order/searchbyid": "order",
    "/api/order/v2/query": "orders",
    "/api/position/searchopen": "positions",
    "/api/trade/search": "trades",
}


def success(**payload: Any) -> Response:  # noqa: ANN401 - anything that JSON takes
    """Say that it was done."""
    return _envelope(payload, 0, None)


def failure(code: int, message: str | None = None, **payload: Any) -> Response:  # noqa: ANN401 - as above
    """Say that it was not done, which is an answer of 200 too."""
    return _envelope(payload, code, message)


def either(refusal: Refusal | None) -> Response:
    """Say whether it was done, where there is nothing more to say."""
    return success() if refusal is None else failure(refusal.code, refusal.message)


def problem(error: ProblemError) -> Response:
    """Say what is wrong with a request."""
    body = {
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "title": "One or more validation errors occurred.",
        "status": HTTPStatus.BAD_REQUEST.value,
        "errors": {error.field: [str(error)]},
    }
    response = jsonify(body)
    response.status_code = HTTPStatus.BAD_REQUEST
    response.mimetype = "application/problem+json"
    return response


def _envelope(payload: dict[str, Any], code: int, message: str | None) -> Response:
    return jsonify({**payload, "success": code == 0, "errorCode": int(code), "errorMessage": message})
