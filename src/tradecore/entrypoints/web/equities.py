"""Answer the two addresses that scripts of the equities bot's users read, in its own shapes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import Final

from tradecore.domain.ids import UserId
from tradecore.domain.money import ZERO
from tradecore.domain.parties import Account
from tradecore.domain.signals import Direction
from tradecore.domain.venues import AccountState
from tradecore.entrypoints.runtime.bot_states import BotStanding, standings
from tradecore.entrypoints.web import equities_views as v
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import RETRY_SECONDS, ProblemError, not_found
from tradecore.entrypoints.web.giving import word_of
from tradecore.entrypoints.web.party_present import sizing_view
from tradecore.entrypoints.web.routing import Call, Routes
from tradecore.entrypoints.web.snapshots import Held, Snapshot, snapshot

ROUTES: Final = Routes()


@ROUTES.on("GET /user/<user_id>/positions", v.UserPositionsView, needs=Needs.READ)
def user_positions(call: Call) -> v.UserPositionsView:
    """Tell what all accounts of a user hold, as their brokers say now; 503 where one of them does not."""
    user_id, accounts = _user(call)
    seen = [snapshot(call.services, account) for account in accounts]
    trouble = "; ".join(f"{one.account.name}: {one.trouble}" for one in seen if one.trouble)
    if trouble:
        headers = {"Retry-After": str(RETRY_SECONDS)}
        raise ProblemError(503, "broker-unavailable", f"Not everything that is held is known. {trouble}", None, headers)
    positions = tuple(_position(held, one) for one in seen for held in one.held)
    return v.UserPositionsView(
        user_id=user_id,
        account=_worth([one.state for one in seen if one.state is not None]),
        positions=positions,
        total_positions=len(positions),
    )


@ROUTES.on("GET /user/<user_id>/bots", v.UserBotsView, needs=Needs.READ)
def user_bots(call: Call) -> v.UserBotsView:
    """Tell how a user's bots are set, where they stand, and how they did."""
    user_id, accounts = _user(call)
    services, ids = call.services, {account.id for account in accounts}
    bots = [bot for bot in services.directory.bots(user_id=user_id) if bot.account_id in ids]
    views = tuple(map(_bot, standings(services.history, bots)))
    return v.UserBotsView(
        user_id=user_id,
        bots=views,
        total_bots=len(views),
        active_bots=sum(view.is_active for view in views),
    )


def _user(call: Call) -> tuple[UserId, tuple[Account, ...]]:
    """Return the user in the address, who must be the caller unless an administrator asks, with their accounts."""
    user_id, viewer = UserId(call.place["user_id"]), call.viewer
    if user_id == viewer.user.id:
        return user_id, viewer.accounts(call.services.directory)
    if not viewer.sees_all or call.services.directory.user(user_id) is None:
        raise not_found("user")
    return user_id, call.services.directory.accounts(user_id)


def _worth(states: Sequence[AccountState]) -> v.WorthView:
    equity = _total(state.equity for state in states)
    return v.WorthView(
        equity=equity,
        cash=_total(state.cash for state in states),
        buying_power=_total(state.buying_power for state in states),
        portfolio_value=equity,
    )


def _total(amounts: Iterable[Decimal | None]) -> float | None:
    """Add up what is known of all; None where there is nothing to add, or something is missing."""
    found = list(amounts)
    known = [amount for amount in found if amount is not None]
    return float(sum(known, ZERO)) if known and len(known) == len(found) else None


def _position(held: Held, seen: Snapshot) -> v.UserPositionView:
    position = held.position
    return v.UserPositionView(
        symbol=position.symbol,
        account=seen.account.name,
        qty=float(position.quantity),
        side=Direction.of(position.quantity).value,
        market_value=_number(held.value),
        unrealized_pl=_number(held.unrealised),
        unrealized_plpc=_number(held.unrealised_percent),
        entry_price=float(position.average_price),
        current_price=_number(held.quote.last if held.quote else None),
    )


def _bot(standing: BotStanding) -> v.UserBotView:
    bot, state, totals = standing.bot, standing.state, standing.totals
    sizing, last = sizing_view(bot.sizing), standing.last.alert if standing.last is not None else None
    return v.UserBotView(
        id=bot.id,
        user_id=bot.user_id,
        account_id=bot.account_id,
        symbol=bot.symbol,
        timeframe=str(bot.timeframe) if bot.timeframe else None,
        position_size=float(sizing.amount),
        sizing=word_of(sizing.kind),
        is_active=bot.active,
        strategy_name=bot.name,
        risk_limit_percent=_number(bot.limits.unrealised_loss_percent),
        daily_loss_limit=_number(bot.limits.daily_loss),
        max_position_size=_number(bot.limits.position_max),
        order_status=state.status.value,
        status_detail=state.detail,
        last_signal=last.signal.value if last is not None else None,
        last_signal_time=_moment(last.received_at if last is not None else None),
        current_position_side=state.direction.value,
        current_position_qty=float(state.quantity),
        total_pnl=float(totals.net),
        total_trades=totals.trades,
        winning_trades=totals.wins,
        losing_trades=totals.losses,
        win_rate=_number(totals.win_rate),
        created_at=_moment(bot.made_at),
        updated_at=_moment(bot.changed_at or bot.made_at),
    )


def _number(value: Decimal | None) -> float | None:
    """Write a number as the equities bot did; no money is counted with it."""
    return None if value is None else float(value)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else format_datetime(value.astimezone(UTC), usegmt=True)
