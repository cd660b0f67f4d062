"""Keep within the Gateway's limits, and let those who want to get out go first.

It takes 200 requests in 60 seconds, and 50 in 30 for bars; how it counts, and whom together, it does not say. So every
request of a login counts here, in windows that slide, and the last ones are kept for exits.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from math import ceil
from threading import Lock
from typing import Final, final

from tradecore.domain.errors import UnreachableError
from tradecore.ports.system import Clock


class Lane(Enum):
    """What a request is for."""

    ENTRY = "entries"
    READ = "questions"
    EXIT = "exits and cancels"  # and logins, without which nothing goes out
    BARS = "bars"


@final
class _Window:
    """So many requests in the last seconds."""

    def __init__(self, seconds: int) -> None:
        self.length = timedelta(seconds=seconds)
        self.seen: deque[datetime] = deque()


# How many requests a window holds for each lane, of the Gateway's 200 and 50.
_ROOM: Final[Mapping[Lane, int]] = {Lane.ENTRY: 120, Lane.READ: 160, Lane.EXIT: 190, Lane.BARS: 40}
_SECONDS: Final = 60
_BARS_SECONDS: Final = 30
# How long to keep quiet after a 429 that names no time.
REST_SECONDS: Final = 5
REST_SECONDS_MAX: Final = 60
_REST_MAX: Final = timedelta(seconds=REST_SECONDS_MAX)


@final
class Pace:
    """One login's requests; safe from any thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        others = _Window(_SECONDS)
        self._windows = {Lane.ENTRY: others, Lane.READ: others, Lane.EXIT: others, Lane.BARS: _Window(_BARS_SECONDS)}
        self._rests: dict[int, datetime] = {}  # until when a window is left alone, by the Gateway's own word

    def take(self, lane: Lane) -> None:
        """Count one request; `UnreachableError` says where there is no room for it, and when there will be."""
        window, now = self._windows[lane], self._clock.now()
        with self._lock:
            # A clock that stepped back must not keep anybody waiting for ever.
            while window.seen and abs(now - window.seen[0]) >= window.length:
                window.seen.popleft()
            rest = self._rests.get(id(window))
            if rest is not None and lane is not Lane.EXIT and timedelta(0) < rest - now <= _REST_MAX:
                raise _full(lane, rest - now)
            over = len(window.seen) - _ROOM[lane]
            if over >= 0:
                raise _full(lane, window.seen[over] + window.length - now)
            window.seen.append(now)

    def slow_down(self, lane: Lane, seconds: int | None) -> int:
        """Leave the lane alone after a 429, but for exits, and return for how many seconds."""
        wait = max(1, min(seconds or REST_SECONDS, REST_SECONDS_MAX))
        with self._lock:
            self._rests[id(self._windows[lane])] = self._clock.now() + timedelta(seconds=wait)
        return wait


def _full(lane: Lane, wait: timedelta) -> UnreachableError:
    seconds = max(1, min(ceil(wait.total_seconds()), REST_SECONDS_MAX))
    message = f"ProjectX takes no more requests for {lane.value} now: what is left is kept for exits"
    return UnreachableError(message, retry_after=seconds)
