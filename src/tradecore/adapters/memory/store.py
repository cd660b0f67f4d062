"""Put the parts of a store together that lives in memory, with switches for its faults."""

from typing import final

from tradecore.adapters.memory.access import MemoryAccess
from tradecore.adapters.memory.directory import MemoryDirectory
from tradecore.adapters.memory.history import MemoryHistory
from tradecore.adapters.memory.inbox import MemoryInbox
from tradecore.adapters.memory.ledger import MemoryLedger
from tradecore.adapters.memory.safe import MemorySafe
from tradecore.adapters.memory.standing import MemoryStanding
from tradecore.adapters.memory.state import State


@final
class MemoryStore:
    """One database's worth of memory; its parts share one state, and may be used from many threads."""

    def __init__(self) -> None:
        self._state = State()
        self.inbox = MemoryInbox(self._state)
        self.ledger = MemoryLedger(self._state)
        self.standing = MemoryStanding(self._state)
        self.history = MemoryHistory(self._state)
        self.directory = MemoryDirectory(self._state)
        self.access = MemoryAccess(self._state)
        self.safe = MemorySafe(self._state)

    def fail_next(self, call: str, times: int = 1) -> None:
        """Let the next *times* calls of the method named *call* raise `UnreachableError` before they write."""
        with self._state.lock:
            self._state.failing[call] = times

    def fail_next_record(self, times: int = 1) -> None:
        """Let the next *times* judgements not be written down."""
        self.fail_next("record", times)

    def heal(self) -> None:
        """Let nothing fail any more."""
        with self._state.lock:
            self._state.failing.clear()

    def restart(self) -> None:
        """Do what the death of all workers does: nobody has any book, and what is written stays."""
        with self._state.lock:
            self._state.claims.clear()
            self._state.wake()

    def ping(self) -> None:
        """Raise `UnreachableError` where it was told to fail."""
        with self._state.lock:
            self._state.trip("ping")

    def close(self) -> None:
        """Do nothing: there is nothing to close."""
