"""Tell the rules of prop firms, and put them on an account."""

from typing import Final

from attrs import frozen

from tradecore.domain.firms import PRESETS, FirmPreset
from tradecore.entrypoints.runtime.stakes import stakes
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web.api.keeping import keep
from tradecore.entrypoints.web.errors import ProblemError
from tradecore.entrypoints.web.party_present import account_view
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@frozen(kw_only=True)
class PresetsView:
    """The rules of prop firms' accounts, as they were on a day; firms change them."""

    presets: tuple[FirmPreset, ...]


@frozen(kw_only=True)
class PresetDraft:
    """Which rules to put on the account; with `dry_run` it is only told what would be."""

    name: str
    dry_run: bool = False


@frozen(kw_only=True)
class PresetView:
    """The account as it is under the rules, or would be; `kept` says which."""

    account: v.AccountView
    preset: FirmPreset
    kept: bool


@ROUTES.on("GET /api/v1/presets", PresetsView)
def presets(_call: Call) -> PresetsView:
    """Tell the rules of prop firms' accounts that are known here, with their date and source."""
    return PresetsView(presets=tuple(PRESETS.values()))


@ROUTES.on("POST /api/v1/accounts/<account_id>/preset", PresetView, takes=PresetDraft)
def put_preset(call: Call) -> PresetView:
    """Put the rules of a prop firm on an account, as its limits; each can be changed afterwards."""
    account = call.viewer.account(call.services.directory, call.place["account_id"])
    draft = call.taken(PresetDraft)
    found = PRESETS.get(draft.name.lower())
    if found is None:
        raise ProblemError(422, "unknown-value", f"`name` must be one of {', '.join(PRESETS)}.", "name")
    changed = found.put_on(account)
    if not draft.dry_run:
        keep(call, changed)
    (stake,) = stakes(call.services.keyring, (changed,))
    return PresetView(account=account_view(stake), preset=found, kept=not draft.dry_run)
