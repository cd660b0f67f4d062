"""Answer questions about the past, from memory."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import TypeVar, final

from tradecore.adapters.memory.state import State
from tradecore.domain.book import Book
from tradecore.domain.ids import AccountId, AlertId, BotId, Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.performance import Totals
from tradecore.domain.records import AlertRecord, Judged, OrderRecord, Told
from tradecore.domain.trades import Fill, Trade
from tradecore.ports.history import Asked, History, Kept, Place

_Row = TypeVar("_Row")


@final
class MemoryHistory(History):
    def __init__(self, state: State) -> None:
        self._state = state

    def alert(self, alert_id: AlertId) -> AlertRecord | None:
        with self._state.lock:
            self._state.trip("alert")
            return self._state.alerts.get(alert_id)

    def alerts(self, asked: Asked) -> tuple[AlertRecord, ...]:
        with self._state.lock:
            self._state.trip("alerts")
            found = (
                record for record in _newest_first(self._state.alerts.values(), lambda record: record.alert.received_at)
                if _matches(asked.user_id, record.user_id)
                and _matches(asked.account_id, record.account_id)
                and _matches(asked.status, record.status)
                and _matches(asked.plan_id, record.alert.id)
                and _matches(asked.bot_id, record.bot_id)
                and self._fits_book(asked, None, record.key.symbol, record.alert.received_at)
            )  # fmt: skip
            return _some(found, asked)

    def last_alerts(self, bot_ids: Collection[BotId]) -> dict[BotId, AlertRecord]:
        with self._state.lock:
            self._state.trip("last_alerts")
            found: dict[BotId, AlertRecord] = {}
            for record in _newest_first(self._state.alerts.values(), lambda record: record.alert.received_at):
                if record.bot_id in bot_ids and record.bot_id in self._state.bots:
                    found.setdefault(record.bot_id, record)
            return found

    def totals(self, bot_ids: Collection[BotId]) -> dict[BotId, Totals]:
        with self._state.lock:
            self._state.trip("totals")
            grouped: dict[BotId, list[Trade]] = {}
            for trade in self._state.trades:
                if trade.bot_id in bot_ids:
                    grouped.setdefault(trade.bot_id, []).append(trade)
            return {bot_id: _totals(trades) for bot_id, trades in grouped.items()}

    def orders(self, asked: Asked) -> tuple[OrderRecord, ...]:
        with self._state.lock:
            self._state.trip("orders")
            found = (
                record for record in _in_order(asked, self._state.orders.values(), lambda row: row.order.created_at)
                if self._fits_book(asked, record.key.account_id, record.key.symbol, record.order.created_at)
                and _matches(asked.bot_id, record.order.bot_id)
                and _matches(asked.plan_id, record.order.plan_id)
            )  # fmt: skip
            return _some(found, asked)

    def fills(self, asked: Asked) -> tuple[Fill, ...]:
        with self._state.lock:
            self._state.trip("fills")
            found = (
                fill for account_id, fill in _in_order(asked, self._state.fills, lambda row: row[1].at)
                if self._fits_book(asked, account_id, fill.symbol, fill.at)
                and _matches(asked.bot_id, fill.bot_id)
                and _matches(asked.plan_id, fill.plan_id)
            )  # fmt: skip
            return _some(found, asked)

    def trades(self, asked: Asked) -> tuple[Trade, ...]:
        with self._state.lock:
            self._state.trip("trades")
            found = (
                trade for trade in _newest_first(self._state.trades, lambda trade: trade.closed_at)
                if self._fits_book(asked, trade.account_id, trade.symbol, trade.closed_at)
                and _matches(asked.bot_id, trade.bot_id)
                and (asked.plan_id is None or asked.plan_id in {trade.opened_by, trade.closed_by})
            )  # fmt: skip
            return _some(found, asked)

    def judgements(self, asked: Asked) -> tuple[Judged, ...]:
        with self._state.lock:
            self._state.trip("judgements")
            found = (
                written.judged for written in self._state.judged.values()
                if self._fits_book(asked, written.key.account_id, written.key.symbol, written.at)
                and _matches(asked.plan_id, written.plan_id)
            )  # fmt: skip
            return _some(found, asked)

    def judgements_after(self, place: Place | None, asked: Asked) -> tuple[Kept, ...]:
        with self._state.lock:
            self._state.trip("judgements_after")
            numbered = sorted(enumerate(self._state.judged.values()), key=lambda row: (row[1].at, row[0]))
            found = (
                Kept(place=Place(at=written.at, number=number), judged=written.judged) for number, written in numbered
                if (place is None or (written.at, number) > (place.at, place.number))
                and self._fits_book(asked, written.key.account_id, written.key.symbol, written.at)
                and _matches(asked.plan_id, written.plan_id)
            )  # fmt: skip
            return _some(found, asked)

    def books(self, account_id: AccountId) -> tuple[Book, ...]:
        with self._state.lock:
            self._state.trip("books")
            found = [book for key, book in self._state.books.items() if key.account_id == account_id]
            return tuple(sorted(found, key=lambda book: book.key.symbol))

    def told(self, asked: Asked) -> tuple[Told, ...]:
        with self._state.lock:
            self._state.trip("told")
            found = (
                told for told in _newest_first(self._state.told, lambda told: told.at)
                if self._fits_book(asked, told.key.account_id, told.key.symbol, told.at)
            )  # fmt: skip
            return _some(found, asked)

    def _fits_book(self, asked: Asked, account_id: AccountId | None, symbol: Symbol, at: datetime) -> bool:
        if account_id is not None:
            account = self._state.accounts.get(account_id)
            owner = account.user_id if account is not None else None
            if not (_matches(asked.account_id, account_id) and _matches(asked.user_id, owner)):
                return False
        if not _matches(asked.symbol, symbol) or (asked.since is not None and at < asked.since):
            return False
        return asked.before is None or at < asked.before


def _totals(trades: list[Trade]) -> Totals:
    nets = [trade.net for trade in trades]
    return Totals(
        trades=len(nets), wins=sum(net > ZERO for net in nets), losses=sum(net < ZERO for net in nets),
        net=sum(nets, ZERO), best=max(nets), worst=min(nets),
        last_at=max(trade.closed_at for trade in trades))  # fmt: skip


def _matches(wanted: object, found: object) -> bool:
    return wanted is None or wanted == found


def _in_order(asked: Asked, rows: Iterable[_Row], moment: Callable[[_Row], datetime]) -> Iterable[_Row]:
    """Turn rows that lie in the order of their making the way they are asked for."""
    return rows if asked.plan_id is not None else _newest_first(rows, moment)


def _newest_first(rows: Iterable[_Row], moment: Callable[[_Row], datetime]) -> Iterable[_Row]:
    oldest_first = sorted(rows, key=moment)
    # Turned round only now: of rows of one moment, the last that was written comes first.
    oldest_first.reverse()
    return oldest_first


def _some(rows: Iterable[_Row], asked: Asked) -> tuple[_Row, ...]:
    return tuple(islice(rows, asked.limit))
