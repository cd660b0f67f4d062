"""Tell accounts, change what they may do, and adopt what nobody can explain."""

from typing import Final

from attrs import evolve

from tradecore.domain.book import BookKey
from tradecore.domain.events import DriftAdopted
from tradecore.domain.ids import Symbol
from tradecore.domain.parties import Account
from tradecore.entrypoints.web import party_present as present
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web import views
from tradecore.entrypoints.web.api.keeping import changed, keep
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.present import book_view
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@ROUTES.on("GET /api/v1/accounts", v.AccountsView)
def accounts(call: Call) -> v.AccountsView:
    """Tell the accounts."""
    found = call.viewer.every_account(call.services.directory)
    return v.AccountsView(accounts=tuple(map(present.account_view, found)))


@ROUTES.on("GET /api/v1/accounts/<account_id>", v.AccountView)
def account(call: Call) -> v.AccountView:
    """Tell one account."""
    return present.account_view(_account(call))


@ROUTES.on("PATCH /api/v1/accounts/<account_id>", v.AccountView, takes=v.AccountDraft, partial=True)
def change_account(call: Call) -> v.AccountView:
    """Change an account's name, limits, get-flat window and automation; what is not named stays."""
    old = _account(call)
    automation = present.sizing_view(old.automation) if old.automation else None
    draft = changed(call, v.AccountDraft(
        name=old.name, active=old.active, limits=old.limits, get_flat=old.get_flat, automation=automation))  # fmt: skip
    try:
        new = evolve(
            old,
            name=draft.name,
            active=draft.active,
            limits=draft.limits,
            get_flat=draft.get_flat,
            automation=present.sizing_of(draft.automation, "automation") if draft.automation else None,
        )
    except ValueError as error:
        raise ProblemError(422, "bad-value", f"{error}.", "name") from error
    keep(call, new)
    return present.account_view(new)


@ROUTES.on("POST /api/v1/accounts/<account_id>/resume", v.AccountView)
def resume_account(call: Call) -> v.AccountView:
    """Switch an account on again after too many losses in a row: those so far no longer count."""
    new = evolve(_account(call), active=True, streak_from=call.services.clock.now())
    keep(call, new)
    return present.account_view(new)


@ROUTES.on("GET /api/v1/accounts/<account_id>/books", views.BooksView)
def books(call: Call) -> views.BooksView:
    """Tell what each book of the account holds, works and plans."""
    found = call.services.history.books(_account(call).id)
    return views.BooksView(books=tuple(map(book_view, found)))


@ROUTES.on("POST /api/v1/accounts/<account_id>/adopt", {202: views.AskedForView}, takes=v.AdoptDraft)
def adopt(call: Call) -> views.AskedForView:
    """Take what nobody can explain as held by hand, so that entries are judged again."""
    services, account = call.services, _account(call)
    draft = call.taken(v.AdoptDraft)
    instrument = services.directory.instrument(account.venue, Symbol(draft.symbol.upper()))
    symbol = instrument.symbol if instrument else Symbol(draft.symbol.upper())
    key = BookKey(account_id=account.id, symbol=symbol)
    drift = services.ledger.book(key).drift
    if not drift:
        raise ProblemError(409, "no-drift", "Book and broker agree: there is nothing to adopt.", "symbol")
    if draft.quantity != drift:
        message = f"The drift is {drift:f}: say that number, so that nothing is adopted that was not looked at."
        raise ProblemError(409, "drift-changed", message, "quantity")
    services.inbox.post(key, DriftAdopted(quantity=drift, by=call.viewer.user.name), services.clock.now())
    return views.AskedForView(books=(str(key),))


def _account(call: Call) -> Account:
    return call.viewer.account(call.services.directory, call.place["account_id"])
