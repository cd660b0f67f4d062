"""Make, tell, change, copy and delete bots."""

from typing import Final

from attrs import evolve, fields, frozen

from tradecore.domain.ids import BotId, Symbol, UserId
from tradecore.domain.instruments import name_of
from tradecore.domain.parties import Account, Bot
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.bot_sense import NO_STOP, lacks_stop, unlisted
from tradecore.entrypoints.runtime.bot_states import standings
from tradecore.entrypoints.runtime.halting import Halting, Scope
from tradecore.entrypoints.runtime.leaving import Leaving
from tradecore.entrypoints.web import party_present as present
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web.api.keeping import changed, keep
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.present import asked_for_view
from tradecore.entrypoints.web.routing import Answer, Call, Routes
from tradecore.entrypoints.web.views import AskedForView

ROUTES: Final = Routes()
_NAME_CHARACTERS_MAX: Final = 60


@frozen(kw_only=True)
class BotRows:
    """Which bots are asked for: all that is named must match."""

    user_id: str | None = None
    account_id: str | None = None
    symbol: str | None = None


@frozen(kw_only=True)
class BotEnding:
    """How a bot is to end: with `close`, what it holds is closed first."""

    close: bool = False


@ROUTES.on("GET /api/v1/bots", v.BotsView, asks=BotRows)
def bots(call: Call) -> v.BotsView:
    """Tell the bots."""
    rows, viewer, directory = call.asked(BotRows), call.viewer, call.services.directory
    account = viewer.account(directory, rows.account_id) if rows.account_id else None
    user_id = UserId(rows.user_id) if rows.user_id else None if viewer.sees_all else viewer.user.id
    if user_id is not None and not viewer.sees(user_id, viewer.only):
        raise not_found("user")
    found = directory.bots(
        user_id=user_id,
        account_id=account.id if account else viewer.only,
        symbol=Symbol(rows.symbol.upper()) if rows.symbol else None,
    )
    return v.BotsView(bots=_told(call, *found))


@ROUTES.on("POST /api/v1/bots", {201: v.BotView}, takes=v.BotDraft)
def make_bot(call: Call) -> v.BotView:
    """Make a bot."""
    draft = call.taken(v.BotDraft)
    account = _account(call, draft)
    bot = _bot_of(draft, BotId(call.services.mint.new()), account)
    _check_stop(bot, account)
    return _kept(call, evolve(bot, made_at=call.services.clock.now()))


@ROUTES.on("GET /api/v1/bots/<bot_id>", v.BotView)
def bot(call: Call) -> v.BotView:
    """Tell one bot."""
    return _told(call, _bot(call))[0]


@ROUTES.on("PATCH /api/v1/bots/<bot_id>", v.BotView, takes=v.BotDraft, partial=True)
def change_bot(call: Call) -> v.BotView:
    """Change a bot; what is not named stays. While it holds something, its account and symbol stay as they are."""
    old = _bot(call)
    if old.leaving_since is not None:
        raise ProblemError(409, "leaving", "The bot is being closed, and is deleted then: it changes no more.")
    view = present.bot_settings_view(old)
    names = [field.name for field in fields(v.BotDraft)]
    draft = changed(call, v.BotDraft(**{name: getattr(view, name) for name in names}))
    account = _account(call, draft)
    if account.user_id != old.user_id:
        raise not_found("account")
    new = _bot_of(draft, old.id, account)
    if not lacks_stop(old.under(account)):
        _check_stop(new, account)
    moved = (new.account_id, new.symbol) != (old.account_id, old.symbol)
    if moved and _is_busy(call, old):
        raise _still_holds("it cannot be moved")
    return _kept(call, evolve(new, made_at=old.made_at, changed_at=call.services.clock.now()))


@ROUTES.on("POST /api/v1/bots/<bot_id>/clone", {201: v.BotView}, takes=v.CloneDraft)
def clone_bot(call: Call) -> v.BotView:
    """Make a bot that is set like this one; it starts switched off, since both would take the same alerts."""
    draft = call.taken(v.CloneDraft)
    _check_name(draft.name)
    services = call.services
    return _kept(call, _bot(call).clone(BotId(services.mint.new()), draft.name, services.clock.now()))


@ROUTES.on("DELETE /api/v1/bots/<bot_id>", {204: None, 202: v.BotView}, asks=BotEnding)
def forget_bot(call: Call) -> Answer:
    """Delete a bot; its history stays. One that holds or works something is closed first, where `close` says so.

    Then the answer is 202: the bot is switched off and being closed, and is deleted as soon as it is flat.
    """
    bot, leaving = _bot(call), Leaving.of(Halting.of(call.services))
    if leaving.forget(bot):
        return Answer(view=None, status=204)
    if not call.asked(BotEnding).close:
        raise _still_holds("it cannot be deleted")
    return Answer(view=_told(call, leaving.dismiss(bot))[0], status=202)


@ROUTES.on("POST /api/v1/bots/<bot_id>/close", {202: AskedForView}, takes=v.ReasonDraft)
def close_bot(call: Call) -> AskedForView:
    """Close what the bot holds, and nothing else."""
    bot, reason = _bot(call), call.taken(v.ReasonDraft).reason
    if not _is_busy(call, bot):
        raise ProblemError(409, "nothing-held", "The bot holds and works nothing.")
    why = f"{call.viewer.user.name}: {reason}"
    return asked_for_view(Halting.of(call.services).flatten(Scope(bot_id=bot.id), why=why))


def _told(call: Call, *bots: Bot) -> tuple[v.BotView, ...]:
    directory = call.services.directory.view()
    found = standings(call.services.history, bots)
    return tuple(present.bot_view(one, unlisted(directory, one.bot)) for one in found)


def _kept(call: Call, bot: Bot) -> v.BotView:
    keep(call, bot)
    return _told(call, bot)[0]


def _bot(call: Call) -> Bot:
    return call.viewer.bot(call.services.directory, call.place["bot_id"])


def _account(call: Call, draft: v.BotDraft) -> Account:
    return call.viewer.account(call.services.directory, draft.account_id)


def _is_busy(call: Call, bot: Bot) -> bool:
    """Tell whether the bot holds, works, plans or waits for anything: an entry whose outcome nobody knows counts."""
    return bool(Halting.of(call.services).still_open(Scope(bot_id=bot.id)))


def _still_holds(what: str) -> ProblemError:
    return ProblemError(409, "still-holds", f"The bot holds or works something, so that {what}: close it first.")


def _check_stop(bot: Bot, account: Account) -> None:
    if lacks_stop(bot.under(account)):
        raise ProblemError(422, "no-stop", NO_STOP, "protection")


def _check_name(name: str) -> None:
    if len(name) > _NAME_CHARACTERS_MAX:
        raise ProblemError(422, "too-long", f"`name` has more than {_NAME_CHARACTERS_MAX} characters.", "name")


def _bot_of(draft: v.BotDraft, bot_id: BotId, account: Account) -> Bot:
    _check_name(draft.name)
    bot = Bot(
        id=bot_id,
        user_id=account.user_id,
        account_id=account.id,
        symbol=_root(draft.symbol),
        timeframe=_timeframe(draft.timeframe) if draft.timeframe else None,
        sizing=present.sizing_of(draft.sizing),
        mode=draft.mode,
        limits=draft.limits,
        protection=draft.protection,
    )
    return evolve(
        bot, window=draft.window, duplicate_window=draft.duplicate_window, name=draft.name, active=draft.active,
        when_closed=draft.when_closed)  # fmt: skip


def _root(text: str) -> Symbol:
    try:
        named = name_of(text)
    except ValueError as error:
        raise ProblemError(422, "bad-symbol", f"{error}.", "symbol") from error
    if named.month is not None:
        root = named.root if named.root != named.month else "the root, such as MES"
        message = f"A bot trades the active month: write {root}, not {named.month}."
        raise ProblemError(422, "bad-symbol", message, "symbol")
    return named.root


def _timeframe(text: str) -> Timeframe:
    try:
        return Timeframe.read(text)
    except ValueError as error:
        raise ProblemError(422, "bad-timeframe", f"{error}.", "timeframe") from error
