"""Remember books and judgements in the database, all or nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, final

from sqlalchemy import Connection, bindparam, delete, select, update

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.bell import Bell
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.inbox import event_seq
from tradecore.adapters.sql.rows import EVENT_JUDGED, Page, page_of
from tradecore.adapters.sql.tables import BOOKS, ERRANDS, JUDGEMENTS, ORDERS
from tradecore.domain.book import Book, BookKey
from tradecore.domain.errors import ConflictError
from tradecore.domain.ids import AccountId, ErrandId, EventId, OrderId, Symbol
from tradecore.domain.orders import Order
from tradecore.domain.records import Errand, Judged
from tradecore.ports.ledger import Ledger

_BOOK: Final = select(BOOKS.c.body).where(
    BOOKS.c.account_id == bindparam("account_id"), BOOKS.c.symbol == bindparam("symbol"))  # fmt: skip
_NEXT_BOOK: Final = (
    update(BOOKS)
    .where(BOOKS.c.account_id == bindparam("of_account"), BOOKS.c.symbol == bindparam("of_symbol"))
    .where(BOOKS.c.version == bindparam("of_version"))
    .values({name: bindparam(name) for name in ("version", "open", "entering", "body")})
)
_ERRAND_DONE: Final = delete(ERRANDS).where(ERRANDS.c.id == bindparam("of_id"))
_ORDER: Final = select(ORDERS.c.body).where(ORDERS.c.id == bindparam("of_id"))
_OPEN_BOOKS: Final = select(BOOKS.c.account_id, BOOKS.c.symbol).where(BOOKS.c.open).order_by(
    BOOKS.c.account_id, BOOKS.c.symbol)  # fmt: skip

_ENTERING: Final = (
    select(BOOKS.c.body)
    .where(BOOKS.c.entering, BOOKS.c.account_id.in_(bindparam("accounts", expanding=True)))
    .order_by(BOOKS.c.account_id, BOOKS.c.symbol)
)


@final
class SqlLedger(Ledger):
    def __init__(self, database: Database, bell: Bell) -> None:
        self._database = database
        self._bell = bell
        # What never changes of an order (plan, bot, purpose, birth) is written once.
        self._keep_orders = database.upsert(ORDERS, ("id",), ("state", "body"))
        self._new_judgement = (
            database.upsert(JUDGEMENTS, ("event_id",), ()).inline().execution_options(preserve_rowcount=True)
        )
        self._new_book = database.upsert(BOOKS, ("account_id", "symbol"), ()).execution_options(preserve_rowcount=True)

    def book(self, key: BookKey) -> Book:
        with self._database.read() as connection:
            text = connection.execute(_BOOK, _key_columns(key)).scalar()
        return codec.BOOK.read(text) if text is not None else Book(key=key)

    def record(self, judged: Judged, now: datetime) -> tuple[Errand, ...]:
        page = page_of(judged, now)
        with self._database.write() as connection:
            self._write(connection, judged, page)
        if page.reminds:
            self._bell.ring()
        return page.errands

    def _write(self, connection: Connection, judged: Judged, page: Page) -> None:
        # The book first: whoever is second waits here for the first one's end, and finds another version then.
        self._turn_page(connection, judged.before, page)
        if not connection.execute(self._new_judgement, page.judgement).rowcount:
            # Whoever stood still since its claim reads the newest book, but another one has judged meanwhile.
            message = f"{judged.before.key}: event {judged.event_id} has been judged already"
            raise ConflictError(message)
        if page.orders:
            connection.execute(self._keep_orders, page.orders)
        for statement, rows in page.steps:
            connection.execute(statement, rows)

    def _turn_page(self, connection: Connection, before: Book, page: Page) -> None:
        """Write the book; `ConflictError` where the one that is stored is not *before*."""
        key = _key_columns(before.key)
        if before.version:
            of_book = {"of_account": key["account_id"], "of_symbol": key["symbol"], "of_version": before.version}
            written = connection.execute(_NEXT_BOOK, page.book | of_book).rowcount
        else:
            written = connection.execute(self._new_book, page.book | key).rowcount
        if not written:
            message = f"{before.key}: judged on version {before.version} of the book, which is at another one by now"
            raise ConflictError(message)

    def pass_over(self, event_id: EventId) -> None:
        with self._database.write() as connection:
            connection.execute(EVENT_JUDGED, {"of_seq": event_seq(event_id)})

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

    def books_entering(self, account_ids: Iterable[AccountId]) -> tuple[Book, ...]:
        with self._database.read() as connection:
            texts = connection.execute(_ENTERING, {"accounts": list(account_ids)}).scalars().all()
        return tuple(codec.BOOK.read(text) for text in texts)


def _key_columns(key: BookKey) -> dict[str, str]:
    return {"account_id": key.account_id, "symbol": key.symbol}


def _key(account_id: str, symbol: str) -> BookKey:
    return BookKey(account_id=AccountId(account_id), symbol=Symbol(symbol))
