"""Make who guesses passwords wait: longer with each failure, never for ever, and not those who are known here."""

from collections import OrderedDict
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import AddressValueError, IPv6Address
from threading import Lock
from typing import Final, final

from attrs import define, field

# So many of each are remembered; the one that was quiet longest is forgotten first.
_REMEMBERED_MAX: Final = 10_000
# So many cost nothing: at one thing from one place; at one name from anywhere; from one place at anything. Far fewer
# mistakes are one person's own than those of everybody who shares a place with them, or a name with a thief.
_FREE: Final = 5
_FREE_AT_NAME: Final = 25
_FREE_FROM_PLACE: Final = 50
_WAIT_SECONDS_MAX: Final = 60
# So many more are counted: then the wait grows no more, and two hours forgive everything.
_OVER_MAX: Final = 7
_FORGIVEN_AFTER: Final = timedelta(minutes=10)
_KNOWN_FOR: Final = timedelta(days=30)


@define
class _Failures:
    """Failures of one kind, of which so many are `free`."""

    free: int
    at: datetime
    count: int = 0

    def left(self, now: datetime) -> int:
        """Return how many still count: a fifth of the free ones is forgiven for each ten minutes without another."""
        # A clock that steps back forgives nothing.
        passed = max(timedelta(0), now - self.at) // _FORGIVEN_AFTER
        return max(0, self.count - passed * (self.free // _FREE))

    def wait(self, now: datetime) -> int:
        """Return for how many seconds nobody may try again."""
        over = self.left(now) - self.free
        if over < 0:
            return 0
        until = timedelta(seconds=min(_WAIT_SECONDS_MAX, 2**over))
        passed = max(timedelta(0), now - self.at)
        return max(0, -((passed - until) // timedelta(seconds=1)))

    def one_more(self, now: datetime) -> "_Failures":
        """Return them with another."""
        count = min(self.left(now) + 1, self.free + _OVER_MAX)
        return _Failures(self.free, max(now, self.at), count)


@final
@define
class Lockout:
    """Counts failures by what was tried and where from; and, far beyond, by the name and by the place alone.

    It counts in memory, each process by itself: what strangers send costs no database write. Whoever has signed in
    from a place before does not wait there for the guesses of others at their name.
    """

    _failures: OrderedDict[str, _Failures] = field(factory=OrderedDict, init=False, repr=False)
    _known: OrderedDict[tuple[str, str], datetime] = field(factory=OrderedDict, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def begin(self, name: str | None, source: str, now: datetime, *, invitation: str = "") -> int | None:
        """Count a try as a failure until it succeeds; or return the seconds to wait, and count nothing.

        It is one at the password of *name*, or with None at an *invitation*, where one was shown.
        """
        with self._lock:
            counted = self._counted(name, source, now, invitation)
            wait = max(self._failures[key].wait(now) if key in self._failures else 0 for key in counted)
            if wait:
                return wait
            for key, free in counted.items():
                self._failures[key] = (self._failures.pop(key, None) or _Failures(free, now)).one_more(now)
            _forget(self._failures)
            return None

    def succeeded(self, name: str | None, source: str, now: datetime, *, invitation: str = "") -> None:
        """Take back what `begin` has counted, and remember that this person is known there."""
        with self._lock:
            for key in self._counted(name, source, now, invitation):
                if key in self._failures:
                    self._failures[key].count -= 1
            if name is not None:
                self._known.pop(_pair(name, source), None)
                self._known[_pair(name, source)] = now
                _forget(self._known)

    def _counted(self, name: str | None, source: str, now: datetime, invitation: str) -> dict[str, int]:
        """Return by what a try is counted, and how many are free of each."""
        place = _place_of(source)
        tried = f"invitation {sha256(invitation.encode(errors='replace')).hexdigest()}"
        if name is not None:
            tried = f"name {_name_of(name)}"
        counted = {f"{tried} from {place}": _FREE, f"from {place}": _FREE_FROM_PLACE}
        if name is not None and not self._knows(name, source, now):
            counted[tried] = _FREE_AT_NAME
        return counted

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
