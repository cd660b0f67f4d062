"""Let the exchange fail on purpose, one account at a time.

Each switch holds for the next `times` calls or changes, or with `times=None` until it is cleared. Faults of calls
strike those who ask through them (a broker, a face on the wire); faults of changes strike everyone who follows.
"""

from collections.abc import Callable
from enum import Enum
from threading import Lock
from typing import Final, TypeVar

from attrs import define

from tradecore.adapters.memory.exchange.rows import Change
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, ProgrammingError, UnreachableError
from tradecore.domain.ids import OrderId, stop_leg_id, target_leg_id


class Call(Enum):
    """What can be asked of a venue."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    FIND = "find"
    SURVEY = "survey"
    POSITIONS = "positions"
    ACCOUNT = "account"
    INSTRUMENTS = "instruments"
    QUOTE = "quote"

    @property
    def writes(self) -> bool:
        """Whether an unanswered one leaves something in doubt."""
        return self in {Call.SUBMIT, Call.CANCEL}


class _Strike(Enum):
    LOSE_REQUEST = "the request was lost"
    LOSE_ANSWER = "the answer was lost"
    REFUSE_LINE = "the line is down"
    TALK_NONSENSE = "the answer was nonsense"
    LIMIT_RATE = "too many requests"


@define
class _Switch:
    """A fault and how often it still strikes; None is for ever."""

    strike: _Strike
    times: int | None
    retry_after: int | None = None


_EVERY_CALL: Final = tuple(Call)
_T = TypeVar("_T")


class Faults:
    """The switches of one account; safe to turn from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.send: Callable[[], None] = lambda: None
        self.send_gap: Callable[[], None] = lambda: None
        self._switches: dict[Call, list[_Switch]] = {}
        self._hidden: set[OrderId] = set()
        self._reset_changes()

    def _reset_changes(self) -> None:
        self._doubles: int | None = 0
        self._shuffles = 0
        self._races: int | None = 0
        self._is_delaying = False
        self._is_hiding = False
        self._is_connected = True
        self._held: list[Change] = []
        self._ready: list[Change] = []

    # ---------------------------------------------------------------- switches for calls

    def lose_answers(self, *calls: Call, times: int | None = 1) -> None:
        """Do what is asked, and never answer: `OutcomeUnknownError` although it was done."""
        self._turn(_Strike.LOSE_ANSWER, calls or (Call.SUBMIT,), times)

    def lose_requests(self, *calls: Call, times: int | None = 1) -> None:
        """Never hear what is asked: `OutcomeUnknownError`, and nothing was done."""
        self._turn(_Strike.LOSE_REQUEST, calls or (Call.SUBMIT,), times)

    def talk_nonsense(self, *calls: Call, times: int | None = 1) -> None:
        """Do what is asked, and answer what nobody can read: `MalformedError`."""
        self._turn(_Strike.TALK_NONSENSE, calls or (Call.SUBMIT,), times)

    def be_unreachable(self, *calls: Call, times: int | None = 1) -> None:
        """Take no calls, of any kind where none is named: `UnreachableError`, and nothing was done."""
        self._turn(_Strike.REFUSE_LINE, calls or _EVERY_CALL, times)

    def limit_rate(self, *calls: Call, retry_after: int | None = None, times: int | None = 1) -> None:
        """Turn calls away for now: `UnreachableError` with *retry_after*, and nothing was done."""
        self._turn(_Strike.LIMIT_RATE, calls or _EVERY_CALL, times, retry_after)

    def hide_new_orders(self) -> None:
        """List the orders placed from now on late: no question finds them until `show_orders`."""
        with self._lock:
            self._is_hiding = True

    def show_orders(self) -> None:
        """List every order, and new ones at once."""
        with self._lock:
            self._is_hiding = False
            self._hidden.clear()

    def race_cancels(self, times: int | None = 1) -> None:
        """Answer cancels with "pending": the next tick may fill the order first, and only then it ends."""
        with self._lock:
            self._races = times

    # ---------------------------------------------------------------- switches for changes

    def double_changes(self, times: int | None = 1) -> None:
        """Tell the next changes twice."""
        with self._lock:
            self._doubles = times

    def reverse_changes(self, count: int) -> None:
        """Hold the next *count* changes back, then tell them last first."""
        with self._lock:
            self._shuffles = count

    def delay_changes(self) -> None:
        """Hold all changes back until `deliver`."""
        with self._lock:
            self._is_delaying = True

    def deliver(self) -> None:
        """Tell what was held back, and hold nothing back any more."""
        with self._lock:
            self._is_delaying = False
            self._shuffles = 0
            self._ready.extend(self._held)
            self._held.clear()
        self.send()

    def disconnect(self) -> None:
        """Cut the line of changes: what happens meanwhile is never told."""
        with self._lock:
            self._is_connected = False

    def reconnect(self) -> None:
        """Join the line of changes again: followers hear that something may have been missed."""
        with self._lock:
            self._is_connected = True
        self.send_gap()

    def clear(self) -> None:
        """Turn everything off; changes held back are dropped, hidden orders are shown."""
        with self._lock:
            self._switches.clear()
            self._hidden.clear()
            self._reset_changes()

    # ---------------------------------------------------------------- for those who ask through the faults

    def ask(self, call: Call, act: Callable[[], _T]) -> _T:
        """Return what *act* returns, or fail as the switch for *call* says."""
        switch = self._take(call)
        if switch is None:
            return act()
        sentence = f"{call.value}: {switch.strike.value}"
        match switch.strike:
            case _Strike.REFUSE_LINE | _Strike.LIMIT_RATE:
                raise UnreachableError(sentence, retry_after=switch.retry_after)
            case _Strike.LOSE_REQUEST:
                raise OutcomeUnknownError(sentence)
            case _Strike.LOSE_ANSWER:
                act()
                raise OutcomeUnknownError(sentence)
            case _Strike.TALK_NONSENSE:
                act()
                raise MalformedError(sentence)

    def placed(self, order_id: OrderId) -> None:
        """Take note that an order was placed, so that it can be hidden."""
        with self._lock:
            if self._is_hiding:
                self._hidden.update((order_id, stop_leg_id(order_id), target_leg_id(order_id)))

    def hides(self, order_id: OrderId | None) -> bool:
        """Tell whether questions must not find the order yet."""
        with self._lock:
            return order_id in self._hidden

    # ---------------------------------------------------------------- for the exchange

    def takes_race(self) -> bool:
        """Tell whether the cancel that was just asked for stays pending."""
        with self._lock:
            self._races, strikes = _count_down(self._races)
            return strikes

    def pass_on(self, change: Change) -> tuple[Change, ...]:
        """Return what may be told now that *change* happened."""
        with self._lock:
            if not self._is_connected:
                return ()
            self._doubles, doubled = _count_down(self._doubles)
            changes = (change, change) if doubled else (change,)
            if self._is_delaying:
                self._held.extend(changes)
                return ()
            if not self._shuffles:
                return changes
            self._held.extend(changes)
            self._shuffles -= 1
            if self._shuffles:
                return ()
            released = tuple(reversed(self._held))
            self._held.clear()
            return released

    def let_go(self) -> tuple[Change, ...]:
        """Return what `deliver` released."""
        with self._lock:
            released = tuple(self._ready)
            self._ready.clear()
            return released

    def _turn(
        self, strike: _Strike, calls: tuple[Call, ...], times: int | None, retry_after: int | None = None
    ) -> None:
        # A question that is not answered leaves nothing in doubt: its failure is "unreachable", and is asked for so.
        doubtful = {_Strike.LOSE_ANSWER, _Strike.LOSE_REQUEST}
        if strike in doubtful and not all(call.writes for call in calls):
            raise ProgrammingError("only a submit and a cancel can end in doubt")
        switch = _Switch(strike, times, retry_after)  # one for all its calls: whichever comes first uses it up
        with self._lock:
            for call in calls:
                self._switches.setdefault(call, []).append(switch)

    def _take(self, call: Call) -> _Switch | None:
        with self._lock:
            for switch in self._switches.get(call, []):
                switch.times, strikes = _count_down(switch.times)
                if strikes:
                    return switch
        return None


def _count_down(times: int | None) -> tuple[int | None, bool]:
    """Return how often a switch strikes after now, and whether it strikes now."""
    if times is None:
        return None, True
    return max(0, times - 1), times > 0
