"""Find what a person means by a name: users, accounts, bots and alerts."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from tradecore.domain.ids import AlertId
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
    return _one_of("user", name, users, lambda user: {user.id, user.name}, lambda user: user.name)


def account_named(directory: Directory, name: str | None, user: User | None = None) -> Account:
    """Return the account with this name or id; without a name the only one there is."""
    accounts = directory.accounts(user.id if user is not None else None)
    if name is None:
        if len(accounts) == 1:
            return accounts[0]
        raise SaidError(f"Say which account: --account with one of {_listed(one.name for one in accounts)}.")
    return _one_of("account", name, accounts, lambda one: {one.id, one.name}, lambda one: f"{one.name} ({one.id})")


def bot_named(directory: Directory, name: str) -> Bot:
    """Return the bot with this id or the name that lists show, else the one of this symbol and timeframe.

    A copy with a name of its own does not hide the first bot, which lists still call ``AAPL 15 Min``.
    """
    bots, wanted = directory.bots(), name.strip().casefold()
    shown = tuple(bot for bot in bots if wanted in {bot.id.casefold(), bot.label.casefold()})
    return _one_of("bot", name, shown or bots, _names_of, lambda bot: f"{bot.label} ({bot.id})")


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


def _names_of(bot: Bot) -> set[str]:
    names = {bot.id, bot.label, f"{bot.symbol} {bot.timeframe or 'any timeframe'}"}
    return {name for name in names if name}


def _one_of(
    what: str, name: str, entries: Iterable[_T], names: Callable[[_T], Iterable[str]], shown: Callable[[_T], str]
) -> _T:
    entries = tuple(entries)
    wanted = name.strip().casefold()
    found = [entry for entry in entries if wanted in {str(one).casefold() for one in names(entry)}]
    if len(found) == 1:
        return found[0]
    if found:
        raise SaidError(f"More than one {what} is called {name!r}: {_listed(map(shown, found))}. Name it by its id.")
    raise SaidError(f"There is no {what} {name!r}. There is {_listed(map(shown, entries))}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
