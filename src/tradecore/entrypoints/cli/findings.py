"""Find out for the doctor what is at stake in the accounts, and whether their brokers let them trade."""

from collections.abc import Iterator

from attrs import frozen

from tradecore.domain.errors import UnreachableError, WorldError
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.stakes import Stake, stakes


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
    traded = f"REAL MONEY is traded in: {real}." if real else "all that is traded is on paper."
    resting = (f"Account {stake.account.name} rests: {stake.rests}" for stake in found if stake.rests)
    return Finding(check="money", good=True, detail=" ".join((traded, *resting)))


def _brokers(room: Room, found: tuple[Stake, ...]) -> Finding:
    asked = [stake for stake in found if room.services.keyring.takes(stake.account.venue) and not stake.rests]
    shut = [why for stake in asked if (why := _shut(room, stake))]
    if shut:
        todo = "Where it is the keys: tradecore keys set <account>."
        return Finding(check="brokers", good=False, detail=" ".join(shut), todo=todo)
    many = "s" * (len(asked) != 1)
    detail = f"{len(asked)} account{many} may trade" if asked else "no account has keys, so none was asked"
    return Finding(check="brokers", good=True, detail=detail)


def _shut(room: Room, stake: Stake) -> str:
    """Say why the account cannot trade at its broker; nothing where it can."""
    try:
        blocked = room.services.venues.broker(stake.account).account().blocked
    except WorldError as error:
        blocked = f"{str(error).rstrip('.')}."
    return f"Account {stake.account.name}: {blocked}" if blocked else ""
