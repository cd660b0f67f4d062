"""Know who trades what, from the database."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import Any, Final, TypeVar, final

from sqlalchemy import Connection, Select, Table, bindparam, delete, insert, select, update

from tradecore.adapters.encoding import codec
from tradecore.adapters.encoding.codec import Form
from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import ACCOUNTS, BOTS, CHANGES, HALTS, INSTRUMENTS, TOKENS, USERS
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol, TokenId, UserId
from tradecore.domain.instruments import Instrument, is_venues_own
from tradecore.domain.parties import Account, Bot, Halt, Token, User, Venue
from tradecore.ports.directory import Directory

_Entry = TypeVar("_Entry")

# What a view has been told already: by question, and what was asked for.
_Answers = dict[tuple[Any, ...], tuple[Any, ...]]
_ANSWERS_MAX: Final = 20_000
_DIRECTORY: Final = "directory"
_CHANGED: Final = select(CHANGES.c.count).where(CHANGES.c.of == _DIRECTORY)

# A token that was used just now is not worth another transaction in a request's way.
_USE_STEP: Final = timedelta(minutes=1)


def _by_id(table: Table) -> Select[Any]:
    return select(table.c.body).where(table.c.id == bindparam("id"))


@cache
def _all(table: Table, *names: str) -> Select[Any]:
    """Return the question for the rows with such columns; to make it takes longer than to ask it."""
    question = select(table.c.body).order_by(table.c.seq)
    return question.where(*(table.c[name] == bindparam(name) for name in names))


_USER, _ACCOUNT, _BOT, _HALT = (_by_id(table) for table in (USERS, ACCOUNTS, BOTS, HALTS))
_TOKEN: Final = select(TOKENS.c.body).where(TOKENS.c.hash == bindparam("hash"))
_USED: Final = update(TOKENS).where(TOKENS.c.id == bindparam("of_id")).values(used_at=bindparam("at"))
_FORGET_BOT: Final = delete(BOTS).where(BOTS.c.id == bindparam("of_id"))
_INSTRUMENT: Final = select(INSTRUMENTS.c.body).where(
    INSTRUMENTS.c.venue == bindparam("venue"), INSTRUMENTS.c.symbol == bindparam("symbol"))  # fmt: skip
_ACTIVE: Final = (
    select(INSTRUMENTS.c.body)
    .where(INSTRUMENTS.c.venue == bindparam("venue"), INSTRUMENTS.c.root == bindparam("root"), INSTRUMENTS.c.active)
    .order_by(INSTRUMENTS.c.seq)
    .limit(1)
)
_MONTHS: Final = select(INSTRUMENTS.c.body).where(
    INSTRUMENTS.c.venue == bindparam("venue"), INSTRUMENTS.c.root != INSTRUMENTS.c.symbol)  # fmt: skip
_MONTHS_OF: Final = _MONTHS.where(INSTRUMENTS.c.root == bindparam("root"))
_LISTED: Final = select(INSTRUMENTS.c.symbol, INSTRUMENTS.c.body).where(
    INSTRUMENTS.c.venue == bindparam("venue"))  # fmt: skip
_UNLIST: Final = delete(INSTRUMENTS).where(
    INSTRUMENTS.c.venue == bindparam("of_venue"), INSTRUMENTS.c.symbol == bindparam("of_symbol"))  # fmt: skip


@final
class SqlDirectory(Directory):
    """The directory; with *answers* a view of it, which asks the database for nothing twice."""

    def __init__(self, database: Database, answers: _Answers | None = None) -> None:
        self._database = database
        self._answers = answers
        self._turn = Lock()
        self._used: dict[TokenId, datetime] = {}
        self._view: tuple[int, SqlDirectory] | None = None
        self._count_change = database.upsert(CHANGES, ("of",), ("count",), CHANGES.c.count + 1)

    def view(self) -> "SqlDirectory":
        with self._database.read() as connection:
            count = connection.execute(_CHANGED).scalar() or 0
        with self._turn:
            # A view holds what was read after its count: at that count, or newer, and then the next one is another.
            if self._view is None or self._view[0] != count or self._view[1].is_full:
                self._view = count, SqlDirectory(self._database, {})
            return self._view[1]

    @property
    def is_full(self) -> bool:
        """Whether the view holds so much that it is better begun anew."""
        return self._answers is not None and len(self._answers) > _ANSWERS_MAX

    def keep(self, entry: User | Account | Bot | Token | Halt) -> None:
        table, row, check, taken = _filed(entry)
        with self._database.write() as connection:
            self._database.lock(connection, table.name)  # Who looks whether a name is free must be alone.
            if check is not None and connection.execute(check.where(table.c.id != entry.id)).first() is not None:
                raise ValueError(taken)
            self._changed(connection)
            if not connection.execute(update(table).where(table.c.id == entry.id).values(row)).rowcount:
                connection.execute(insert(table).values(row))

    def forget_bot(self, bot_id: BotId) -> None:
        with self._database.write() as connection:
            self._changed(connection)
            connection.execute(_FORGET_BOT, {"of_id": bot_id})

    def user(self, user_id: UserId) -> User | None:
        return self._one(codec.USER, _USER, {"id": user_id})

    def users(self) -> tuple[User, ...]:
        return self._many(codec.USER, USERS)

    def account(self, account_id: AccountId) -> Account | None:
        return self._one(codec.ACCOUNT, _ACCOUNT, {"id": account_id})

    def accounts(self, user_id: UserId | None = None) -> tuple[Account, ...]:
        return self._many(codec.ACCOUNT, ACCOUNTS, user_id=user_id)

    def bot(self, bot_id: BotId) -> Bot | None:
        return self._one(codec.BOT, _BOT, {"id": bot_id})

    def bots(
        self, *, user_id: UserId | None = None, account_id: AccountId | None = None, symbol: Symbol | None = None
    ) -> tuple[Bot, ...]:
        return self._many(codec.BOT, BOTS, user_id=user_id, account_id=account_id, symbol=symbol)

    def token(self, hashed: str) -> Token | None:
        return self._one(codec.TOKEN, _TOKEN, {"hash": hashed})

    def tokens(self, user_id: UserId) -> tuple[Token, ...]:
        return self._many(codec.TOKEN, TOKENS, user_id=user_id)

    def used(self, token_id: TokenId, at: datetime) -> None:
        with self._turn:
            last = self._used.get(token_id)
            if last is not None and abs(at - last) < _USE_STEP:
                return
            self._used[token_id] = at
        with suppress(UnreachableError), self._database.write() as connection:
            connection.execute(_USED, {"of_id": token_id, "at": at})

    def halts(self, *, lifted: bool = False) -> tuple[Halt, ...]:
        return self._many(codec.HALT, HALTS, lifted=None if lifted else False)

    def halt(self, halt_id: HaltId) -> Halt | None:
        return self._one(codec.HALT, _HALT, {"id": halt_id})

    def list_instruments(self, venue: Venue, instruments: tuple[Instrument, ...]) -> None:
        with self._database.read() as connection:
            listed = {row.symbol: row.body for row in connection.execute(_LISTED, {"venue": venue.name})}
        new = {row["symbol"]: row for row in _instrument_rows(venue, instruments)}
        # A venue lists thousands, and few change: what stays is not written again, so that alerts need not wait.
        changed = [row for symbol, row in new.items() if listed.get(symbol) != row["body"]]
        old = listed.keys() - new.keys() | {row["symbol"] for row in changed}
        if not old:
            return
        with self._database.write(patient=True) as connection:
            self._database.lock(connection, INSTRUMENTS.name)
            self._changed(connection)
            connection.execute(_UNLIST, [{"of_venue": venue.name, "of_symbol": symbol} for symbol in sorted(old)])
            if changed:
                connection.execute(insert(INSTRUMENTS), changed)

    def instrument(self, venue: Venue, symbol: Symbol) -> Instrument | None:
        exact = self._one(codec.INSTRUMENT, _INSTRUMENT, {"venue": venue.name, "symbol": symbol})
        found = exact or self._one(codec.INSTRUMENT, _ACTIVE, {"venue": venue.name, "root": symbol})
        if found is not None or not is_venues_own(symbol):
            return found
        return next((one for one in self.months(venue) if one.is_called(symbol)), None)

    def months(self, venue: Venue, root: Symbol | None = None) -> tuple[Instrument, ...]:
        if root is None:
            return self._found(codec.INSTRUMENT, _MONTHS, {"venue": venue.name})
        return self._found(codec.INSTRUMENT, _MONTHS_OF, {"venue": venue.name, "root": root})

    def _changed(self, connection: Connection) -> None:
        connection.execute(self._count_change, {"of": _DIRECTORY, "count": 1})

    def _one(self, form: Form[_Entry], question: Select[Any], wanted: dict[str, Any]) -> _Entry | None:
        return next(iter(self._found(form, question, wanted)), None)

    def _many(self, form: Form[_Entry], table: Table, **named: object) -> tuple[_Entry, ...]:
        wanted = {name: value for name, value in named.items() if value is not None}
        return self._found(form, _all(table, *wanted), wanted)

    def _found(self, form: Form[_Entry], question: Select[Any], wanted: dict[str, Any]) -> tuple[_Entry, ...]:
        place = (question, *wanted.values())
        if self._answers is not None and (known := self._answers.get(place)) is not None:
            return known
        with self._database.read() as connection:
            texts = connection.execute(question, wanted).scalars().all()
        entries = tuple(form.read(text) for text in texts)
        if self._answers is not None:
            self._answers[place] = entries
        return entries


def _filed(entry: User | Account | Bot | Token | Halt) -> tuple[Table, dict[str, Any], Select[Any] | None, str]:
    """Return where *entry* belongs, its row, what would be in its way, and the words for that."""
    row: dict[str, Any]
    match entry:
        case User():
            name_key = entry.name.casefold()
            row = {"id": entry.id, "name_key": name_key, "body": codec.USER.write(entry)}
            check = select(USERS.c.id).where(USERS.c.name_key == name_key)
            return USERS, row, check, f"there is a user named {entry.name!r} already"
        case Account():
            name_key = entry.name.casefold()
            row = {
                "id": entry.id, "user_id": entry.user_id, "name_key": name_key, "body": codec.ACCOUNT.write(entry),
            }  # fmt: skip
            check = select(ACCOUNTS.c.id).where(ACCOUNTS.c.user_id == entry.user_id, ACCOUNTS.c.name_key == name_key)
            return ACCOUNTS, row, check, f"the user has an account named {entry.name!r} already"
        case Bot():
            return _filed_bot(entry)
        case Token():
            row = {"id": entry.id, "user_id": entry.user_id, "hash": entry.hash, "body": codec.TOKEN.write(entry)}
            return TOKENS, row, None, ""
        case Halt():
            row = {"id": entry.id, "lifted": entry.lifted_at is not None, "body": codec.HALT.write(entry)}
            return HALTS, row, None, ""


def _filed_bot(bot: Bot) -> tuple[Table, dict[str, Any], Select[Any] | None, str]:
    timeframe = bot.timeframe.seconds if bot.timeframe is not None else 0
    row = {
        "id": bot.id, "user_id": bot.user_id, "account_id": bot.account_id, "symbol": bot.symbol,
        "timeframe": timeframe, "active": bot.active, "body": codec.BOT.write(bot),
    }  # fmt: skip
    check = (
        select(BOTS.c.id)
        .where(BOTS.c.account_id == bot.account_id, BOTS.c.symbol == bot.symbol)
        .where(BOTS.c.timeframe == timeframe, BOTS.c.active)
    )
    what = f"{bot.symbol} {bot.timeframe or 'any timeframe'}"
    taken = f"another active bot of the account trades {what} already"
    return BOTS, row, check if bot.active else None, taken


def _instrument_rows(venue: Venue, instruments: tuple[Instrument, ...]) -> Iterator[dict[str, Any]]:
    for instrument in instruments:
        yield {
            "venue": venue.name, "symbol": instrument.symbol, "root": instrument.root, "active": instrument.active,
            "body": codec.INSTRUMENT.write(instrument),
        }  # fmt: skip
