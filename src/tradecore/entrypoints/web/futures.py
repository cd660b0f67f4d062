"""Answer the addresses that the futures bot had: what accounts hold, and how their day goes."""

from typing import Final

from tradecore.domain.parties import Account
from tradecore.entrypoints.web import futures_context_views as c
from tradecore.entrypoints.web import futures_present as present
from tradecore.entrypoints.web import futures_summary as summary
from tradecore.entrypoints.web import futures_views as v
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.futures_context import context_of
from tradecore.entrypoints.web.looks import is_flat_window, look_at
from tradecore.entrypoints.web.routing import Answer, Call, Routes
from tradecore.entrypoints.web.snapshots import orders_by_hand
from tradecore.entrypoints.web.viewer import Viewer

ROUTES: Final = Routes()


@ROUTES.on("GET /positions", v.PositionsView, needs=Needs.READ)
def positions(call: Call) -> v.PositionsView:
    """Tell what each of the caller's accounts holds, as its broker says now."""
    looks = [look_at(call.services, account) for account in call.viewer.accounts(call.services.directory)]
    results = [
        None if look.seen.trouble else present.total(one.result for one in present.states(look)) for look in looks
    ]
    asked = all(not look.seen.trouble for look in looks)
    return v.PositionsView(
        accounts={look.account.name: present.account_state(look) for look in looks},
        total_positions=sum(len(look.seen.held) for look in looks) if asked else None,
        total_pnl=present.number(present.total(results)),
        timestamp=present.moment(call.services.clock.now()),
    )


@ROUTES.on("GET /positions/summary", v.SummaryView, needs=Needs.READ)
def positions_summary(call: Call) -> v.SummaryView:
    """Add up what the caller's accounts hold: exposure, open and closed results, and what the accounts are worth."""
    looks = [look_at(call.services, account) for account in call.viewer.accounts(call.services.directory)]
    now = call.services.clock.now()
    return summary.summary_view(looks, now, flat=is_flat_window(call.services, now))


@ROUTES.on("GET /positions/realtime", v.RealtimeView, needs=Needs.READ)
def positions_realtime(call: Call) -> v.RealtimeView:
    """Tell the results of what is held at the latest prices; an account that cannot be asked says so by itself."""
    looks = [look_at(call.services, account) for account in call.viewer.accounts(call.services.directory)]
    now = call.services.clock.now()
    return summary.realtime_view(looks, now, flat=is_flat_window(call.services, now))


@ROUTES.on("GET /positions/<account>", {200: v.OneAccountView, 404: v.UnknownAccountView}, needs=Needs.READ)
def positions_of(call: Call) -> v.OneAccountView | Answer:
    """Tell what one account holds, with its health."""
    account = find_account(call, call.viewer)
    if isinstance(account, Answer):
        return account
    state = present.account_state(look_at(call.services, account))
    by_hand = orders_by_hand(call.services, account)
    return v.OneAccountView(
        account=account.name,
        account_id=account.id,
        position=state.position,
        positions=state.positions,
        account_metrics=state.account_metrics,
        uncertain=state.uncertain,
        error=state.error,
        external_orders=tuple(map(present.order_by_hand_view, by_hand)) if by_hand is not None else None,
        timestamp=present.moment(call.services.clock.now()),
    )


@ROUTES.on("GET /account/<account>/health", {200: v.AccountHealthView, 404: v.UnknownAccountView}, needs=Needs.READ)
def account_health(call: Call) -> v.AccountHealthView | Answer:
    """Tell how one account's day goes, and how far each guard rail is."""
    account = find_account(call, call.viewer)
    return account if isinstance(account, Answer) else present.health_view(look_at(call.services, account))


@ROUTES.on("GET /position-context/<account>", {200: c.PositionContextView, 404: v.UnknownAccountView}, needs=Needs.READ)
def position_context(call: Call) -> c.PositionContextView | Answer:
    """Tell what an advisor needs to judge an account's position: the position, the day, warnings and suggestions."""
    account = find_account(call, call.viewer)
    if isinstance(account, Answer):
        return account
    return c.PositionContextView(
        account=account.name,
        position_context=context_of(look_at(call.services, account)),
        timestamp=present.moment(call.services.clock.now()),
    )


def find_account(call: Call, viewer: Viewer) -> Account | Answer:
    """Return the account in the address, or the answer that the futures bot gave where it knew none."""
    named = call.place["account"]
    try:
        return viewer.account(call.services.directory, named)
    except ProblemError:
        return Answer(view=v.UnknownAccountView(error=f"Unknown account: {named}"), status=404)
