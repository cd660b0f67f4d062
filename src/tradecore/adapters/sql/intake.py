"""Write down what comes in: one transaction and one wait for the disk for all that comes together."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from time import monotonic
from typing import Final, final

from attrs import define
from sqlalchemy import Connection, String, bindparam, exists, insert, select

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.columns import Moment
from tradecore.adapters.sql.engine import Database, Row
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

_ALERT: Final = (
    "id", "user_id", "account_id", "book_account_id", "symbol", "bot_id", "identity", "accepted_at", "at", "status",
    "outcome", "gates", "alert", "body",
)  # fmt: skip
_EVENT: Final = ("book", "account_id", "symbol", "due", "posted_at", "body")
_NEW_EVENT: Final = insert(EVENTS).inline()
_THERE: Final = select(ALERTS.c.id).where(ALERTS.c.id.in_(bindparam("ids", expanding=True)))
_FIRST: Final = (
    select(ALERTS.c.id)
    .where(ALERTS.c.user_id == bindparam("user_id"), ALERTS.c.identity == bindparam("identity"))
    .where(ALERTS.c.accepted_at > bindparam("after"), ALERTS.c.accepted_at < bindparam("before"))
    .order_by(ALERTS.c.accepted_at, ALERTS.c.seq)
    .limit(1)
)


@define(eq=False)
class _Letter:
    """An event to be written down, with the alert that it is about; `first` is the id of the alert that it repeats.

    `also` are events of other books that the alert brings with it.
    """

    event: Row
    alert: Row | None = None
    first: AlertId | None = None
    also: tuple[Row, ...] = ()


@final
class Intake:
    """Takes alerts and events; each call returns when its own are on disk."""

    def __init__(self, database: Database, ring: Callable[[Collection[str]], None]) -> None:
        self._database = database
        self._ring = ring
        types = {name: ALERTS.c[name].type for name in _ALERT}
        given = database.given({**types, "after": Moment(), "before": Moment()})
        earlier = exists().where(
            ALERTS.c.user_id == given["user_id"], ALERTS.c.identity == given["identity"],
            ALERTS.c.accepted_at > given["after"], ALERTS.c.accepted_at < given["before"])  # fmt: skip
        new = select(*(given[name] for name in _ALERT)).where(~earlier)
        # An alert that came before is not written, and nor is its event.
        self._new_alerts = insert(ALERTS).from_select(_ALERT, new).execution_options(preserve_rowcount=True)
        types = {name: EVENTS.c[name].type for name in _EVENT}
        given = database.given({**types, "of_alert": String(), "place": EVENTS.c.seq.type})
        new = select(*(given[name] for name in _EVENT)).where(exists().where(ALERTS.c.id == given["of_alert"]))
        # Events of a book are judged in the order of their numbers.
        self._their_events = insert(EVENTS).from_select(_EVENT, new.order_by(given["place"]))

    def accept_all(self, deliveries: Sequence[Delivery], now: datetime) -> tuple[Receipt, ...]:
        """Take alerts, each once; see the port `Inbox`."""
        letters = [_letter(delivery, now) for delivery in deliveries]
        self._write_down(letters)
        return tuple(
            Receipt(alert_id=letter.first or delivery.alert.id, duplicate=letter.first is not None)
            for letter, delivery in zip(letters, deliveries, strict=True)
        )

    def post(self, key: BookKey, event: Event, now: datetime, due: datetime | None) -> None:
        """Take an event; see the port `Inbox`."""
        self._write_down([_Letter(event_row(key, event, now, due))])

    def _write_down(self, letters: list[_Letter]) -> None:
        began = monotonic()
        try:
            with self._database.write() as connection:
                self._write(connection, letters)
        except UnreachableError:
            is_late = monotonic() - began > self._database.patience_seconds * _AT_ONCE
            if is_late or not self._database.is_shared:
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
        events = [letter.event for letter in letters if letter.alert is None]
        if events:
            connection.execute(_NEW_EVENT, events)
        self._lock(connection, [letter.alert for letter in letters if letter.alert is not None])
        waiting = [letter for letter in letters if letter.alert is not None]
        while waiting:
            # A statement does not see what it writes itself: it ends before one that may be an alert of its own. What
            # comes behind that one waits as well, or a close would overtake the entry that it is to close.
            several = _all_different(waiting)
            self._write_alerts(connection, several)
            waiting = waiting[len(several) :]

    def _write_alerts(self, connection: Connection, letters: list[_Letter]) -> None:
        alerts = [letter.alert for letter in letters if letter.alert is not None]
        new = self._database.execute_given(connection, self._new_alerts, alerts).rowcount
        theirs = [(_id(letter), event) for letter in letters for event in (letter.event, *letter.also)]
        events = [{**event, "of_alert": alert_id, "place": place} for place, (alert_id, event) in enumerate(theirs)]
        self._database.execute_given(connection, self._their_events, events)
        is_new = new == len(letters)
        there = () if is_new else set(connection.execute(_THERE, {"ids": [one["id"] for one in alerts]}).scalars())
        for letter in letters:
            # It may have been found in a try that failed.
            is_first = is_new or _id(letter) in there
            letter.first = None if is_first else AlertId(connection.execute(_FIRST, letter.alert).scalar_one())

    def _lock(self, connection: Connection, alerts: list[Row]) -> None:
        # Of two deliveries at the same instant, by two processes, one must see the other.
        self._database.lock(connection, *{f"{alert['user_id']} {alert['identity']}" for alert in alerts})


def _letter(delivery: Delivery, now: datetime) -> _Letter:
    return _Letter(
        event_row(delivery.key, delivery.arrived, now, None), _alert_row(delivery, now),
        also=tuple(event_row(key, delivery.flattening, now, None) for key in delivery.also))  # fmt: skip


def _id(letter: _Letter) -> AlertId:
    assert letter.alert is not None
    return AlertId(letter.alert["id"])


def _identity(letter: _Letter) -> tuple[str, str]:
    assert letter.alert is not None
    return letter.alert["user_id"], letter.alert["identity"]


def _all_different(letters: list[_Letter]) -> list[_Letter]:
    """Return the first letters, as far as no two may be one alert."""
    seen: set[tuple[str, str]] = set()

    def is_new(letter: _Letter) -> bool:
        count = len(seen)
        seen.add(_identity(letter))
        return len(seen) > count

    return list(takewhile(is_new, letters))


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
