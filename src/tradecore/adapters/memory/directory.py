"""Know who trades what, in memory."""

from collections.abc import Iterable
from datetime import datetime
from typing import final

from tradecore.adapters.memory.state import State
from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol, TokenId, UserId
from tradecore.domain.instruments import Instrument, is_venues_own
from tradecore.domain.parties import Account, Bot, Halt, Token, User, Venue
from tradecore.ports.directory import Directory


@final
class MemoryDirectory(Directory):
    def __init__(self, state: State) -> None:
        self._state = state

    def view(self) -> "MemoryDirectory":
        return self

    def keep(self, entry: User | Account | Bot | Token | Halt) -> None:
        state = self._state
        with state.lock:
            state.trip("keep")
            match entry:
                case User():
                    _check_user(entry, state.users.values())
                    state.users[entry.id] = entry
                case Account():
                    _check_account(entry, state.accounts.values())
                    state.accounts[entry.id] = entry
                case Bot():
                    _check_bot(entry, state.bots.values())
                    state.bots[entry.id] = entry
                case Token():
                    state.tokens[entry.id] = entry
                case Halt():
                    state.halts[entry.id] = entry

    def forget_bot(self, bot_id: BotId) -> None:
        with self._state.lock:
            self._state.trip("forget_bot")
            self._state.bots.pop(bot_id, None)

    def user(self, user_id: UserId) -> User | None:
        with self._state.lock:
            self._state.trip("user")
            return self._state.users.get(user_id)

    def users(self) -> tuple[User, ...]:
        with self._state.lock:
            self._state.trip("users")
            return tuple(self._state.users.values())

    def account(self, account_id: AccountId) -> Account | None:
        with self._state.lock:
            self._state.trip("account")
            return self._state.accounts.get(account_id)

    def accounts(self, user_id: UserId | None = None) -> tuple[Account, ...]:
        with self._state.lock:
            self._state.trip("accounts")
            return tuple(one for one in self._state.accounts.values() if user_id in {None, one.user_id})

    def bot(self, bot_id: BotId) -> Bot | None:
        with self._state.lock:
            self._state.trip("bot")
            return self._state.bots.get(bot_id)

    def bots(
        self, *, user_id: UserId | None = None, account_id: AccountId | None = None, symbol: Symbol | None = None
    ) -> tuple[Bot, ...]:
        with self._state.lock:
            self._state.trip("bots")
            return tuple(
                bot for bot in self._state.bots.values()
                if user_id in {None, bot.user_id}
                and account_id in {None, bot.account_id}
                and symbol in {None, bot.symbol}
            )  # fmt: skip

    def token(self, hashed: str) -> Token | None:
        with self._state.lock:
            self._state.trip("token")
            return next((token for token in self._state.tokens.values() if token.hash == hashed), None)

    def tokens(self, user_id: UserId) -> tuple[Token, ...]:
        with self._state.lock:
            self._state.trip("tokens")
            return tuple(token for token in self._state.tokens.values() if token.user_id == user_id)

    def used(self, token_id: TokenId, at: datetime) -> None:
        with self._state.lock:
            self._state.used[token_id] = at

    def halts(self, *, lifted: bool = False) -> tuple[Halt, ...]:
        with self._state.lock:
            self._state.trip("halts")
            return tuple(halt for halt in self._state.halts.values() if lifted or halt.lifted_at is None)

    def halt(self, halt_id: HaltId) -> Halt | None:
        with self._state.lock:
            self._state.trip("halt")
            return self._state.halts.get(halt_id)

    def list_instruments(self, venue: Venue, instruments: tuple[Instrument, ...]) -> None:
        with self._state.lock:
            self._state.trip("list_instruments")
            self._state.instruments[venue] = {instrument.symbol: instrument for instrument in instruments}

    def instrument(self, venue: Venue, symbol: Symbol) -> Instrument | None:
        with self._state.lock:
            self._state.trip("instrument")
            listed = self._state.instruments.get(venue, {})
            if (exact := listed.get(symbol)) is not None:
                return exact
            active = next((one for one in listed.values() if one.root == symbol and one.active), None)
            if active is not None or not is_venues_own(symbol):
                return active
            return next((one for one in listed.values() if one.root != one.symbol and one.is_called(symbol)), None)

    def months(self, venue: Venue, root: Symbol | None = None) -> tuple[Instrument, ...]:
        with self._state.lock:
            self._state.trip("months")
            listed = self._state.instruments.get(venue, {}).values()
            return tuple(one for one in listed if one.root != one.symbol and root in {None, one.root})


def _check_user(user: User, others: Iterable[User]) -> None:
    if any(other.id != user.id and other.name.casefold() == user.name.casefold() for other in others):
        message = f"there is a user named {user.name!r} already"
        raise ValueError(message)


def _check_account(account: Account, others: Iterable[Account]) -> None:
    for other in others:
        same = other.user_id == account.user_id and other.name.casefold() == account.name.casefold()
        if same and other.id != account.id:
            message = f"the user has an account named {account.name!r} already"
            raise ValueError(message)


def _check_bot(bot: Bot, others: Iterable[Bot]) -> None:
    for other in others:
        mine, theirs = ((one.account_id, one.symbol, one.timeframe) for one in (bot, other))
        if bot.active and other.active and other.id != bot.id and mine == theirs:
            what = f"{bot.symbol} {bot.timeframe or 'any timeframe'}"
            message = f"another active bot of the account trades {what} already"
            raise ValueError(message)
