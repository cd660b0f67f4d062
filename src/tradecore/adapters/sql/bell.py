"""Wake the threads of this process when something may be due."""

from threading import Condition, local
from typing import final


@final
class Bell:
    """Rings when an event comes. Nobody sleeps through a ring that came after they last looked."""

    def __init__(self) -> None:
        self._rung = Condition()
        self._rings = 0
        self._mine = local()

    def ring(self, times: int = 1) -> None:
        """Wake so many of those who wait."""
        with self._rung:
            self._rings += times
            self._rung.notify(times)

    def listen(self) -> None:
        """Begin to hear: what rings from now on ends this thread's next wait at once."""
        self._mine.heard = self._rings
        self._mine.pause = None

    def expect(self, seconds: float | None) -> None:
        """Let this thread's next wait end by itself after *seconds*."""
        self._mine.pause = seconds

    def wait(self, seconds: float) -> None:
        """Return when it rings, or has rung since this thread listened; after *seconds* at the latest."""
        pause: float | None = getattr(self._mine, "pause", None)
        limit = seconds if pause is None else min(seconds, pause)
        with self._rung:
            heard = getattr(self._mine, "heard", self._rings)
            self._rung.wait_for(lambda: self._rings != heard, timeout=max(0.0, limit))
