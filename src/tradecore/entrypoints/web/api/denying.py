"""Make guesses wait, and say why somebody is not let in."""

from collections.abc import Mapping
from typing import Final

from tradecore.entrypoints.runtime.people import Denial
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.routing import Call

# The status, the code and the field of each.
_TOLD: Final[Mapping[Denial, tuple[int, str, str | None]]] = {
    Denial.CLOSED: (403, "registration-closed", None),
    Denial.UNINVITED: (403, "no-invitation", "invitation"),
    Denial.NAME_TAKEN: (409, "taken", "name"),
    Denial.BAD_NAME: (422, "bad-value", "name"),
    Denial.SHORT: (422, "bad-password", "password"),
    Denial.LIKE_NAME: (422, "bad-password", "password"),
    Denial.WRONG: (401, "wrong-password", None),
}


def denied(denial: Denial) -> ProblemError:
    """Return the error for *denial*."""
    status, code, field = _TOLD[denial]
    return ProblemError(status, code, denial.value, field)


def begin_guess(call: Call, name: str | None = None, *, invitation: str | None = None) -> None:
    """Count a guess at the password of *name*, or at an invitation; `ProblemError` where there were too many."""
    now, shown = call.services.clock.now(), invitation or ""
    wait = call.doorkeeper.lockout.begin(name, call.source, now, invitation=shown)
    if wait is not None:
        message = f"Too many wrong guesses: wait {wait} s before the next one."
        raise ProblemError(429, "too-many-guesses", message, headers={"Retry-After": str(wait)})


def guessed_right(call: Call, name: str | None = None, *, invitation: str | None = None) -> None:
    """Take back what was counted."""
    now, shown = call.services.clock.now(), invitation or ""
    call.doorkeeper.lockout.succeeded(name, call.source, now, invitation=shown)
