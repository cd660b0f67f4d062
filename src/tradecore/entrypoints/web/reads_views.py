"""Define what the futures bot's addresses answer, under the names that its users' scripts read."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import frozen

from tradecore.domain.orders import Side
from tradecore.entrypoints.web.rails import RailView


@frozen(kw_only=True)
class HealthView:
    """Whether the service is well. `time` is Chicago's, `waiting` how many events are not judged yet.

    `workers` is how many processes trade on a database that many share, and null where there is only one. `money` is
    the most that is at stake here: "paper", "a firm's" (at ProjectX) or "REAL MONEY"; null where the database would
    have to tell.
    """

    status: str
    time: str
    service: str
    waiting: int | None
    workers: int | None
    money: str | None
    reasons: tuple[str, ...]


@frozen(kw_only=True)
class PositionView:
    """One position. `qty` is signed, `unrealized_plpc` in percent of the cost; null where there is no price.

    `external` is what no bot holds of it, as what people have opened by hand; signed as well.
    """

    symbol: str
    account: str
    qty: Decimal
    external: Decimal
    side: str
    market_value: Decimal | None
    unrealized_pl: Decimal | None
    unrealized_plpc: Decimal | None
    entry_price: Decimal
    current_price: Decimal | None


@frozen(kw_only=True)
class MetricsView:
    """How an account's trading day goes, by round trips. `win_rate` is from 0 to 1, money net of commissions."""

    daily_pnl: Decimal
    gross_pnl: Decimal
    daily_fees: Decimal
    unrealized_pnl: Decimal
    trade_count: int
    winning_trades: int
    losing_trades: int
    win_rate: Decimal
    consecutive_losses: int
    open_positions: int
    can_trade: bool
    kill_switch: str | None
    risk_level: str


@frozen(kw_only=True)
class ThresholdsView:
    """The account's limits, as the futures bot names them; null for none."""

    max_daily_loss: Decimal | None
    profit_target: Decimal | None
    max_consecutive_losses: int | None


@frozen(kw_only=True)
class MetricsWithLimitsView(MetricsView):
    """How an account's trading day goes, with its limits."""

    thresholds: ThresholdsView


@frozen(kw_only=True)
class AccountPositionsView:
    """What one account holds; `error` says why that cannot be told."""

    account_id: str
    positions: tuple[PositionView, ...]
    account_metrics: MetricsView
    error: str | None


@frozen(kw_only=True)
class PositionsView:
    """What the caller's accounts hold, by the accounts' names."""

    accounts: Mapping[str, AccountPositionsView]
    total_positions: int
    total_pnl: Decimal
    timestamp: datetime


@frozen(kw_only=True)
class OrderByHandView:
    """A working order that is not ours. Quantities in positive units; null where the broker does not tell."""

    order_id: str | None
    symbol: str | None
    side: Side | None
    quantity: Decimal | None
    filled: Decimal


@frozen(kw_only=True)
class OneAccountView:
    """What one account holds, with its health; `external_orders` are those of people, null where nobody could ask."""

    account: str
    account_id: str
    positions: tuple[PositionView, ...]
    external_orders: tuple[OrderByHandView, ...] | None
    account_metrics: MetricsView
    error: str | None
    timestamp: datetime


@frozen(kw_only=True)
class BalancesView:
    """What the broker says the account is worth, in money."""

    equity: Decimal
    buying_power: Decimal
    blocked: str


@frozen(kw_only=True)
class AccountSummaryView:
    """One account in sum. `exposure` adds up the absolute value of what is held."""

    account_id: str
    positions: tuple[PositionView, ...]
    exposure: Decimal
    unrealized_pnl: Decimal
    daily_stats: MetricsView
    balances: BalancesView | None
    error: str | None


@frozen(kw_only=True)
class SummaryLineView:
    """The whole in three numbers."""

    total_pnl: Decimal
    positions_open: int
    exposure: Decimal


@frozen(kw_only=True)
class SummaryView:
    """All of the caller's accounts in sum. `total_equity` is null where no broker told."""

    accounts: Mapping[str, AccountSummaryView]
    total_positions: int
    total_exposure: Decimal
    total_unrealized_pnl: Decimal
    total_realized_pnl: Decimal
    total_daily_pnl: Decimal
    total_fees: Decimal
    total_equity: Decimal | None
    timestamp: datetime
    summary: SummaryLineView


@frozen(kw_only=True)
class AccountHealthView:
    """How one account's day goes, and how far each guard rail is."""

    account: str
    account_id: str
    health: MetricsWithLimitsView
    guard_rails: tuple[RailView, ...]
    error: str | None
    timestamp: datetime
