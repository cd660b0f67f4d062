"""Make who guesses passwords wait: longer with each failure, never for ever, and not those who are known here."""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import AddressValueError, IPv6Address
from threading import Lock
from typing import Final, final

from attrs import define, field

# So many of each are remembered; the one that was quiet longest is forgotten first.
_REMEMBERED_MAX: Final = 10_000
_FREE: Final = 5
_WAIT_SECONDS_MAX: Final = 60
# More are not counted: the wait grows no more, and two hours forgive everything.
_COUNT_MAX: Final = _FREE + 7
_FORGIVEN_AFTER: Final = timedelta(minutes=10)
_KNOWN_FOR: Final = timedelta(days=30)


@define
class _Failures:
    count: int
    at: datetime

    def left(self, now: datetime) -> int:
        """Return how many still count: one is forgiven for each ten minutes without another."""
        # A clock that steps back forgives nothing.
        return max(0, self.count - max(timedelta(0), now - self.at) // _FORGIVEN_AFTER)

    def wait(self, now: datetime) -> int:
        """Return for how many seconds nobody may try again."""
        over = self.left(now) - _FREE
        if over < 0:
            return 0
        until = timedelta(seconds=min(_WAIT_SECONDS_MAX, 2**over))
        passed = max(timedelta(0), now - self.at)
        return max(0, -((passed - until) // timedelta(seconds=1)))


@final
@define
class Lockout:
    """Counts failures by the name that was tried, and by where it was tried from.

    It counts in memory, each process by itself: what strangers send costs no database write. Whoever has signed in
    from a place before does not wait there for the guesses of others at their name.
    """

    _failures: OrderedDict[str, _Failures] = field(factory=OrderedDict, init=False, repr=False)
    _known: OrderedDict[tuple[str, str], datetime] = field(factory=OrderedDict, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def begin(self, name: str | None, source: str, now: datetime) -> int | None:
        """Count a try as a failure until it succeeds; or return the seconds to wait, and count nothing."""
        with self._lock:
            counted = self._counted(name, source, now)
            wait = max(self._failures[key].wait(now) if key in self._failures else 0 for key in counted)
            if wait:
                return wait
            for key in counted:
                old = self._failures.pop(key, None) or _Failures(0, now)
                self._failures[key] = _Failures(min(old.left(now) + 1, _COUNT_MAX), max(now, old.at))
            _forget(self._failures)
            return None

    def succeeded(self, name: str | None, source: str, now: datetime) -> None:
        """Take back what `begin` has counted, and remember that this person is known there."""
        with self._lock:
            for key in self._counted(name, source, now):
                if key in self._failures:
                    self._failures[key].count -= 1
            if name is not None:
                self._known.pop(_pair(name, source), None)
                self._known[_pair(name, source)] = now
                _forget(self._known)

    def _counted(self, name: str | None, source: str, now: datetime) -> tuple[str, ...]:
        """Return by what a try is counted."""
        place = f"source {_place_of(source)}"
        if name is None or self._knows(name, source, now):
            return (place,)
        return place, f"name {_name_of(name)}"

    def _knows(self, name: str, source: str, now: datetime) -> bool:
        at = self._known.get(_pair(name, source))
        return at is not None and now - at < _KNOWN_FOR


def _pair(name: str, source: str) -> tuple[str, str]:
    return _name_of(name), _place_of(source)


def _forget(remembered: OrderedDict[str, _Failures] | OrderedDict[tuple[str, str], datetime]) -> None:
    while len(remembered) > _REMEMBERED_MAX:
        remembered.popitem(last=False)


def _name_of(name: str) -> str:
    return name.strip().casefold()[:100]


def _place_of(source: str) -> str:
    """Return who is counted as one: of version 6 a whole network of 64 bits, which one person has."""
    try:
        return IPv6Address(source).exploded[:19]
    except AddressValueError:
        return source
