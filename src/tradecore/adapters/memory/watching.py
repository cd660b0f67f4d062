"""Look at an exchange that another process runs, without touching it."""

from typing import final

from tradecore.adapters.memory.exchange.journal import FileJournal, Journal
from tradecore.adapters.memory.exchange.records import Record
from tradecore.domain.errors import UnreachableError


@final
class WatchedJournal(Journal):
    """A journal that is only read: whoever runs the exchange goes on writing it."""

    def __init__(self, journal: FileJournal) -> None:
        self._journal = journal

    def read(self) -> tuple[Record, ...]:
        return self._journal.read()

    def write(self, record: Record) -> None:
        raise UnreachableError("the paper exchange belongs to the tradecore that runs; here it can only be looked at")

    def replace(self, record: Record) -> None:
        """Leave the file alone: it is tidied up by whoever runs the exchange."""
