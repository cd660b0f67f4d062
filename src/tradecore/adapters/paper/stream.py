"""Hear what happens at the paper exchange: one thread, however many accounts."""

from threading import Event, Lock, Thread
from typing import Final, final

import structlog

from tradecore.adapters.paper import wire
from tradecore.adapters.paper.client import Line
from tradecore.domain.errors import ProgrammingError, UnreachableError
from tradecore.domain.ids import AccountId
from tradecore.ports.broker import Listener

_log = structlog.get_logger()

# How long to wait before an exchange that was not reached is tried again; the last one for ever after.
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


@final
class Stream:
    """What the exchange tells by itself. Its thread runs while anybody listens.

    Reports are numbered, so that a line that was cut is taken up where it was. What cannot be had any more, as
    after a restart of the exchange, is told to every listener as missed.
    """

    def __init__(self, url: str) -> None:
        self._line = Line(url)
        self._lock = Lock()
        self._listeners: dict[AccountId, Listener] = {}
        self._nobody_listens = Event()
        self._thread: Thread | None = None

    def join(self, account_id: AccountId, listener: Listener) -> None:
        """Tell *listener* of every report on the account from now on."""
        with self._lock:
            if account_id in self._listeners:
                message = f"account {account_id} has a listener already"
                raise ProgrammingError(message)
            if self._thread is None:
                here = self._line.ask("reports", wire.PAGE)
                self._thread = Thread(target=self._run, args=(here,), name="paper exchange", daemon=True)
                self._thread.start()
            self._listeners[account_id] = listener
            self._nobody_listens.clear()

    def leave(self, account_id: AccountId) -> bool:
        """Tell nothing of the account any more; return whether nobody listens now. A repeat is harmless."""
        with self._lock:
            self._listeners.pop(account_id, None)
            if not self._listeners:
                self._nobody_listens.set()
            return not self._listeners

    def _run(self, here: wire.Page) -> None:
        last: wire.Page | None = here
        failures = 0
        while self._is_wanted():
            try:
                last = self._hear(last)
                failures = 0
                continue
            except UnreachableError as error:
                if not failures:
                    _log.warning("the paper exchange's reports cannot be heard; trying again", error=str(error))
            except Exception:  # noqa: BLE001 - the thread must go on; what was not understood is looked up instead
                _log.exception("the paper exchange's reports could not be taken; everything is looked at again")
                last = None
            self._nobody_listens.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
            failures += 1
        self._line.rest()

    def _is_wanted(self) -> bool:
        with self._lock:
            if not self._listeners:
                # Under the lock: whoever joins after this starts a thread of his own.
                self._thread = None
            return self._thread is not None

    def _hear(self, last: wire.Page | None) -> wire.Page:
        """Pass on what happened since *last*, and return where to go on; None is "wherever it is now"."""
        if last is None:
            page = self._line.ask("reports", wire.PAGE)
        else:
            page = self._line.ask("reports", wire.PAGE, epoch=last.epoch, after=str(last.last))
        with self._lock:
            listeners = dict(self._listeners)
        if last is None or page.missed:
            for listener in listeners.values():
                listener.missed()
        for told in page.told:
            self._tell(listeners.get(told.account_id), told)
        return page

    def _tell(self, listener: Listener | None, told: wire.Told) -> None:
        if listener is None:
            return
        if told.report is None:
            listener.missed()
        else:
            listener.heard(told.report)
