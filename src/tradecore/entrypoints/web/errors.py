"""Answer every error alike: a stable code, a sentence for a person, and the field where there is one."""

import traceback
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

import structlog
from attrs import frozen
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from tradecore.domain.errors import SealedError, UnreachableError, WorldError
from tradecore.entrypoints.alerts.reading import BODY_BYTES_MAX, Unreadable
from tradecore.entrypoints.web.giving import json_response

_log = structlog.get_logger()

# TradingView sends an alert again after five seconds.
RETRY_SECONDS: Final = 5

# Flask's own errors, in our words.
_PLAIN: Final[Mapping[int, tuple[str, str]]] = MappingProxyType({
    400: ("bad-request", "The request cannot be understood."),
    404: ("not-found", "There is nothing here."),
    405: ("method-not-allowed", "This address does not take that method."),
    413: ("too-large", f"The body is too large: {BODY_BYTES_MAX} bytes are allowed."),
})  # fmt: skip


@frozen(kw_only=True)
class Problem:
    """What went wrong. `code` is stable, `message` is for people, `field` is what to change."""

    code: str
    message: str
    field: str | None = None


@frozen(kw_only=True)
class ProblemView:
    """The body of every error."""

    error: Problem


class ProblemError(Exception):
    """Ends a request with an error of the caller's."""

    def __init__(
        self, status: int, code: str, message: str, field: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.problem = Problem(code=code, message=message, field=field)
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, unreadable: Unreadable) -> "ProblemError":
        """Return the error for an alert that cannot be read or addressed."""
        return cls(unreadable.status, unreadable.code, unreadable.message, unreadable.field)

    def response(self) -> Response:
        """Return what the caller gets."""
        return json_response(_without_empty_field(self.problem), self.status, self.headers)


def _without_empty_field(problem: Problem) -> dict[str, dict[str, str]]:
    told = {"code": problem.code, "message": problem.message}
    return {"error": told if problem.field is None else {**told, "field": problem.field}}


def not_found(what: str) -> ProblemError:
    """Return the error for what does not exist, or is somebody else's: nobody can tell which."""
    return ProblemError(404, "not-found", f"There is no such {what}.")


def handle_errors(app: Flask) -> None:
    """Have *app* answer everything that goes wrong in this one form."""
    app.register_error_handler(Exception, answer_to)


def answer_to(error: Exception) -> Response:
    """Return what the caller gets for *error*."""
    match error:
        case ProblemError():
            return error.response()
        case HTTPException():
            return _http(error)
        case SealedError():
            _log.error("broker keys cannot be used", why=str(error))
            return ProblemError(503, "sealed", str(error)).response()
        case WorldError():
            return _world(error)
        case _:
            return _bug(error)


def _http(error: HTTPException) -> Response:
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    code, sentence = _PLAIN.get(status, (f"http-{int(status)}", "The request was refused."))
    allowed = ", ".join(getattr(error, "valid_methods", None) or ())
    return ProblemError(status, code, sentence, headers={"Allow": allowed} if allowed else None).response()


def _world(error: WorldError) -> Response:
    _log.error("the outside failed a request", kind=type(error).__name__, where=_where(error))
    wait = getattr(error, "retry_after", None) if isinstance(error, UnreachableError) else None
    sentence = "What is needed for the answer cannot be had now: send it again."
    headers = {"Retry-After": str(wait or RETRY_SECONDS)}
    return ProblemError(503, "unavailable", sentence, headers=headers).response()


def _bug(error: Exception) -> Response:
    """Answer a bug of ours without a word of what it was: its message may hold what nobody may see."""
    _log.error("a request failed", kind=type(error).__name__, where=_where(error))
    sentence = "Something is wrong here. It was written down; nothing that you sent is the reason."
    return ProblemError(500, "internal", sentence).response()


def _where(error: BaseException) -> list[str]:
    """Return the path to *error*, in places of code alone."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
