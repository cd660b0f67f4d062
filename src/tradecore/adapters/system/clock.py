"""Tell the time of the machine."""

from datetime import UTC, datetime
from typing import final

from tradecore.ports.system import Clock


@final
class SystemClock(Clock):
    def now(self) -> datetime:
        return datetime.now(UTC)
