"""Turn what was judged and traded into the views that callers get."""

from collections.abc import Iterable

from attrs import asdict

from tradecore.domain.book import Book, Plan
from tradecore.domain.decisions import Status
from tradecore.domain.instruments import name_of
from tradecore.domain.limits import Judgement
from tradecore.domain.orders import Order
from tradecore.domain.parties import Halt
from tradecore.domain.performance import Performance, Point
from tradecore.domain.records import AlertRecord, OrderRecord
from tradecore.domain.refusals import Refusal
from tradecore.domain.stories import Node
from tradecore.domain.trades import Trade
from tradecore.entrypoints.runtime.halting import Flattening
from tradecore.entrypoints.web import views as v

_PENDING = "Accepted: it is still being worked on."


def refusal_view(refusal: Refusal | None) -> v.RefusalView | None:
    return v.RefusalView(code=refusal.code, sentence=refusal.value) if refusal else None


def gate_view(gate: Judgement) -> v.GateView:
    return v.GateView(name=gate.name, passed=gate.refusal is None, detail=gate.detail)


def root_of(symbol: str) -> str:
    """Return the root of what an alert named; the name itself, where it cannot be read any more."""
    try:
        return name_of(symbol).root
    except ValueError:
        return symbol


def alert_line_view(record: AlertRecord) -> v.AlertLineView:
    alert = record.alert
    pending = _PENDING if record.status is Status.PENDING else ""
    return v.AlertLineView(
        alert_id=alert.id,
        received_at=alert.received_at,
        status=record.status.value,
        outcome=record.outcome or pending,
        signal=alert.signal,
        symbol=root_of(alert.symbol),
        bot_id=record.bot_id,
        account_id=record.account_id,
        instrument=record.key.symbol,
        timeframe=str(alert.timeframe) if alert.timeframe else None,
        fired_at=alert.fired_at,
        ended_at=record.ended_at,
        refusal=refusal_view(record.refusal),
    )


def alert_view(record: AlertRecord, orders: Iterable[OrderRecord], trades: Iterable[Trade]) -> v.AlertView:
    line = alert_line_view(record)
    return v.AlertView(
        **asdict(line, recurse=False),
        gates=tuple(map(gate_view, record.gates)),
        orders=tuple(map(order_view, orders)),
        trades=tuple(map(trade_view, trades)),
        body=record.body,
    )


def order_view(record: OrderRecord) -> v.OrderView:
    return _order_view(record.key.account_id, record.order)


def _order_view(account_id: str, order: Order) -> v.OrderView:
    ticket = order.ticket
    return v.OrderView(
        order_id=order.id,
        broker_order_id=order.broker_order_id,
        account_id=account_id,
        bot_id=order.bot_id,
        caused_by=order.plan_id,
        symbol=ticket.symbol,
        purpose=ticket.purpose.value,
        side=ticket.side.value,
        quantity=ticket.quantity,
        type=ticket.type.value,
        limit_price=ticket.limit_price,
        stop_price=ticket.stop_price,
        status=order.state.value,
        filled_quantity=order.filled,
        average_price=order.average_price,
        commission=order.commission,
        reason=order.reason,
        created_at=order.created_at,
        changed_at=order.changed_at,
    )


def trade_view(trade: Trade) -> v.TradeView:
    return v.TradeView(
        trade_id=trade.id,
        account_id=trade.account_id,
        bot_id=trade.bot_id,
        symbol=trade.symbol,
        direction=trade.direction,
        quantity=trade.quantity,
        entry_price=trade.entry_price,
        exit_price=trade.exit_price,
        gross=trade.gross,
        commission=trade.commission,
        net=trade.net,
        opened_at=trade.opened_at,
        closed_at=trade.closed_at,
        opened_by=trade.opened_by,
        closed_by=trade.closed_by,
    )


def story_view(node: Node) -> v.StoryView:
    return v.StoryView(title=node.title, detail=node.detail, children=tuple(map(story_view, node.children)))


def performance_view(performance: Performance) -> v.PerformanceView:
    return v.PerformanceView(
        trades=performance.trades,
        wins=performance.wins,
        losses=performance.losses,
        net=performance.net,
        gross=performance.gross,
        commission=performance.commission,
        best=performance.best,
        worst=performance.worst,
        win_rate=performance.win_rate,
        average_win=performance.average_win,
        average_loss=performance.average_loss,
        profit_factor=performance.profit_factor,
        expectancy=performance.expectancy,
        drawdown=performance.drawdown,
        losses_in_a_row=performance.losses_in_a_row,
    )


def point_view(point: Point) -> v.PointView:
    return v.PointView(at=point.at, net=point.net)


def drift_view(book: Book, account: str) -> v.DriftView:
    return v.DriftView(
        account_id=book.key.account_id,
        account=account,
        symbol=book.key.symbol,
        drift=book.drift,
        external=book.external,
        net=book.net,
        shares=_share_views(book),
    )


def _share_views(book: Book) -> tuple[v.ShareView, ...]:
    return tuple(
        v.ShareView(
            bot_id=share.bot_id,
            quantity=share.quantity,
            average_price=share.average_price(book.point_value),
            stop_price=share.stop_price,
            target_price=share.target_price,
        )
        for share in book.shares
    )


def book_view(book: Book) -> v.BookView:
    return v.BookView(
        account_id=book.key.account_id,
        symbol=book.key.symbol,
        net=book.net,
        external=book.external,
        external_orders=book.strays,
        drift=book.drift,
        shares=_share_views(book),
        orders=tuple(_order_view(book.key.account_id, order) for order in book.orders),
        plan=_plan_view(book.plan) if book.plan else None,
        waiting=len(book.waiting),
    )


def _plan_view(plan: Plan) -> v.PlanView:
    return v.PlanView(
        caused_by=plan.wish.id,
        signal=plan.wish.signal,
        steps=tuple(v.StepView(what=step.kind.value, done=step.done, to=step.to) for step in plan.steps),
        started_at=plan.started_at,
        deadline=plan.deadline,
        trouble=plan.trouble,
    )


def asked_for_view(flattening: Flattening) -> v.AskedForView:
    return v.AskedForView(books=tuple(map(str, flattening.keys)), unreachable=flattening.unreachable)


def halt_view(halt: Halt) -> v.HaltView:
    return v.HaltView(
        halt_id=halt.id,
        level=halt.level,
        reason=halt.reason,
        by=halt.by,
        at=halt.at,
        user_id=halt.user_id,
        account_id=halt.account_id,
        bot_id=halt.bot_id,
        flat_at=halt.flat_at,
        lifted_at=halt.lifted_at,
        lifted_by=halt.lifted_by,
    )
