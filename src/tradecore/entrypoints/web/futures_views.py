"""Define what the futures bot's addresses answer: its fields under its names, numbers as JSON numbers.

What is new stands beside the old; null is what nobody knows. Moments are ISO 8601 with Chicago's offset.
"""

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class UnknownAccountView:
    """What is said of an account that is not there, or is somebody else's."""

    error: str


@frozen(kw_only=True)
class RailView:
    """One limit: where it is, where the account stands, what is left, and whether it is reached.

    `actual` and `distance` are null where nobody knows; `detail` then says why, and entries are refused. One that does
    not `guard` is told, and refuses nothing.
    """

    name: str
    unit: str
    limit: float
    actual: float | None
    distance: float | None
    reached: bool
    guards: bool
    detail: str


@frozen(kw_only=True)
class RestingOrderView:
    """An order of ours that rests at the broker, under the names of the ProjectX Gateway; `side` 0 buys, 1 sells."""

    id: str
    contractId: str  # noqa: N815 - the gateway's own spelling
    type: int
    status: int
    side: int
    size: float
    limitPrice: float | None  # noqa: N815 - as above
    stopPrice: float | None  # noqa: N815 - as above
    bot_id: str | None


@frozen(kw_only=True)
class HandOrderView:
    """A working order that is not ours; null where the broker does not tell."""

    order_id: str | None
    symbol: str | None
    side: str | None
    quantity: float | None
    filled: float


@frozen(kw_only=True)
class PositionStateView:
    """A position as the broker says it. `size` is positive, P&L in money; null is what nobody knows.

    `position_type` is 1 long, 2 short. `realized_pnl` is what bots have won in it since it was opened, net.
    `external` is what no bot holds of it, signed; `uncertain` says in sentences what is not sure.
    """

    symbol: str | None = None
    has_position: bool = False
    size: float = 0
    side: str | None = None
    entry_price: float | None = None
    current_price: float | None = None
    price_age_seconds: float | None = None
    price_source: str | None = None
    current_pnl: float | None = 0
    unrealized_pnl: float | None = 0
    realized_pnl: float = 0
    market_value: float | None = 0
    stop_orders: tuple[RestingOrderView, ...] = ()
    limit_orders: tuple[RestingOrderView, ...] = ()
    duration_minutes: float | None = 0
    position_type: int | None = None
    external: float = 0
    uncertain: tuple[str, ...] = ()


@frozen(kw_only=True)
class AccountMetricsView:
    """How an account's trading day goes, by round trips of bots and net of fees. `win_rate` is from 0 to 1.

    `reasons` says why nothing can be traded; `risk_level` is low, medium or high.
    """

    daily_pnl: float
    gross_pnl: float
    daily_fees: float
    unrealized_pnl: float | None
    trade_count: int
    winning_trades: int
    losing_trades: int
    win_rate: float
    consecutive_losses: int
    open_positions: int | None
    can_trade: bool
    risk_level: str
    kill_switch: str | None
    reasons: tuple[str, ...]


@frozen(kw_only=True)
class ThresholdsView:
    """The account's limits, as the futures bot names them; null for none."""

    max_daily_loss: float | None
    profit_target: float | None
    max_consecutive_losses: int | None


@frozen(kw_only=True)
class HealthMetricsView(AccountMetricsView):
    """How an account's trading day goes, with its limits."""

    thresholds: ThresholdsView


@frozen(kw_only=True)
class AccountHealthView:
    """How one account's day goes, and how far each guard rail is. From `flat_by` on it opens nothing; null for never.

    `error` says why the broker could not be asked.
    """

    account: str
    account_id: str
    health: HealthMetricsView
    guard_rails: tuple[RailView, ...]
    flat_by: str | None
    error: str | None
    timestamp: str


@frozen(kw_only=True)
class AccountStateView:
    """What one account holds; `position` is the one of most value, null with the reason in `error`.

    `uncertain` says in sentences where books and broker differ.
    """

    account_id: str
    position: PositionStateView | None
    positions: tuple[PositionStateView, ...]
    account_metrics: AccountMetricsView
    uncertain: tuple[str, ...]
    error: str | None


@frozen(kw_only=True)
class PositionsView:
    """What the caller's accounts hold, by their names. A total is null where a part of it is not known."""

    accounts: Mapping[str, AccountStateView]
    total_positions: int | None
    total_pnl: float | None
    timestamp: str


@frozen(kw_only=True)
class OneAccountView(AccountStateView):
    """What one account holds, with the working orders of people; null where nobody could ask."""

    account: str
    external_orders: tuple[HandOrderView, ...] | None
    timestamp: str


@frozen(kw_only=True)
class SummaryPositionView:
    """A position in short."""

    symbol: str | None
    size: float
    side: str | None
    entry_price: float | None
    current_price: float | None
    unrealized_pnl: float | None
    realized_pnl: float
    total_pnl: float | None
    duration_minutes: float | None
    stops: int
    targets: int


@frozen(kw_only=True)
class DailyStatsView:
    """An account's day in short. `win_rate` is written in percent, as in ``33.3%``."""

    daily_pnl: float
    daily_fees: float
    gross_pnl: float
    trades_today: int
    win_rate: str
    winning_trades: int
    losing_trades: int
    consecutive_losses: int
    can_trade: bool
    risk_level: str


@frozen(kw_only=True)
class BalancesView:
    """What the broker says of the account. `balance` has the open result in it."""

    balance: float
    buying_power: float
    canTrade: bool  # noqa: N815 - the gateway's own spelling
    isVisible: bool  # noqa: N815 - as above
    name: str


@frozen(kw_only=True)
class LiveAccountView:
    """One account at the latest prices."""

    account_id: str
    position: SummaryPositionView | None
    positions: tuple[SummaryPositionView, ...]
    daily_stats: DailyStatsView
    error: str | None


@frozen(kw_only=True)
class AccountSummaryView(LiveAccountView):
    """One account in sum."""

    exposure: float | None
    balances: BalancesView | None


@frozen(kw_only=True)
class SummaryLineView:
    """The whole in short. `market_status` is OPEN or FLAT_WINDOW, by the hours of CME futures."""

    total_pnl: float | None
    positions_open: int | None
    market_status: str


@frozen(kw_only=True)
class RealtimeView:
    """Results at the latest prices. `market_price` is that of the one instrument that is held; null with several."""

    market_price: float | None
    price_source: str | None
    accounts: Mapping[str, LiveAccountView]
    total_unrealized_pnl: float | None
    total_realized_pnl: float | None
    timestamp: str
    summary: SummaryLineView


@frozen(kw_only=True)
class SummaryView:
    """All of the caller's accounts in sum. A total is null where a part of it is not known."""

    market_price: float | None
    price_source: str | None
    accounts: Mapping[str, AccountSummaryView]
    total_positions: int | None
    total_exposure: float | None
    total_unrealized_pnl: float | None
    total_realized_pnl: float | None
    total_daily_pnl: float
    total_fees: float
    total_equity: float | None
    timestamp: str
    summary: SummaryLineView
