"""Keep what brokers say of a book waiting while the book is worked on: mostly the work has said it by then.

Every stream says again what the answers have said. Such a repeat need not be written down, claimed and forgotten; and
nothing is delayed, because nobody else may work on the book meanwhile. What waits here when the process dies is as if
it had been said while nobody listened: whoever comes next looks.
"""

from collections.abc import Callable
from threading import Lock
from typing import final

from attrs import define, field

from tradecore.domain.book import BookKey

Take = Callable[[], None]


@final
@define(eq=False)
class Doorstep:
    """One for all threads of a process."""

    _waiting: dict[BookKey, list[Take]] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def close(self, key: BookKey) -> None:
        """Begin to keep what is said of the book: it is worked on."""
        with self._lock:
            self._waiting[key] = []

    def keep(self, key: BookKey, take: Take) -> bool:
        """Keep what has been said of the book until the door opens; False where it is open."""
        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is not None:
                waiting.append(take)
            return waiting is not None

    def open(self, key: BookKey) -> list[Take]:
        """Keep nothing more; return what has come, for the caller to call in this order."""
        with self._lock:
            return self._waiting.pop(key, [])
