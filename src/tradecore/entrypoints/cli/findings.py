"""Find out for the doctor what is at stake in the accounts, and whether their brokers let them trade."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from attrs import frozen

from tradecore.domain.errors import SealedError, ShutError, UnreachableError, WorldError
from tradecore.domain.ids import AccountId, UserId
from tradecore.domain.money import plain
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.cli.finding import account_names
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.asking import side_by_side
from tradecore.entrypoints.runtime.projectx import BASE, KEY, USER, account_id_of
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.stakes import FIRMS, Stake, stakes

_BROKERS_SECONDS: Final = 10.0  # for all of them together


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
        names = account_names(room.services.directory)
        yield _money(found, names)
        yield _brokers(room, found, names)
        yield _books(room, names)
    finally:
        room.store.close()


def _money(found: tuple[Stake, ...], names: Mapping[AccountId, str]) -> Finding:
    real = ", ".join(names[stake.account.id] for stake in found if stake.is_real)
    firms = ", ".join(names[stake.account.id] for stake in found if stake.money == FIRMS)
    traded = f"REAL MONEY is traded in: {real}." if real else "" if firms else "all that is traded is on paper."
    traded += f"{' ' if real else ''}A firm's accounts, by its rules: {firms}." if firms else ""
    resting = (f"Account {names[stake.account.id]} rests: {stake.rests}" for stake in found if stake.rests)
    return Finding(check="money", good=True, detail=" ".join((traded, *resting)))


def _brokers(room: Room, found: tuple[Stake, ...], names: Mapping[AccountId, str]) -> Finding:
    keyring = room.services.keyring
    asked = [stake.account for stake in found if keyring.takes(stake.account.venue) and not stake.rests]
    told = side_by_side({one: partial(_blocked, room, one) for one in asked}, seconds=_BROKERS_SECONDS)
    if shut := _shut({names[account.id]: _reason(account, why) for account, why in told.items() if why}):
        # What to do is said once, for however many accounts.
        todo = " ".join(dict.fromkeys(_todo(names[account.id], why) for account, why in told.items() if why))
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
        told = side_by_side({one: partial(_blocked, room, one) for one in accounts}, seconds=_BROKERS_SECONDS)
    finally:
        room.store.close()
    if shut := _shut({account.name: _reason(account, why) for account, why in told.items() if why}):
        todo = (
            f"Look at {BASE} where nobody answers, at {USER} and {KEY} where the login failed, and at ACCOUNT_<NAME> "
            "where an account is not there; what else an account lacks, the trading platform tells."
        )
        yield Finding(check="projectx", good=False, detail=shut, todo=todo)
    else:
        names = ", ".join(settings.projectx_accounts)
        yield Finding(check="projectx", good=True, detail=f"the login opens, and may trade: {names}")


def _blocked(room: Room, account: Account) -> str:
    """Return why the broker lets the account not trade; nothing where it does."""
    broker = room.services.venues.broker(account)
    try:
        return broker.account().blocked or ""
    finally:
        broker.close()


def _reason(account: Account, why: str | WorldError) -> str:
    """Say why the account cannot trade at its broker."""
    told = str(why).rstrip(".")
    is_silent = isinstance(why, WorldError) and not isinstance(why, ShutError | SealedError)
    return f"{account.venue.value} does not answer ({told})." if is_silent else f"{told}."


def _todo(name: str, why: str | WorldError) -> str:
    """Say what to do about it."""
    match why:
        case ShutError() | SealedError():
            return f"Give it other keys: tradecore keys set {name}"
        case WorldError():
            return "See whether the venue is up, and its address right; the keys need no change."
        case _:
            return "Ask the broker."


def _shut(reasons: Mapping[str, str]) -> str:
    """Say which accounts, by their names, cannot trade, each reason once; nothing where all can."""
    names: dict[str, list[str]] = {}
    for name, why in reasons.items():
        names.setdefault(why, []).append(name)
    return " ".join(f"Account{'s' * (len(these) > 1)} {', '.join(these)}: {why}" for why, these in names.items())


def _books(room: Room, names: Mapping[AccountId, str]) -> Finding:
    """Look for what brokers hold that nobody can explain: the bots in these instruments enter no more."""
    books = [(name, book) for account_id, name in names.items() for book in room.services.history.books(account_id)]
    odd = [(name, book) for name, book in books if book.drift]
    if not odd:
        return Finding(check="books", good=True, detail="nothing is held that nobody can explain, as far as was seen")
    detail = "; ".join(f"{name}: {plain(book.drift)} {book.key.symbol}" for name, book in odd)
    todo = "Look at `tradecore drift list`, and say whose it is: tradecore drift assign --help"
    return Finding(check="books", good=False, detail=f"nobody knows why ({detail}): entries there wait", todo=todo)
