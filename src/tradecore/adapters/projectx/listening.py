"""Listen to a hub over one connection: greet, subscribe, hear, and say every few seconds that somebody is there."""

from collections.abc import Callable, Sequence
from enum import Enum
from math import inf
from threading import Event, Lock, Thread, current_thread
from time import monotonic
from typing import Final, assert_never, final

import structlog
from attrs import field, frozen
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tradecore.adapters.projectx.signalr import (
    GREETING,
    PING,
    Answered,
    Call,
    Closed,
    Conversation,
    Invoked,
    Patience,
    Said,
    State,
    Welcomed,
)
from tradecore.domain.errors import UnreachableError

_log = structlog.get_logger()

# What is called, with its arguments.
Subscription = tuple[str, tuple[object, ...]]
# What a machine sleeps or is busy elsewhere counts for no more than this as silence.
_SLICE_SECONDS: Final = 5.0
# What is left of a wait may be too little to be added to what was waited.
_TICK_SECONDS: Final = 0.001
LOGOUT: Final = "GatewayLogout"


class LoggedOutError(UnreachableError):
    """The Gateway ended the session: its token is good no longer."""


class End(Enum):
    """Why a connection that did not fail was ended."""

    STOP = "nobody listens any more"
    RENEW = "a new token is due"
    QUIET = "it is open, and tells nothing"


@frozen(kw_only=True)
class Timing:
    """How long everything takes, in seconds."""

    patience: Patience = field(factory=Patience)
    open: float = 10.0
    close: float = 1.0
    ping: float = 12.0
    pauses: tuple[float, ...] = (0.0, 2.0, 10.0, 30.0, 60.0)  # before it connects again; the last one for ever after
    steady: float = 30.0  # a connection that held so long was none that failed
    missed: float = 5.0  # at least, from one word that something was missed to the next
    refused: float = 60.0  # until what was refused is asked again
    early: float = 300.0  # before a token ends, another one is used
    renew: float = 10.0  # at least, from one token to the next


@frozen(kw_only=True)
class Ears:
    """Who listens: what they want to hear of, who hears it, and who is told that everything must be looked at."""

    subscriptions: Callable[[], Sequence[Subscription]]
    hear: Callable[[str, list[object]], None]
    connected: Callable[[], None]


@final
class Listening:
    """One connection that is open, until it fails or is ended.

    `run` takes one thread, in which everybody is told; another one of its own calls and pings, so that a listener who
    takes their time is not taken for dead. *quiet* tells how many seconds may pass without an event while *is_busy*,
    and *renew* is in how many a new token is due; either may be endless.
    """

    def __init__(
        self, socket: ClientConnection, ears: Ears, timing: Timing, *,
        quiet: Callable[[], float], is_busy: Callable[[], bool], renew: float,
    ) -> None:  # fmt: skip
        self._socket = socket
        self._ears = ears
        self._timing = timing
        self._quiet_max = quiet
        self._is_busy = is_busy
        self._renew_at = monotonic() + renew
        self._thread = current_thread()
        self._conversation = Conversation(timing.patience)
        self._asking = Lock()
        self._wake = Event()
        self._end: End | None = None
        self._is_over = False
        self._asked: set[Subscription] = set()
        self._ask_again_at = monotonic() + timing.refused
        self._is_new = False  # something was subscribed since somebody was told
        self._has_missed = False
        self._told_at = 0.0
        self.refused: dict[Subscription, str] = {}
        self.since: float | None = None  # when it was told first that all is heard

    def run(self) -> End:
        """Listen until it is ended; raises what it failed with."""
        writer = Thread(target=self._write, name="projectx pings", daemon=True)
        try:
            self._socket.send(GREETING)
            writer.start()
            while self._end is None:
                self._step()
        except ConnectionClosed as error:
            if self._end is None:
                raise UnreachableError(f"the connection is gone ({error})") from None
        finally:
            self._is_over = True
            self._wake.set()
        return self._end

    def end(self, why: End) -> None:
        """End it from whatever thread; nothing is told any more, but for what is being told just now."""
        self._end = self._end or why
        if current_thread() is not self._thread:
            self._socket.close()  # which wakes the one that waits for it

    def resubscribe(self) -> None:
        """Subscribe soon what is newly wanted."""
        self._wake.set()

    # ---------------------------------------------------------------- in the thread that hears

    def _step(self) -> None:
        began = monotonic()
        seconds = max(min(self._rest(began), _SLICE_SECONDS), _TICK_SECONDS)
        try:
            frame = self._socket.recv(seconds, decode=False)
        except TimeoutError:
            frame = b""
        # Never more than was asked for: the rest is a process that did not run.
        for said in self._conversation.take(frame, min(monotonic() - began, seconds)):
            self._take(said)
            if self._end is not None:
                return
        now = monotonic()
        if self._is_new and self._conversation.is_answered:
            self._is_new = False
            self._tell()
        elif self._has_missed and now >= self._told_at + self._timing.missed:
            self._tell()
        if self._end is None and now >= self._renew_at:
            self._end = End.RENEW
        if self._end is None and self._rest_of_quiet() <= 0:
            if self._is_busy():
                self._end = End.QUIET
            self._conversation.excuse()

    def _rest(self, now: float) -> float:
        """Return for how many seconds nothing but the socket need be looked at."""
        ends = [self._conversation.rest, self._renew_at - now, self._rest_of_quiet()]
        if self._has_missed:
            ends.append(self._told_at + self._timing.missed - now)
        return min(ends)

    def _rest_of_quiet(self) -> float:
        """Return for how many seconds nothing need be told yet; who has subscribed nothing waits for nothing."""
        if self.since is None or len(self.refused) == len(self._asked):
            return inf
        return self._quiet_max() - self._conversation.quiet

    def _take(self, said: Said) -> None:
        match said:
            case Welcomed():
                self._is_new = True
                if calls := self._subscribe():
                    self._socket.send(calls)
            case Answered(call=call, error=error):
                self._note((call.target, call.arguments), error)
            case Invoked():
                self._hear(said)
            case Closed(error=error):
                raise UnreachableError(f"the server ended it ({error or 'without an error'})")
            case _:
                assert_never(said)

    def _note(self, subscription: Subscription, error: str | None) -> None:
        if error is None:
            self.refused.pop(subscription, None)
            self._is_new = True
        else:
            self.refused[subscription] = error
            _log.error("a ProjectX hub refuses a subscription, so nothing is heard of it; it is asked again",
                       subscription=subscription, error=error)  # fmt: skip

    def _hear(self, said: Invoked) -> None:
        try:
            self._ears.hear(said.target, said.arguments)
        except Exception:  # noqa: BLE001 - the stream must go on; what was not understood is looked up instead
            _log.exception("what a ProjectX hub told could not be taken; everything is looked at again", of=said.target)
            self._has_missed = True
        if said.target == LOGOUT:
            raise LoggedOutError("the Gateway ended the session")

    def _tell(self) -> None:
        self._has_missed = False
        self._ears.connected()
        self._told_at = monotonic()
        self.since = self.since or self._told_at

    # ---------------------------------------------------------------- in either thread

    def _subscribe(self) -> str:
        """Return the records that subscribe what is newly wanted, and from time to time what was refused."""
        with self._asking:
            now = monotonic()
            asks_again = now >= self._ask_again_at
            if asks_again:
                self._ask_again_at = now + self._timing.refused
            new = [
                each for each in dict.fromkeys(self._ears.subscriptions())
                if each not in self._asked or (asks_again and each in self.refused)
            ]  # fmt: skip
            self._asked.update(new)
            return "".join(self._conversation.call(Call(target=target, arguments=more)) for target, more in new)

    # ---------------------------------------------------------------- in the thread that calls and pings

    def _write(self) -> None:
        while not self._is_over:
            self._wake.wait(self._timing.ping)
            self._wake.clear()
            try:
                self._socket.send(self._new_calls() or PING)
            except ConnectionClosed:
                return

    def _new_calls(self) -> str:
        if self._is_over or self._conversation.state is not State.OPEN:
            return ""
        try:
            return self._subscribe()
        except Exception:  # noqa: BLE001 - as above; what is heard already must not suffer
            _log.exception("what is to be heard at a ProjectX hub is not known")
            return ""
