"""Make and tell accounts, and change what they may do."""

from typing import Final

from attrs import evolve, frozen

from tradecore.domain.credentials import KeysRefused
from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.runtime.stakes import stakes
from tradecore.entrypoints.web import party_present as present
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web import views
from tradecore.entrypoints.web.api.keeping import changed, keep
from tradecore.entrypoints.web.api.keys import KeysDraft, credentials_of, keys_refused
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.present import book_view
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@frozen(kw_only=True)
class NewAccountDraft(v.AccountDraft):
    """An account as it is to be. `keys` are those that its venue has made for it; an account on paper has none."""

    venue: Venue = Venue.PAPER
    keys: KeysDraft | None = None


@ROUTES.on("GET /api/v1/accounts", v.AccountsView)
def accounts(call: Call) -> v.AccountsView:
    """Tell the accounts."""
    found = call.viewer.every_account(call.services.directory)
    return v.AccountsView(accounts=tuple(map(present.account_view, stakes(call.services.keyring, found))))


@ROUTES.on("POST /api/v1/accounts", {201: v.AccountView}, takes=NewAccountDraft)
def make_account(call: Call) -> v.AccountView:
    """Make an account for the caller; its keys are checked with the venue, and stored encrypted.

    One on paper begins with 100,000.
    """
    call.viewer.must_be_whole()
    draft, keyring = call.taken(NewAccountDraft), call.services.keyring
    if draft.venue is not Venue.PAPER and not keyring.takes(draft.venue):
        raise ProblemError(422, "bad-value", f"This version cannot reach {draft.venue.value} yet.", "venue")
    if (draft.keys is not None) != keyring.takes(draft.venue):
        sentence = "An account at a broker needs its keys." if draft.keys is None else "This account has no keys."
        raise ProblemError(422, "bad-value", sentence, "keys")
    blank = Account(
        id=AccountId(call.services.mint.new()), user_id=call.viewer.user.id, name="new", venue=draft.venue)  # fmt: skip
    new = _as_drafted(blank, draft)
    if draft.keys is None:
        keep(call, new)
        return _view(call, new)
    credentials = credentials_of(draft.keys, "keys.")
    # Asked before anything is made: an account without its keys would be there, and could not trade.
    found = keyring.check(new, credentials)
    if isinstance(found, KeysRefused):
        raise keys_refused(found)
    keep(call, new)
    if isinstance(refused := keyring.save(new, credentials, found), KeysRefused):
        raise keys_refused(refused)
    return _view(call, new)


@ROUTES.on("GET /api/v1/accounts/<account_id>", v.AccountView)
def account(call: Call) -> v.AccountView:
    """Tell one account."""
    return _view(call, _account(call))


@ROUTES.on("PATCH /api/v1/accounts/<account_id>", v.AccountView, takes=v.AccountDraft, partial=True)
def change_account(call: Call) -> v.AccountView:
    """Change an account's name, limits, get-flat window, automation and protection; what is not named stays."""
    old = _account(call)
    automation = present.sizing_view(old.automation) if old.automation else None
    draft = changed(call, v.AccountDraft(
        name=old.name, active=old.active, limits=old.limits, get_flat=old.get_flat, automation=automation,
        protection=old.protection))  # fmt: skip
    new = _as_drafted(old, draft)
    keep(call, new)
    return _view(call, new)


@ROUTES.on("POST /api/v1/accounts/<account_id>/resume", v.AccountView)
def resume_account(call: Call) -> v.AccountView:
    """Switch an account on again after too many losses in a row: those so far no longer count."""
    new = evolve(_account(call), active=True, streak_from=call.services.clock.now())
    keep(call, new)
    return _view(call, new)


@ROUTES.on("GET /api/v1/accounts/<account_id>/books", views.BooksView)
def books(call: Call) -> views.BooksView:
    """Tell what each book of the account holds, works and plans."""
    found = call.services.history.books(_account(call).id)
    return views.BooksView(books=tuple(map(book_view, found)))


def _view(call: Call, account: Account) -> v.AccountView:
    (stake,) = stakes(call.services.keyring, (account,))
    return present.account_view(stake)


def _account(call: Call) -> Account:
    return call.viewer.account(call.services.directory, call.place["account_id"])


def _as_drafted(old: Account, draft: v.AccountDraft) -> Account:
    automation = present.sizing_of(draft.automation, "automation") if draft.automation else None
    try:
        return evolve(
            old, name=draft.name, active=draft.active, limits=draft.limits, get_flat=draft.get_flat,
            automation=automation, protection=draft.protection)  # fmt: skip
    except ValueError as error:
        raise ProblemError(422, "bad-value", f"{error}.", "name") from error
