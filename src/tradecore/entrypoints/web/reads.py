"""Answer the addresses that the futures bot had: health, and positions by account."""

from typing import Final

from tradecore.domain.errors import UnreachableError
from tradecore.domain.money import ZERO
from tradecore.domain.sessions import CHICAGO
from tradecore.entrypoints.runtime import stakes
from tradecore.entrypoints.web import reads_present as present
from tradecore.entrypoints.web import reads_views as v
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import RETRY_SECONDS
from tradecore.entrypoints.web.rails import rails_of
from tradecore.entrypoints.web.routing import Answer, Call, Routes
from tradecore.entrypoints.web.snapshots import orders_by_hand, snapshot, today

ROUTES: Final = Routes()


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
        money=stakes.at_most(call.services.keyring, call.services.settings),
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
