"""Close or reduce what an account's bots hold, or move its stop: the futures bot's manage address."""

from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import field, frozen

from tradecore.domain.book import Book
from tradecore.domain.errors import WorldError
from tradecore.domain.events import CloseAsked, Event, ReduceAsked, StopAsked
from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.money import ZERO, plain
from tradecore.domain.moving import is_known, judge_move
from tradecore.domain.parties import Account
from tradecore.entrypoints.web import futures_context_views as c
from tradecore.entrypoints.web import futures_views as v
from tradecore.entrypoints.web.auth import Credential, Needs
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.futures import find_account
from tradecore.entrypoints.web.futures_context import context_of
from tradecore.entrypoints.web.futures_present import moment
from tradecore.entrypoints.web.looks import look_at
from tradecore.entrypoints.web.routing import Answer, Call, Routes
from tradecore.entrypoints.web.viewer import Viewer

ROUTES: Final = Routes()
_ADVICE: Final = "Position context provided - AI should make all trading decisions"


class Action(Enum):
    """What is to be done with the bots' shares."""

    CLOSE = "close"
    REDUCE = "reduce"
    MOVE_STOP = "move_stop"


@frozen(kw_only=True)
class ManageDraft:
    """What is wanted of an open position; nothing named but the secret asks for the context alone.

    `to` is how many units are to be left, for `reduce`: a repeat takes nothing more. `stop_price` is where the stop is
    to stand, for `move_stop`, further from the price than now only with `loosen`; `request_id` names that request, so
    that a repeat does nothing. `symbol` and `bot_id` narrow it to one instrument and one bot.
    """

    secret: str = field(default="", repr=False)
    action: Action | None = None
    symbol: str | None = None
    bot_id: str | None = None
    to: Decimal | None = None
    stop_price: Decimal | None = None
    loosen: bool = False
    request_id: str | None = None
    reason: str = ""


@ROUTES.on(
    "POST /positions/<account>/manage", {200: c.ManagedView, 202: c.ManagedView, 404: v.UnknownAccountView},
    needs=Needs.ACT, takes=ManageDraft)  # fmt: skip
def manage_position(call: Call) -> c.ManagedView | Answer:
    """Tell the context of an account's position, and close or reduce what its bots hold, or move its stop, when asked.

    No gate stands before closing. What people hold by hand is not touched: POST /api/v1/flatten takes that too.
    """
    viewer = _caller(call)
    draft = call.taken(ManageDraft)
    account = find_account(call, viewer)
    if isinstance(account, Answer):
        return account
    if viewer.token is None and viewer.sign_in is None and account.user_id != viewer.user.id:
        # The bare secret belongs to the owner, and reaches no more than the owner's accounts.
        named = call.place["account"]
        return Answer(view=v.UnknownAccountView(error=f"Unknown account: {named}"), status=404)
    asked = _ask(call, account, draft, by=viewer.user.name)
    context = context_of(look_at(call.services, account))
    view = c.ManagedView(
        account=account.name,
        context=context,
        message="Asked for; see the books for what becomes of it." if asked else _ADVICE,
        asked=asked,
        timestamp=moment(call.services.clock.now()),
    )
    return Answer(view=view, status=202 if asked else 200)


def _caller(call: Call) -> Viewer:
    """Return who asks: by an API token, a visit, or the secret in the header or the body."""
    shown = call.credential or call.cookie
    if shown is None:
        secret = _secret_in(call)
        shown = Credential(text=secret, source=call.source) if secret else None
    return call.doorkeeper.viewer(shown, Needs.ACT, changes=True)


def _secret_in(call: Call) -> str | None:
    """Return the secret in the body; who cannot be known is told that first, and not what is wrong with the body."""
    try:
        found = call.document().get("secret")
    except ProblemError:
        return None
    return found if isinstance(found, str) else None


def _ask(call: Call, account: Account, draft: ManageDraft, *, by: str) -> tuple[str, ...]:
    """Post what is asked of each share, and say it in sentences."""
    if draft.action is None:
        return ()
    _check(draft)
    shares = list(_shares(call, account, draft))
    if not shares:
        raise ProblemError(409, "nothing-held", "No bot holds what is named: nothing was asked for.")
    if draft.action is not Action.CLOSE and len(shares) > 1:
        sentence = "Several bots hold what is named: say which share is meant."
        raise ProblemError(422, "bad-value", sentence, "bot_id")
    asked, why = [], f"{by}: {draft.reason or 'over the manage address'}"
    for book, bot_id in shares:
        event: Event = CloseAsked(bot_id=bot_id, why=why)
        what = "close"
        if draft.to is not None:
            event, what = ReduceAsked(bot_id=bot_id, to=draft.to, why=why), f"reduce to {plain(draft.to)}"
        if draft.stop_price is not None:
            event, what = _move(call, account, book, bot_id, draft, by), f"move the stop to {plain(draft.stop_price)},"
        call.services.inbox.post(book.key, event, call.services.clock.now())
        asked.append(f"{what} {book.key.symbol} of {bot_id}")
    return tuple(asked)


def _check(draft: ManageDraft) -> None:
    """Raise `ProblemError` where what goes with the action is missing, or goes with another one."""
    if (draft.action is Action.REDUCE) != (draft.to is not None):
        sentence = "`to` says how many units are left: reduce needs it, and nothing else has one."
        raise ProblemError(422, "bad-value", sentence, "to")
    if draft.to is not None and draft.to < ZERO:
        raise ProblemError(422, "bad-value", "`to` must be 0 or more.", "to")
    if (draft.action is Action.MOVE_STOP) != (draft.stop_price is not None):
        sentence = "`stop_price` says where the stop is to stand: move_stop needs it, and nothing else has one."
        raise ProblemError(422, "bad-value", sentence, "stop_price")
    if draft.stop_price is not None and draft.stop_price <= ZERO:
        raise ProblemError(422, "bad-value", "`stop_price` must be above 0.", "stop_price")


def _move(call: Call, account: Account, book: Book, bot_id: BotId, draft: ManageDraft, by: str) -> StopAsked:
    """Return the request to move the stop; `ProblemError` where it would be refused by what is known now."""
    assert draft.stop_price is not None
    request_id = draft.request_id or call.services.mint.new()
    asked = StopAsked(bot_id=bot_id, price=draft.stop_price, request_id=request_id, by=by, loosen=draft.loosen)
    if is_known(book, asked):
        return asked
    try:
        quote = call.services.venues.market_data(account).quote(book.key.symbol)
    except WorldError as error:
        sentence = f"There is no price to judge the stop by: {error}."
        raise ProblemError(503, "no-price", sentence) from error
    judged = judge_move(book, asked, book.instrument, quote.last if quote is not None else None)
    if isinstance(judged, str):
        raise ProblemError(409, "stop-not-moved", f"The stop was not moved: {judged}.", "stop_price")
    return asked


def _shares(call: Call, account: Account, draft: ManageDraft) -> Iterator[tuple[Book, BotId]]:
    symbol = draft.symbol.upper() if draft.symbol else None
    listed = call.services.directory.instrument(account.venue, Symbol(symbol)) if symbol else None
    names = {symbol, listed.symbol} if listed is not None else {symbol}
    books = [one for one in call.services.history.books(account.id) if symbol is None or one.key.symbol in names]
    for book in books:
        yield from ((book, share.bot_id) for share in book.shares if draft.bot_id in {None, share.bot_id})
