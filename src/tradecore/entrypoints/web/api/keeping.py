"""Change entries of the directory: a draft of what there is, with what the caller names put in its place."""

import json
from typing import TypeVar

from tradecore.domain.parties import Account, Bot, Halt, Token, User
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.giving import json_of
from tradecore.entrypoints.web.routing import Call
from tradecore.entrypoints.web.taking import document_of, taken

T = TypeVar("T")


def changed(call: Call, old: T) -> T:
    """Return the draft *old* with the fields that the body names; an object within it is replaced as a whole."""
    written = document_of(json.dumps(json_of(old)).encode())
    return taken(type(old), {**written, **call.document()})


def keep(call: Call, entry: User | Account | Bot | Token | Halt) -> None:
    """Store *entry*; what is taken already is a conflict that the caller can solve."""
    try:
        call.services.directory.keep(entry)
    except ValueError as error:
        raise ProblemError(409, "taken", f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
