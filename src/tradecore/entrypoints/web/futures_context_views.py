"""Define what an advisor is told of an open position, under the futures bot's names."""

from attrs import frozen

from tradecore.entrypoints.web.futures_views import RailView, ThresholdsView


@frozen(kw_only=True)
class ContextPositionView:
    """The position that an advisor is to judge."""

    symbol: str | None
    has_position: bool
    size: float
    side: str | None
    entry_price: float | None
    current_price: float | None
    current_pnl: float | None
    unrealized_pnl: float | None
    realized_pnl: float
    duration_minutes: float | None
    stop_count: int
    target_count: int
    uncertain: tuple[str, ...]


@frozen(kw_only=True)
class ContextMetricsView:
    """The account's day, as an advisor is told it."""

    daily_pnl: float
    win_rate: float
    consecutive_losses: int
    open_positions: int | None
    risk_level: str
    can_trade: bool


@frozen(kw_only=True)
class RiskLimitsView(ThresholdsView):
    """The account's limits, as an advisor is told them."""

    consecutive_loss_guard_enabled: bool


@frozen(kw_only=True)
class ContextView:
    """What an advisor needs to judge an open position: `warnings` and `suggestions` are sentences."""

    current_position: ContextPositionView | None
    positions: tuple[ContextPositionView, ...]
    account_metrics: ContextMetricsView
    risk_limits: RiskLimitsView
    guard_rails: tuple[RailView, ...]
    warnings: tuple[str, ...]
    suggestions: tuple[str, ...]
    error: str | None


@frozen(kw_only=True)
class PositionContextView:
    """The context of an account's position."""

    account: str
    position_context: ContextView
    timestamp: str


@frozen(kw_only=True)
class ManagedView:
    """The context, and what was asked of which bots' shares; it is done once, as soon as the book's turn comes."""

    account: str
    context: ContextView
    message: str
    asked: tuple[str, ...]
    timestamp: str
