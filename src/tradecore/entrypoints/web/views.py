"""Define what answers look like: alerts with their ends, orders, trades, books, and how well it went."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tradecore.domain.parties import HaltLevel
from tradecore.domain.signals import Direction, Signal


@frozen(kw_only=True)
class RefusalView:
    """Why nothing was traded."""

    code: str
    sentence: str


@frozen(kw_only=True)
class GateView:
    """What one gate said, with the values it compared."""

    name: str
    passed: bool
    detail: str


@frozen(kw_only=True)
class OrderView:
    """An order of ours. `caused_by` is the alert or whatever else made it; prices are per unit."""

    order_id: str
    broker_order_id: str | None
    account_id: str
    bot_id: str | None
    caused_by: str
    symbol: str
    purpose: str
    side: str
    quantity: Decimal
    type: str
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: str
    filled_quantity: Decimal
    average_price: Decimal | None
    commission: Decimal
    reason: str
    created_at: datetime
    changed_at: datetime | None


@frozen(kw_only=True)
class TradeView:
    """One trade from flat to flat. `net` is what is left after commissions."""

    trade_id: str
    account_id: str
    bot_id: str
    symbol: str
    direction: Direction
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    commission: Decimal
    net: Decimal
    opened_at: datetime
    closed_at: datetime
    opened_by: str
    closed_by: str


@frozen(kw_only=True)
class AlertLineView:
    """An alert with its end, in short. `symbol` is the root, `instrument` what would be traded."""

    alert_id: str
    received_at: datetime
    status: str
    outcome: str
    signal: Signal
    symbol: str
    bot_id: str | None
    account_id: str | None
    instrument: str
    timeframe: str | None
    fired_at: datetime | None
    ended_at: datetime | None
    refusal: RefusalView | None


@frozen(kw_only=True)
class AlertView(AlertLineView):
    """An alert with its end, and everything that came of it. `body` is as it was sent, without its secrets."""

    gates: tuple[GateView, ...]
    orders: tuple[OrderView, ...]
    trades: tuple[TradeView, ...]
    body: str


@frozen(kw_only=True)
class StoryView:
    """One line of an alert's story, and what followed from it."""

    title: str
    detail: str
    children: "tuple[StoryView, ...]"


@frozen(kw_only=True)
class AlertsView:
    """Alerts, newest first. Ask again with `before` as named here for the ones before them."""

    alerts: tuple[AlertLineView, ...]
    next_before: datetime | None


@frozen(kw_only=True)
class OrdersView:
    """Orders, newest first. Ask again with `before` as named here for the ones before them."""

    orders: tuple[OrderView, ...]
    next_before: datetime | None


@frozen(kw_only=True)
class TradesView:
    """Trades, newest first by their end. Ask again with `before` as named here for the ones before them."""

    trades: tuple[TradeView, ...]
    next_before: datetime | None


@frozen(kw_only=True)
class PerformanceView:
    """How a set of trades went: amounts in money, rates in percent, null where there is nothing to divide by."""

    trades: int
    wins: int
    losses: int
    net: Decimal
    gross: Decimal
    commission: Decimal
    best: Decimal | None
    worst: Decimal | None
    win_rate: Decimal | None
    average_win: Decimal | None
    average_loss: Decimal | None
    profit_factor: Decimal | None
    expectancy: Decimal | None
    drawdown: Decimal
    losses_in_a_row: int


@frozen(kw_only=True)
class PointView:
    """The summed result after a trade's end."""

    at: datetime
    net: Decimal


@frozen(kw_only=True)
class ResultsView:
    """How it went in all, per group, and along the way. `complete` is false where there are more trades than asked."""

    total: PerformanceView
    groups: Mapping[str, PerformanceView]
    curve: tuple[PointView, ...]
    complete: bool


@frozen(kw_only=True)
class ShareView:
    """What one bot holds of a book: signed units, and what protects them."""

    bot_id: str
    quantity: Decimal
    average_price: Decimal
    stop_price: Decimal | None
    target_price: Decimal | None


@frozen(kw_only=True)
class StepView:
    """One step of a plan."""

    what: str
    done: bool
    to: Decimal | None


@frozen(kw_only=True)
class PlanView:
    """What is under way."""

    caused_by: str
    signal: Signal
    steps: tuple[StepView, ...]
    started_at: datetime
    deadline: datetime
    trouble: str


@frozen(kw_only=True)
class BookView:
    """One account's trading in one instrument. `drift` is what nobody can explain: it blocks entries.

    `external` is what people hold, and `external_orders` how many of theirs worked when the broker was last asked.
    """

    account_id: str
    symbol: str
    net: Decimal
    external: Decimal
    external_orders: int
    drift: Decimal
    shares: tuple[ShareView, ...]
    orders: tuple[OrderView, ...]
    plan: PlanView | None
    waiting: int


@frozen(kw_only=True)
class DriftView:
    """What nobody can explain of an instrument in an account: signed units, beside what is explained."""

    account_id: str
    account: str
    symbol: str
    drift: Decimal
    external: Decimal
    net: Decimal
    shares: tuple[ShareView, ...]


@frozen(kw_only=True)
class DriftsView:
    """Everything that nobody can explain; entries wait for each."""

    drifts: tuple[DriftView, ...]


@frozen(kw_only=True)
class BooksView:
    """The books of an account."""

    books: tuple[BookView, ...]


@frozen(kw_only=True)
class HaltView:
    """The kill switch as somebody pressed it. All scopes null: everything."""

    halt_id: str
    level: HaltLevel
    reason: str
    by: str
    at: datetime
    user_id: str | None
    account_id: str | None
    bot_id: str | None
    flat_at: datetime | None
    lifted_at: datetime | None
    lifted_by: str


@frozen(kw_only=True)
class HaltsView:
    """Kill switches, in the order in which they were pressed."""

    halts: tuple[HaltView, ...]


@frozen(kw_only=True)
class AskedForView:
    """Which books were asked. `unreachable` names the accounts whose broker did not tell what is held."""

    books: tuple[str, ...]
    unreachable: tuple[str, ...] = ()


@frozen(kw_only=True)
class AdoptedView(AskedForView):
    """Which book was asked. `warning` says what people would then hold against the bots, and what that comes to."""

    warning: str | None = None


@frozen(kw_only=True)
class PressedView(HaltView):
    """The kill switch as it was pressed, and what was asked to get flat for it."""

    flattening: AskedForView
