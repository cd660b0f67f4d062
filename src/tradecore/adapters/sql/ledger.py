"""Remember books and judgements in the database, all or nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.rows import Page, page_of
from tradecore.adapters.sql.tables import BOOKS, ERRANDS, JUDGEMENTS, ORDERS
from tradecore.domain.book import Book, BookKey
from tradecore.domain.errors import ConflictError
from tradecore.domain.ids import AccountId, ErrandId, EventId, OrderId, Symbol
from tradecore.domain.orders import Order
from tradecore.domain.records import Errand, Judged
from tradecore.ports.ledger import Ledger

_BOOK: Final = select(BOOKS.c.body).where(
    BOOKS.c.account_id == bindparam("account_id"), BOOKS.c.symbol == bindparam("symbol"))  # fmt: skip
_NEW_BOOK: Final = insert(BOOKS)
_NEXT_BOOK: Final = (
    update(BOOKS)
    .where(BOOKS.c.account_id == bindparam("of_account"), BOOKS.c.symbol == bindparam("of_symbol"))
    .values(version=bindparam("version"), open=bindparam("open"), body=bindparam("body"))
)
_NEW_JUDGEMENT: Final = insert(JUDGEMENTS)
# Before anything is written: whether the judgement is there already, and at which version the book is.
_SO_FAR: Final = select(
    select(JUDGEMENTS.c.seq).where(JUDGEMENTS.c.event_id == bindparam("of_event")).scalar_subquery().label("known"),
    select(BOOKS.c.version)
    .where(BOOKS.c.account_id == bindparam("account_id"), BOOKS.c.symbol == bindparam("symbol"))
    .scalar_subquery()
    .label("version"),
)
_ERRANDS_OF: Final = select(ERRANDS).where(ERRANDS.c.event_id == bindparam("of_event")).order_by(ERRANDS.c.seq)
_ERRAND_DONE: Final = delete(ERRANDS).where(ERRANDS.c.id == bindparam("of_id"))
_ORDER: Final = select(ORDERS.c.body).where(ORDERS.c.id == bindparam("of_id"))
_OPEN_BOOKS: Final = select(BOOKS.c.account_id, BOOKS.c.symbol).where(BOOKS.c.open).order_by(
    BOOKS.c.account_id, BOOKS.c.symbol)  # fmt: skip


@final
class SqlLedger(Ledger):
    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        # What never changes of an order (plan, bot, purpose, birth) is written once.
        self._keep_orders = database.upsert(ORDERS, "id", ("state", "body"))

    def book(self, key: BookKey) -> Book:
        with self._database.read() as connection:
            text = connection.execute(_BOOK, _key_columns(key)).scalar()
        return codec.BOOK.read(text) if text is not None else Book(key=key)

    def record(self, judged: Judged, now: datetime) -> tuple[Errand, ...]:
        page = page_of(judged, now)
        with self._database.write() as connection:
            if not self._write(connection, judged, page):
                return _open_errands(connection, judged.event_id)
        self._bell.saw(now)
        if page.reminds:
            self._bell.ring()
        return page.errands

    def _write(self, connection: Connection, judged: Judged, page: Page) -> bool:
        """Write everything, and return True; nothing where it is written already."""
        before = judged.before
        so_far = connection.execute(_SO_FAR, {"of_event": judged.event_id, **_key_columns(before.key)}).one()
        if so_far.known is not None:
            return False
        if (so_far.version or 0) != before.version:
            message = f"{before.key}: judged on version {before.version} of the book, which is at {so_far.version or 0}"
            raise ConflictError(message)
        connection.execute(_NEW_JUDGEMENT, page.judgement)
        if so_far.version is None:
            connection.execute(_NEW_BOOK, page.book | _key_columns(before.key))
        else:
            of_key = {"of_account": before.key.account_id, "of_symbol": before.key.symbol}
            connection.execute(_NEXT_BOOK, page.book | of_key)
        if page.orders:
            connection.execute(self._keep_orders, page.orders)
        for statement, rows in page.steps:
            connection.execute(statement, rows)
        return True

    def done(self, errands: Iterable[ErrandId]) -> None:
        rows = [{"of_id": errand_id} for errand_id in errands]
        if rows:
            with self._database.write() as connection:
                connection.execute(_ERRAND_DONE, rows)

    def order(self, order_id: OrderId) -> Order | None:
        with self._database.read() as connection:
            text = connection.execute(_ORDER, {"of_id": order_id}).scalar()
        return codec.ORDER.read(text) if text is not None else None

    def open_books(self, account_id: AccountId | None = None) -> tuple[BookKey, ...]:
        question = _OPEN_BOOKS if account_id is None else _OPEN_BOOKS.where(BOOKS.c.account_id == account_id)
        with self._database.read() as connection:
            rows = connection.execute(question).all()
        return tuple(_key(row.account_id, row.symbol) for row in rows)


def _open_errands(connection: Connection, event: EventId) -> tuple[Errand, ...]:
    rows = connection.execute(_ERRANDS_OF, {"of_event": event}).all()
    return tuple(
        Errand(id=ErrandId(row.id), key=_key(row.account_id, row.symbol), command=codec.COMMAND.read(row.command))
        for row in rows
    )


def _key_columns(key: BookKey) -> dict[str, str]:
    return {"account_id": key.account_id, "symbol": key.symbol}


def _key(account_id: str, symbol: str) -> BookKey:
    return BookKey(account_id=AccountId(account_id), symbol=Symbol(symbol))
