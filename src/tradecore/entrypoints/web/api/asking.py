"""Read which rows are asked for, and say where the next ones begin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import frozen

from tradecore.domain.decisions import Status
from tradecore.domain.ids import AccountId, BotId, PlanId, Symbol, UserId
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.routing import Call
from tradecore.ports.history import Asked

ROWS_MAX: Final = 1000
# An alert has one plan; this many rows no plan makes.
PLAN_ROWS_MAX: Final = 1000


@frozen(kw_only=True)
class Rows:
    """Which rows are asked for: all that is named must match; newest first. `user_id` is for administrators.

    `symbol` is the instrument's: a future's root means its active month.
    """

    user_id: str | None = None
    account_id: str | None = None
    bot_id: str | None = None
    symbol: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    limit: int = 100


@frozen(kw_only=True)
class AlertRows(Rows):
    """Which alerts are asked for."""

    status: Status | None = None


@frozen(kw_only=True)
class CausedRows(Rows):
    """Which orders or trades are asked for; `caused_by` is the alert that they came of."""

    caused_by: str | None = None


def asked_of(call: Call, rows: Rows, *, most: int = ROWS_MAX) -> Asked:
    """Return what is asked of the history, narrowed to what the caller may see."""
    if not 1 <= rows.limit <= most:
        raise ProblemError(422, "bad-value", f"`limit` must be from 1 to {most}.", "limit")
    account = call.viewer.account(call.services.directory, rows.account_id) if rows.account_id else None
    viewer = call.viewer
    if rows.user_id and not viewer.sees(UserId(rows.user_id), viewer.only):
        raise not_found("user")
    return viewer.narrowed(
        Asked(
            user_id=UserId(rows.user_id) if rows.user_id else None,
            account_id=AccountId(account.id) if account else None,
            bot_id=BotId(rows.bot_id) if rows.bot_id else None,
            symbol=_symbol(call, rows.symbol) if rows.symbol else None,
            status=rows.status if isinstance(rows, AlertRows) else None,
            plan_id=PlanId(rows.caused_by) if isinstance(rows, CausedRows) and rows.caused_by else None,
            since=rows.since,
            before=rows.before,
            limit=rows.limit,
        )
    )


def _symbol(call: Call, text: str) -> Symbol:
    symbol = Symbol(text.upper())
    for venue in {account.venue for account in call.viewer.every_account(call.services.directory)}:
        if (instrument := call.services.directory.instrument(venue, symbol)) is not None:
            return instrument.symbol
    return symbol


def next_before(moments: Sequence[datetime], rows: Rows) -> datetime | None:
    """Return from where to ask on; None where nothing is left."""
    return moments[-1] if len(moments) == rows.limit else None
