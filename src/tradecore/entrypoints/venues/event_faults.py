"""Let the events of an account come late, twice, in the wrong order, in unknown words, or never."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Lock
from typing import Generic, TypeVar, final

from attrs import Factory, define

_E = TypeVar("_E")


class EventFault(StrEnum):
    """What can go wrong with the next events, by the name of its switch."""

    DOUBLE = "double-events"
    REVERSE = "reverse-events"
    DROP = "drop-events"
    UNKNOWN_EVENT = "unknown-event"
    UNKNOWN_STATUS = "unknown-status"


@define
class _Switches(Generic[_E]):
    left: dict[EventFault, int] = Factory(dict)
    held: list[_E] = Factory(list)
    is_holding: bool = False


@final
class EventFaults(Generic[_E]):
    """The switches of every account, by its id; *words* puts a word that nobody knows into an event."""

    def __init__(self, words: Mapping[EventFault, Callable[[_E], _E]]) -> None:
        self._lock = Lock()
        self._switches: dict[str, _Switches[_E]] = {}
        # In this order: an event that never comes cannot come twice.
        self._changes: Mapping[EventFault, Callable[[_E], tuple[_E, ...]]] = {
            EventFault.DROP: lambda _: (),
            **{fault: _one(change) for fault, change in words.items()},
            EventFault.DOUBLE: lambda event: (event, event),
        }

    def turn(self, account_id: str, fault: EventFault, times: int) -> None:
        """Let *fault* strike the next *times* events."""
        with self._lock:
            self._of(account_id).left[fault] = times

    def hold(self, account_id: str) -> None:
        """Let no event through until `release`."""
        with self._lock:
            self._of(account_id).is_holding = True

    def release(self, account_id: str) -> tuple[_E, ...]:
        """Return what was held back, and hold nothing back any more."""
        with self._lock:
            switches = self._of(account_id)
            held, switches.held, switches.is_holding = tuple(switches.held), [], False
            return held

    def clear(self, account_id: str) -> None:
        """Turn everything off; what was held back never comes."""
        with self._lock:
            self._switches.pop(account_id, None)

    def pass_on(self, account_id: str, event: _E) -> tuple[_E, ...]:
        """Return what may be told now that *event* happened."""
        with self._lock:
            switches = self._of(account_id)
            events: tuple[_E, ...] = (event,)
            for fault, change in self._changes.items():
                if self._strikes(switches, fault):
                    events = tuple(changed for one in events for changed in change(one))
            if switches.is_holding:
                switches.held.extend(events)
                return ()
            if not self._strikes(switches, EventFault.REVERSE):
                return events
            switches.held.extend(events)
            if switches.left[EventFault.REVERSE]:
                return ()
            held, switches.held = tuple(reversed(switches.held)), []
            return held

    def _of(self, account_id: str) -> _Switches[_E]:
        return self._switches.setdefault(account_id, _Switches())

    @staticmethod
    def _strikes(switches: _Switches[_E], fault: EventFault) -> bool:
        left = switches.left.get(fault, 0)
        switches.left[fault] = max(0, left - 1)
        return left > 0


def _one(change: Callable[[_E], _E]) -> Callable[[_E], tuple[_E, ...]]:
    return lambda event: (change(event),)
