"""Hold everything that a door needs, wired once."""

from attrs import frozen

from tradecore.entrypoints.runtime.engine import Engine
from tradecore.entrypoints.runtime.keyring import Keyring
from tradecore.entrypoints.runtime.people import People
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.ports.calendar import Calendar
from tradecore.ports.directory import Directory
from tradecore.ports.history import History
from tradecore.ports.inbox import Inbox
from tradecore.ports.ledger import Ledger, Standing
from tradecore.ports.notifier import Notifier
from tradecore.ports.system import Clock, Mint
from tradecore.ports.venues import Venues


@frozen(kw_only=True)
class Services:
    """The ports with what stands behind them, and the engine over them."""

    settings: Settings
    inbox: Inbox
    ledger: Ledger
    standing: Standing
    history: History
    directory: Directory
    calendar: Calendar
    venues: Venues
    notifier: Notifier
    clock: Clock
    mint: Mint
    keyring: Keyring
    people: People
    engine: Engine
