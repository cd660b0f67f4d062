"""SignalR's JSON protocol as a client speaks it: what came in, as what was said. No socket, and no clock.

    GREETING --- the greeting is answered --> OPEN --- a close --> OVER
        `------- it is refused, or a close ------------------------^

What no row of the table allows is nonsense, and ends the conversation like everything that cannot be read.
Time is told by whoever waits for the socket, as seconds that were spent *waiting*: neither a slow listener nor a long
backlog makes a server look silent.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Any, Final, NoReturn, final

from attrs import frozen

from tradecore.domain.errors import MalformedError, UnreachableError

END: Final = "\x1e"
_END: Final = END.encode()
PING: Final = '{"type":6}' + END
GREETING: Final = '{"protocol":"json","version":1}' + END


class ProtocolError(MalformedError):
    """The server said what no client can understand; the connection is over."""


class SilentError(UnreachableError):
    """The server says nothing any more, or does not answer; the connection is over."""


class State(Enum):
    """How far a conversation is."""

    GREETING = "the greeting is not answered"
    OPEN = "it is open"
    OVER = "it is over"


class _Word(Enum):
    """What kind of thing a record says."""

    WELCOME = "the greeting is taken"
    REFUSAL = "the greeting is refused"
    INVOCATION = 1
    COMPLETION = 3
    PING = 6
    CLOSE = 7
    OTHER = "what this client has no use for"


_NEXT: Final[Mapping[tuple[State, _Word], State]] = {
    (State.GREETING, _Word.WELCOME): State.OPEN,
    (State.GREETING, _Word.REFUSAL): State.OVER,
    (State.GREETING, _Word.CLOSE): State.OVER,
    (State.OPEN, _Word.INVOCATION): State.OPEN,
    (State.OPEN, _Word.COMPLETION): State.OPEN,
    (State.OPEN, _Word.PING): State.OPEN,
    (State.OPEN, _Word.OTHER): State.OPEN,
    (State.OPEN, _Word.CLOSE): State.OVER,
}


@frozen(kw_only=True)
class Call:
    """A method of the server's with its arguments, as it was called."""

    target: str
    arguments: tuple[object, ...] = ()


@frozen
class Welcomed:
    """The server took the greeting: from now on it may be called."""


@frozen(kw_only=True)
class Invoked:
    """The server tells something. Numbers are whole or `Decimal`, never floats."""

    target: str
    arguments: list[Any]


@frozen(kw_only=True)
class Answered:
    """The server did what was called, or says why not."""

    call: Call
    error: str | None


@frozen(kw_only=True)
class Closed:
    """The server ends the conversation, or refuses to begin one."""

    error: str | None
    allows_reconnect: bool


Said = Welcomed | Invoked | Answered | Closed


@frozen(kw_only=True)
class Patience:
    """How much a client bears: seconds of waiting, and bytes of one record."""

    silence: float = 40.0  # a server sends a ping every 15 seconds
    answer: float = 15.0
    record_bytes: int = 16 * 2**20  # a whole book of prices has been seen to need more than 10 KB


@final
class Conversation:
    """One connection's words. One thread may call while another takes what is said."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._pieces: list[bytes] = []
        self._size = 0
        self._ids = count(1)
        self._calls: dict[str, tuple[Call, float]] = {}
        self._waited = 0.0
        self._heard_at = 0.0
        self._told_at = 0.0
        self.state = State.GREETING

    def call(self, call: Call) -> str:
        """Return the record that calls; the answer will be `Answered`."""
        call_id = str(next(self._ids))
        # Only setting and taking out of the dict meet in two threads, and both are atomic.
        self._calls[call_id] = call, self._waited
        record = {"type": 1, "invocationId": call_id, "target": call.target, "arguments": call.arguments}
        return json.dumps(record, separators=(",", ":")) + END

    @property
    def is_over(self) -> bool:
        """Whether nothing will be said any more."""
        return self.state is State.OVER

    @property
    def is_answered(self) -> bool:
        """Whether no call waits for its answer."""
        return not self._calls

    @property
    def quiet(self) -> float:
        """Seconds of waiting since the greeting was answered, or since something was told."""
        return self._waited - self._told_at

    def excuse(self) -> None:
        """Count from now on how long it is quiet: nothing was to be told."""
        self._told_at = self._waited

    @property
    def rest(self) -> float:
        """Seconds that may still be waited for the next record."""
        return max(0.0, min(end for end, _ in self._ends()) - self._waited)

    def take(self, data: bytes, waited: float) -> Iterator[Said]:
        """Yield what is said with *data*, for which the socket was *waited* so many seconds; b"" is that nothing came.

        `ProtocolError` for nonsense, after all that was said before it; `SilentError` where patience is over.
        Nothing is yielded after `Closed`.
        """
        if self.is_over:
            return
        self._waited += waited
        for text in self._whole(data):
            self._heard_at = self._waited
            said = self._read(text)
            if said is not None:
                yield said
            if isinstance(said, Closed):
                return
        end, complaint = min(self._ends())
        if self._waited >= end:
            self.state = State.OVER
            raise SilentError(complaint)

    def _ends(self) -> Iterator[tuple[float, str]]:
        """Yield until when will be waited for what, with the words for when it has not come."""
        patience = self._patience
        yield self._heard_at + patience.silence, f"the server has said nothing for {patience.silence:g} seconds"
        if self.state is State.GREETING:
            yield patience.answer, f"the server has not answered the greeting for {patience.answer:g} seconds"
        for call, at in tuple(self._calls.values()):
            yield at + patience.answer, f"the server has not answered {call.target} for {patience.answer:g} seconds"

    def _whole(self, data: bytes) -> Iterator[bytes]:
        """Yield the records that are whole with *data*."""
        *whole, rest = data.split(_END)
        for ending in whole:
            self._keep(ending)
            record, self._pieces, self._size = b"".join(self._pieces), [], 0
            yield record
        self._keep(rest)

    def _keep(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._patience.record_bytes:
            self._give_up(f"a record of more than {self._patience.record_bytes} bytes")

    def _read(self, text: bytes) -> Said | None:
        """Return what a record says, where it says anything to a client."""
        record = self._parsed(text)
        is_greeting = self.state is State.GREETING
        word = _answer(record) if is_greeting else _word(record)
        following = word and _NEXT.get((self.state, word))
        if following is None:
            self._give_up(f"{text[:80]!r} while {self.state.value}")
        self.state = following
        match word:
            case _Word.WELCOME:
                self._told_at = self._waited
                return Welcomed()
            case _Word.INVOCATION:
                self._told_at = self._waited
                return self._invoked(record, text)
            case _Word.COMPLETION:
                return self._answered(record)
            case _Word.REFUSAL | _Word.CLOSE:
                return Closed(error=_sentence(record), allows_reconnect=record.get("allowReconnect") is True)
            case _:
                return None

    def _invoked(self, record: Mapping[str, Any], text: bytes) -> Invoked:
        target, arguments = record.get("target"), record.get("arguments")
        if not isinstance(target, str) or not isinstance(arguments, list):
            self._give_up(f"{text[:80]!r}, which tells nothing")
        return Invoked(target=target, arguments=arguments)

    def _answered(self, record: Mapping[str, Any]) -> Answered | None:
        # What nobody asked, or what is answered a second time, means nothing.
        call, _ = self._calls.pop(str(record.get("invocationId")), (None, 0.0))
        return None if call is None else Answered(call=call, error=_sentence(record))

    def _parsed(self, text: bytes) -> Mapping[str, Any]:
        try:
            record = json.loads(text.decode(), parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, ArithmeticError, RecursionError):
            record = None
        if not isinstance(record, dict):
            self._give_up(f"{text[:80]!r}, which is no record")
        return record

    def _give_up(self, nonsense: str) -> NoReturn:
        self.state = State.OVER
        raise ProtocolError(f"the server said {nonsense}")


def _answer(record: Mapping[str, Any]) -> _Word | None:
    """Return what the first record says; None is that it is no answer to a greeting."""
    if record.get("error") is not None and "type" not in record:
        return _Word.REFUSAL
    return _word(record) if "type" in record else _Word.WELCOME


def _word(record: Mapping[str, Any]) -> _Word | None:
    kind = record.get("type")
    if type(kind) is not int:
        return None
    return next((word for word in _Word if word.value == kind), _Word.OTHER)


def _sentence(record: Mapping[str, Any]) -> str | None:
    error = record.get("error")
    return None if error is None else str(error)


def _no_number(name: str) -> NoReturn:
    message = f"{name} is no number"
    raise ValueError(message)
