"""Fill a database with a directory and a past of any length, by copying in the database itself what really happened.

What is copied has a mark in all its ids; each copy has a number in its place, so that every row can be read as the
first can.
"""

import sys
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    String,
    Subquery,
    Table,
    cast,
    func,
    insert,
    literal,
    select,
    true,
)

from tradecore.adapters.sql.columns import Moment, Prose
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import (
    ACCOUNTS,
    ALERTS,
    BOTS,
    FILLS,
    JUDGEMENTS,
    ORDERS,
    RESULTS,
    TOLD,
    TRADES,
    USERS,
)

# In every id and name of those who trade, and in the id of everything that they have done.
PARTY_MARK: Final = "9090909090"
DEED_MARK: Final = "8080808080"
DAYS: Final = 250
_BEYOND: Final = 10 ** len(DEED_MARK)
_PAST: Final = (ALERTS, JUDGEMENTS, ORDERS, FILLS, TRADES, RESULTS, TOLD)
# What must be another's alone, though no mark is in it.
_UNMARKED: Final = frozenset({"event_id", "identity"})


def fill_directory(database: Database, copies: int) -> None:
    """Copy every user there is, with accounts and bots."""
    last = {table: _last(database, table) for table in (USERS, ACCOUNTS, BOTS)}
    if copies:
        with database.write(patient=True) as connection:
            for table, seq in last.items():
                _copy(connection, table, seq, range(1, copies + 1), PARTY_MARK)


def fill_past(database: Database, orders: int, today: datetime) -> None:
    """Copy what was traded until there are about so many orders, as many on each of the days until *today*."""
    last = {table: _last(database, table) for table in _PAST}
    with database.read() as connection:
        traded = connection.execute(select(func.count()).select_from(ORDERS)).scalar_one()
    copies = max(1, orders // traded // DAYS)
    for day in range(DAYS):
        numbers = range(1 + day * copies, 1 + (day + 1) * copies)
        at = today - timedelta(days=DAYS - 1 - day)
        with database.write(patient=True) as connection:
            for table, seq in last.items():
                _copy(connection, table, seq, numbers, DEED_MARK, at)
        if day % 50 == 49:
            print(f"scale: {(day + 1) * copies * traded:,} past orders", file=sys.stderr)


def _last(database: Database, table: Table) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.coalesce(func.max(table.c.seq), 0))).scalar_one())


def _copy(
    connection: Connection, table: Table, last: int, numbers: range, mark: str, at: datetime | None = None
) -> None:
    """Insert the table's first rows once for each number, which takes the mark's place.

    Of judgements only those of alerts: the others are found by the same indexes, and would make ten gigabytes twenty.
    """
    columns = [column for column in table.c if column.name != "seq"]
    of_alerts = JUDGEMENTS.c.errand_id.is_(None) if table is JUDGEMENTS else true()
    copy, number = _numbered(numbers)
    values = [_copied(column, mark, number, at) for column in columns]
    question = select(*values).select_from(table.join(copy, true())).where(table.c.seq <= last, of_alerts)
    names = [column.name for column in columns]
    connection.execute(insert(table).inline().from_select(names, question.order_by(copy.c.number, table.c.seq)))


def _numbered(numbers: range) -> tuple[Subquery, ColumnElement[str]]:
    """Return the numbers as a table, and each as a text that is as long as a mark."""
    first = select(cast(numbers.start, BigInteger).label("number")).cte("numbers", recursive=True)
    all_ = first.union_all(select(first.c.number + 1).where(first.c.number < numbers.stop - 1))
    copy = select(all_.c.number).subquery()
    return copy, func.substr(cast(copy.c.number + _BEYOND, String), 2)


def _copied(column: Column[Any], mark: str, number: ColumnElement[str], at: datetime | None) -> ColumnElement[Any]:
    if column.name in _UNMARKED:
        return func.substr(number.concat(column), 1, column.type.length)  # type: ignore[attr-defined] # it is a String
    if isinstance(column.type, Moment) and at is not None:
        return literal(at, Moment())
    if isinstance(column.type, String | Prose):
        return func.replace(column, mark, number)
    return column
