"""Press and lift the kill switch, and close everything in its scope until the broker confirms it."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Final, Self

from attrs import Factory, define, evolve, field, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.errors import WorldError
from tradecore.domain.events import CloseAsked, Event, FlattenAsked, ReconcileDue
from tradecore.domain.ids import AccountId, BotId, HaltId, Symbol, UserId
from tradecore.domain.money import plain
from tradecore.domain.parties import Account, Halt, HaltLevel
from tradecore.domain.venues import Position
from tradecore.entrypoints.runtime.asking import side_by_side
from tradecore.entrypoints.runtime.services import Services
from tradecore.ports.directory import Directory
from tradecore.ports.history import Asked, History
from tradecore.ports.inbox import Inbox
from tradecore.ports.ledger import Ledger
from tradecore.ports.system import Clock, Mint
from tradecore.ports.venues import Venues

# A book that does not get flat is asked again after this; its own plan goes on trying in between.
# So many alerts that wait are looked at; more than come in while anybody reaches for the switch.
_PENDING_MAX: Final = 1_000
_ASK_AGAIN: Final = timedelta(seconds=15)
# So long the brokers are waited for, all together, where nobody says less; one of their answers comes within eight.
VENUES_SECONDS: Final = 10.0


@frozen(kw_only=True)
class Scope:
    """For whom something is meant: a bot, an account, a user, or (all None) everything."""

    user_id: UserId | None = None
    account_id: AccountId | None = None
    bot_id: BotId | None = None


@frozen(kw_only=True)
class Flattening:
    """What was asked to get flat: books, and in sentences the accounts whose broker did not tell what is held."""

    keys: tuple[BookKey, ...]
    unreachable: tuple[str, ...] = ()


@frozen(kw_only=True)
class Pressed:
    """The kill switch as it is now, and what was asked to get flat for it."""

    halt: Halt
    flattening: Flattening


@frozen
class _Open:
    """What a broker holds and works in one account, that of people included."""

    positions: tuple[Position, ...]
    working: frozenset[Symbol]

    @property
    def symbols(self) -> frozenset[Symbol]:
        return self.working | {position.symbol for position in self.positions}


@define
class _Memory:
    """When each halt's books were last asked."""

    asked: dict[HaltId, datetime] = Factory(dict)
    lock: Lock = Factory(Lock)


@frozen(kw_only=True)
class Halting:
    """The kill switch. Raises `UnreachableError` where our own database cannot be had: then nothing was done."""

    directory: Directory
    inbox: Inbox
    ledger: Ledger
    history: History
    venues: Venues
    clock: Clock
    mint: Mint
    _memory: _Memory = field(factory=_Memory, init=False, repr=False)

    @classmethod
    def of(cls, services: Services) -> Self:
        """Return the kill switch over *services*."""
        return cls(
            directory=services.directory,
            inbox=services.inbox,
            ledger=services.ledger,
            history=services.history,
            venues=services.venues,
            clock=services.clock,
            mint=services.mint,
        )

    def halt(self, level: HaltLevel, scope: Scope, *, reason: str, by: str, seconds: float = VENUES_SECONDS) -> Pressed:
        """Press the switch; it is in force when this returns, and holds until a person lifts it.

        Where it flattens, the brokers are waited for *seconds* at most.
        """
        scope = self._whole(scope)
        halt = Halt(
            id=HaltId(self.mint.new()),
            level=level,
            reason=reason,
            by=by,
            at=self.clock.now(),
            user_id=scope.user_id,
            account_id=scope.account_id,
            bot_id=scope.bot_id,
        )
        # Whoever trades sees the switch at once, and may have closed what was open before we have asked for it.
        was_open = self._open_books(scope) if level is HaltLevel.FLATTEN else ()
        # First the switch, then the way out: nothing may be opened in between.
        self.directory.keep(halt)
        if level is not HaltLevel.FLATTEN:
            return Pressed(halt=halt, flattening=Flattening(keys=()))
        with self._memory.lock:
            self._memory.asked[halt.id] = halt.at
        return Pressed(halt=halt, flattening=self._post(scope, _way_out(scope, _why(halt)), seconds, was_open))

    def lift(self, halt_id: HaltId, *, by: str) -> Halt:
        """Lift the switch; `ValueError` says why it cannot be lifted."""
        halt = self.directory.halt(halt_id)
        if halt is None:
            message = f"there is no halt {halt_id}"
            raise ValueError(message)
        if halt.lifted_at is not None:
            message = f"the halt was lifted already, by {halt.lifted_by} at {halt.lifted_at:%Y-%m-%d %H:%M:%S} UTC"
            raise ValueError(message)
        if halt.level is HaltLevel.FLATTEN and halt.flat_at is None:
            halt = self._confirm(halt)
        lifted = evolve(halt, lifted_at=self.clock.now(), lifted_by=by)
        self.directory.keep(lifted)
        return lifted

    def flatten(self, scope: Scope, *, why: str, seconds: float = VENUES_SECONDS) -> Flattening:
        """Ask everything in *scope* to get flat; nothing keeps it from being opened again afterwards.

        The brokers are waited for *seconds* at most.
        """
        return self._post(scope, _way_out(scope, why), seconds)

    def still_open(self, scope: Scope, *, seconds: float = VENUES_SECONDS) -> tuple[str, ...]:
        """Return, in sentences, what is not flat yet; none where the brokers confirm that all of it is.

        One that does not say within *seconds* has not confirmed it.
        """
        accounts = self._accounts(scope)
        told = self._told(accounts, scope, seconds)
        return tuple(
            sentence
            for account in accounts
            for sentence in (*_unsettled(account, told.get(account.id)), *self._busy(account, scope))
        )

    def tend(self) -> None:
        """Note which halts the brokers confirm as flat, and ask again where they do not."""
        for halt in self.directory.halts():
            if halt.level is not HaltLevel.FLATTEN or halt.flat_at is not None:
                continue
            scope, now = _scope_of(halt), self.clock.now()
            if not self.still_open(scope):
                self.directory.keep(evolve(halt, flat_at=now))
                continue
            with self._memory.lock:
                # After a restart nobody knows when they were asked, so they are asked.
                asked = self._memory.asked.get(halt.id)
                is_due = asked is None or abs(now - asked) >= _ASK_AGAIN
                if is_due:
                    self._memory.asked[halt.id] = now
            if is_due:
                # Not to be flattened once more, which would end the plan that is at it: only to be looked at.
                self._post(scope, ReconcileDue(why=_why(halt)), VENUES_SECONDS)

    def _post(self, scope: Scope, event: Event, seconds: float, was_open: Iterable[BookKey] = ()) -> Flattening:
        """Post *event* to every book in *scope* in which anything may be held, or work, and to what *was_open*."""
        accounts = self._accounts(scope)
        told = self._told(accounts, scope, seconds)
        keys: list[BookKey] = []
        unreachable: list[str] = []
        for account in accounts:
            found = told.get(account.id)
            if isinstance(found, WorldError):
                unreachable.append(_untold(account, found))
            symbols = found.symbols if isinstance(found, _Open) else ()
            # An alert that nobody has judged yet is overtaken as well.
            pending = self.history.alerts(Asked(account_id=account.id, status=Status.PENDING, limit=_PENDING_MAX))
            wanted = {*self.ledger.open_books(account.id), *(_key(account, symbol) for symbol in symbols)}
            wanted |= {record.key for record in pending}
            wanted = {key for key in wanted if self._concerns(key, scope)}
            keys += sorted(wanted | {key for key in was_open if key.account_id == account.id}, key=str)
        for key in keys:
            self.inbox.post(key, event, self.clock.now())
        return Flattening(keys=tuple(keys), unreachable=tuple(unreachable))

    def _confirm(self, halt: Halt) -> Halt:
        found = self.still_open(_scope_of(halt))
        if found:
            message = f"it stays until the broker confirms that all is flat: {'; '.join(found)}"
            raise ValueError(message)
        return evolve(halt, flat_at=self.clock.now())

    def _whole(self, scope: Scope) -> Scope:
        """Return *scope* with the account of its bot and the user of its account, so that they see the halt, too."""
        if scope.bot_id is not None and (bot := self.directory.bot(scope.bot_id)) is not None:
            return evolve(scope, account_id=bot.account_id, user_id=bot.user_id)
        if scope.account_id is not None and (account := self.directory.account(scope.account_id)) is not None:
            return evolve(scope, user_id=account.user_id)
        return scope

    def _accounts(self, scope: Scope) -> tuple[Account, ...]:
        account_id = scope.account_id
        if scope.bot_id is not None:
            bot = self.directory.bot(scope.bot_id)
            account_id = bot.account_id if bot is not None else account_id
        if account_id is not None:
            account = self.directory.account(account_id)
            return (account,) if account is not None else ()
        return self.directory.accounts(scope.user_id)

    def _told(self, accounts: Iterable[Account], scope: Scope, seconds: float) -> dict[AccountId, _Open | WorldError]:
        """Return what the brokers say of *accounts*, or why one does not; of a bot they know nothing."""
        if scope.bot_id is not None:
            return {}
        return side_by_side({one.id: partial(self._ask, one) for one in accounts}, seconds=seconds)

    def _ask(self, account: Account) -> _Open:
        broker = self.venues.broker(account)
        # Orders first: one that fills in between is seen twice then, and not never.
        working = broker.working_symbols()
        return _Open(positions=broker.positions(), working=working)

    def _open_books(self, scope: Scope) -> tuple[BookKey, ...]:
        """Return the books in *scope* that our own records hold for open."""
        return tuple(
            key
            for account in self._accounts(scope)
            for key in self.ledger.open_books(account.id)
            if self._concerns(key, scope)
        )

    def _concerns(self, key: BookKey, scope: Scope) -> bool:
        return scope.bot_id is None or _has_anything(self.ledger.book(key), scope.bot_id)

    def _busy(self, account: Account, scope: Scope) -> Iterator[str]:
        for key in self.ledger.open_books(account.id):
            if self._concerns(key, scope):
                yield f"{account.name} is still busy in {key.symbol}"


def _way_out(scope: Scope, why: str) -> Event:
    """Return what asks a book to get flat: all of it, or a bot's share."""
    return FlattenAsked(why=why) if scope.bot_id is None else CloseAsked(bot_id=scope.bot_id, why=why)


def _unsettled(account: Account, told: _Open | WorldError | None) -> Iterator[str]:
    """Say what the broker holds and works, or that it does not tell."""
    if isinstance(told, WorldError):
        yield _untold(account, told)
    elif told is not None:
        for position in told.positions:
            yield f"{account.name} holds {plain(position.quantity)} {position.symbol}"
        for symbol in sorted(told.working):
            yield f"{account.name} has orders working in {symbol}"


def _untold(account: Account, error: WorldError) -> str:
    return f"{account.name}: the broker does not tell what is held ({error})"


def _key(account: Account, symbol: Symbol) -> BookKey:
    return BookKey(account_id=account.id, symbol=symbol)


def _has_anything(book: Book, bot_id: BotId) -> bool:
    """Tell whether the bot holds, works, plans or waits for anything in the book."""
    wishes = (*book.waiting, *((book.plan.wish,) if book.plan else ()))
    is_wished = any(wish.bot_id == bot_id for wish in wishes)
    return bool(book.share(bot_id).quantity or book.orders_of(bot_id) or is_wished)


def _scope_of(halt: Halt) -> Scope:
    return Scope(user_id=halt.user_id, account_id=halt.account_id, bot_id=halt.bot_id)


def _why(halt: Halt) -> str:
    return f"the kill switch: {halt.reason}" if halt.reason else "the kill switch"
