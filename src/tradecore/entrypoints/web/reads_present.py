"""Turn what accounts hold, and how they did, into the views of the futures bot's addresses."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from attrs import asdict

from tradecore.domain.money import HUNDRED, ZERO
from tradecore.domain.orders import Report
from tradecore.domain.performance import measure
from tradecore.domain.signals import Direction
from tradecore.entrypoints.web import reads_views as v
from tradecore.entrypoints.web.rails import can_trade, halt_level, rails_of, risk_level
from tradecore.entrypoints.web.snapshots import Held, Snapshot, Today


def position_view(held: Held, account: str) -> v.PositionView:
    position = held.position
    return v.PositionView(
        symbol=position.symbol,
        account=account,
        qty=position.quantity,
        external=held.external,
        side=Direction.of(position.quantity).value,
        market_value=held.value,
        unrealized_pl=held.unrealised,
        unrealized_plpc=held.unrealised_percent,
        entry_price=position.average_price,
        current_price=held.quote.last if held.quote else None,
    )


def order_by_hand_view(report: Report) -> v.OrderByHandView:
    return v.OrderByHandView(
        order_id=report.broker_order_id,
        symbol=report.symbol,
        side=report.side,
        quantity=report.quantity,
        filled=report.filled,
    )


def _positions(seen: Snapshot) -> tuple[v.PositionView, ...]:
    return tuple(position_view(held, seen.account.name) for held in seen.held)


def metrics(seen: Snapshot, today: Today) -> v.MetricsView:
    performance = measure(today.trades)
    rails = rails_of(seen.account, seen, today)
    allowed = can_trade(seen.account, seen, today, rails)
    level = halt_level(today)
    realised = today.day.realised
    return v.MetricsView(
        daily_pnl=realised,
        gross_pnl=realised + today.commission,
        daily_fees=today.commission,
        unrealized_pnl=today.day.unrealised,
        trade_count=performance.trades,
        winning_trades=performance.wins,
        losing_trades=performance.losses,
        win_rate=performance.win_rate / HUNDRED if performance.win_rate is not None else ZERO,
        consecutive_losses=today.losses_in_a_row,
        open_positions=len(seen.held),
        can_trade=allowed,
        kill_switch=level.value if level else None,
        risk_level=risk_level(rails, open_for_trade=allowed),
    )


def health_of(seen: Snapshot, today: Today) -> v.MetricsWithLimitsView:
    limits = seen.account.limits
    thresholds = v.ThresholdsView(
        max_daily_loss=-limits.daily_loss if limits.daily_loss else None,
        profit_target=limits.daily_profit,
        max_consecutive_losses=limits.losing_streak or None,
    )
    return v.MetricsWithLimitsView(**asdict(metrics(seen, today)), thresholds=thresholds)


def account_positions(seen: Snapshot, today: Today) -> v.AccountPositionsView:
    return v.AccountPositionsView(
        account_id=seen.account.id,
        positions=_positions(seen),
        account_metrics=metrics(seen, today),
        error=seen.trouble or None,
    )


def account_summary(seen: Snapshot, today: Today) -> v.AccountSummaryView:
    state = seen.state
    return v.AccountSummaryView(
        account_id=seen.account.id,
        positions=_positions(seen),
        exposure=_total(abs(held.value) for held in seen.held if held.value is not None),
        unrealized_pnl=_total(held.unrealised for held in seen.held if held.unrealised is not None),
        daily_stats=metrics(seen, today),
        balances=v.BalancesView(equity=state.equity, buying_power=state.buying_power, blocked=state.blocked)
        if state
        else None,
        error=seen.trouble or None,
    )


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)


def summary(accounts: Mapping[str, v.AccountSummaryView], now: datetime) -> v.SummaryView:
    each = tuple(accounts.values())
    unrealised = _total(one.unrealized_pnl for one in each)
    realised = _total(one.daily_stats.daily_pnl for one in each)
    positions = sum(len(one.positions) for one in each)
    exposure = _total(one.exposure for one in each)
    balances = [one.balances.equity for one in each if one.balances is not None]
    return v.SummaryView(
        accounts=accounts,
        total_positions=positions,
        total_exposure=exposure,
        total_unrealized_pnl=unrealised,
        total_realized_pnl=realised,
        total_daily_pnl=realised,
        total_fees=_total(one.daily_stats.daily_fees for one in each),
        total_equity=_total(balances) if balances else None,
        timestamp=now,
        summary=v.SummaryLineView(total_pnl=realised + unrealised, positions_open=positions, exposure=exposure),
    )
