"""Put together what is made of ports alone, and so the same in every process."""

from typing import final

from injector import Module, provider, singleton

from tradecore.domain.people import Registration
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.engine import Engine
from tradecore.entrypoints.runtime.gathering import Gatherer
from tradecore.entrypoints.runtime.halting import Halting
from tradecore.entrypoints.runtime.keyring import KeyChecks, Keyring
from tradecore.entrypoints.runtime.people import People
from tradecore.entrypoints.runtime.performing import Performer
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.ports.access import Access
from tradecore.ports.calendar import Calendar
from tradecore.ports.directory import Directory
from tradecore.ports.history import History
from tradecore.ports.inbox import Inbox
from tradecore.ports.leases import Leases
from tradecore.ports.ledger import Ledger, Standing
from tradecore.ports.notifier import Notifier
from tradecore.ports.passwords import Passwords
from tradecore.ports.system import Clock, Mint
from tradecore.ports.vault import Safe, Seal
from tradecore.ports.venues import Venues


@final
class Parts(Module):
    """What is made of ports alone, and so the same everywhere."""

    @provider
    @singleton
    def gatherer(
        self, directory: Directory, ledger: Ledger, standing: Standing, venues: Venues, calendar: Calendar,
        clock: Clock, mint: Mint,
    ) -> Gatherer:  # fmt: skip
        return Gatherer(
            directory=directory, ledger=ledger, standing=standing, venues=venues, calendar=calendar, clock=clock,
            mint=mint)  # fmt: skip

    @provider
    @singleton
    def performer(self, venues: Venues, directory: Directory, notifier: Notifier, clock: Clock) -> Performer:
        return Performer(venues=venues, directory=directory, notifier=notifier, clock=clock)

    @provider
    @singleton
    def engine(  # noqa: PLR0913, PLR0917 - it needs them all
        self, inbox: Inbox, ledger: Ledger, gatherer: Gatherer, performer: Performer, leases: Leases, clock: Clock,
        mint: Mint, doorstep: Doorstep,
    ) -> Engine:  # fmt: skip
        return Engine(
            inbox=inbox, ledger=ledger, gatherer=gatherer, performer=performer, leases=leases, clock=clock,
            mint=mint, doorstep=doorstep)  # fmt: skip

    @provider
    @singleton
    def doorstep(self) -> Doorstep:
        return Doorstep()

    @provider
    @singleton
    def services(  # noqa: PLR0913, PLR0917 - a door may need any of them
        self, settings: Settings, inbox: Inbox, ledger: Ledger, standing: Standing, history: History,
        directory: Directory, calendar: Calendar, venues: Venues, notifier: Notifier, clock: Clock, mint: Mint,
        keyring: Keyring, people: People, engine: Engine,
    ) -> Services:  # fmt: skip
        return Services(
            settings=settings, inbox=inbox, ledger=ledger, standing=standing, history=history, directory=directory,
            calendar=calendar, venues=venues, notifier=notifier, clock=clock, mint=mint, keyring=keyring,
            people=people, engine=engine)  # fmt: skip

    @provider
    @singleton
    def halting(self, services: Services) -> Halting:
        return Halting.of(services)

    @provider
    @singleton
    def people(
        self, directory: Directory, access: Access, passwords: Passwords, clock: Clock, mint: Mint, settings: Settings
    ) -> People:
        return People(
            directory=directory, access=access, passwords=passwords, clock=clock, mint=mint,
            registration=Registration(settings.registration))  # fmt: skip

    @provider
    @singleton
    def keyring(
        self, safe: Safe, seal: Seal, ledger: Ledger, clock: Clock, checks: KeyChecks, settings: Settings
    ) -> Keyring:
        return Keyring(
            safe=safe, seal=seal, ledger=ledger, clock=clock, checks=checks, live=settings.live_trading)  # fmt: skip
