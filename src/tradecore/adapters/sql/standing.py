"""Say how an account stands, by index."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import count, takewhile
from threading import Lock
from time import monotonic
from typing import Any, Final, final

from attrs import evolve, frozen
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import EQUITY_MARKS, ORDERS, RESULTS, SHARES, TRADES
from tradecore.domain.book import BookKey
from tradecore.domain.ids import AccountId, BotId, Symbol
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
_RESULTS: Final = select(RESULTS).where(RESULTS.c.account_id == bindparam("account"))
_LAST_RESULT: Final = select(func.max(RESULTS.c.seq)).where(RESULTS.c.account_id == bindparam("account"))
_RESULTS_SINCE: Final = _RESULTS.where(RESULTS.c.at >= bindparam("since"), RESULTS.c.seq <= bindparam("last"))
_RESULTS_AFTER: Final = _RESULTS.where(RESULTS.c.seq > bindparam("last")).order_by(RESULTS.c.seq)
_ENDS: Final = (
    select(TRADES.c.net)
    .where(TRADES.c.account_id == bindparam("account"), TRADES.c.at >= bindparam("since"))
    .order_by(TRADES.c.at.desc(), TRADES.c.seq.desc())
    .limit(bindparam("page"))
    .offset(bindparam("passed"))
)
_ENTRIES: Final = (
    select(func.count())
    .select_from(ORDERS)
    .where(ORDERS.c.account_id == bindparam("account"), ORDERS.c.purpose == Purpose.ENTRY.name)
    .where(ORDERS.c.at >= bindparam("since"))
)
_MARKS: Final = select(EQUITY_MARKS).where(EQUITY_MARKS.c.account_id == bindparam("account"))
_NEWEST_MARK: Final = _MARKS.order_by(EQUITY_MARKS.c.day.desc()).limit(1)
_DAYS_BEFORE: Final = (
    _MARKS.where(EQUITY_MARKS.c.day < bindparam("today")).order_by(EQUITY_MARKS.c.day.desc()).limit(bindparam("page"))
)
_MARK_BEFORE: Final = _NEWEST_MARK.where(EQUITY_MARKS.c.day < bindparam("today"))
_MARKS_FROM: Final = _MARKS.where(EQUITY_MARKS.c.day >= bindparam("today")).order_by(EQUITY_MARKS.c.day)
_NEW_MARK: Final = insert(EQUITY_MARKS)
_CHANGED_MARK: Final = (
    update(EQUITY_MARKS)
    .where(EQUITY_MARKS.c.account_id == bindparam("of_account"), EQUITY_MARKS.c.day == bindparam("of_day"))
    .values({name: bindparam(f"new_{name}") for name in ("high", "last", "high_ever", "last_high")})
)

# The row of losses is short, the day may be long.
_ENDS_A_PAGE: Final = 50
# A day's results are added up once, and then only the new ones. Were one ever committed after others with higher
# numbers, as by a process that lost its account in that very moment, it would be missed for so long.
_SUMS_SECONDS: Final = 60.0
_SUMS_MAX: Final = 4_096


@frozen(kw_only=True)
class _Sums:
    """What each bot of an account has won since some moment, up to the result of number `last`."""

    last: int
    good_until: float
    of_bots: Mapping[BotId, Decimal]


@final
class SqlStanding(Standing):
    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = Lock()
        self._sums: dict[tuple[AccountId, datetime], _Sums] = {}

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

    def results_of_bots(self, account_id: AccountId, since: datetime) -> Mapping[BotId, Decimal]:
        place = account_id, since
        known = self._sums.get(place)
        with self._database.read() as connection:
            sums = _newer(connection, place, known) if known is not None else None
            sums = sums or _added_up(connection, place)
        if sums is not known:
            with self._turn:
                if len(self._sums) >= _SUMS_MAX:
                    self._sums.clear()
                self._sums[place] = sums
        return sums.of_bots

    def losses_in_a_row(self, account_id: AccountId, since: datetime) -> int:
        losses, asked = 0, {"account": account_id, "since": since, "page": _ENDS_A_PAGE}
        with self._database.read() as connection:
            for passed in count(step=_ENDS_A_PAGE):
                nets = connection.execute(_ENDS, asked | {"passed": passed}).scalars().all()
                losses += sum(net < ZERO for net in takewhile(lambda net: net <= ZERO, nets))
                if len(nets) < _ENDS_A_PAGE or max(nets) > ZERO:
                    break
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

    def equity_ends(self, account_id: AccountId, today: date, limit: int) -> tuple[Decimal, ...]:
        with self._database.read() as connection:
            rows = connection.execute(_DAYS_BEFORE, {"account": account_id, "today": today, "page": limit})
            return tuple(row.last for row in rows)


def _added_up(connection: Connection, place: tuple[AccountId, datetime]) -> _Sums:
    account_id, since = place
    good_until = monotonic() + _SUMS_SECONDS
    last = connection.execute(_LAST_RESULT, {"account": account_id}).scalar() or 0
    rows = connection.execute(_RESULTS_SINCE, {"account": account_id, "since": since, "last": last})
    return _Sums(last=last, good_until=good_until, of_bots=_with({}, rows))


def _newer(connection: Connection, place: tuple[AccountId, datetime], known: _Sums) -> _Sums | None:
    """Return *known* with what has come since; None where it is too old for that."""
    if monotonic() > known.good_until:
        return None
    account_id, since = place
    rows = connection.execute(_RESULTS_AFTER, {"account": account_id, "last": known.last}).all()
    if not rows:
        return known
    counted = [row for row in rows if row.at >= since]
    return evolve(known, last=rows[-1].seq, of_bots=_with(known.of_bots, counted))


def _with(sums: Mapping[BotId, Decimal], rows: Iterable[Row[Any]]) -> dict[BotId, Decimal]:
    added = dict(sums)
    for row in rows:
        added[BotId(row.bot_id)] = added.get(BotId(row.bot_id), ZERO) + row.amount
    return added


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
