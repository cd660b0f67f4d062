"""Let the events of an account come late, twice, in the wrong order, in unknown words, or never."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import Lock
from types import MappingProxyType
from typing import Any, Final, final

from attrs import Factory, define

Event = dict[str, Any]


class EventFault(StrEnum):
    """What can go wrong with the next events, by the name of its switch."""

    DOUBLE = "double-events"
    REVERSE = "reverse-events"
    DROP = "drop-events"
    UNKNOWN_EVENT = "unknown-event"
    UNKNOWN_STATUS = "unknown-status"


# In this order: an event that never comes cannot come twice.
_CHANGES: Final[Mapping[EventFault, Callable[[Event], tuple[Event, ...]]]] = MappingProxyType({
    EventFault.DROP: lambda _: (),
    EventFault.UNKNOWN_EVENT: lambda event: ({**event, "event": "moonwalk"},),
    EventFault.UNKNOWN_STATUS: lambda event: ({**event, "order": {**event["order"], "status": "moonwalking"}},),
    EventFault.DOUBLE: lambda event: (event, event),
})  # fmt: skip


@define
class _Switches:
    left: dict[EventFault, int] = Factory(dict)
    held: list[Event] = Factory(list)
    is_holding: bool = False


@final
class EventFaults:
    """The switches of every account, by its id."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._switches: dict[str, _Switches] = {}

    def turn(self, account_id: str, fault: EventFault, times: int) -> None:
        """Let *fault* strike the next *times* events."""
        with self._lock:
            self._of(account_id).left[fault] = times

    def hold(self, account_id: str) -> None:
        """Let no event through until `release`."""
        with self._lock:
            self._of(account_id).is_holding = True

    def release(self, account_id: str) -> tuple[Event, ...]:
        """Return what was held back, and hold nothing back any more."""
        with self._lock:
            switches = self._of(account_id)
            held, switches.held, switches.is_holding = tuple(switches.held), [], False
            return held

    def clear(self, account_id: str) -> None:
        """Turn everything off; what was held back never comes."""
        with self._lock:
            self._switches.pop(account_id, None)

    def pass_on(self, account_id: str, event: Event) -> tuple[Event, ...]:
        """Return what may be told now that *event* happened."""
        with self._lock:
            switches = self._of(account_id)
            events: tuple[Event, ...] = (event,)
            for fault, change in _CHANGES.items():
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

    def _of(self, account_id: str) -> _Switches:
        return self._switches.setdefault(account_id, _Switches())

    @staticmethod
    def _strikes(switches: _Switches, fault: EventFault) -> bool:
        left = switches.left.get(fault, 0)
        switches.left[fault] = max(0, left - 1)
        return left > 0
