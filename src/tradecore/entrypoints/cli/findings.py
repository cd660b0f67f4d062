"""Find out for the doctor what is at stake in the accounts, and whether their brokers let them trade."""

from collections.abc import Iterable, Iterator

from attrs import frozen

from tradecore.domain.errors import UnreachableError, WorldError
from tradecore.domain.ids import UserId
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.projectx import BASE, KEY, USER, account_id_of
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.stakes import FIRMS, Stake, stakes


@frozen(kw_only=True)
class Finding:
    """What one check found, and where it is not good, what to do."""

    check: str
    good: bool
    detail: str
    todo: str = ""


def accounts_found(settings: Settings) -> Iterator[Finding]:
    """Say which accounts trade real money, and which would and rest; ask the brokers of all that have keys."""
    path = settings.database_path
    if path is not None and not path.exists():
        yield Finding(check="money", good=True, detail="there is no account yet")
        return
    room = wiring.beside(settings)
    try:
        found = stakes(room.services.keyring, room.services.directory.accounts())
    except UnreachableError:
        yield Finding(check="money", good=False, detail="nobody can tell", todo="Mend the database first.")
    else:
        yield _money(found)
        yield _brokers(room, found)
    finally:
        room.store.close()


def _money(found: tuple[Stake, ...]) -> Finding:
    real = ", ".join(stake.account.name for stake in found if stake.is_real)
    firms = ", ".join(stake.account.name for stake in found if stake.money == FIRMS)
    traded = f"REAL MONEY is traded in: {real}." if real else "" if firms else "all that is traded is on paper."
    traded += f"{' ' if real else ''}A firm's accounts, by its rules: {firms}." if firms else ""
    resting = (f"Account {stake.account.name} rests: {stake.rests}" for stake in found if stake.rests)
    return Finding(check="money", good=True, detail=" ".join((traded, *resting)))


def _brokers(room: Room, found: tuple[Stake, ...]) -> Finding:
    asked = [stake for stake in found if room.services.keyring.takes(stake.account.venue) and not stake.rests]
    if shut := _shut(room, [stake.account for stake in asked]):
        todo = "Where it is the keys: tradecore keys set <account>."
        return Finding(check="brokers", good=False, detail=shut, todo=todo)
    many = "s" * (len(asked) != 1)
    detail = f"{len(asked)} account{many} may trade" if asked else "no account has keys, so none was asked"
    return Finding(check="brokers", good=True, detail=detail)


def firms_found(settings: Settings) -> Iterator[Finding]:
    """Ask ProjectX for every account that the settings name, whether it was made here already or not."""
    if not settings.projectx_accounts:
        return
    accounts = [
        Account(id=account_id_of(number), user_id=UserId(""), name=name, venue=Venue.PROJECTX)
        for name, number in settings.projectx_accounts.items()
    ]
    room = wiring.beside(settings)
    try:
        shut = _shut(room, accounts)
    finally:
        room.store.close()
    if shut:
        todo = (
            f"Look at {BASE} where nobody answers, at {USER} and {KEY} where the login failed, and at ACCOUNT_<NAME> "
            "where an account is not there; what else an account lacks, the trading platform tells."
        )
        yield Finding(check="projectx", good=False, detail=shut, todo=todo)
    else:
        names = ", ".join(settings.projectx_accounts)
        yield Finding(check="projectx", good=True, detail=f"the login opens, and may trade: {names}")


def _shut(room: Room, accounts: Iterable[Account]) -> str:
    """Say which accounts cannot trade at their broker, each reason once; nothing where all can."""
    names: dict[str, list[str]] = {}
    for account in accounts:
        if why := _blocked(room, account):
            names.setdefault(why, []).append(account.name)
    return " ".join(f"Account{'s' * (len(these) > 1)} {', '.join(these)}: {why}" for why, these in names.items())


def _blocked(room: Room, account: Account) -> str | None:
    try:
        broker = room.services.venues.broker(account)
        try:
            return broker.account().blocked
        finally:
            broker.close()
    except WorldError as error:
        return f"{str(error).rstrip('.')}."
