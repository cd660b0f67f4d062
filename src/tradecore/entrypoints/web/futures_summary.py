"""Add up what accounts hold, in the futures bot's words; what nobody knows makes a total unknown, never smaller."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from attrs import asdict

from tradecore.domain.money import ZERO
from tradecore.entrypoints.web import futures_views as v
from tradecore.entrypoints.web.futures_present import (
    State,
    metrics,
    moment,
    number,
    position_view,
    states,
    total,
)
from tradecore.entrypoints.web.looks import Look


def _short(state: State, now: datetime) -> v.SummaryPositionView:
    whole = position_view(state, now)
    return v.SummaryPositionView(
        symbol=whole.symbol,
        size=whole.size,
        side=whole.side,
        entry_price=whole.entry_price,
        current_price=whole.current_price,
        unrealized_pnl=whole.unrealized_pnl,
        realized_pnl=whole.realized_pnl,
        total_pnl=number(state.result),
        duration_minutes=whole.duration_minutes,
        stops=len(whole.stop_orders),
        targets=len(whole.limit_orders),
    )


_FLAT = v.SummaryPositionView(
    symbol=None, size=0, side=None, entry_price=None, current_price=None, unrealized_pnl=0, realized_pnl=0, total_pnl=0,
    duration_minutes=0, stops=0, targets=0)  # fmt: skip


def _stats(look: Look) -> v.DailyStatsView:
    day = metrics(look)
    return v.DailyStatsView(
        daily_pnl=day.daily_pnl,
        daily_fees=day.daily_fees,
        gross_pnl=day.gross_pnl,
        trades_today=day.trade_count,
        win_rate=f"{day.win_rate * 100:.1f}%",
        winning_trades=day.winning_trades,
        losing_trades=day.losing_trades,
        consecutive_losses=day.consecutive_losses,
        can_trade=day.can_trade,
        risk_level=day.risk_level,
    )


def _live(look: Look) -> v.LiveAccountView:
    found = tuple(_short(state, look.now) for state in states(look))
    unknown = look.seen.trouble
    first = None if unknown else found[0] if found else _FLAT
    return v.LiveAccountView(
        account_id=look.account.id,
        position=first,
        positions=found,
        daily_stats=_stats(look),
        error=unknown or None,
    )


def _summed(look: Look) -> v.AccountSummaryView:
    state = look.seen.state
    balances = None
    if state is not None:
        balances = v.BalancesView(
            balance=float(state.equity), buying_power=float(state.buying_power), canTrade=not state.blocked,
            isVisible=True, name=look.account.name)  # fmt: skip
    return v.AccountSummaryView(
        **asdict(_live(look), recurse=False),
        exposure=number(_exposure(look)),
        balances=balances,
    )


def _exposure(look: Look) -> Decimal | None:
    values = [held.value for held in look.seen.held]
    return None if look.seen.trouble else total(None if value is None else abs(value) for value in values)


def _unrealised(looks: Sequence[Look]) -> Decimal | None:
    return total(
        None if look.seen.trouble else total(held.unrealised for held in look.seen.held) for look in looks)  # fmt: skip


def _realised(looks: Sequence[Look]) -> Decimal | None:
    """Add up what the open positions have won already."""
    return total(
        None if look.seen.trouble else sum((one.realised for one in states(look)), ZERO) for look in looks)  # fmt: skip


def _price(looks: Sequence[Look], now: datetime) -> tuple[float | None, str | None]:
    """Return the price of the one instrument that is held, and how old it is."""
    found = {state.held.position.symbol: position_view(state, now) for look in looks for state in states(look)}
    if len(found) != 1:
        return None, None
    (only,) = found.values()
    return only.current_price, only.price_source


def _line(looks: Sequence[Look], *, flat: bool) -> v.SummaryLineView:
    unrealised, realised = _unrealised(looks), _realised(looks)
    return v.SummaryLineView(
        total_pnl=number(total((unrealised, realised))),
        positions_open=_count(looks),
        market_status="FLAT_WINDOW" if flat else "OPEN",
    )


def _count(looks: Sequence[Look]) -> int | None:
    return None if any(look.seen.trouble for look in looks) else sum(len(look.seen.held) for look in looks)


def realtime_view(looks: Sequence[Look], now: datetime, *, flat: bool) -> v.RealtimeView:
    price, source = _price(looks, now)
    return v.RealtimeView(
        market_price=price,
        price_source=source,
        accounts={look.account.name: _live(look) for look in looks},
        total_unrealized_pnl=number(_unrealised(looks)),
        total_realized_pnl=number(_realised(looks)),
        timestamp=moment(now),
        summary=_line(looks, flat=flat),
    )


def summary_view(looks: Sequence[Look], now: datetime, *, flat: bool) -> v.SummaryView:
    price, source = _price(looks, now)
    worth = [look.seen.state.equity if look.seen.state is not None else None for look in looks]
    return v.SummaryView(
        market_price=price,
        price_source=source,
        accounts={look.account.name: _summed(look) for look in looks},
        total_positions=_count(looks),
        total_exposure=number(total(_exposure(look) for look in looks)),
        total_unrealized_pnl=number(_unrealised(looks)),
        total_realized_pnl=number(_realised(looks)),
        total_daily_pnl=float(sum((look.today.day.realised for look in looks), ZERO)),
        total_fees=float(sum((look.today.commission for look in looks), ZERO)),
        total_equity=number(total(worth) if worth else None),
        timestamp=moment(now),
        summary=_line(looks, flat=flat),
    )
