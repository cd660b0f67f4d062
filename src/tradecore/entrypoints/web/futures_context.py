"""Say what an advisor needs to judge an open position, with the futures bot's warnings and suggestions."""

from collections.abc import Iterator
from typing import Final

from attrs import asdict

from tradecore.domain.money import money
from tradecore.entrypoints.web import futures_context_views as c
from tradecore.entrypoints.web import futures_views as v
from tradecore.entrypoints.web.futures_present import metrics, missing, position_view, rail_view, states, thresholds
from tradecore.entrypoints.web.looks import Look

# From so much on the futures bot warned, or suggested something; in dollars and minutes.
_LOSS_LARGE, _PROFIT_LARGE = -50, 100
_LOSS_TO_CUT, _PROFIT_TO_TAKE = -20, 20
_MINUTES_LONG, _MINUTES_STALE = 60, 120
_LOSSES_MANY: Final = 2


def context_of(look: Look) -> c.ContextView:
    """Return the context of what *look* shows."""
    whole, limits = metrics(look), thresholds(look)
    said = (*whole.reasons, *missing(look), *_day_warnings(look))
    found = tuple(position_view(state, look.now) for state in states(look))
    flat = (v.PositionStateView(),) if not look.seen.trouble else ()
    shown = tuple(map(_position, found or flat))
    return c.ContextView(
        current_position=shown[0] if shown else None,
        positions=tuple(map(_position, found)),
        account_metrics=c.ContextMetricsView(
            daily_pnl=whole.daily_pnl,
            win_rate=whole.win_rate,
            consecutive_losses=whole.consecutive_losses,
            open_positions=whole.open_positions,
            risk_level=whole.risk_level,
            can_trade=whole.can_trade,
        ),
        risk_limits=c.RiskLimitsView(
            **asdict(limits), consecutive_loss_guard_enabled=limits.max_consecutive_losses is not None),
        guard_rails=tuple(map(rail_view, look.rails)),
        warnings=(*said, *(sentence for one in found for sentence in _warnings(one))),
        suggestions=tuple(sentence for one in found for sentence in _suggestions(one)),
        error=look.seen.trouble or None,
    )  # fmt: skip


def _position(state: v.PositionStateView) -> c.ContextPositionView:
    return c.ContextPositionView(
        symbol=state.symbol,
        has_position=state.has_position,
        size=state.size,
        side=state.side,
        entry_price=state.entry_price,
        current_price=state.current_price,
        current_pnl=state.current_pnl,
        unrealized_pnl=state.unrealized_pnl,
        realized_pnl=state.realized_pnl,
        duration_minutes=state.duration_minutes,
        stop_count=len(state.stop_orders),
        target_count=len(state.limit_orders),
        uncertain=state.uncertain,
    )


def _day_warnings(look: Look) -> Iterator[str]:
    for rail in look.rails:
        half = rail.actual is not None and rail.actual * 2 >= rail.limit
        if rail.name.startswith(("daily loss", "trailing drawdown")) and half and not rail.reached:
            assert rail.distance is not None
            yield f"Half of the {rail.name} limit is gone: {money(rail.distance)} is left."
    if look.today.losses_in_a_row >= _LOSSES_MANY:
        yield f"{look.today.losses_in_a_row} trades in a row were lost."


def _warnings(state: v.PositionStateView) -> Iterator[str]:
    minutes, result = state.duration_minutes, state.unrealized_pnl
    yield from (f"{state.symbol}: {sentence}" for sentence in state.uncertain)
    if minutes is not None and minutes > _MINUTES_LONG:
        yield f"{state.symbol} has been open for {minutes:.0f} minutes."
    if result is not None and result < _LOSS_LARGE:
        yield f"{state.symbol} has a large open loss: {result:.2f}."
    if result is not None and result > _PROFIT_LARGE:
        yield f"{state.symbol} has a large open profit: {result:.2f}."


def _suggestions(state: v.PositionStateView) -> Iterator[str]:
    minutes, result = state.duration_minutes, state.unrealized_pnl
    if minutes is not None and minutes > _MINUTES_STALE:
        yield f"Close {state.symbol}: it has been open for long."
    if result is not None and result > _PROFIT_TO_TAKE and state.size > 1:
        yield f"Reduce {state.symbol}: take a part of the profit."
    if result is not None and result < _LOSS_TO_CUT:
        yield f"Close {state.symbol}: cut the loss."
    if not state.stop_orders:
        yield f"{state.symbol} has no stop of ours at the broker: that is a high risk."
