"""Write what people are told into the log."""

from collections.abc import Mapping
from logging import ERROR, INFO, WARNING
from types import MappingProxyType
from typing import Final, final

import structlog

from tradecore.domain.commands import Urgency
from tradecore.domain.records import Told
from tradecore.ports.notifier import Notifier

_log = structlog.get_logger()

_LEVELS: Final[Mapping[str, int]] = MappingProxyType({
    Urgency.NOTE.value: INFO,
    Urgency.WARNING.value: WARNING,
    Urgency.ALARM.value: ERROR,
})  # fmt: skip


@final
class LogNotifier(Notifier):
    """A notifier for those who read logs; the last resort where no other is configured."""

    def tell(self, told: Told) -> None:
        level = _LEVELS.get(told.urgency, WARNING)
        _log.log(level, told.text, told=told.urgency, book=str(told.key), at=told.at.isoformat())
