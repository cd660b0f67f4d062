"""Define what the equities bot's addresses answer: its fields under its names, numbers as JSON numbers."""

from attrs import frozen


@frozen(kw_only=True)
class WorthView:
    """What a user's accounts are worth together, as their brokers say; null where no broker says it."""

    equity: float | None
    cash: float | None
    buying_power: float | None
    portfolio_value: float | None


@frozen(kw_only=True)
class UserPositionView:
    """One position, live. `qty` is signed, `unrealized_plpc` in percent of the cost; null where there is no price."""

    symbol: str
    account: str
    qty: float
    side: str
    market_value: float | None
    unrealized_pl: float | None
    unrealized_plpc: float | None
    entry_price: float
    current_price: float | None


@frozen(kw_only=True)
class UserPositionsView:
    """What a user's accounts hold together."""

    user_id: str
    account: WorthView
    positions: tuple[UserPositionView, ...]
    total_positions: int


@frozen(kw_only=True)
class UserBotView:
    """A bot under the equities bot's names. Moments are as in mail and HTTP: ``Mon, 23 Nov 2026 15:00:00 GMT``.

    `position_size` is so much of what `sizing` says; `order_status` is the word of `BotStateView.status`.
    """

    id: str
    user_id: str
    account_id: str
    symbol: str
    timeframe: str | None
    position_size: float
    sizing: str
    is_active: bool
    strategy_name: str
    risk_limit_percent: float | None
    daily_loss_limit: float | None
    max_position_size: float | None
    order_status: str
    status_detail: str
    last_signal: str | None
    last_signal_time: str | None
    current_position_side: str
    current_position_qty: float
    total_pnl: float
    total_trades: int
    winning_trades: int
    losing_trades: int
    win_rate: float | None
    created_at: str | None
    updated_at: str | None


@frozen(kw_only=True)
class UserBotsView:
    """A user's bots."""

    user_id: str
    bots: tuple[UserBotView, ...]
    total_bots: int
    active_bots: int
