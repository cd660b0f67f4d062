"""Make, tell, rotate and revoke tokens."""

from typing import Final

from attrs import asdict, evolve, frozen

from tradecore.domain.ids import BotId, Symbol, UserId
from tradecore.domain.instruments import root_of
from tradecore.domain.parties import Power, Token
from tradecore.entrypoints.runtime.tokens import Issued, issue, rotate
from tradecore.entrypoints.web import party_present as present
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web.api.keeping import keep
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@frozen(kw_only=True)
class TokenRows:
    """Whose tokens are asked for: the caller's own, or for administrators anybody's."""

    user_id: str | None = None


@ROUTES.on("GET /api/v1/tokens", v.TokensView, asks=TokenRows)
def tokens(call: Call) -> v.TokensView:
    """Tell the tokens, without their texts: those are stored nowhere."""
    user_id = UserId(call.asked(TokenRows).user_id or call.viewer.user.id)
    if user_id != call.viewer.user.id and not call.viewer.sees_all:
        raise not_found("user")
    now, only = call.services.clock.now(), call.viewer.only
    found = [one for one in call.services.directory.tokens(user_id) if only in {None, one.account_id}]
    return v.TokensView(tokens=tuple(present.token_view(one, now) for one in found))


@ROUTES.on("POST /api/v1/tokens", {201: v.NewTokenView}, takes=v.TokenDraft)
def make_token(call: Call) -> v.NewTokenView:
    """Make a token for the caller. Its text is in the answer, and never to be had again."""
    call.viewer.must_be_whole()
    draft = call.taken(v.TokenDraft)
    if draft.power is not Power.SUBMIT:
        for name in ("bot_id", "symbols", "signals"):
            if getattr(draft, name):
                message = f"`{name}` narrows tokens for alerts alone: leave it out."
                raise ProblemError(422, "bad-value", message, name)
    services, viewer = call.services, call.viewer
    issued = issue(services.mint, user_id=viewer.user.id, power=draft.power, now=services.clock.now(), name=draft.name)
    account = viewer.account(services.directory, draft.account_id) if draft.account_id else None
    bot = viewer.bot(services.directory, draft.bot_id) if draft.bot_id else None
    for found, name in ((account, "account"), (bot, "bot")):
        if found is not None and found.user_id != viewer.user.id:
            raise not_found(name)
    token = evolve(
        issued.token,
        account_id=account.id if account else None,
        bot_id=BotId(bot.id) if bot else None,
        symbols=frozenset(_root(text) for text in draft.symbols),  # type: ignore[misc] # the converter is generic
        signals=frozenset(draft.signals),  # type: ignore[arg-type] # as above
        expires_at=draft.expires_at,
    )
    return _kept(call, Issued(token, issued.text))


@ROUTES.on("POST /api/v1/tokens/<token_id>/rotate", {201: v.NewTokenView}, takes=v.RotationDraft)
def rotate_token(call: Call) -> v.NewTokenView:
    """Make a token that may do the same; the old one ends when the overlap is over."""
    call.viewer.must_be_whole()
    old, services = _token(call), call.services
    now, overlap = services.clock.now(), call.taken(v.RotationDraft).overlap
    try:
        rotated = rotate(services.mint, old, now, overlap)
    except ValueError as error:
        code = "rotated" if old.good(now) else "revoked"
        raise ProblemError(409, code, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    # The new one first: where the old one cannot be written any more, it goes on as it was.
    view = _kept(call, rotated.new)
    keep(call, rotated.old)
    return view


@ROUTES.on("DELETE /api/v1/tokens/<token_id>", v.TokenView)
def revoke_token(call: Call) -> v.TokenView:
    """Revoke a token, now and for ever. A repeat is harmless."""
    old, now = _token(call), call.services.clock.now()
    if old.id != (call.viewer.token.id if call.viewer.token else None):
        call.viewer.must_be_whole()
    new = old if old.revoked_at is not None else evolve(old, revoked_at=now)
    keep(call, new)
    return present.token_view(new, now)


def _token(call: Call) -> Token:
    directory, viewer = call.services.directory, call.viewer
    users = [user.id for user in directory.users()] if viewer.sees_all else [viewer.user.id]
    for user_id in users:
        for token in directory.tokens(user_id):
            if token.id == call.place["token_id"] and viewer.only in {None, token.account_id}:
                return token
    raise not_found("token")


def _kept(call: Call, issued: Issued) -> v.NewTokenView:
    keep(call, issued.token)
    shown = present.token_view(issued.token, call.services.clock.now())
    path = f"/webhook?token={issued.text}" if issued.token.power is Power.SUBMIT else None
    return v.NewTokenView(**asdict(shown, recurse=False), token=issued.text, webhook_path=path)


def _root(text: str) -> Symbol:
    try:
        return root_of(text)
    except ValueError as error:
        raise ProblemError(422, "bad-symbol", f"{error}.", "symbols") from error
