"""Count requests in windows that slide: 50 in 30 seconds for bars, 200 in 60 for everything else."""

from collections import deque
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, final

from attrs import frozen

from tradecore.ports.system import Clock


@frozen
class Allowance:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


BARS: Final = Allowance(50, 30)
OTHERS: Final = Allowance(200, 60)


@final
class Pace:
    """The requests of every caller. It lets everything in while it is not *kept*."""

    def __init__(self, clock: Clock, *, kept: bool) -> None:
        self.kept = kept
        self._clock = clock
        self._lock = Lock()
        self._seen: dict[tuple[str, Allowance], deque[datetime]] = {}

    def admit(self, caller: str, allowance: Allowance) -> bool:
        """Count one request, where there is room for it, and tell whether there was."""
        if not self.kept:
            return True
        now = self._clock.now()
        with self._lock:
            seen = self._seen.setdefault((caller, allowance), deque())
            while seen and seen[0] <= now - timedelta(seconds=allowance.seconds):
                seen.popleft()
            if len(seen) >= allowance.requests:
                return False
            seen.append(now)
            return True
