"""Write down what comes in, in batches: one transaction and one wait for the disk for all who came meanwhile."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, final

from attrs import define
from sqlalchemy import Connection, Select, Table, bindparam, exists, insert, select

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.batching import Batcher, Take
from tradecore.adapters.sql.engine import PATIENCE_SECONDS, Database
from tradecore.adapters.sql.tables import ALERTS, EVENTS
from tradecore.domain.book import BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import Event
from tradecore.domain.ids import AlertId
from tradecore.domain.records import Delivery, Receipt

# A cut shows at once; whoever has waited longer than this part of all patience has no time left for another try.
_AT_ONCE: Final = 0.25
_EVER: Final = timedelta(days=365 * 50)
_Row = Mapping[str, Any]

_ALERT: Final = (
    "id", "user_id", "account_id", "book_account_id", "symbol", "bot_id", "identity", "accepted_at", "at", "status",
    "outcome", "gates", "alert", "body",
)  # fmt: skip
_EVENT: Final = ("book", "account_id", "symbol", "due", "posted_at", "body")


def _bound(table: Table, names: tuple[str, ...]) -> Select[Any]:
    return select(*(bindparam(name, type_=table.c[name].type) for name in names))


_EARLIER: Final = (
    select(ALERTS.c.id)
    .where(ALERTS.c.user_id == bindparam("user_id"), ALERTS.c.identity == bindparam("identity"))
    .where(ALERTS.c.accepted_at > bindparam("after"), ALERTS.c.accepted_at < bindparam("before"))
)
_FIRST: Final = _EARLIER.order_by(ALERTS.c.accepted_at, ALERTS.c.seq).limit(1)
# An alert that came before is not written, and nor is its event.
_NEW_ALERT: Final = (
    insert(ALERTS)
    .from_select(_ALERT, _bound(ALERTS, _ALERT).where(~_EARLIER.exists()))
    .execution_options(preserve_rowcount=True)
)
_ITS_EVENT: Final = insert(EVENTS).from_select(
    _EVENT, _bound(EVENTS, _EVENT).where(exists().where(ALERTS.c.id == bindparam("of_alert")))
)
_NEW_EVENT: Final = insert(EVENTS).inline()
_THERE: Final = select(ALERTS.c.id).where(ALERTS.c.id.in_(bindparam("ids", expanding=True)))


@define(eq=False)
class _Letter:
    """An event to be written down, with the alert that it is about; `first` is the id of the alert that it repeats."""

    event: _Row
    alert: _Row | None = None
    first: AlertId | None = None


@final
class Intake:
    """Takes alerts and events from many threads; each call returns when its own is on disk."""

    def __init__(self, database: Database, ring: Callable[[Collection[str]], None]) -> None:
        self._database = database
        self._ring = ring
        self._batcher: Batcher[_Letter] = Batcher(self._write_down, patience_seconds=PATIENCE_SECONDS)

    def accept(self, delivery: Delivery, now: datetime) -> Receipt:
        """Take an alert once; see the port `Inbox`."""
        letter = _Letter(event_row(delivery.key, delivery.arrived, now, None), _alert_row(delivery, now))
        self._batcher.bring(letter)
        return Receipt(alert_id=letter.first or delivery.alert.id, duplicate=letter.first is not None)

    def post(self, key: BookKey, event: Event, now: datetime, due: datetime | None) -> None:
        """Take an event; see the port `Inbox`."""
        self._batcher.bring(_Letter(event_row(key, event, now, due)))

    def _write_down(self, take: Take[_Letter]) -> None:
        letters: list[_Letter] = []
        began = monotonic()
        try:
            with self._database.write() as connection:
                letters = take()
                self._write(connection, letters)
        except UnreachableError:
            is_late = monotonic() - began > self._database.patience_seconds * _AT_ONCE
            if is_late or not (self._database.is_shared and letters):
                raise
            # The connection was cut meanwhile; a new one tells whether the database is there.
            with self._database.write() as connection:
                self._write_rest(connection, letters)
        self._ring([letter.event["account_id"] for letter in letters])

    def _write_rest(self, connection: Connection, letters: list[_Letter]) -> None:
        """Write what is not there: the database may have written everything, and only its answer was lost."""
        alerts = [letter.alert for letter in letters if letter.alert is not None]
        # It may be writing still: what is there shows when it has let go of its locks.
        self._lock(connection, alerts)
        there = set(connection.execute(_THERE, {"ids": [alert["id"] for alert in alerts]}).scalars())
        # An event that is no alert may come twice: a repeat is harmless, and one that is lost is not.
        self._write(connection, [one for one in letters if one.alert is None or one.alert["id"] not in there])

    def _write(self, connection: Connection, letters: list[_Letter]) -> None:
        alerts = [letter for letter in letters if letter.alert is not None]
        for letter in alerts:
            letter.first = None  # It may have been found in a try that failed.
        if alerts:
            rows = [letter.alert for letter in alerts if letter.alert is not None]
            self._lock(connection, rows)
            new = connection.execute(_NEW_ALERT, rows).rowcount
            connection.execute(_ITS_EVENT, [{**letter.event, "of_alert": _id(letter)} for letter in alerts])
            if new != len(alerts):
                _find_the_first(connection, alerts)
        others = [letter.event for letter in letters if letter.alert is None]
        if others:
            connection.execute(_NEW_EVENT, others)

    def _lock(self, connection: Connection, alerts: list[_Row]) -> None:
        # Of two deliveries at the same instant, by two processes, one must see the other.
        self._database.lock(connection, *{f"{alert['user_id']} {alert['identity']}" for alert in alerts})


def _find_the_first(connection: Connection, alerts: list[_Letter]) -> None:
    there = set(connection.execute(_THERE, {"ids": [_id(letter) for letter in alerts]}).scalars())
    for letter in alerts:
        if _id(letter) not in there:
            letter.first = AlertId(connection.execute(_FIRST, letter.alert).scalar_one())


def _id(letter: _Letter) -> AlertId:
    assert letter.alert is not None
    return AlertId(letter.alert["id"])


def event_row(key: BookKey, event: Event, now: datetime, due: datetime | None) -> dict[str, object]:
    """Return the row of an event that is to be judged."""
    return {
        "book": str(key), "account_id": key.account_id, "symbol": key.symbol, "due": due, "posted_at": now,
        "body": codec.EVENT.write(event),
    }  # fmt: skip


def _alert_row(delivery: Delivery, now: datetime) -> dict[str, object]:
    alert, window = delivery.alert, min(delivery.window if delivery.window is not None else _EVER, _EVER)
    return {
        "id": alert.id, "user_id": delivery.user_id, "account_id": delivery.account_id,
        "book_account_id": delivery.key.account_id, "symbol": delivery.key.symbol, "bot_id": delivery.arrived.bot_id,
        "identity": hashlib.sha256(delivery.identity.encode()).hexdigest(), "accepted_at": now,
        "at": alert.received_at, "status": Status.PENDING.name, "outcome": "", "gates": "[]",
        "alert": codec.ALERT.write(alert), "body": delivery.body,
        "after": now - window, "before": now + window,
    }  # fmt: skip
