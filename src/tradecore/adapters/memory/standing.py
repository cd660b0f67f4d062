"""Say how an account stands, from memory."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import final

from tradecore.adapters.memory.state import Mark, State
from tradecore.domain.ids import AccountId, BotId
from tradecore.domain.limits import DrawdownForm
from tradecore.domain.money import ZERO
from tradecore.domain.records import Holding
from tradecore.ports.ledger import Standing


@final
class MemoryStanding(Standing):
    def __init__(self, state: State) -> None:
        self._state = state

    def holdings(self, account_ids: Iterable[AccountId]) -> tuple[Holding, ...]:
        wanted = frozenset(account_ids)
        with self._state.lock:
            self._state.trip("holdings")
            books = sorted(
                (b for b in self._state.books.values() if b.key.account_id in wanted), key=lambda b: str(b.key)
            )
            return tuple(Holding(key=book.key, share=share, instrument=book.instrument)
                         for book in books for share in book.shares if share.quantity)  # fmt: skip

    def results_of_bots(self, account_id: AccountId, since: datetime) -> dict[BotId, Decimal]:
        with self._state.lock:
            self._state.trip("results_of_bots")
            sums: dict[BotId, Decimal] = {}
            rows = self._state.results.get(account_id, [])
            for _, _, bot_id, amount in rows[bisect_left(rows, since, key=lambda row: row[0]) :]:
                sums[bot_id] = sums.get(bot_id, ZERO) + amount
            return sums

    def losses_in_a_row(self, account_id: AccountId, since: datetime) -> int:
        with self._state.lock:
            self._state.trip("losses_in_a_row")
            losses = 0
            for closed_at, _, net in reversed(self._state.ends.get(account_id, [])):
                if closed_at < since or net > ZERO:
                    break
                losses += net < ZERO
            return losses

    def orders_since(self, account_id: AccountId, since: datetime) -> int:
        with self._state.lock:
            self._state.trip("orders_since")
            entries = self._state.entries.get(account_id, [])
            return len(entries) - bisect_left(entries, since)

    def mark_equity(self, account_id: AccountId, day: date, equity: Decimal) -> None:
        with self._state.lock:
            self._state.trip("mark_equity")
            mark = self._state.marks[account_id].setdefault(day, Mark(equity, equity))
            mark.high = max(mark.high, equity)
            mark.last = equity

    def equity_high(self, account_id: AccountId, form: DrawdownForm, today: date) -> Decimal | None:
        with self._state.lock:
            self._state.trip("equity_high")
            marks = self._state.marks.get(account_id, {})
            match form:
                case DrawdownForm.INTRADAY:
                    return max((mark.high for mark in marks.values()), default=None)
                case DrawdownForm.END_OF_DAY:
                    return max((mark.last for day, mark in marks.items() if day < today), default=None)

    def equity_ends(self, account_id: AccountId, today: date, limit: int) -> tuple[Decimal, ...]:
        with self._state.lock:
            self._state.trip("equity_ends")
            marks = self._state.marks.get(account_id, {})
            return tuple(marks[day].last for day in sorted(marks, reverse=True) if day < today)[:limit]
