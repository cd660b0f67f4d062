"""Answer whether the service is well."""

from typing import Final

from tradecore.domain.errors import UnreachableError
from tradecore.domain.sessions import CHICAGO
from tradecore.entrypoints.runtime import stakes
from tradecore.entrypoints.web import reads_views as v
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import RETRY_SECONDS
from tradecore.entrypoints.web.routing import Answer, Call, Routes

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
