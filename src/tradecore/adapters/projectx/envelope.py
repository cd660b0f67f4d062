"""Open the envelope of an answer: done, refused, or nobody knows.

Status 200 is no success, and the id of an order is none either: only the envelope's own word counts.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from tradecore.adapters.projectx.refusals import Endpoint, Refused, Why, refused
from tradecore.adapters.projectx.wire import Answer
from tradecore.domain.errors import MalformedError, UnreachableError, WorldError

Raw = Mapping[str, Any]

_SHOWN: Final = 80


class UnauthorizedError(UnreachableError):
    """The token is not taken; nothing was done."""


class TooManyRequestsError(UnreachableError):
    """The Gateway takes no more requests for a while; nothing was done."""


class NoSuchAddressError(MalformedError):
    """The Gateway does not know the address: an older one, or somebody else's server."""


def outcome(endpoint: Endpoint, answer: Answer, unanswered: type[WorldError]) -> Raw | Refused:
    """Return what was answered, or the refusal; *unanswered* is raised where it may have been done."""
    status = answer.status
    if status == HTTPStatus.UNAUTHORIZED:
        raise UnauthorizedError("ProjectX does not take the token")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        # Who is turned away at the door was not let in: even an order was not placed.
        raise TooManyRequestsError("ProjectX takes no more requests for a while", retry_after=answer.retry_after)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        raise unanswered(f"ProjectX answered with status {status}")
    if status == HTTPStatus.BAD_REQUEST:
        # What cannot even be read is not done.
        return Refused(0, f"status 400, {_problem(answer.text)}", Why.NOT_TAKEN)
    if status == HTTPStatus.NOT_FOUND:
        raise NoSuchAddressError(f"nobody answers for {endpoint.path} at ProjectX's address")
    if status != HTTPStatus.OK:
        raise MalformedError(f"ProjectX answered {endpoint.path} with status {status}")
    return _opened(endpoint, _decoded(answer.text), unanswered)


def _opened(endpoint: Endpoint, raw: object, unanswered: type[WorldError]) -> Raw | Refused:
    if not isinstance(raw, dict) or not isinstance(raw.get("success"), bool):
        raise MalformedError(f"ProjectX's answer to {endpoint.path} has no envelope")
    code, message = raw.get("errorCode"), raw.get("errorMessage")
    if raw["success"]:
        if code not in {0, None}:
            raise MalformedError(f"ProjectX's answer to {endpoint.path} is success, and code {code}")
        return raw
    order_id = raw.get("orderId")
    found = refused(
        endpoint,
        code if isinstance(code, int) else -1,
        message if isinstance(message, str) else None,
        order_id if isinstance(order_id, int) else None,
    )
    if found is None:
        words = f": {message}" if message else ""
        raise unanswered(f"ProjectX says code {code} to {endpoint.path}, which does not tell what was done{words}")
    return found


def _decoded(text: str) -> object:
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_number)
    except ValueError as error:
        raise MalformedError(f"ProjectX's answer cannot be read: {text[:_SHOWN]!r}") from error


def _no_number(text: str) -> Decimal:
    message = f"{text} is no number"
    raise ValueError(message)


def _problem(text: str) -> str:
    """Return what a problem's body says, which has no envelope."""
    try:
        body = json.loads(text)
    except ValueError:
        return "without a word"
    if not isinstance(body, dict):
        return "without a word"
    return str(body.get("errors") or body.get("detail") or body.get("title") or "without a word")[: 3 * _SHOWN]
