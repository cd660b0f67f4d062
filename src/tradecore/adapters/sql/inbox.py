"""Keep events in the database until they are judged."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final, final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    union_all,
)

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.columns import Moment
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import ALERTS, ERRANDS, EVENTS
from tradecore.domain.book import BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.events import Event
from tradecore.domain.ids import AccountId, AlertId, ErrandId, EventId, Symbol
from tradecore.domain.records import Claim, Delivery, Errand, Posted, Receipt
from tradecore.ports.inbox import Inbox

_EVENT_ID_DIGITS: Final = 25
_EVER: Final = timedelta(days=365 * 50)

_FIRST_WITHIN: Final = (
    select(ALERTS.c.id)
    .where(ALERTS.c.user_id == bindparam("user_id"), ALERTS.c.identity == bindparam("identity"))
    .where(ALERTS.c.accepted_at > bindparam("after"))
    .order_by(ALERTS.c.accepted_at, ALERTS.c.seq)
    .limit(1)
)
_NEW_ALERT: Final = insert(ALERTS)
_NEW_EVENT: Final = insert(EVENTS)


def _next_event(whose: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """Return the question for the first undated event of those, and for the first dated one that is due."""
    events = EVENTS.c
    row = (events.seq, events.account_id, events.symbol, events.due, events.posted_at, events.body)
    undated = select(*row).where(events.due.is_(None), whose).order_by(events.seq)
    dated = select(*row).where(events.due <= bindparam("now"), whose).order_by(events.due, events.seq)
    return undated.limit(1), dated.limit(1)


def _first_errand() -> Select[Any]:
    """Return the question for the oldest errand of a book that nobody has: whoever had it has died."""
    errands = ERRANDS.c
    nothing = literal(None, Moment)
    row = (errands.seq, errands.account_id, errands.symbol, nothing.label("due"), nothing.label("posted_at"))
    free = errands.book.not_in(bindparam("taken", expanding=True))
    return select(*row, literal("").label("body")).where(free).order_by(errands.seq).limit(1)


def _any_of(*questions: Select[Any]) -> Any:  # noqa: ANN401 - the type of a union of selects says nothing
    # SQLite takes an order and a limit only within brackets of their own.
    return union_all(*(select(question.subquery()) for question in questions))


_NEXT_ANYWHERE: Final = _any_of(*_next_event(EVENTS.c.book.not_in(bindparam("taken", expanding=True))), _first_errand())
_NEXT_OF_BOOK: Final = _any_of(*_next_event(EVENTS.c.book == bindparam("book")))
_NEXT_DUE: Final = select(func.min(EVENTS.c.due)).where(EVENTS.c.due > bindparam("now"))
_LEFT_OVER: Final = (
    select(ERRANDS.c.id, ERRANDS.c.command).where(ERRANDS.c.book == bindparam("book")).order_by(ERRANDS.c.seq)
)
_WAITING: Final = (
    select(func.count())
    .select_from(EVENTS)
    .where(or_(EVENTS.c.due.is_(None), EVENTS.c.due <= bindparam("now", type_=Moment())))
)


def event_id(seq: int) -> EventId:
    """Return the id of the event with this number: as long as a mint's, and like none of a mint's."""
    return EventId(f"E{seq:0{_EVENT_ID_DIGITS}d}")


def event_seq(of: EventId) -> int | None:
    """Return the number in the id of an event of the inbox; None for one that never lay there."""
    return int(of[1:]) if of.startswith("E") and of[1:].isdecimal() else None


def event_row(key: BookKey, event: Event, now: datetime, due: datetime | None) -> dict[str, object]:
    """Return the row of an event that is to be judged."""
    return {
        "book": str(key), "account_id": key.account_id, "symbol": key.symbol, "due": due, "posted_at": now,
        "body": codec.EVENT.write(event),
    }  # fmt: skip


@final
class SqlInbox(Inbox):
    """The inbox of one process: who has which book is known to it alone."""

    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        self._turn = Lock()
        self._taken: dict[str, Claim] = {}
        self._passed_over = False

    def accept(self, delivery: Delivery, now: datetime) -> Receipt:
        alert_row = _alert_row(delivery, now)
        new_event = event_row(delivery.key, delivery.arrived, now, None)
        window = delivery.window if delivery.window is not None else _EVER
        question = {
            "user_id": delivery.user_id, "identity": alert_row["identity"], "after": now - min(window, _EVER),
        }  # fmt: skip
        with self._database.write() as connection:
            first = connection.execute(_FIRST_WITHIN, question).scalar()
            if first is not None:
                return Receipt(alert_id=AlertId(first), duplicate=True)
            connection.execute(_NEW_ALERT, alert_row)
            connection.execute(_NEW_EVENT, new_event)
        self._bell.saw(now)
        self._bell.ring()
        return Receipt(alert_id=delivery.alert.id, duplicate=False)

    def post(self, key: BookKey, event: Event, now: datetime, *, due: datetime | None = None) -> EventId:
        row = event_row(key, event, now, due)
        with self._database.write() as connection:
            seq = connection.execute(_NEW_EVENT, row).inserted_primary_key
        assert seq is not None
        self._bell.saw(now)
        self._bell.ring()
        return event_id(seq[0])

    def claim(self, now: datetime) -> Claim | None:
        self._bell.saw(now)
        self._bell.listen()
        # One at a time: two who look at once would find the same book.
        with self._turn, self._database.read() as connection:
            found = connection.execute(_NEXT_ANYWHERE, {"now": now, "taken": list(self._taken)}).all()
            if not found:
                self._passed_over = bool(self._taken)
                due = connection.execute(_NEXT_DUE, {"now": now}).scalar()
                self._bell.expect((due - now).total_seconds() if due is not None else None)
                return None
            orphan = next((row for row in found if row.posted_at is None), None)
            claim = _claim_of(_first(found)) if orphan is None else _claim_with_errands(connection, orphan, now)
            self._taken[str(claim.key)] = claim
            return claim

    def release(self, claim: Claim) -> None:
        with self._turn:
            if self._taken.get(str(claim.key)) is not claim:
                return  # It was given up before, and somebody else may have the book by now.
            del self._taken[str(claim.key)]
            rings, self._passed_over = self._passed_over, False
        if rings:
            self._bell.ring()

    def wait(self, seconds: float) -> None:
        self._bell.wait(seconds)

    def waiting(self) -> int:
        with self._database.read() as connection:
            return connection.execute(_WAITING, {"now": self._bell.last_now}).scalar_one()


def _alert_row(delivery: Delivery, now: datetime) -> dict[str, object]:
    alert = delivery.alert
    return {
        "id": alert.id, "user_id": delivery.user_id, "account_id": delivery.account_id,
        "book_account_id": delivery.key.account_id, "symbol": delivery.key.symbol, "bot_id": delivery.arrived.bot_id,
        "identity": hashlib.sha256(delivery.identity.encode()).hexdigest(), "accepted_at": now,
        "at": alert.received_at, "status": Status.PENDING.name, "outcome": "", "gates": "[]",
        "alert": codec.ALERT.write(alert), "body": delivery.body,
    }  # fmt: skip


def _first(rows: Iterable[Row[Any]]) -> Row[Any]:
    return min(rows, key=lambda row: (row.due or row.posted_at, row.seq))


def _claim_of(row: Row[Any], left_over: tuple[Errand, ...] = ()) -> Claim:
    key = _key(row)
    event = codec.EVENT.read(row.body)
    return Claim(
        key=key, left_over=left_over,
        posted=Posted(id=event_id(row.seq), key=key, event=event, posted_at=row.posted_at))  # fmt: skip


def _claim_with_errands(connection: Connection, orphan: Row[Any], now: datetime) -> Claim:
    key = _key(orphan)
    rows = connection.execute(_LEFT_OVER, {"book": str(key)}).all()
    left_over = tuple(Errand(id=ErrandId(row.id), key=key, command=codec.COMMAND.read(row.command)) for row in rows)
    found = connection.execute(_NEXT_OF_BOOK, {"book": str(key), "now": now}).all()
    return _claim_of(_first(found), left_over) if found else Claim(key=key, left_over=left_over)


def _key(row: Row[Any]) -> BookKey:
    return BookKey(account_id=AccountId(row.account_id), symbol=Symbol(row.symbol))
