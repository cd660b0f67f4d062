"""Remember books and judgements, all or nothing."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from tradecore.domain.book import Book, BookKey
from tradecore.domain.ids import AccountId, BotId, ErrandId, EventId, OrderId
from tradecore.domain.limits import DrawdownForm
from tradecore.domain.orders import Order
from tradecore.domain.records import Errand, Holding, Judged


class Ledger(Protocol):
    """Books, and what was decided about them.

    Every method raises `UnreachableError` where the disk or database cannot be had: nothing was written, or nobody
    was told so. Then what was recorded shows: its event is gone, and its errands are left over.
    """

    def book(self, key: BookKey) -> Book:
        """Return the book, or an empty one of version 0 where there is none yet."""
        ...

    def record(self, judged: Judged, now: datetime) -> tuple[Errand, ...]:
        """Write one judgement down, in one transaction, and return the errands that it leaves to perform.

        Together: the event is judged and leaves the inbox; the errand whose outcome it was is done; the book is
        stored with its version one higher; orders, fills, results, trades, shares and verdicts are what people
        read; `Remind` becomes an event of the future; every other command becomes an errand. The judgement itself
        (event, book before, facts, decision) is kept for replay.

        `ConflictError` where the stored book is not `judged.before`, or the event was judged before: somebody else
        wrote, and nothing was written.
        """
        ...

    def done(self, errands: Iterable[ErrandId]) -> None:
        """Mark errands as performed whose outcome is no event. A repeat is harmless."""
        ...

    def pass_over(self, event_id: EventId) -> None:
        """Let an event leave the inbox that says nothing new; nothing of it is kept. A repeat is harmless."""
        ...

    def order(self, order_id: OrderId) -> Order | None:
        """Return an order in its newest form, ended or not."""
        ...

    def open_books(self, account_id: AccountId | None = None) -> tuple[BookKey, ...]:
        """Return the books that hold, work, plan or wait for anything; of one account, or all."""
        ...

    def books_entering(self, account_ids: Iterable[AccountId]) -> tuple[Book, ...]:
        """Return the books of the accounts in which an entry is under way; others may be among them."""
        ...


class Standing(Protocol):
    """How an account stands, for the limits. Reads by index: no cost grows with past trades.

    Raises `UnreachableError` as the ledger does.
    """

    def holdings(self, account_ids: Iterable[AccountId]) -> tuple[Holding, ...]:
        """Return every open share of the accounts."""
        ...

    def results_of_bots(self, account_id: AccountId, since: datetime) -> Mapping[BotId, Decimal]:
        """Return what each bot of the account has won net since then, in money; a bot without results is left out."""
        ...

    def losses_in_a_row(self, account_id: AccountId, since: datetime) -> int:
        """Return how many of the account's newest trades since then lost, until the first that won.

        A trade that won and lost nothing neither counts nor ends the row.
        """
        ...

    def orders_since(self, account_id: AccountId, since: datetime) -> int:
        """Return how many entry orders were made since then."""
        ...

    def mark_equity(self, account_id: AccountId, day: date, equity: Decimal) -> None:
        """Note what the account is worth now, in money: the day's highest and last are kept."""
        ...

    def equity_high(self, account_id: AccountId, form: DrawdownForm, today: date) -> Decimal | None:
        """Return the highest equity noted: at any moment, or at the end of any day before *today*."""
        ...

    def equity_ends(self, account_id: AccountId, today: date, limit: int) -> tuple[Decimal, ...]:
        """Return the equity last noted on each day before *today* that has any, newest first, *limit* of them."""
        ...
