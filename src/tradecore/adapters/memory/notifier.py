"""Remember what people would have been told."""

from threading import Lock
from typing import final

from tradecore.domain.records import Told
from tradecore.ports.notifier import Notifier


@final
class MemoryNotifier(Notifier):
    def __init__(self) -> None:
        self._lock = Lock()
        self._told: list[Told] = []

    def tell(self, told: Told) -> None:
        with self._lock:
            self._told.append(told)

    @property
    def told(self) -> tuple[Told, ...]:
        """Everything that came, in order, repeats included."""
        with self._lock:
            return tuple(self._told)

    @property
    def texts(self) -> tuple[str, ...]:
        """The words alone."""
        return tuple(told.text for told in self.told)
