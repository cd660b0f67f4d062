"""Answer questions about the past, from the database."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar, final

from attrs import evolve
from sqlalchemy import Connection, Row, Select, Table, bindparam, func, or_, select

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import ACCOUNTS, ALERTS, BOOKS, BOTS, FILLS, JUDGEMENTS, ORDERS, TOLD, TRADES
from tradecore.domain.book import Book, BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.errors import MalformedError
from tradecore.domain.ids import AccountId, AlertId, BotId, ErrandId, EventId, Symbol, UserId
from tradecore.domain.performance import Totals
from tradecore.domain.records import AlertRecord, Judged, OrderRecord, Told
from tradecore.domain.refusals import Refusal
from tradecore.domain.trades import Fill, Trade
from tradecore.ports.history import Asked, History, Kept, Place, Unreadable

_Record = TypeVar("_Record")

_ALERT: Final = select(ALERTS).where(ALERTS.c.id == bindparam("alert"))
_ACCOUNTS_OF: Final = select(ACCOUNTS.c.id).where(ACCOUNTS.c.user_id == bindparam("user"))
_BOOKS: Final = select(BOOKS.c.body).where(BOOKS.c.account_id == bindparam("account")).order_by(BOOKS.c.symbol)


_NEWEST_OF_BOT: Final = (
    select(ALERTS.c.seq)
    .where(ALERTS.c.bot_id == BOTS.c.id)
    .order_by(ALERTS.c.at.desc(), ALERTS.c.seq.desc())
    .limit(1)
    .correlate(BOTS)
    .scalar_subquery()
)
_LAST_ALERTS: Final = select(ALERTS).where(
    ALERTS.c.seq.in_(select(_NEWEST_OF_BOT).where(BOTS.c.id.in_(bindparam("bots", expanding=True)))))  # fmt: skip


@final
class SqlHistory(History):
    def __init__(self, database: Database) -> None:
        self._database = database
        self._totals = (
            select(
                TRADES.c.bot_id, func.count().label("trades"), func.max(TRADES.c.at).label("last_at"),
                *(value.label(name) for name, value in database.added_up(TRADES.c.net).items()))
            .where(TRADES.c.bot_id.in_(bindparam("bots", expanding=True)))
            .group_by(TRADES.c.bot_id)
        )  # fmt: skip

    def alert(self, alert_id: AlertId) -> AlertRecord | None:
        with self._database.read(patient=True) as connection:
            row = connection.execute(_ALERT, {"alert": alert_id}).first()
        return _alert(row) if row is not None else None

    def alerts(self, asked: Asked) -> tuple[AlertRecord, ...]:
        question = _question(ALERTS, asked)
        if asked.user_id is not None:
            question = question.where(ALERTS.c.user_id == asked.user_id)
        if asked.account_id is not None:
            question = question.where(ALERTS.c.account_id == asked.account_id)
        if asked.status is not None:
            question = question.where(ALERTS.c.status == asked.status.name)
        if asked.plan_id is not None:
            question = question.where(ALERTS.c.id == asked.plan_id)
        with self._database.read(patient=True) as connection:
            return tuple(_alert(row) for row in connection.execute(_newest_first(question, ALERTS)))

    def last_alerts(self, bot_ids: Collection[BotId]) -> Mapping[BotId, AlertRecord]:
        with self._database.read(patient=True) as connection:
            rows = connection.execute(_LAST_ALERTS, {"bots": list(bot_ids)}).all()
        return {BotId(row.bot_id): _alert(row) for row in rows}

    def totals(self, bot_ids: Collection[BotId]) -> Mapping[BotId, Totals]:
        with self._database.read(patient=True) as connection:
            rows = connection.execute(self._totals, {"bots": list(bot_ids)}).all()
        return {BotId(row.bot_id): _totals_of(row) for row in rows}

    def orders(self, asked: Asked) -> tuple[OrderRecord, ...]:
        return self._answers(_of_plan(ORDERS, asked), ORDERS, asked, _order)

    def fills(self, asked: Asked) -> tuple[Fill, ...]:
        return self._answers(_of_plan(FILLS, asked), FILLS, asked, lambda row: codec.FILL.read(row.body))

    def trades(self, asked: Asked) -> tuple[Trade, ...]:
        question = _question(TRADES, asked)
        if asked.plan_id is not None:
            question = question.where(or_(TRADES.c.opened_by == asked.plan_id, TRADES.c.closed_by == asked.plan_id))
        return self._answers(_newest_first(question, TRADES), TRADES, asked, lambda row: codec.TRADE.read(row.body))

    def judgements(self, asked: Asked) -> tuple[Judged, ...]:
        question = _question(JUDGEMENTS, asked).order_by(JUDGEMENTS.c.seq)
        if asked.plan_id is not None:
            question = question.where(JUDGEMENTS.c.plan_id == asked.plan_id)
        return self._answers(question, JUDGEMENTS, asked, _judged)

    def judgements_after(self, place: Place | None, asked: Asked) -> tuple[Kept, ...]:
        at, number = JUDGEMENTS.c.at, JUDGEMENTS.c.seq
        question = _question(JUDGEMENTS, asked).order_by(at, number)
        if place is not None:
            question = question.where(at >= place.at, or_(at > place.at, number > place.number))
        if asked.plan_id is not None:
            question = question.where(JUDGEMENTS.c.plan_id == asked.plan_id)
        if asked.account_id is not None:
            # Hidden from the index on the account, by which every page would sort all of the account's past.
            question = question.where(JUDGEMENTS.c.account_id.concat("") == asked.account_id)
        return self._answers(question, JUDGEMENTS, evolve(asked, account_id=None), _kept)

    def books(self, account_id: AccountId) -> tuple[Book, ...]:
        with self._database.read(patient=True) as connection:
            texts = connection.execute(_BOOKS, {"account": account_id}).scalars().all()
        return tuple(codec.BOOK.read(text) for text in texts)

    def told(self, asked: Asked) -> tuple[Told, ...]:
        return self._answers(_newest_first(_question(TOLD, asked), TOLD), TOLD, asked, _told)

    def _answers(
        self, question: Select[Any], table: Table, asked: Asked, read: Callable[[Row[Any]], _Record]
    ) -> tuple[_Record, ...]:
        with self._database.read(patient=True) as connection:
            rows = connection.execute(_of_accounts(connection, question, table, asked)).all()
        return tuple(read(row) for row in rows)


def _question(table: Table, asked: Asked) -> Select[Any]:
    """Ask for what every table knows; a bot is asked for only where there can be one."""
    question = select(table).limit(asked.limit)
    if asked.bot_id is not None and "bot_id" in table.c:
        question = question.where(table.c.bot_id == asked.bot_id)
    if asked.symbol is not None:
        question = question.where(table.c.symbol == asked.symbol)
    if asked.since is not None:
        question = question.where(table.c.at >= asked.since)
    if asked.before is not None:
        question = question.where(table.c.at < asked.before)
    return question


def _of_plan(table: Table, asked: Asked) -> Select[Any]:
    question = _question(table, asked)
    if asked.plan_id is None:
        return _newest_first(question, table)
    return question.where(table.c.plan_id == asked.plan_id).order_by(table.c.seq)


def _newest_first(question: Select[Any], table: Table) -> Select[Any]:
    return question.order_by(table.c.at.desc(), table.c.seq.desc())


def _of_accounts(connection: Connection, question: Select[Any], table: Table, asked: Asked) -> Select[Any]:
    """Narrow to the account, and to the user's accounts: a row of the past knows its account, and that its user."""
    if asked.account_id is not None:
        question = question.where(table.c.account_id == asked.account_id)
    if asked.user_id is None:
        return question
    mine = connection.execute(_ACCOUNTS_OF, {"user": asked.user_id}).scalars().all()
    if len(mine) == 1:
        return question.where(table.c.account_id == mine[0])
    return question.where(table.c.account_id.in_(mine))


def _key(account_id: str, symbol: str) -> BookKey:
    return BookKey(account_id=AccountId(account_id), symbol=Symbol(symbol))


def _alert(row: Row[Any]) -> AlertRecord:
    return AlertRecord(
        alert=codec.ALERT.read(row.alert), key=_key(row.book_account_id, row.symbol), user_id=UserId(row.user_id),
        account_id=AccountId(row.account_id) if row.account_id is not None else None,
        bot_id=BotId(row.bot_id) if row.bot_id is not None else None,
        body=row.body, status=Status[row.status], outcome=row.outcome,
        refusal=Refusal[row.refusal] if row.refusal is not None else None,
        gates=codec.GATES.read(row.gates), ended_at=row.ended_at)  # fmt: skip


def _order(row: Row[Any]) -> OrderRecord:
    return OrderRecord(key=_key(row.account_id, row.symbol), order=codec.ORDER.read(row.body))


def _judged(row: Row[Any]) -> Judged:
    return Judged(
        event_id=EventId(row.event_id), event=codec.EVENT.read(row.event), before=codec.BOOK.read(row.before),
        facts=codec.FACTS.read(row.facts), decision=codec.DECISION.read(row.decision),
        errand_id=ErrandId(row.errand_id) if row.errand_id is not None else None)  # fmt: skip


def _kept(row: Row[Any]) -> Kept:
    judged: Judged | Unreadable
    try:
        judged = _judged(row)
    except MalformedError as error:
        key = _key(row.account_id, row.symbol)
        judged = Unreadable(event_id=EventId(row.event_id), key=key, at=row.at, why=str(error))
    return Kept(place=Place(at=row.at, number=row.seq), judged=judged)


def _totals_of(row: Row[Any]) -> Totals:
    return Totals(
        trades=row.trades, wins=row.above, losses=row.below, net=row.sum, best=row.most, worst=row.least,
        last_at=row.last_at)  # fmt: skip


def _told(row: Row[Any]) -> Told:
    return Told(at=row.at, key=_key(row.account_id, row.symbol), urgency=row.urgency, text=row.text)
