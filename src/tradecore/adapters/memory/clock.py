"""Tell whatever time it is told."""

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final, final

from tradecore.ports.system import Clock

QUIET_MONDAY: Final = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)  # 10:00 in New York, 9:00 in Chicago


@final
class MemoryClock(Clock):
    def __init__(self, start: datetime = QUIET_MONDAY) -> None:
        self._lock = Lock()
        self._now = _aware(start)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float | timedelta) -> datetime:
        """Let time pass (back, where it is negative), and return the new moment."""
        step = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        with self._lock:
            self._now += step
            return self._now

    def set(self, moment: datetime) -> None:
        """Make it *moment* now, before or after."""
        with self._lock:
            self._now = _aware(moment)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = f"{moment} has no zone, so nobody knows when it is"
        raise ValueError(message)
    return moment.astimezone(UTC)
