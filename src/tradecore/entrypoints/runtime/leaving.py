"""Delete bots that still hold something: close first, and forget them only when their books say that they are flat.

The wish is a mark on the bot. It is stored before anything is asked of a book, and `tend` goes on from it, so that a
process that dies in between leaves nothing half done.
"""

from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Self

import structlog
from attrs import Factory, define, evolve, field, frozen

from tradecore.domain.ids import BotId
from tradecore.domain.parties import Bot
from tradecore.entrypoints.runtime.halting import Halting, Scope
from tradecore.ports.directory import Directory
from tradecore.ports.system import Clock

_log = structlog.get_logger()

# A book that is not flat is asked again after this; its own plan goes on trying in between.
_ASK_AGAIN: Final = timedelta(seconds=15)
_WHY: Final = "the bot is to be deleted"


@define
class _Memory:
    """When each bot's books were last asked."""

    asked: dict[BotId, datetime] = Factory(dict)
    lock: Lock = Factory(Lock)


@frozen(kw_only=True)
class Leaving:
    """Bots on their way out. Raises `UnreachableError` where our own database cannot be had."""

    directory: Directory
    halting: Halting
    clock: Clock
    _memory: _Memory = field(factory=_Memory, init=False, repr=False)

    @classmethod
    def of(cls, halting: Halting) -> Self:
        """Return the way out over the kill switch's ports."""
        return cls(directory=halting.directory, halting=halting, clock=halting.clock)

    def forget(self, bot: Bot) -> bool:
        """Delete *bot* where it holds, works and waits for nothing; False, and nothing is done, where it does."""
        if self.halting.still_open(Scope(bot_id=bot.id)):
            return False
        self.directory.forget_bot(bot.id)
        with self._memory.lock:
            self._memory.asked.pop(bot.id, None)
        _log.info("bot deleted", bot=bot.id, symbol=bot.symbol)
        return True

    def dismiss(self, bot: Bot) -> Bot:
        """Switch *bot* off and have it closed, so that `tend` can forget it; return it as it is now."""
        now = self.clock.now()
        leaving = bot
        if bot.leaving_since is None:
            leaving = evolve(bot, active=False, leaving_since=now, changed_at=now)
            # First the mark: from here on no entry passes, and whoever tends finishes it.
            self.directory.keep(leaving)
        self._close(leaving, now)
        return leaving

    def tend(self) -> None:
        """Forget who has become flat, and ask the others' books again."""
        for bot in self.directory.view().bots():
            if bot.leaving_since is None or self.forget(bot):
                continue
            now = self.clock.now()
            with self._memory.lock:
                # After a restart nobody knows when they were asked, so they are asked.
                asked = self._memory.asked.get(bot.id)
            if asked is None or abs(now - asked) >= _ASK_AGAIN:
                self._close(bot, now)

    def _close(self, bot: Bot, now: datetime) -> None:
        with self._memory.lock:
            self._memory.asked[bot.id] = now
        self.halting.flatten(Scope(bot_id=bot.id), why=_WHY)
