"""Keep events in the database until they are judged."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, Final, final

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, literal, or_, select, true, union_all

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.columns import Moment
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.intake import Intake
from tradecore.adapters.sql.leases import SqlLeases
from tradecore.adapters.sql.tables import ERRANDS, EVENTS, LEASES
from tradecore.domain.book import BookKey
from tradecore.domain.errors import MalformedError
from tradecore.domain.events import Event
from tradecore.domain.ids import AccountId, ErrandId, EventId, Symbol
from tradecore.domain.records import Claim, Delivery, Errand, Posted, Receipt
from tradecore.ports.inbox import REST_MAX, Inbox

_EVENT_ID_DIGITS: Final = 25


def _in_their_order(whose: ColumnElement[bool]) -> tuple[Select[Any], Select[Any]]:
    """Return the questions for those undated events, and for those dated ones that are due."""
    events = EVENTS.c
    row = (events.seq, events.account_id, events.symbol, events.due, events.posted_at, events.body, events.book)
    # In the index's own order, its empty column named as well: a server that has to sort first reads all that waits.
    undated = select(*row).where(events.due.is_(None), whose).order_by(events.due, events.seq)
    dated = select(*row).where(events.due <= bindparam("now"), whose).order_by(events.due, events.seq)
    return undated, dated


def _first_errand(mine: ColumnElement[bool]) -> Select[Any]:
    """Return the question for the oldest errand of a book that nobody has: whoever had it has died."""
    errands = ERRANDS.c
    nothing = literal(None, Moment)
    row = (errands.seq, errands.account_id, errands.symbol, nothing.label("due"), nothing.label("posted_at"))
    parts = (*row, literal("").label("body"), errands.book)
    return select(*parts).where(_free(errands.book), mine).order_by(errands.seq).limit(1)


def _free(book: ColumnElement[str]) -> ColumnElement[bool]:
    return book.not_in(bindparam("taken", expanding=True))


def _leased(account: ColumnElement[str]) -> ColumnElement[bool]:
    # Asked of one row after the other until one fits; a join would be made for all that waits.
    return select(LEASES.c.holder).where(LEASES.c.account_id == account).scalar_subquery() == bindparam("me")


def _any_of(*questions: Select[Any]) -> Any:  # noqa: ANN401 - the type of a union of selects says nothing
    # SQLite takes an order and a limit only within brackets of their own.
    return union_all(*(select(question.subquery()) for question in questions))


def _near(events: Select[Any]) -> Select[Any]:
    """Return the question for the first one of mine among the oldest of all."""
    oldest = events.limit(_NEAR).subquery()
    mine = select(oldest).where(_free(oldest.c.book), _leased(oldest.c.account_id))
    return mine.order_by(oldest.c.due, oldest.c.seq).limit(1)


def _is_deep(events: Select[Any], mark: int) -> Select[Any]:
    """Return the question that is answered by the number *mark* where there are more than `_near` looks at."""
    nothing, word = literal(None, Moment), literal("")
    row: tuple[ColumnElement[Any], ...] = (
        literal(mark).label("seq"), word.label("account_id"), word.label("symbol"), nothing.label("due"),
        nothing.label("posted_at"), word.label("body"), word.label("book"))  # fmt: skip
    return select(*row).where(events.offset(_NEAR).limit(1).exists())


def _far(events: Select[Any]) -> Select[Any]:
    """Return the question for the first one of mine, wherever it is: each account that I hold is looked at."""
    its_first = events.where(EVENTS.c.account_id == LEASES.c.account_id, _free(EVENTS.c.book)).limit(1).lateral()
    mine = select(its_first).select_from(LEASES.join(its_first, true())).where(LEASES.c.holder == bindparam("me"))
    return mine.order_by(its_first.c.due, its_first.c.seq).limit(1)


# So many of the oldest are looked at, one after the other. Mine are mostly among them; only where others are slow, or
# have died, their events lie before mine, and then a look at each account is quicker.
_NEAR: Final = 200
_DEEP: Final = (-1, -2)
_ALL: Final = _in_their_order(true())
_FREE: Final = tuple(question.limit(1) for question in _in_their_order(_free(EVENTS.c.book)))
_NEXT_ANYWHERE: Final = _any_of(*_FREE, _first_errand(true()))
_NEXT_OF_MINE: Final = _any_of(
    *map(_near, _ALL), *map(_is_deep, _ALL, _DEEP), _first_errand(_leased(ERRANDS.c.account_id)))  # fmt: skip
_FAR_OF_MINE: Final = _any_of(*map(_far, _ALL))
_NEXT_OF_BOOK: Final = _any_of(*(one.limit(1) for one in _in_their_order(EVENTS.c.book == bindparam("book"))))
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


@final
class SqlInbox(Inbox):
    """The inbox of one process: who of its threads has which book is known to it alone.

    With *leases* there are other processes, and only events of accounts are claimed that this one holds.
    """

    def __init__(
        self, database: Database, bell: Bell, *, leases: SqlLeases | None = None,
        ring: Callable[[Collection[str]], None] | None = None,
    ) -> None:  # fmt: skip
        self._database = database
        self._bell = bell
        self._leases = leases
        self._intake = Intake(database, ring or (lambda accounts: bell.ring(len(accounts))))
        self._turn = Lock()
        self._taken: dict[str, Claim] = {}
        self._unreadable: set[str] = set()
        self._resting: dict[str, datetime] = {}
        self._passed_over = False
        if leases is not None:
            leases.busy = self._busy

    def accept_all(self, deliveries: Sequence[Delivery], now: datetime) -> tuple[Receipt, ...]:
        return self._intake.accept_all(deliveries, now)

    def post(self, key: BookKey, event: Event, now: datetime, *, due: datetime | None = None) -> None:
        self._intake.post(key, event, now, due)

    def claim(self, now: datetime) -> Claim | None:
        self._bell.listen()
        if self._leases is None:
            return self._claim(now)
        self._leases.renew_if_old()
        claim = self._claim(now)
        if claim is None and self._leases.take_newcomers():
            claim = self._claim(now)
        return claim

    def _claim(self, now: datetime) -> Claim | None:
        # One at a time: two who look at once would find the same book.
        with self._turn, self._database.read() as connection:
            found = self._next(connection, now)
            if not found:
                self._passed_over = bool(self._taken)
                due = connection.execute(_NEXT_DUE, {"now": now}).scalar()
                self._bell.expect((due - now).total_seconds() if due is not None else None)
                return None
            orphan = next((row for row in found if row.posted_at is None), None)
            first = orphan or _first(found)
            try:
                claim = _claim_of(first) if orphan is None else _claim_with_errands(connection, orphan, now)
            except MalformedError as error:
                # The others must not wait for it; a program that can read it takes it up when it starts.
                self._unreadable.add(str(_key(first)))
                message = f"{_key(first)}: nothing more is done in this book: {error}"
                raise MalformedError(message) from error
            self._taken[str(claim.key)] = claim
            return claim

    def _next(self, connection: Connection, now: datetime) -> list[Row[Any]]:
        self._resting = {book: until for book, until in self._resting.items() if now < until <= now + REST_MAX}
        wanted: dict[str, Any] = {"now": now, "taken": [*self._taken, *self._unreadable, *self._resting]}
        if self._leases is None:
            return list(connection.execute(_NEXT_ANYWHERE, wanted))
        wanted["me"] = self._leases.me
        rows = connection.execute(_NEXT_OF_MINE, wanted).all()
        deep = {row.seq for row in rows if row.seq in _DEEP}
        rows = [row for row in rows if row.seq not in _DEEP]
        if deep and not any(row.posted_at is not None for row in rows):
            rows += connection.execute(_FAR_OF_MINE, wanted)
        # What the table still calls ours may just have been given back, or have run out.
        return [row for row in rows if self._leases.holds(row.account_id)]

    def release(self, claim: Claim, *, rests_until: datetime | None = None) -> None:
        with self._turn:
            if self._taken.get(str(claim.key)) is not claim:
                return  # It was given up before, and somebody else may have the book by now.
            del self._taken[str(claim.key)]
            if rests_until is not None:
                self._resting[str(claim.key)] = rests_until
            rings, self._passed_over = self._passed_over, False
        if rings:
            self._bell.ring()

    def wait(self, seconds: float) -> None:
        self._bell.wait(seconds)

    def waiting(self, now: datetime) -> int:
        with self._database.read() as connection:
            return connection.execute(_WAITING, {"now": now}).scalar_one()

    def _busy(self) -> Collection[AccountId]:
        with self._turn:
            return {claim.key.account_id for claim in self._taken.values()}


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
