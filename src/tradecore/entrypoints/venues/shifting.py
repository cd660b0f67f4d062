"""Tell a time that somebody chose, and that goes on from there."""

from datetime import datetime, timedelta
from typing import final

from tradecore.ports.system import Clock


@final
class ShiftedClock(Clock):
    """Another clock, some time away from it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shift = timedelta(0)

    def now(self) -> datetime:
        """Return the time that it is here."""
        return self._clock.now() + self._shift

    def set(self, moment: datetime | None) -> None:
        """Make it *moment* now; None is the time of the clock behind."""
        self._shift = timedelta(0) if moment is None else moment - self._clock.now()
