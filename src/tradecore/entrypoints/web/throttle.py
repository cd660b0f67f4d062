"""Slow down those who guess: failures alone are counted, and nobody with a good token is ever kept waiting."""

from collections import OrderedDict
from datetime import datetime
from threading import Lock
from typing import Final, final

from attrs import define, field, frozen

# So many of each are remembered; the one that was quiet longest is forgotten first.
_REMEMBERED_MAX: Final = 10_000


@frozen
class Pace:
    """How many failures are free, and how many seconds each further one takes."""

    burst: int
    seconds: int


PER_SOURCE: Final = Pace(burst=20, seconds=3)
PER_TOKEN: Final = Pace(burst=10, seconds=6)


@define
class _Bucket:
    left: float
    at: datetime


@final
@define
class Throttle:
    """Counts failed guesses by whom they came from and by what they guessed at."""

    _buckets: OrderedDict[str, _Bucket] = field(factory=OrderedDict, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def failed(self, source: str, guessed: str, now: datetime) -> int | None:
        """Count a failure; return the seconds to wait where there were too many, else None."""
        with self._lock:
            waits = [
                self._take(f"source {source}", PER_SOURCE, now),
                self._take(f"token {guessed}", PER_TOKEN, now),
            ]
        return max((wait for wait in waits if wait is not None), default=None)

    def _take(self, name: str, pace: Pace, now: datetime) -> int | None:
        bucket = self._buckets.pop(name, None) or _Bucket(pace.burst, now)
        self._buckets[name] = bucket
        while len(self._buckets) > _REMEMBERED_MAX:
            self._buckets.popitem(last=False)
        # A clock that steps back refills nothing, and takes nothing away.
        passed = max(0.0, (now - bucket.at).total_seconds())
        bucket.left = min(float(pace.burst), bucket.left + passed / pace.seconds)
        bucket.at = now
        if bucket.left < 1:
            return int((1 - bucket.left) * pace.seconds) + 1
        bucket.left -= 1
        return None
