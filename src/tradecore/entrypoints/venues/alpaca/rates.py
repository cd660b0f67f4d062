"""Count requests by the minute, as Alpaca does for each account."""

from threading import Lock
from typing import Final, final

from attrs import frozen

from tradecore.ports.system import Clock

PER_MINUTE: Final = 200
_WINDOW_SECONDS: Final = 60


@frozen(kw_only=True)
class Count:
    """How many requests may come, how many are left, and when it begins anew, in seconds since 1970."""

    limit: int
    remaining: int
    reset: int
    is_over: bool

    def headers(self) -> dict[str, str]:
        """Return them as they are sent."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


@final
class RateLimit:
    """A window of a minute for each caller, which begins with its first request. A limit of 0 lets everything in."""

    def __init__(self, clock: Clock, limit: int = PER_MINUTE) -> None:
        self.limit = limit
        self._clock = clock
        self._lock = Lock()
        self._windows: dict[str, tuple[int, int]] = {}

    def count(self, caller: str) -> Count | None:
        """Count one request of *caller*."""
        if not self.limit:
            return None
        now = int(self._clock.now().timestamp())
        with self._lock:
            reset, used = self._windows.get(caller, (0, 0))
            if now >= reset:
                reset, used = now + _WINDOW_SECONDS, 0
            self._windows[caller] = reset, used + 1
        left = self.limit - used - 1
        return Count(limit=self.limit, remaining=max(0, left), reset=reset, is_over=left < 0)
