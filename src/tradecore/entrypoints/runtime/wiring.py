"""Put everything together: what stands behind the ports is named here, and in `brokers`."""

from datetime import datetime
from typing import Any, Final, final

from attrs import define, frozen
from injector import Binder, Injector, InstanceProvider, Module, provider, singleton

from tradecore.adapters.alpaca.exchange import AlpacaExchange
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.clock import QUIET_MONDAY, MemoryClock
from tradecore.adapters.memory.exchange import Exchange
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.memory.notifier import MemoryNotifier
from tradecore.adapters.memory.paper import PaperVenue, WatchedPaperVenue
from tradecore.adapters.memory.store import MemoryStore
from tradecore.adapters.paper.exchange import PaperExchange
from tradecore.adapters.projectx.exchange import ProjectXExchange
from tradecore.adapters.sql.store import SqlStore
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.keys import new_key
from tradecore.adapters.system.leases import OnlyProcess
from tradecore.adapters.system.mint import SystemMint
from tradecore.adapters.system.notifier import LogNotifier
from tradecore.adapters.system.passwords import Argon2Passwords
from tradecore.adapters.system.sealing import AesSeal
from tradecore.domain.parties import Venue
from tradecore.entrypoints.runtime.brokers import Brokers
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.engine import Engine
from tradecore.entrypoints.runtime.gathering import Gatherer
from tradecore.entrypoints.runtime.halting import Halting
from tradecore.entrypoints.runtime.keyring import KeyChecks, Keyring
from tradecore.entrypoints.runtime.listening import Ear
from tradecore.entrypoints.runtime.parts import Parts
from tradecore.entrypoints.runtime.people import People
from tradecore.entrypoints.runtime.performing import Performer
from tradecore.entrypoints.runtime.rooms import Room, TradingRoom
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import StartError
from tradecore.entrypoints.runtime.venues import Door, Doors, OpenVenues, PaperDoor, WatchedVenues
from tradecore.ports.access import Access
from tradecore.ports.calendar import Calendar
from tradecore.ports.directory import Directory
from tradecore.ports.history import History
from tradecore.ports.inbox import Inbox
from tradecore.ports.leases import Leases
from tradecore.ports.ledger import Ledger, Standing
from tradecore.ports.notifier import Notifier
from tradecore.ports.passwords import Passwords
from tradecore.ports.store import Store
from tradecore.ports.system import Clock, Mint
from tradecore.ports.vault import Safe, Seal
from tradecore.ports.venues import Venues

__all__ = [
    "ROOTS",
    "Beside",
    "InMemory",
    "Paper",
    "Sandbox",
    "beside",
    "calendar",
    "clock",
    "in_memory",
    "new_key",
    "paper",
]

_JOURNAL_NAME: Final = "paper.jsonl"
_PAPER_APART: Final = (
    "On PostgreSQL several processes may trade, so they need one paper exchange between them: start `tradecore venue "
    "paper`, and set TRADECORE_PAPER_URL to the address that it prints."
)

# Everything that is asked for by name; a test resolves each of them in each module.
ROOTS: Final[tuple[type[Any], ...]] = (
    Settings, Services, Halting, Keyring, People, Engine, Gatherer, Performer, Venues, Store,
    Passwords, Access, Safe, Seal, Inbox, Leases, Ledger, Standing, History, Directory, Calendar, Notifier, Clock, Mint,
)  # fmt: skip


class _Trading(Module):
    """The one who trades: venues are held open, and listened to."""

    @provider
    @singleton
    def open_venues(  # noqa: PLR0913, PLR0917 - it needs them all
        self, doors: Doors, directory: Directory, inbox: Inbox, ledger: Ledger, leases: Leases, clock: Clock,
        doorstep: Doorstep, keyring: Keyring,
    ) -> OpenVenues:  # fmt: skip
        return OpenVenues(
            doors.of, directory, leases, clock,
            lambda account_id: Ear(account_id, inbox, ledger, clock, doorstep), keyring.saved)  # fmt: skip

    @provider
    @singleton
    def venues(self, venues: OpenVenues) -> Venues:
        return venues


def _bind_store(binder: Binder, store: SqlStore | MemoryStore) -> None:
    """Bind a store's parts; it opens nothing before it is asked something."""
    binder.bind(Store, to=InstanceProvider(store))
    binder.bind(Inbox, to=InstanceProvider(store.inbox))
    binder.bind(Ledger, to=InstanceProvider(store.ledger))
    binder.bind(Standing, to=InstanceProvider(store.standing))
    binder.bind(History, to=InstanceProvider(store.history))
    binder.bind(Directory, to=InstanceProvider(store.directory))
    binder.bind(Access, to=InstanceProvider(store.access))
    binder.bind(Safe, to=InstanceProvider(store.safe))
    leases = store.leases if isinstance(store, SqlStore) else None
    binder.bind(Leases, to=InstanceProvider(leases or OnlyProcess()))


def _bind_secrecy(binder: Binder, settings: Settings) -> None:
    """Bind what keeps passwords and brokers' keys unreadable."""
    binder.bind(Passwords, to=InstanceProvider(Argon2Passwords()))
    binder.bind(Seal, to=InstanceProvider(AesSeal(settings.encryption_keys)))


def _bind_machine(binder: Binder, settings: Settings) -> Clock:
    """Bind what is kept on this machine, and its clock, chance and log."""
    clock = SystemClock()
    binder.install(Parts)
    binder.install(Brokers)
    _bind_store(binder, SqlStore(settings.store_url, lease_seconds=settings.lease_seconds))
    _bind_secrecy(binder, settings)
    binder.bind(Settings, to=InstanceProvider(settings))
    binder.bind(Clock, to=InstanceProvider(clock))
    binder.bind(Mint, to=InstanceProvider(SystemMint(clock)))
    binder.bind(Notifier, to=InstanceProvider(LogNotifier()))
    binder.bind(Calendar, to=InstanceProvider(ExchangeCalendar()))
    return clock


@final
@define(slots=False)  # injector keeps something in every module
class Paper(Module):
    """The demo and every paper account: SQLite, and an exchange that is shared, or has its journal in the folder."""

    settings: Settings

    def configure(self, binder: Binder) -> None:
        clock = _bind_machine(binder, self.settings)
        binder.install(_Trading)
        url, path = self.settings.paper_url, self.settings.folder / _JOURNAL_NAME
        binder.bind(PaperDoor, to=InstanceProvider(PaperExchange(url) if url else PaperVenue(clock, path)))

    @provider
    @singleton
    def doors(self, paper: PaperDoor, alpaca: AlpacaExchange, projectx: ProjectXExchange) -> Doors:
        return Doors({Venue.PAPER: paper, Venue.ALPACA: alpaca, Venue.PROJECTX: projectx})


@final
@define(slots=False)
class Beside(Module):
    """What a command sees beside the process that trades: the same database, and the venues as they stand."""

    settings: Settings

    def configure(self, binder: Binder) -> None:
        clock = _bind_machine(binder, self.settings)
        url, path = self.settings.paper_url, self.settings.folder / _JOURNAL_NAME
        binder.bind(Door, to=InstanceProvider(PaperExchange(url) if url else WatchedPaperVenue(clock, path)))

    @provider
    @singleton
    def watched(self, paper: Door, alpaca: AlpacaExchange, projectx: ProjectXExchange) -> WatchedVenues:
        return WatchedVenues({Venue.PAPER: paper, Venue.ALPACA: alpaca, Venue.PROJECTX: projectx})

    @provider
    @singleton
    def venues(self, venues: WatchedVenues) -> Venues:
        return venues


@final
@define(slots=False)
class InMemory(Module):
    """Everything in memory: for tests, tutorials, and who uses tradecore as a library."""

    settings: Settings
    clock: MemoryClock
    store: MemoryStore
    notifier: MemoryNotifier
    paper: PaperVenue

    def configure(self, binder: Binder) -> None:
        binder.install(Parts)
        binder.install(_Trading)
        _bind_store(binder, self.store)
        _bind_secrecy(binder, self.settings)
        binder.bind(Settings, to=InstanceProvider(self.settings))
        binder.bind(Clock, to=InstanceProvider(self.clock))
        binder.bind(Mint, to=InstanceProvider(MemoryMint()))
        binder.bind(Notifier, to=InstanceProvider(self.notifier))
        binder.bind(Calendar, to=InstanceProvider(ExchangeCalendar()))
        binder.bind(PaperDoor, to=InstanceProvider(self.paper))
        binder.bind(Doors, to=InstanceProvider(Doors({Venue.PAPER: self.paper})))
        binder.bind(KeyChecks, to=InstanceProvider(KeyChecks()))


@frozen(kw_only=True)
class Sandbox(TradingRoom):
    """A room in memory, with everything in reach that a test or a tutorial moves by hand."""

    exchange: Exchange
    clock: MemoryClock
    notifier: MemoryNotifier
    memory: MemoryStore


def paper(settings: Settings) -> TradingRoom:
    """Return the room of a process that trades on paper. Nothing is opened before it is used.

    `StartError` where others would trade on another paper exchange than this process.
    """
    if settings.database_path is None and not settings.paper_url:
        raise StartError(_PAPER_APART)
    injector = Injector(Paper(settings), auto_bind=False)
    door, venues, store = injector.get(PaperDoor), injector.get(OpenVenues), injector.get(Store)
    return TradingRoom(
        **_parts(injector), reachable=venues.reachable, venues=venues, leases=injector.get(Leases), tick=door.tick,
        hear=store.waker.listen if isinstance(store, SqlStore) and store.waker is not None else None)  # fmt: skip


def beside(settings: Settings) -> Room:
    """Return the room of a command that may work while another process trades."""
    injector = Injector(Beside(settings), auto_bind=False)
    return Room(**_parts(injector), reachable=injector.get(WatchedVenues).reachable)


def in_memory(settings: Settings | None = None, *, start: datetime = QUIET_MONDAY) -> Sandbox:
    """Return a room in memory, at *start* and without users; every instrument has its first price."""
    clock, store, notifier = MemoryClock(start), MemoryStore(), MemoryNotifier()
    venue = PaperVenue(clock)
    module = InMemory(settings or Settings(), clock, store, notifier, venue)
    injector = Injector(module, auto_bind=False)
    venue.tick()
    venues = injector.get(OpenVenues)
    return Sandbox(
        **_parts(injector), reachable=venues.reachable, venues=venues, leases=injector.get(Leases), tick=venue.tick,
        exchange=venue.exchange,
        clock=clock, notifier=notifier, memory=store)  # fmt: skip


def _parts(injector: Injector) -> dict[str, Any]:
    return {
        "services": injector.get(Services), "halting": injector.get(Halting), "store": injector.get(Store),
        "passwords": injector.get(Passwords),
    }  # fmt: skip


def calendar() -> Calendar:
    """Return the exchanges' calendar alone."""
    return ExchangeCalendar()


def clock() -> Clock:
    """Return the machine's clock alone."""
    return SystemClock()
