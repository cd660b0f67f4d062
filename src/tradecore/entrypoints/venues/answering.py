"""Turn what a venue of ours returns or raises into answers."""

from http import HTTPStatus
from typing import Final, TypeVar

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, HTTPException

from tradecore.adapters.encoding.codec import Form
from tradecore.adapters.paper.wire import NOTHING_DONE, PROBLEM, Problem
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError

_T = TypeVar("_T")

_log = structlog.get_logger()
_JSON: Final = "application/json"


def answer(text: str, status: int = HTTPStatus.OK) -> Response:
    """Return *text*, which is JSON, as an answer."""
    return Response(text, status, mimetype=_JSON)


def body(form: Form[_T]) -> _T:
    """Return what was sent; what is no such thing is the caller's mistake."""
    try:
        return form.read(request.get_data(as_text=True))
    except MalformedError as error:
        raise BadRequest(str(error)) from error


def query(name: str) -> str:
    """Return what the address says of *name*."""
    value: str = request.args[name]
    return value


def handle_errors(app: Flask) -> None:
    """Let *app* answer each error so that the other side knows what may have been done."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(UnreachableError, _unreachable)
    app.register_error_handler(OutcomeUnknownError, _unknown)
    app.register_error_handler(MalformedError, _nonsense)
    app.register_error_handler(Exception, _bug)


def _problem(status: int, error: str, message: str) -> Response:
    return answer(PROBLEM.write(Problem(error=error, message=message)), status)


def _http(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(status, "refused", error.description or error.name)


def _unreachable(error: UnreachableError) -> Response:
    response = _problem(HTTPStatus.SERVICE_UNAVAILABLE, NOTHING_DONE, str(error))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _unknown(error: OutcomeUnknownError) -> Response:
    return _problem(HTTPStatus.GATEWAY_TIMEOUT, "unknown", str(error))


def _nonsense(error: MalformedError) -> Response:
    """Answer nonsense, as an account's faults want it."""
    return answer(f"<html>{error}</html>")


def _bug(error: Exception) -> Response:
    _log.error("a request failed", exc_info=error)
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", f"{type(error).__name__}: {error}")
