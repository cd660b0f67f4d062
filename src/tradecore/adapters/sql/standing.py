"""Say how an account stands, by index."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Final, final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import ACCOUNTS, EQUITY_MARKS, ORDERS, RESULTS, SHARES, TRADES
from tradecore.domain.book import BookKey
from tradecore.domain.ids import AccountId, BotId, Symbol, UserId
from tradecore.domain.limits import DrawdownForm
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Purpose
from tradecore.domain.records import Holding
from tradecore.ports.ledger import Standing

_OPEN_SHARES: Final = (
    select(SHARES)
    .where(SHARES.c.account_id.in_(bindparam("accounts", expanding=True)))
    .order_by(SHARES.c.account_id, SHARES.c.symbol, SHARES.c.bot_id)
)
_RESULTS: Final = (
    select(RESULTS.c.bot_id, RESULTS.c.amount)
    .where(RESULTS.c.account_id == bindparam("account"), RESULTS.c.at >= bindparam("since"))
    .order_by(RESULTS.c.at, RESULTS.c.seq)
)
_ACCOUNTS_OF: Final = select(ACCOUNTS.c.id).where(ACCOUNTS.c.user_id == bindparam("user"))
_ENDS: Final = (
    select(TRADES.c.net)
    .where(TRADES.c.account_id == bindparam("account"), TRADES.c.at >= bindparam("since"))
    .order_by(TRADES.c.at.desc(), TRADES.c.seq.desc())
)
_ENTRIES: Final = (
    select(func.count())
    .select_from(ORDERS)
    .where(ORDERS.c.account_id == bindparam("account"), ORDERS.c.purpose == Purpose.ENTRY.name)
    .where(ORDERS.c.at >= bindparam("since"))
)
_MARKS: Final = select(EQUITY_MARKS).where(EQUITY_MARKS.c.account_id == bindparam("account"))
_NEWEST_MARK: Final = _MARKS.order_by(EQUITY_MARKS.c.day.desc()).limit(1)
_MARK_BEFORE: Final = _NEWEST_MARK.where(EQUITY_MARKS.c.day < bindparam("today"))
_MARKS_FROM: Final = _MARKS.where(EQUITY_MARKS.c.day >= bindparam("today")).order_by(EQUITY_MARKS.c.day)
_NEW_MARK: Final = insert(EQUITY_MARKS)
_CHANGED_MARK: Final = (
    update(EQUITY_MARKS)
    .where(EQUITY_MARKS.c.account_id == bindparam("of_account"), EQUITY_MARKS.c.day == bindparam("of_day"))
    .values({name: bindparam(f"new_{name}") for name in ("high", "last", "high_ever", "last_high")})
)


@final
class SqlStanding(Standing):
    def __init__(self, database: Database) -> None:
        self._database = database

    def holdings(self, account_ids: Iterable[AccountId]) -> tuple[Holding, ...]:
        with self._database.read() as connection:
            rows = connection.execute(_OPEN_SHARES, {"accounts": list(account_ids)}).all()
        return tuple(
            Holding(
                key=BookKey(account_id=AccountId(row.account_id), symbol=Symbol(row.symbol)),
                share=codec.SHARE.read(row.body),
                instrument=codec.INSTRUMENT.read(row.instrument) if row.instrument is not None else None)
            for row in rows
        )  # fmt: skip

    def results_of_bots(self, account_id: AccountId, since: datetime) -> dict[BotId, Decimal]:
        with self._database.read() as connection:
            return _sums(connection, account_id, since)

    def results_of_user(self, user_id: UserId, since: datetime) -> Decimal:
        with self._database.read() as connection:
            mine = connection.execute(_ACCOUNTS_OF, {"user": user_id}).scalars().all()
            sums = [_sums(connection, AccountId(account_id), since) for account_id in mine]
        return sum((amount for of_account in sums for amount in of_account.values()), ZERO)

    def losses_in_a_row(self, account_id: AccountId, since: datetime) -> int:
        losses = 0
        with self._database.read() as connection:
            # Read one by one: the row of losses is short, the day may be long.
            for net in connection.execute(_ENDS, {"account": account_id, "since": since}).scalars():
                if net > ZERO:
                    break
                losses += net < ZERO
        return losses

    def orders_since(self, account_id: AccountId, since: datetime) -> int:
        with self._database.read() as connection:
            return connection.execute(_ENTRIES, {"account": account_id, "since": since}).scalar_one()

    def mark_equity(self, account_id: AccountId, day: date, equity: Decimal) -> None:
        with self._database.read() as connection:
            row = connection.execute(_MARKS_FROM, {"account": account_id, "today": day}).first()
        if row is not None and row.day == day and row.last == equity <= row.high:
            return  # As it was: not worth a transaction.
        with self._database.write() as connection:
            self._database.lock(connection, f"equity of {account_id}")
            _mark(connection, account_id, day, equity)

    def equity_high(self, account_id: AccountId, form: DrawdownForm, today: date) -> Decimal | None:
        with self._database.read() as connection:
            match form:
                case DrawdownForm.INTRADAY:
                    row = connection.execute(_NEWEST_MARK, {"account": account_id}).first()
                    return row.high_ever if row is not None else None
                case DrawdownForm.END_OF_DAY:
                    row = connection.execute(_MARK_BEFORE, {"account": account_id, "today": today}).first()
                    return _highest(row.last_high, row.last) if row is not None else None


def _sums(connection: Connection, account_id: AccountId, since: datetime) -> dict[BotId, Decimal]:
    sums: dict[BotId, Decimal] = {}
    for bot_id, amount in connection.execute(_RESULTS, {"account": account_id, "since": since}):
        sums[BotId(bot_id)] = sums.get(BotId(bot_id), ZERO) + amount
    return sums


def _highest(*marks: Decimal | None) -> Decimal | None:
    return max((mark for mark in marks if mark is not None), default=None)


def _mark(connection: Connection, account_id: AccountId, day: date, equity: Decimal) -> None:
    """Mark the day, and carry its high into the days after it: a clock may have stepped back over midnight."""
    before = connection.execute(_MARK_BEFORE, {"account": account_id, "today": day}).first()
    ever, ends = (before.high_ever, _highest(before.last_high, before.last)) if before is not None else (None, None)
    days = list(connection.execute(_MARKS_FROM, {"account": account_id, "today": day}))
    if not days or days[0].day != day:
        new = {"high": equity, "last": equity, "high_ever": _highest(ever, equity), "last_high": ends}
        connection.execute(_NEW_MARK, {"account_id": account_id, "day": day, **new})
        ever, ends = _highest(ever, equity), _highest(ends, equity)
    for row in days:
        high = max(row.high, equity) if row.day == day else row.high
        last = equity if row.day == day else row.last
        ever = _highest(ever, high)
        connection.execute(_CHANGED_MARK, {
            "of_account": account_id, "of_day": row.day, "new_high": high, "new_last": last, "new_high_ever": ever,
            "new_last_high": ends})  # fmt: skip
        ends = _highest(ends, last)
