"""Run threads that go on until they are told to stop, whatever happens to them."""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final, final

import structlog

from tradecore.domain.errors import UnreachableError

_log = structlog.get_logger()

# How long a thread that failed waits before it goes on, so that a bug does not eat the machine.
_PAUSE_SECONDS: Final = 1.0


@final
class Crew:
    """The threads of one process, which stop together."""

    def __init__(self) -> None:
        self.stopping = Event()
        self._threads: list[Thread] = []

    def run(self, name: str, work: Callable[[Event], None]) -> None:
        """Let *work* run in a thread until it returns; where it fails before the end, let it run again."""
        self._start(name, lambda: self._keep_running(name, work))

    def repeat(self, name: str, work: Callable[[], None], *, every_seconds: float) -> None:
        """Let *work* be done again and again, with a pause after each time."""
        self._start(name, lambda: self._keep_repeating(name, work, every_seconds))

    def stop(self, *, seconds: float) -> tuple[str, ...]:
        """Tell all of them to stop; return the names of those who are not done in time."""
        self.stopping.set()
        share = seconds / max(1, len(self._threads))
        for thread in self._threads:
            thread.join(share)
        return tuple(thread.name for thread in self._threads if thread.is_alive())

    def _start(self, name: str, target: Callable[[], None]) -> None:
        # Not waited for at the very end: a thread that hangs in a call must not keep the process alive.
        thread = Thread(target=target, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _keep_running(self, name: str, work: Callable[[Event], None]) -> None:
        while not self.stopping.is_set():
            if not self._do(name, lambda: work(self.stopping)):
                self.stopping.wait(_PAUSE_SECONDS)

    def _keep_repeating(self, name: str, work: Callable[[], None], every_seconds: float) -> None:
        while not self.stopping.wait(every_seconds):
            self._do(name, work)

    def _do(self, name: str, work: Callable[[], None]) -> bool:
        """Do it once, and say what was wrong; tell whether all went well."""
        try:
            work()
        except UnreachableError as error:
            _log.warning("something cannot be had; trying again", thread=name, error=str(error))
        except Exception:  # noqa: BLE001 - a thread that dies unseen would stop trading
            _log.exception("a thread failed, and goes on", thread=name)
        else:
            return True
        return False
