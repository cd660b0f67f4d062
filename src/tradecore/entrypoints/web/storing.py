"""Remember that alerts could not be stored, so that `/health` tells it before the next one is lost."""

from datetime import datetime, timedelta
from math import inf
from threading import Lock
from time import perf_counter
from typing import Final

from attrs import define, field

from tradecore.domain.errors import UnreachableError

_REMEMBERED_FOR: Final = timedelta(seconds=60)


@define
class Storing:
    """Whether the last alert could be stored, for every thread of the application."""

    _failed_at: datetime | None = None
    _refused_at: float = -inf
    _reason: str = ""
    _lock: Lock = field(factory=Lock)

    def failed(self, error: UnreachableError, now: datetime) -> None:
        """Note that an alert could not be stored."""
        with self._lock:
            self._failed_at, self._reason = now, _words(error)
            self._refused_at = perf_counter()

    def worked(self) -> None:
        """Note that an alert was stored: what was before is over."""
        with self._lock:
            self._failed_at = None

    def has_failed_since(self, came: float) -> bool:
        """Tell whether an alert could not be stored after that moment, by `perf_counter`."""
        return came < self._refused_at

    def trouble(self, now: datetime) -> str | None:
        """Return, as a sentence, why alerts cannot be stored; None where they can, or nobody has tried of late."""
        with self._lock:
            if self._failed_at is None or abs(now - self._failed_at) >= _REMEMBERED_FOR:
                return None
            return f"Alerts cannot be stored: {self._reason}."


def _words(error: BaseException) -> str:
    """Return what was wrong at the bottom of it: the words around it name the file, which is nobody's business."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).rstrip(".")
