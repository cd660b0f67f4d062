"""Put into the inbox what a broker tells by itself, and make up for what could not be put there."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial
from itertools import count
from threading import Lock
from typing import Final, final

import structlog

from tradecore.domain.book import BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import OrderReported, ReconcileDue
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.orders import Report
from tradecore.domain.settling import says_nothing_new
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.ports.broker import Broker, Listener
from tradecore.ports.inbox import Inbox
from tradecore.ports.ledger import Ledger
from tradecore.ports.system import Clock

_log = structlog.get_logger()

# How long after a look around that failed the broker is asked again.
_LOOK_AGAIN: Final = timedelta(seconds=10)


@final
class Ear(Listener):
    """Listens to one account's broker. Where the inbox cannot be had, it owes its books a look, and never raises.

    Since `since` nothing that the broker said was missed.
    """

    def __init__(self, account_id: AccountId, inbox: Inbox, ledger: Ledger, clock: Clock, doorstep: Doorstep) -> None:
        self._account_id = account_id
        self._inbox = inbox
        self._ledger = ledger
        self._clock = clock
        self._doorstep = doorstep
        self._lock = Lock()
        # What is owed a look, None for every open book; with the number of the debt, so that paying an old one
        # never forgives one made meanwhile.
        self._owed: dict[BookKey | None, int] = {}
        self._debts = count()
        self._unseen: int | None = None  # what the broker holds where nobody has looked since the last gap
        self._look_at = clock.now()
        self.since = clock.now()

    def begin(self) -> None:
        """Have every open book looked at: nobody knows what was said before anybody listened."""
        self._begin_anew()

    def heard(self, report: Report) -> None:
        try:
            if report.symbol is not None and self._doorstep.keep(self._key(report.symbol), partial(self._take, report)):
                return
        except Exception:  # noqa: BLE001 - as below
            _log.exception("a broker's report could not be taken", account=self._account_id)
            self._owe(None)
            return
        self._take(report)

    def _take(self, report: Report) -> None:
        key = None
        try:
            order = self._ledger.order(report.order_id) if report.order_id is not None else None
            if order is not None and says_nothing_new(order, report):
                return
            symbol = report.symbol or (order.ticket.symbol if order is not None else None)
            if symbol is None:
                self._owe(None)
                return
            key = self._key(symbol)
            self._inbox.post(key, OrderReported(report=report), self._clock.now())
        except UnreachableError as error:
            _log.warning("a broker's report could not be kept", account=self._account_id, error=str(error))
            self._owe(key)
        except Exception:  # noqa: BLE001 - the broker's thread must go on; what it said is looked up instead
            _log.exception("a broker's report could not be taken", account=self._account_id)
            self._owe(None)

    def _key(self, symbol: Symbol) -> BookKey:
        return BookKey(account_id=self._account_id, symbol=symbol)

    def missed(self) -> None:
        _log.info("a broker may have said something unheard: open books are looked at", account=self._account_id)
        self._begin_anew()

    def _begin_anew(self) -> None:
        with self._lock:
            self.since = self._clock.now()
            self._unseen, self._look_at = next(self._debts), self.since
        self._owe(None)
        self.tend()

    def look_around(self, broker: Broker) -> None:
        """After a gap, have looked at what the broker holds or works in books that are not open: people trade too.

        `WorldError` where the broker or the inbox cannot be asked; a later call tries again, not at once.
        """
        with self._lock:
            unseen, now = self._unseen, self._clock.now()
            if unseen is None or now < self._look_at:
                return
            self._look_at = now + _LOOK_AGAIN
        found = {self._key(one.symbol) for one in broker.positions()} | set(map(self._key, broker.working_symbols()))
        for key in sorted(found - set(self._ledger.open_books(self._account_id)), key=str):
            self._inbox.post(key, ReconcileDue(why="the broker has something in it, and it may be news"), now)
        with self._lock:
            if self._unseen == unseen:
                self._unseen = None

    def tend(self) -> None:
        """Have looked at what is owed a look; where the inbox still cannot be had, the next time."""
        with self._lock:
            owed = dict(self._owed)
        if not owed:
            return
        try:
            self._post_looks(owed)
        except UnreachableError:
            return
        except Exception:  # noqa: BLE001 - as above; the next time is soon
            _log.exception("the books of an account could not be looked at again", account=self._account_id)
            return
        with self._lock:
            self._owed = {key: debt for key, debt in self._owed.items() if owed.get(key) != debt}

    def _post_looks(self, owed: Collection[BookKey | None]) -> None:
        keys = {key for key in owed if key is not None}
        if None in owed:
            keys.update(self._ledger.open_books(self._account_id))
        due = ReconcileDue(why="something that the broker said may have been missed")
        for key in sorted(keys, key=str):
            self._inbox.post(key, due, self._clock.now())

    def _owe(self, key: BookKey | None) -> None:
        with self._lock:
            self._owed[key] = next(self._debts)
