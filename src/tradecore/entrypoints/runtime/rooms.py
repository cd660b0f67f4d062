"""Hold what commands and processes work with, as the wiring has put it together."""

from collections.abc import Callable
from threading import Event
from typing import Protocol

from attrs import frozen

from tradecore.domain.parties import Venue
from tradecore.entrypoints.runtime.halting import Halting
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.venues import OpenVenues
from tradecore.ports.leases import Leases
from tradecore.ports.passwords import Passwords
from tradecore.ports.store import Store


class Lock(Protocol):
    """What keeps a second engine out."""

    def release(self) -> None:
        """Let others in. A repeat is harmless."""
        ...


@frozen(kw_only=True)
class Room:
    """What every command works with. `reachable` are the venues that accounts can trade at here."""

    services: Services
    halting: Halting
    store: Store
    passwords: Passwords
    reachable: frozenset[Venue]


@frozen(kw_only=True)
class TradingRoom(Room):
    """What a process that trades works with, too.

    `venues` are those that it holds open, `leases` its accounts; `tick` moves the demo's prices, and `hear` wakes the
    engine for what other processes post, until it is told to stop.
    """

    venues: OpenVenues
    leases: Leases
    tick: Callable[[], None]
    hear: Callable[[Event], None] | None = None
