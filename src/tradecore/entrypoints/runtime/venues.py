"""Open the way to each account's venue once, and keep it open."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock, RLock
from typing import Final, Protocol, final

import structlog
from attrs import frozen

from tradecore.domain.errors import ShutError, WorldError
from tradecore.domain.ids import AccountId
from tradecore.domain.instruments import Instrument
from tradecore.domain.parties import Account, Venue
from tradecore.domain.rolls import rolled, with_past
from tradecore.entrypoints.runtime.listening import Ear
from tradecore.ports.broker import Broker
from tradecore.ports.directory import Directory
from tradecore.ports.leases import Leases
from tradecore.ports.market_data import MarketData
from tradecore.ports.system import Clock
from tradecore.ports.venues import Venues

_log = structlog.get_logger()

# How often a venue is asked again what it lists; months roll over while we run.
LISTED_FOR: Final = timedelta(hours=1)


class Door(Protocol):
    """Where one kind of venue is entered. May raise `UnreachableError`."""

    def broker(self, account: Account) -> Broker:
        """Return a new broker for *account*."""
        ...

    def market_data(self, account: Account) -> MarketData:
        """Return the prices that *account* trades at."""
        ...


@frozen
class Doors:
    """Where each kind of venue is entered here."""

    of: Mapping[Venue, Door]


class PaperDoor(Door, Protocol):
    """Where paper accounts trade: in this process, or in one that others share."""

    def tick(self) -> None:
        """Move the prices that are ours to move."""
        ...


@final
class OpenVenues(Venues):
    """The venues of a process that trades: one broker an account, and its instruments listed.

    The accounts that this process holds are listened to. An account whose keys were changed is opened anew; *keys*
    tells when each account's were saved. One account's venue is never waited for with another's lock.
    """

    def __init__(
        self,
        doors: Mapping[Venue, Door],
        directory: Directory,
        leases: Leases,
        clock: Clock,
        ear_for: Callable[[AccountId], Ear],
        keys: Callable[[], Mapping[AccountId, datetime]],
    ) -> None:
        self._doors = doors
        self._directory = directory
        self._leases = leases
        self._clock = clock
        self._ear_for = ear_for
        self._keys = keys
        self._lock = Lock()
        self._locks: dict[AccountId | Venue, RLock] = {}
        self._brokers: dict[AccountId, Broker] = {}
        self._opened_with: dict[AccountId, datetime | None] = {}
        self._prices: dict[AccountId, MarketData] = {}
        self._ears: dict[AccountId, Ear] = {}
        self._listed: dict[Venue, datetime] = {}
        self._asked: set[Venue] = set()  # what they list, whether they told or not
        self._shut: set[AccountId] = set()

    @property
    def reachable(self) -> frozenset[Venue]:
        """The venues that have a door here."""
        return frozenset(self._doors)

    def broker(self, account: Account) -> Broker:
        known = self._brokers.get(account.id)
        if known is not None and account.venue in self._asked:
            return known
        with self._lock_of(account.id):
            if account.id not in self._brokers:
                # Asked first: keys that are changed meanwhile are seen as changed the next time.
                keys = self._keys().get(account.id)
                broker = _door(self._doors, account).broker(account)
                if self._leases.holds(account.id):
                    self._listen(account.id, broker)
                self._opened_with[account.id] = keys
                self._brokers[account.id] = broker
            broker = self._brokers[account.id]
        self._list(account.venue, broker)
        return broker

    def market_data(self, account: Account) -> MarketData:
        known = self._prices.get(account.id)
        if known is not None:
            return known
        # Under the account's lock, so that none of keys that are just being changed stay for good.
        with self._lock_of(account.id):
            if account.id not in self._prices:
                self._prices[account.id] = _door(self._doors, account).market_data(account)
            return self._prices[account.id]

    def heard_since(self, account: Account) -> datetime | None:
        ear = self._ears.get(account.id)
        return ear.since if ear is not None else None

    def open_all(self) -> tuple[str, ...]:
        """Open every account's way, so that what happens there is heard; return, in sentences, what is shut."""
        shut = []
        for account in self._directory.accounts():
            try:
                self._open(account, self._keys().get(account.id))
            except WorldError as error:
                shut.append(f"Account {account.name}: {error}")
        return tuple(shut)

    def tend(self) -> None:
        """Listen to the accounts that are ours now, and to no others; make up for what was missed.

        Raises `UnreachableError` where our own database cannot be had.
        """
        with self._lock:
            ears = tuple(self._ears.values())
        for ear in ears:
            ear.tend()
        keys = self._keys()
        for account in self._directory.accounts():
            if account.venue in self._doors:
                self._tend_one(account, keys.get(account.id))

    def _tend_one(self, account: Account, keys: datetime | None) -> None:
        """Tend one account: what is wrong with its venue is nobody else's trouble."""
        try:
            self._open(account, keys)
            if self._leases.holds(account.id):
                broker = self.broker(account)
                self._list(account.venue, broker)
                if (ear := self._ears.get(account.id)) is not None:
                    ear.look_around(broker)
        except WorldError as error:
            if account.id not in self._shut:
                _log.warning(
                    "an account's venue cannot be reached; trying again", account=account.name, error=str(error)
                )
            self._shut.add(account.id)
        else:
            self._shut.discard(account.id)

    def _open(self, account: Account, keys: datetime | None) -> None:
        is_ours = self._leases.holds(account.id)
        with self._lock_of(account.id):
            broker = self._brokers.get(account.id)
            if broker is not None and self._opened_with[account.id] != keys:
                _log.info("an account's keys have changed: it is opened anew", account=account.name)
                self._shut_one(account.id, broker)
            elif broker is not None and account.id in self._ears and not is_ours:
                # Whoever has the account now listens; two who did would write everything down twice.
                _log.info("an account is another process's now", account=account.name)
                self._shut_one(account.id, broker)
            elif broker is not None and account.id not in self._ears and is_ours:
                self._listen(account.id, broker)
        if is_ours:
            self.broker(account)

    def _shut_one(self, account_id: AccountId, broker: Broker) -> None:
        broker.close()
        with self._lock:
            self._brokers.pop(account_id, None)
            self._ears.pop(account_id, None)
            self._prices.pop(account_id, None)

    def _listen(self, account_id: AccountId, broker: Broker) -> None:
        _log.info("an account is this process's now", account_id=account_id)
        ear = self._ear_for(account_id)
        broker.listen(ear)
        with self._lock:
            self._ears[account_id] = ear
        ear.begin()

    def close(self) -> None:
        """Let go of every broker."""
        with self._lock:
            brokers = tuple(self._brokers.values())
            self._brokers.clear()
        for broker in brokers:
            broker.close()

    def _list(self, venue: Venue, broker: Broker) -> None:
        """Take what the venue lists, where that is old; where it does not tell, or we cannot keep it, the next time."""
        with self._lock_of(venue):
            listed = self._listed.get(venue)
            if listed is not None and abs(self._clock.now() - listed) <= LISTED_FOR:
                return
            try:
                self._take(venue, broker.instruments())
            except WorldError as error:
                _log.warning("a venue's instruments could not be listed", venue=venue.value, error=str(error))
                return
            finally:
                self._asked.add(venue)
            self._listed[venue] = self._clock.now()

    def _take(self, venue: Venue, listed: tuple[Instrument, ...]) -> None:
        """Keep what a venue lists now; a month that it lists no more stays known, for what is held in it."""
        before = self._directory.months(venue)
        self._directory.list_instruments(venue, with_past(listed, before, self._clock.now().date()))
        for old, new in rolled(listed, before):
            _log.warning("a contract has rolled: what is held in the old month is closed there",
                         venue=venue.value, old=old, new=new)  # fmt: skip

    def _lock_of(self, whose: AccountId | Venue) -> RLock:
        with self._lock:
            return self._locks.setdefault(whose, RLock())


@final
class WatchedVenues(Venues):
    """The venues as seen beside the process that trades: looked at anew each time, and never listened to."""

    def __init__(self, doors: Mapping[Venue, Door]) -> None:
        self._doors = doors

    @property
    def reachable(self) -> frozenset[Venue]:
        """The venues that have a door here."""
        return frozenset(self._doors)

    def broker(self, account: Account) -> Broker:
        return _door(self._doors, account).broker(account)

    def market_data(self, account: Account) -> MarketData:
        return _door(self._doors, account).market_data(account)


def _door(doors: Mapping[Venue, Door], account: Account) -> Door:
    door = doors.get(account.venue)
    if door is None:
        message = f"account {account.name} trades at {account.venue.value}, which this version cannot reach yet"
        raise ShutError(message)
    return door
