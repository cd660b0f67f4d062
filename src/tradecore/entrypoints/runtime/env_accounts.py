"""Keep the accounts that the settings name at ProjectX: made once, renamed with them, and never deleted."""

from collections.abc import Mapping
from decimal import Decimal

import structlog
from attrs import evolve

from tradecore.domain.ids import AccountId
from tradecore.domain.limits import AccountLimits
from tradecore.domain.parties import Account, User, Venue, owner_among
from tradecore.domain.sessions import GetFlat
from tradecore.domain.sizing import Units
from tradecore.entrypoints.runtime.projectx import account_id_of, number_of
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import StartError
from tradecore.ports.directory import Directory

_log = structlog.get_logger()

_NAME_CHARACTERS_MAX = 60


def keep_in_step(directory: Directory, settings: Settings) -> None:
    """Make, rename and rest the installation owner's accounts as *settings* name them today. May be repeated.

    An account is known by its number. One that is named no more opens nothing, and everything else goes on: what it
    holds is watched and can be closed. `StartError` where a name is taken by another account.
    """
    wanted = {account_id_of(number): name for name, number in settings.projectx_accounts.items()}
    there = {one.id: one for one in directory.accounts() if number_of(one) is not None}
    owner = owner_among(directory.users())
    if owner is None:
        if wanted:
            _log.warning("the accounts of the settings are made once there is an administrator: tradecore user add")
        return
    for account in there.values():
        _give_way(directory, account, wanted)
    for account_id, name in wanted.items():
        old = directory.account(account_id)
        new = _in_step(old, settings, name) if old is not None else _made(account_id, name, owner, settings)
        if new != old:
            _keep(directory, new)
            _tell(old, new)


def _give_way(directory: Directory, account: Account, wanted: Mapping[AccountId, str]) -> None:
    """Take from an account what is another's from now on: its name, and its place among those that open."""
    changed = account
    if any(name == account.name.casefold() for other, name in wanted.items() if other != account.id):
        suffix = f"-{number_of(account)}"
        changed = evolve(changed, name=account.name[: _NAME_CHARACTERS_MAX - len(suffix)] + suffix)
    if account.id not in wanted:
        changed = evolve(changed, unlisted=True)
    if changed != account:
        _keep(directory, changed)
    if changed.unlisted and not account.unlisted:
        _log.warning(
            "the settings name an account no more: it opens nothing; what it holds can be closed as before",
            account=changed.name, number=number_of(account))  # fmt: skip


def _made(account_id: AccountId, name: str, owner: User, settings: Settings) -> Account:
    """Return a new account, set as the futures bot was: the alert's size counts, and it is flat over the close."""
    return Account(
        id=account_id, user_id=owner.id, name=name, venue=Venue.PROJECTX, get_flat=GetFlat(),
        automation=Units(Decimal(1)), limits=evolve(AccountLimits(), **settings.limits))  # fmt: skip


def _in_step(account: Account, settings: Settings, name: str) -> Account:
    """Return the account with the name and the limits that are set; a limit that is not set stays as people made it."""
    own = name if account.name.casefold() != name else account.name
    return evolve(account, name=own, unlisted=False, limits=evolve(account.limits, **settings.limits))


def _keep(directory: Directory, account: Account) -> None:
    try:
        directory.keep(account)
    except ValueError as error:
        message = f"ACCOUNT_{account.name.upper()} cannot be used: {error}. Give it another name."
        raise StartError(message) from error


def _tell(old: Account | None, new: Account) -> None:
    if old is None:
        _log.info("an account of the settings was made", account=new.name, number=number_of(new))
    elif old.name != new.name:
        _log.info("an account has the name that the settings give it", account=new.name, before=old.name)
    if old is not None and old.limits != new.limits:
        _log.info("limits taken from the settings", account=new.name)
