"""Remember books and judgements, all or nothing, in memory."""

from bisect import insort
from collections.abc import Iterable
from datetime import datetime
from typing import final

from attrs import evolve

from tradecore.adapters.memory.state import Letter, State, Written, event_id
from tradecore.domain.book import Book, BookKey
from tradecore.domain.commands import Remind, Tell
from tradecore.domain.decisions import Decision, Status
from tradecore.domain.errors import ConflictError
from tradecore.domain.events import Woken
from tradecore.domain.ids import AccountId, ErrandId, EventId, OrderId
from tradecore.domain.orders import Order, Purpose
from tradecore.domain.records import Errand, Judged, OrderRecord, Posted, Told, about
from tradecore.ports.ledger import Ledger


@final
class MemoryLedger(Ledger):
    def __init__(self, state: State) -> None:
        self._state = state

    def book(self, key: BookKey) -> Book:
        with self._state.lock:
            self._state.trip("book")
            return self._state.books.get(key) or Book(key=key)

    def record(self, judged: Judged, now: datetime) -> tuple[Errand, ...]:
        state = self._state
        with state.lock:
            state.trip("record")
            key = judged.before.key
            stored = state.books.get(key)
            version = stored.version if stored is not None else 0
            if version != judged.before.version:
                message = f"{key}: judged on version {judged.before.version} of the book, which is at {version}"
                raise ConflictError(message)
            if judged.event_id in state.judged:
                message = f"{key}: event {judged.event_id} has been judged already"
                raise ConflictError(message)
            state.judged[judged.event_id] = Written(judged, now, about(judged))
            self._leave_inbox(key, judged.event_id)
            if judged.errand_id is not None:
                self._forget_errand(judged.errand_id)
            state.books[key] = evolve(judged.decision.book, version=version + 1)
            self._keep_rows(key, judged.decision)
            self._keep_verdicts(judged.decision, now)
            return self._keep_commands(key, judged, now)

    def _leave_inbox(self, key: BookKey, event: EventId) -> None:
        letters = [letter for letter in self._state.mail.get(key, ()) if letter.posted.id != event]
        if letters:
            self._state.mail[key] = letters
        else:
            self._state.mail.pop(key, None)

    def _forget_errand(self, errand_id: ErrandId) -> None:
        place = self._state.errand_places.pop(errand_id, None)
        if place is not None:
            key, _ = place
            errands = self._state.errands[key]
            del errands[errand_id]
            if not errands:
                del self._state.errands[key]

    def _keep_rows(self, key: BookKey, decision: Decision) -> None:
        state, account_id = self._state, key.account_id
        for order in decision.orders:
            if order.id not in state.orders and order.ticket.purpose is Purpose.ENTRY:
                insort(state.entries[account_id], order.created_at)
            state.orders[order.id] = OrderRecord(key=key, order=order)
        state.fills.extend((account_id, fill) for fill in decision.fills)
        for result in decision.results:
            row = (result.at, state.next_number(), result.bot_id, result.amount)
            insort(state.results[account_id], row)
        for trade in decision.trades:
            state.trades.append(trade)
            insort(state.ends[account_id], (trade.closed_at, state.next_number(), trade.net))

    def _keep_verdicts(self, decision: Decision, now: datetime) -> None:
        for verdict in decision.verdicts:
            record = self._state.alerts.get(verdict.alert_id)
            if record is None:
                continue
            self._state.alerts[verdict.alert_id] = evolve(
                record, status=verdict.status, outcome=verdict.outcome, refusal=verdict.refusal,
                gates=verdict.gates or record.gates,
                ended_at=None if verdict.status is Status.PENDING else now)  # fmt: skip

    def _keep_commands(self, key: BookKey, judged: Judged, now: datetime) -> tuple[Errand, ...]:
        state, errands = self._state, []
        for index, command in enumerate(judged.decision.commands):
            if isinstance(command, Remind):
                number = state.next_event()
                posted = Posted(id=event_id(number), key=key, event=Woken(), posted_at=now)
                state.put(Letter(number, command.at, posted))
                continue
            if isinstance(command, Tell):
                state.told.append(Told(at=now, key=key, urgency=command.urgency.value, text=command.text))
            errand = Errand(id=ErrandId(f"{judged.event_id}-{index}"), key=key, command=command)
            state.errands.setdefault(key, {})[errand.id] = errand
            state.errand_places[errand.id] = (key, state.next_number())
            errands.append(errand)
        return tuple(errands)

    def pass_over(self, event_id: EventId) -> None:
        with self._state.lock:
            self._state.trip("pass_over")
            for key in tuple(self._state.mail):
                self._leave_inbox(key, event_id)

    def done(self, errands: Iterable[ErrandId]) -> None:
        with self._state.lock:
            self._state.trip("done")
            for errand_id in errands:
                self._forget_errand(errand_id)

    def order(self, order_id: OrderId) -> Order | None:
        with self._state.lock:
            self._state.trip("order")
            record = self._state.orders.get(order_id)
            return record.order if record is not None else None

    def open_books(self, account_id: AccountId | None = None) -> tuple[BookKey, ...]:
        with self._state.lock:
            self._state.trip("open_books")
            found = [key for key, book in self._state.books.items()
                     if not book.is_idle and account_id in {None, key.account_id}]  # fmt: skip
            return tuple(sorted(found, key=str))

    def books_entering(self, account_ids: Iterable[AccountId]) -> tuple[Book, ...]:
        wanted = frozenset(account_ids)
        with self._state.lock:
            self._state.trip("books_entering")
            found = [book for book in self._state.books.values() if book.key.account_id in wanted and book.entries]
            return tuple(sorted(found, key=lambda book: str(book.key)))
