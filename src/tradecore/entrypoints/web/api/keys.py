"""Save and delete the keys to an account at its venue; nothing tells what they are."""

from datetime import datetime
from typing import Final

from attrs import field, frozen

from tradecore.domain.credentials import Credentials, KeyMode, KeysRefused, SealedCredentials
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.routing import Answer, Call, Routes

ROUTES: Final = Routes()


@frozen(kw_only=True)
class KeysDraft:
    """The keys that the venue has made for the account: paper ones for play money, live ones for real money."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    mode: KeyMode = KeyMode.PAPER


@frozen(kw_only=True)
class KeysView:
    """What may be told of an account's keys. `number` is what the venue calls the account."""

    account_id: str
    venue: Venue
    mode: KeyMode
    number: str
    saved_at: datetime


@ROUTES.on("GET /api/v1/accounts/<account_id>/keys", KeysView)
def keys(call: Call) -> KeysView:
    """Tell whether an account has keys, and for what; never the keys themselves."""
    kept = call.services.keyring.kept(_account(call).id)
    if kept is None:
        raise ProblemError(404, "not-found", "The account has no keys.")
    return keys_view(kept)


@ROUTES.on("PUT /api/v1/accounts/<account_id>/keys", KeysView, takes=KeysDraft)
def save_keys(call: Call) -> KeysView:
    """Save an account's keys, in place of earlier ones, once the venue has confirmed them.

    They are stored encrypted, and take effect within seconds, without a restart.
    """
    call.viewer.must_be_whole()
    account = _account(call)
    saved = call.services.keyring.put(account, credentials_of(call.taken(KeysDraft)))
    if isinstance(saved, KeysRefused):
        raise keys_refused(saved)
    call.note(account=account.id, keys="saved")
    return keys_view(saved)


@ROUTES.on("DELETE /api/v1/accounts/<account_id>/keys", {204: None})
def forget_keys(call: Call) -> Answer:
    """Delete the keys of an account that holds nothing. A repeat is harmless."""
    call.viewer.must_be_whole()
    account = _account(call)
    refused = call.services.keyring.forget(account)
    if refused is not None:
        raise ProblemError(409, "still-holds", refused.reason)
    call.note(account=account.id, keys="deleted")
    return Answer(view=None, status=204)


def keys_view(kept: SealedCredentials) -> KeysView:
    """Return what may be told of the keys that are *kept*."""
    return KeysView(
        account_id=kept.account_id,
        venue=kept.venue,
        mode=kept.mode,
        number=kept.number,
        saved_at=kept.saved_at,
    )


def credentials_of(draft: KeysDraft, path: str = "") -> Credentials:
    """Return the keys in *draft*; `ProblemError` where they cannot be any."""
    try:
        return Credentials(key_id=draft.key_id, secret=draft.secret, mode=draft.mode)
    except ValueError as error:
        name = "secret" if "secret" in str(error) else "key_id"
        raise ProblemError(422, "bad-value", f"{str(error)[:1].upper()}{str(error)[1:]}.", f"{path}{name}") from error


def keys_refused(refused: KeysRefused) -> ProblemError:
    """Return the error for keys that are not taken."""
    return ProblemError(422, "keys-refused", refused.reason)


def _account(call: Call) -> Account:
    return call.viewer.account(call.services.directory, call.place["account_id"])
