"""Answer the addresses that the two old bots had: health, positions, bots."""

from typing import Final

from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import UserId
from tradecore.domain.money import ZERO
from tradecore.domain.parties import Account
from tradecore.domain.performance import grouped
from tradecore.domain.sessions import CHICAGO
from tradecore.domain.trades import Trade
from tradecore.entrypoints.web import reads_present as present
from tradecore.entrypoints.web import reads_views as v
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import RETRY_SECONDS, not_found
from tradecore.entrypoints.web.rails import rails_of
from tradecore.entrypoints.web.routing import Answer, Call, Routes
from tradecore.entrypoints.web.snapshots import orders_by_hand, snapshot, today
from tradecore.ports.history import Asked

ROUTES: Final = Routes()
_TRADES_MAX: Final = 10_000


@ROUTES.on("GET /health", {200: v.HealthView, 503: v.HealthView}, needs=Needs.NOTHING)
def health(call: Call) -> Answer:
    """Say whether the service is well; 503 with reasons where it is not.

    It is degraded, with 200, where alerts are taken and nobody trades on them.
    """
    now = call.services.clock.now()
    trouble, waiting, alive = call.storing.trouble(now), None, None
    try:
        waiting = call.services.inbox.waiting(now)
        alive = call.services.engine.leases.alive()
    except UnreachableError:
        trouble = "The database cannot be had."
    is_idle = alive is not None and not alive
    reasons = (trouble, "No worker runs: what comes in waits." if is_idle else None)
    view = v.HealthView(
        status="unavailable" if trouble else "degraded" if is_idle else "ok",
        time=now.astimezone(CHICAGO).isoformat(),
        service="tradecore",
        waiting=waiting,
        workers=len(alive) if alive is not None else None,
        reasons=tuple(reason for reason in reasons if reason),
    )
    return Answer(view=view, status=503, headers={"Retry-After": str(RETRY_SECONDS)}) if trouble else Answer(view=view)


@ROUTES.on("GET /healthz", {200: v.HealthView, 503: v.HealthView}, needs=Needs.NOTHING)
def healthz(call: Call) -> object:
    """Say the same as `/health`."""
    return health(call)


@ROUTES.on("GET /positions", v.PositionsView, needs=Needs.READ)
def positions(call: Call) -> v.PositionsView:
    """Tell what each of the caller's accounts holds, as its broker says now."""
    accounts = {}
    for account in call.viewer.accounts(call.services.directory):
        seen = snapshot(call.services, account)
        accounts[account.name] = present.account_positions(seen, today(call.services, account, seen))
    return v.PositionsView(
        accounts=accounts,
        total_positions=sum(len(one.positions) for one in accounts.values()),
        total_pnl=sum((one.account_metrics.daily_pnl for one in accounts.values()), ZERO),
        timestamp=call.services.clock.now(),
    )


@ROUTES.on("GET /positions/summary", v.SummaryView, needs=Needs.READ)
def positions_summary(call: Call) -> v.SummaryView:
    """Add up what the caller's accounts hold: exposure, open and closed results of the day."""
    accounts = {}
    for account in call.viewer.accounts(call.services.directory):
        seen = snapshot(call.services, account)
        accounts[account.name] = present.account_summary(seen, today(call.services, account, seen))
    return present.summary(accounts, call.services.clock.now())


@ROUTES.on("GET /positions/<account>", v.OneAccountView, needs=Needs.READ)
def positions_of(call: Call) -> v.OneAccountView:
    """Tell what one account holds, with its health."""
    account = call.viewer.account(call.services.directory, call.place["account"])
    seen = snapshot(call.services, account)
    told = present.account_positions(seen, today(call.services, account, seen))
    by_hand = orders_by_hand(call.services, account)
    return v.OneAccountView(
        account=account.name,
        account_id=account.id,
        positions=told.positions,
        external_orders=tuple(map(present.order_by_hand_view, by_hand)) if by_hand is not None else None,
        account_metrics=told.account_metrics,
        error=told.error,
        timestamp=call.services.clock.now(),
    )


@ROUTES.on("GET /account/<account>/health", v.AccountHealthView, needs=Needs.READ)
def account_health(call: Call) -> v.AccountHealthView:
    """Tell how one account's day goes, and how far each guard rail is."""
    account = call.viewer.account(call.services.directory, call.place["account"])
    seen = snapshot(call.services, account)
    day = today(call.services, account, seen)
    return v.AccountHealthView(
        account=account.name,
        account_id=account.id,
        health=present.health_of(seen, day),
        guard_rails=rails_of(account, seen, day),
        error=seen.trouble or None,
        timestamp=call.services.clock.now(),
    )


@ROUTES.on("GET /user/<user_id>/positions", v.UserPositionsView, needs=Needs.READ)
def user_positions(call: Call) -> v.UserPositionsView:
    """Tell what all accounts of a user hold, as the equities bot did."""
    user_id, accounts = _user(call)
    return present.user_positions(user_id, [snapshot(call.services, account) for account in accounts])


@ROUTES.on("GET /user/<user_id>/bots", v.UserBotsView, needs=Needs.READ)
def user_bots(call: Call) -> v.UserBotsView:
    """Tell how a user's bots are set, and how they did, as the equities bot did."""
    user_id, accounts = _user(call)
    services, ids = call.services, {account.id for account in accounts}
    bots = [bot for bot in services.directory.bots(user_id=user_id) if bot.account_id in ids]
    trades = services.history.trades(call.viewer.narrowed(Asked(user_id=user_id, limit=_TRADES_MAX)))
    held = {(one.key.account_id, one.share.bot_id): one.share for one in services.standing.holdings(ids)}
    return present.user_bots(user_id, bots, held, grouped(trades, _bot_of))


def _bot_of(trade: Trade) -> str:
    return trade.bot_id


def _user(call: Call) -> tuple[UserId, tuple[Account, ...]]:
    """Return the user in the address, who must be the caller unless an administrator asks, with their accounts."""
    user_id, viewer = UserId(call.place["user_id"]), call.viewer
    if user_id == viewer.user.id:
        return user_id, viewer.accounts(call.services.directory)
    if not viewer.sees_all or call.services.directory.user(user_id) is None:
        raise not_found("user")
    return user_id, call.services.directory.accounts(user_id)
