"""Tell what brokers hold that nobody can explain, and let a person say whose it is."""

from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, BookKey
from tradecore.domain.events import DriftAdopted
from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.parties import Account, automation_of
from tradecore.domain.reconciling import left_by_hand, seems_closed
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web import views
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.present import drift_view
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@ROUTES.on("GET /api/v1/drift", views.DriftsView)
def drifts(call: Call) -> views.DriftsView:
    """Tell what the accounts hold that no bot and no known person bought."""
    accounts = call.viewer.every_account(call.services.directory)
    found = ((book, one.name) for one in accounts for book in call.services.history.books(one.id) if book.drift)
    return views.DriftsView(drifts=tuple(drift_view(book, name) for book, name in found))


@ROUTES.on("POST /api/v1/accounts/<account_id>/adopt", {202: views.AdoptedView}, takes=v.AdoptDraft)
def adopt(call: Call) -> views.AdoptedView:
    """Take what nobody can explain as held by hand, or as a bot's, so that entries are judged again.

    The `warning` says where people would then hold against the bots: closing these leaves the account on that side.
    """
    services, draft = call.services, call.taken(v.AdoptDraft)
    account = call.viewer.account(services.directory, call.place["account_id"])
    instrument = services.directory.instrument(account.venue, Symbol(draft.symbol.upper()))
    symbol = instrument.symbol if instrument else Symbol(draft.symbol.upper())
    key = BookKey(account_id=account.id, symbol=symbol)
    bot_id = _bot(call, account, {symbol, instrument.root if instrument else symbol}, draft.bot_id)
    book = services.ledger.book(key)
    if draft.request_id is None or draft.request_id not in book.adopted:
        _check(book, draft.quantity)
        if bot_id is None and not draft.by_hand:
            _check_owner(book)
        event = DriftAdopted(
            quantity=draft.quantity, by=call.viewer.user.name, bot_id=bot_id,
            request_id=draft.request_id or services.mint.new())  # fmt: skip
        services.inbox.post(key, event, services.clock.now())
        warning = left_by_hand(book, draft.quantity) if bot_id is None else None
        return views.AdoptedView(books=(str(key),), warning=warning)
    return views.AdoptedView(books=(str(key),))


def _check(book: Book, quantity: Decimal) -> None:
    if not book.drift:
        raise ProblemError(409, "no-drift", "Book and broker agree: there is nothing to adopt.", "symbol")
    if quantity != book.drift:
        message = f"The drift is {book.drift:f}: say that number, so that nothing is adopted that was not looked at."
        raise ProblemError(409, "drift-changed", message, "quantity")


def _check_owner(book: Book) -> None:
    """Raise where somebody seems to have closed what a bot holds: its close would then sell what nobody has."""
    if bots := seems_closed(book):
        message = f"It looks as if somebody closed what {', '.join(bots)} holds: name that bot, or say by_hand."
        raise ProblemError(409, "drift-of-a-bot", message, "bot_id")


def _bot(call: Call, account: Account, symbols: set[Symbol], name: str | None) -> BotId | None:
    """Return the id of the account's bot in that instrument; `ProblemError` where it is none."""
    if name is None:
        return None
    bot = automation_of(account, BotId(name)) or call.viewer.bot(call.services.directory, name)
    if bot.account_id != account.id:
        raise not_found("bot")
    if bot.symbol not in symbols:
        raise ProblemError(422, "bad-value", f"The bot trades {bot.symbol}.", "bot_id")
    return bot.id
