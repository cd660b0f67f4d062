"""Turn one judgement into the rows that it leaves, before any transaction begins."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from attrs import frozen
from sqlalchemy import Delete, Insert, Update, bindparam, delete, func, insert, update

from tradecore.adapters.encoding import codec
from tradecore.adapters.sql.inbox import event_seq
from tradecore.adapters.sql.intake import event_row
from tradecore.adapters.sql.tables import ALERTS, ERRANDS, EVENTS, FILLS, RESULTS, SHARES, TOLD, TRADES
from tradecore.domain.book import Book, BookKey
from tradecore.domain.commands import Remind, Tell
from tradecore.domain.decisions import Decision, Status, Verdict
from tradecore.domain.events import Woken
from tradecore.domain.ids import ErrandId
from tradecore.domain.orders import Order
from tradecore.domain.records import Errand, Judged, about
from tradecore.domain.values import evolve

_Row = dict[str, object]
_Step = tuple[Insert | Update | Delete, list[_Row]]

EVENT_JUDGED: Final = delete(EVENTS).where(EVENTS.c.seq == bindparam("of_seq"))
_ERRAND_DONE: Final = delete(ERRANDS).where(ERRANDS.c.id == bindparam("of_id"))
_NEW_ERRANDS: Final = insert(ERRANDS).inline()
_NEW_EVENTS: Final = insert(EVENTS).inline()
_NEW_TOLD: Final = insert(TOLD).inline()
_NEW_FILLS: Final = insert(FILLS).inline()
_NEW_RESULTS: Final = insert(RESULTS).inline()
_NEW_TRADES: Final = insert(TRADES).inline()
_NEW_SHARES: Final = insert(SHARES).inline()
_OLD_SHARES: Final = delete(SHARES).where(
    SHARES.c.account_id == bindparam("of_account"), SHARES.c.symbol == bindparam("of_symbol"))  # fmt: skip
_VERDICT: Final = (
    update(ALERTS)
    .where(ALERTS.c.id == bindparam("of_alert"))
    .values(
        status=bindparam("new_status"), outcome=bindparam("new_outcome"), refusal=bindparam("new_refusal"),
        ended_at=bindparam("new_ended_at"),
        # A verdict that says nothing of gates leaves what an earlier one said.
        gates=func.coalesce(bindparam("new_gates"), ALERTS.c.gates))
)  # fmt: skip


@frozen(kw_only=True)
class Page:
    """What one judgement writes: the judgement itself, the book, its orders, and then the rest."""

    judgement: _Row
    book: _Row
    orders: list[_Row]
    steps: tuple[_Step, ...]
    errands: tuple[Errand, ...]
    reminds: bool


def page_of(judged: Judged, now: datetime) -> Page:
    """Return what *judged* writes."""
    errands = tuple(
        Errand(id=ErrandId(f"{judged.event_id}-{index}"), key=judged.before.key, command=command)
        for index, command in enumerate(judged.decision.commands) if not isinstance(command, Remind)
    )  # fmt: skip
    steps = (*_outbox(judged, errands, now), *_past(judged, now), *_shares(judged.before, judged.decision.book))
    return Page(
        judgement=_judgement_row(judged, now), book=_book_row(judged),
        orders=[_order_row(judged.before.key, order) for order in judged.decision.orders],
        steps=tuple((statement, rows) for statement, rows in steps if rows), errands=errands,
        reminds=len(errands) < len(judged.decision.commands))  # fmt: skip


def _outbox(judged: Judged, errands: tuple[Errand, ...], now: datetime) -> Iterator[_Step]:
    """Let what has been done leave, and what is to be done come."""
    key, commands = judged.before.key, judged.decision.commands
    seq = event_seq(judged.event_id)
    yield EVENT_JUDGED, [{"of_seq": seq}] if seq is not None else []
    yield _ERRAND_DONE, [{"of_id": judged.errand_id}] if judged.errand_id is not None else []
    yield _NEW_ERRANDS, [_errand_row(errand, judged) for errand in errands]
    yield _NEW_EVENTS, [event_row(key, Woken(), now, command.at) for command in commands if isinstance(command, Remind)]
    yield _NEW_TOLD, [_told_row(key, command, now) for command in commands if isinstance(command, Tell)]


def _past(judged: Judged, now: datetime) -> Iterator[_Step]:
    """Write down what people read."""
    key, decision = judged.before.key, judged.decision
    yield _VERDICT, [_verdict_row(verdict, now) for verdict in decision.verdicts]
    yield _NEW_FILLS, [
        _owned(key) | {"bot_id": fill.bot_id, "plan_id": fill.plan_id, "at": fill.at, "body": codec.FILL.write(fill)}
        for fill in decision.fills
    ]  # fmt: skip
    yield (
        _NEW_RESULTS,
        [
            _owned(key) | {"bot_id": result.bot_id, "at": result.at, "amount": result.amount}
            for result in decision.results
        ],
    )
    yield _NEW_TRADES, _trade_rows(decision)


def _shares(before: Book, after: Book) -> Iterator[_Step]:
    """Write down what is open now, where that changed."""
    if (before.shares, before.instrument) == (after.shares, after.instrument):
        return
    instrument = codec.INSTRUMENT.write(after.instrument) if after.instrument is not None else None
    yield _OLD_SHARES, [{"of_account": after.key.account_id, "of_symbol": after.key.symbol}]
    yield _NEW_SHARES, [
        _owned(after.key) | {"bot_id": share.bot_id, "body": codec.SHARE.write(share), "instrument": instrument}
        for share in after.shares if share.quantity
    ]  # fmt: skip


def _owned(key: BookKey) -> _Row:
    return {"account_id": key.account_id, "symbol": key.symbol}


def _judgement_row(judged: Judged, now: datetime) -> _Row:
    return _owned(judged.before.key) | {
        "event_id": judged.event_id, "errand_id": judged.errand_id, "plan_id": about(judged), "at": now,
        "event": codec.EVENT.write(judged.event), "before": codec.BOOK.write(judged.before),
        "facts": codec.FACTS.write(judged.facts), "decision": codec.DECISION.write(judged.decision),
    }  # fmt: skip


def _book_row(judged: Judged) -> _Row:
    book = evolve(judged.decision.book, version=judged.before.version + 1)
    open_, entering = not book.is_idle, bool(book.entries)
    return {"version": book.version, "open": open_, "entering": entering, "body": codec.BOOK.write(book)}


def _errand_row(errand: Errand, judged: Judged) -> _Row:
    return _owned(errand.key) | {
        "id": errand.id, "event_id": judged.event_id, "book": str(errand.key),
        "command": codec.COMMAND.write(errand.command),
    }  # fmt: skip


def _told_row(key: BookKey, command: Tell, now: datetime) -> _Row:
    return _owned(key) | {"at": now, "urgency": command.urgency.value, "text": command.text}


def _verdict_row(verdict: Verdict, now: datetime) -> _Row:
    return {
        "of_alert": verdict.alert_id, "new_status": verdict.status.name, "new_outcome": verdict.outcome,
        "new_refusal": verdict.refusal.name if verdict.refusal is not None else None,
        "new_gates": codec.GATES.write(verdict.gates) if verdict.gates else None,
        "new_ended_at": now if verdict.status is not Status.PENDING else None,
    }  # fmt: skip


def _order_row(key: BookKey, order: Order) -> _Row:
    return _owned(key) | {
        "id": order.id, "plan_id": order.plan_id, "bot_id": order.bot_id, "at": order.created_at,
        "purpose": order.ticket.purpose.name, "state": order.state.name, "body": codec.ORDER.write(order),
    }  # fmt: skip


def _trade_rows(decision: Decision) -> list[_Row]:
    return [
        {
            "id": trade.id, "account_id": trade.account_id, "symbol": trade.symbol, "bot_id": trade.bot_id,
            "opened_by": trade.opened_by, "closed_by": trade.closed_by, "at": trade.closed_at, "net": trade.net,
            "body": codec.TRADE.write(trade),
        }
        for trade in decision.trades
    ]  # fmt: skip
