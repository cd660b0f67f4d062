"""Tell an alert's whole story as one causal tree: read as, gates, plan, orders, fills, result."""

from collections.abc import Iterable
from decimal import Decimal
from typing import assert_never

from attrs import frozen

from tradecore.domain.events import (
    AlertArrived,
    CloseAsked,
    DriftAdopted,
    Event,
    FlattenAsked,
    LookFailed,
    OrderLost,
    OrderMissing,
    OrderNotSent,
    OrderReported,
    ReconcileDue,
    ReduceAsked,
    StopAsked,
    Surveyed,
    Woken,
)
from tradecore.domain.money import money, plain
from tradecore.domain.orders import Order, Ticket
from tradecore.domain.records import AlertRecord, Judged, OrderRecord
from tradecore.domain.trades import Fill, Trade


@frozen
class Node:
    """One line of a story, and what followed from it."""

    title: str
    detail: str = ""
    children: tuple["Node", ...] = ()


def tell(
    record: AlertRecord,
    orders: Iterable[OrderRecord],
    fills: Iterable[Fill],
    trades: Iterable[Trade],
    judgements: Iterable[Judged] = (),
) -> Node:
    """Return the story of *record*; *orders*, *fills* and *trades* are its own, in the order in which they came."""
    told = tuple(fills)
    branches = [
        _read_as(record),
        Node("gates", "", tuple(_gate(gate.name, gate.detail, passed=gate.refusal is None) for gate in record.gates)),
        Node("orders", "", tuple(_order(row.order, told) for row in orders)),
        Node("crossed inside the account", "", tuple(_fill(fill) for fill in told if fill.crossed)),
        Node("result", "", tuple(_trade(trade) for trade in trades)),
        Node("what happened, in order", "", tuple(_moment(judged) for judged in judgements if _is_news(judged))),
    ]
    kept = tuple(branch for branch in branches if branch.children or branch.detail)
    end = f"{record.status.value}: {record.outcome}" if record.outcome else record.status.value
    return Node(f"{record.alert.signal.value} {record.alert.symbol}", end, kept)


def _read_as(record: AlertRecord) -> Node:
    alert = record.alert
    facts = [
        ("received", f"{alert.received_at:%Y-%m-%d %H:%M:%S.%f} UTC"),
        ("fired", f"{alert.fired_at:%Y-%m-%d %H:%M:%S} UTC" if alert.fired_at else ""),
        ("bot", record.bot_id or ""),
        ("book", str(record.key)),
        ("timeframe", str(alert.timeframe or "")),
        ("size", f"{plain(alert.size.amount)} {alert.size.unit.value}" if alert.size and alert.size.stated else ""),
        ("price", plain(alert.price) if alert.price else ""),
        ("comment", alert.comment),
    ]
    return Node("read as", "", tuple(Node(name, value) for name, value in facts if value))


def _gate(name: str, detail: str, *, passed: bool) -> Node:
    return Node(f"{'passed' if passed else 'REFUSED'}: {name}", detail)


def _order(order: Order, fills: tuple[Fill, ...]) -> Node:
    stands = order.state.value
    if order.filled and order.average_price is not None:
        stands += f" {plain(order.filled)} at {_price(order.average_price)}"
    detail = f"{stands} ({order.reason})" if order.reason else stands
    own = tuple(_fill(fill) for fill in fills if fill.order_id == order.id and not fill.crossed)
    return Node(say_ticket(order.ticket), f"{detail} [{order.id}]", own)


def say_ticket(ticket: Ticket) -> str:
    """Say in words what an order is to do: ``entry: buy 10 AAPL market``."""
    prices = [plain(price) for price in (ticket.limit_price, ticket.stop_price) if price is not None]
    wanted = " ".join([ticket.type.value, *prices])
    return f"{ticket.purpose.value}: {ticket.side.value} {plain(ticket.quantity)} {ticket.symbol} {wanted}"


def _fill(fill: Fill) -> Node:
    return Node(say_fill(fill), f"{fill.at:%H:%M:%S.%f}")


def say_fill(fill: Fill) -> str:
    """Say in words what changed hands."""
    verb = "bought" if fill.quantity > 0 else "sold"
    cost = f", commission {money(fill.commission)}" if fill.commission else ""
    whose = f" for bot {fill.bot_id}" if fill.crossed else ""
    return f"{verb} {plain(abs(fill.quantity))} at {_price(fill.price)}{cost}{whose}"


def _trade(trade: Trade) -> Node:
    span = f"{trade.direction.value.lower()} {plain(trade.quantity)} {trade.symbol}"
    prices = f"{_price(trade.entry_price)} to {_price(trade.exit_price)}"
    return Node(f"closed {span}, {prices}", f"net {money(trade.net)}, commission {money(trade.commission)}")


def _price(price: Decimal) -> str:
    return plain(price.quantize(Decimal("0.000001")))


def _is_news(judged: Judged) -> bool:
    """Tell whether anything came of it: streams say again what an answer has said already."""
    decision = judged.decision
    if not isinstance(judged.event, OrderReported) or decision.fills or decision.verdicts or decision.commands:
        return True
    states = {order.id: order.state for order in judged.before.orders}
    return any(states.get(order.id) not in {None, order.state} for order in decision.orders)


def _moment(judged: Judged) -> Node:
    steps = judged.decision.book.plan
    now = f"; next: {steps.step.kind.value}" if steps and steps.step else ""
    return Node(f"{judged.facts.now:%H:%M:%S.%f} {say(judged.event)}", f"{len(judged.decision.commands)} to do{now}")


def say(event: Event) -> str:
    """Say in words what happened."""
    match event:
        case AlertArrived(alert=alert):
            return f"the alert came: {alert.signal.value} {alert.symbol}"
        case OrderReported(report=report):
            return f"the broker reports {report.news.value}, {plain(report.filled)} filled"
        case OrderNotSent(why=why):
            return f"the broker was not reached: {why}"
        case OrderLost(why=why):
            return f"the broker's answer was lost: {why}"
        case OrderMissing():
            return "the broker does not know the order"
        case LookFailed(why=why):
            return f"the broker could not be asked: {why}"
        case Surveyed(survey=survey):
            return f"the broker holds {plain(survey.net)}, with {len(survey.working)} orders working"
        case Woken():
            return "time has passed"
        case ReconcileDue(why=why):
            return f"looked at everything again: {why}"
        case FlattenAsked(why=why):
            return f"everything was to be closed: {why}"
        case CloseAsked(why=why):
            return f"the bot's share was to be closed: {why}"
        case ReduceAsked(to=to, why=why):
            return f"the bot's share was to be reduced to {plain(to)}: {why}"
        case StopAsked(price=price, by=by, request_id=request_id):
            return f"{by} wanted the stop of the bot's share at {plain(price)} (request {request_id})"
        case DriftAdopted(quantity=quantity, by=by):
            return f"{by} took {plain(quantity)} as held by hand"
        case _:
            assert_never(event)
