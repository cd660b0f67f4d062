"""Find what a person means by a name: users, accounts, bots and alerts.

Different people may use the same name: an account is also ``USER/NAME``, a bot ``ACCOUNT/NAME`` or
``USER/ACCOUNT/NAME``. What somebody calls theirs hides none of these longer names, nor an id.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from attrs import frozen

from tradecore.domain.ids import AccountId, AlertId
from tradecore.domain.parties import Account, Bot, Role, User
from tradecore.domain.records import AlertRecord
from tradecore.entrypoints.cli.exits import SaidError
from tradecore.ports.directory import Directory
from tradecore.ports.history import Asked, History

_T = TypeVar("_T")


def user_named(directory: Directory, name: str | None) -> User:
    """Return the user with this name or id; without a name the only one, or the first administrator."""
    users = directory.users()
    if name is None:
        admins = [user for user in users if user.role is Role.ADMIN and user.active]
        if len(users) == 1 or admins:
            return admins[0] if admins else users[0]
        raise SaidError("Say which user: --user NAME. There is none yet." if not users else "Say which: --user NAME.")
    return _one_of("user", name, [_Called(user, (user.id, user.name)) for user in users])


def account_named(directory: Directory, name: str | None, user: User | None = None) -> Account:
    """Return the account with this name or id; without a name the only one there is."""
    called = _accounts_called(directory, directory.accounts(user.id if user is not None else None))
    if name is None:
        if len(called) == 1:
            return called[0].entry
        raise SaidError(f"Say which account: --account with one of {_listed(called, called)}.")
    return _one_of("account", name, called)


def account_names(directory: Directory) -> Mapping[AccountId, str]:
    """Return for each account the shortest name by which it is found."""
    called = _accounts_called(directory, directory.accounts())
    return dict(zip((one.entry.id for one in called), _sayable(called, called), strict=True))


def bot_named(directory: Directory, name: str) -> Bot:
    """Return the bot with this id or the name that lists show, else the one of this symbol and timeframe.

    A copy with a name of its own does not hide the first bot, which lists still call ``AAPL 15 Min``.
    """
    return _one_of("bot", name, _bots_called(directory))


def name_of_bot(directory: Directory, bot: Bot) -> str:
    """Return the shortest name by which the bot is found; its own where it is deleted."""
    called = _bots_called(directory)
    return next(iter(_sayable((one for one in called if one.entry.id == bot.id), called)), bot.label)


def alert_named(history: History, name: str) -> AlertRecord:
    """Return the alert with this id, or the newest for ``last``."""
    if name == "last":
        newest = history.alerts(Asked(limit=1))
        if not newest:
            raise SaidError("No alert has come yet.")
        return newest[0]
    record = history.alert(AlertId(name.upper())) or history.alert(AlertId(name))
    if record is None:
        raise SaidError(f"There is no alert {name}.")
    return record


@frozen
class _Called(Generic[_T]):
    """Something with its names: the id, then the longest to the shortest; all things of a kind have as many.

    `others` are names, in the same order, that count where nothing is called so.
    """

    entry: _T
    names: tuple[str, ...]
    others: tuple[str, ...] = ()


def _accounts_called(directory: Directory, accounts: Iterable[Account]) -> list[_Called[Account]]:
    users = {user.id: user.name for user in directory.users()}
    return [_Called(one, (one.id, f"{users.get(one.user_id)}/{one.name}", one.name)) for one in accounts]


def _bots_called(directory: Directory) -> list[_Called[Bot]]:
    accounts = {one.entry.id: one.names for one in _accounts_called(directory, directory.accounts())}
    called = []
    for bot in directory.bots():
        _, long, short = accounts.get(bot.account_id, ("", bot.account_id, bot.account_id))
        traded = f"{bot.symbol} {bot.timeframe or 'any timeframe'}"
        names, others = ((f"{long}/{one}", f"{short}/{one}", one) for one in (bot.label, traded))
        called.append(_Called(bot, (bot.id, *names), others))
    return called


def _one_of(what: str, name: str, called: list[_Called[_T]]) -> _T:
    wanted = name.strip().casefold()
    for spellings in zip(*((*one.names, *one.others) for one in called), strict=True):
        found = [one for one, spelling in zip(called, spellings, strict=True) if spelling.casefold() == wanted]
        if len(found) == 1:
            return found[0].entry
        if found:
            raise SaidError(f"More than one {what} is called {name!r}. Say which: {_listed(found, called)}.")
    raise SaidError(f"There is no {what} {name!r}. There is {_listed(called, called)}.")


def _sayable(some: Iterable[_Called[_T]], called: list[_Called[_T]]) -> list[str]:
    """Return for *some* of what is *called* the shortest names that nothing else has."""
    count = Counter(name.casefold() for one in called for name in {*one.names, *one.others})
    return [next(name for name in reversed(one.names) if count[name.casefold()] == 1 or name == one.names[0])
            for one in some]  # fmt: skip


def _listed(some: Iterable[_Called[_T]], called: list[_Called[_T]]) -> str:
    """Return the names of *some*, to be copied to a command line as they are."""
    return ", ".join(f'"{name}"' if " " in name else name for name in _sayable(some, called)) or "none"
