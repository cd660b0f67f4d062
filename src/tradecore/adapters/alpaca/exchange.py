"""Enter Alpaca, with each account's own keys."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final, final

import structlog

from tradecore.adapters.alpaca.hosts import Hosts
from tradecore.adapters.alpaca.reading import row, text
from tradecore.domain.credentials import Credentials, KeyMode, KeysConfirmed, KeysRefused
from tradecore.domain.errors import SealedError, ShutError, UnreachableError
from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Account
from tradecore.ports.broker import Broker
from tradecore.ports.market_data import MarketData
from tradecore.ports.system import Clock
from tradecore.ports.vault import KeyCheck

if TYPE_CHECKING:
    from tradecore.adapters.alpaca.line import Line

_log = structlog.get_logger()

_NOT_INSTALLED: Final = "Alpaca needs more than is installed here: install tradecore with its extra `alpaca`"
# Alpaca numbers its paper accounts so.
_PAPER_NUMBER: Final = "PA"

HostsFor = Callable[[KeyMode], Hosts]


def _line(url: str, credentials: Credentials, clock: Clock) -> "Line":
    """Return a way there. alpaca-py takes a second to import, and only who trades at Alpaca waits for that."""
    try:
        from tradecore.adapters.alpaca.line import Line  # noqa: PLC0415 - see above
    except ImportError as error:
        raise UnreachableError(_NOT_INSTALLED) from error
    return Line(url, credentials, clock)


@final
class AlpacaExchange:
    """The door to Alpaca. `keys` opens an account's keys; nothing is sent before the first question."""

    def __init__(self, hosts_for: HostsFor, keys: Callable[[Account], Credentials], clock: Clock, feed: str) -> None:
        self._hosts_for = hosts_for
        self._keys = keys
        self._clock = clock
        self._feed = feed
        self._lock = Lock()
        self._lines: dict[tuple[AccountId, str], tuple[Credentials, Line]] = {}

    def broker(self, account: Account) -> Broker:
        """Return a new broker for *account*; `ShutError` where it has no keys, or they do not open."""
        credentials = self._opened(account)
        hosts = self._hosts_for(credentials.mode)
        if credentials.mode is KeyMode.LIVE:
            _log.warning("an account trades REAL MONEY at Alpaca", account=account.name, host=hosts.trading)
        line = self._line(account, hosts.trading, credentials)
        from tradecore.adapters.alpaca.broker import AlpacaBroker  # noqa: PLC0415 - as above
        from tradecore.adapters.alpaca.stream import StreamAddress  # noqa: PLC0415 - as above

        return AlpacaBroker(line, StreamAddress(url=hosts.stream, credentials=credentials), self._clock)

    def market_data(self, account: Account) -> MarketData:
        """Return the prices, asked for with the account's own keys."""
        credentials = self._opened(account)
        line = self._line(account, self._hosts_for(credentials.mode).data, credentials)
        from tradecore.adapters.alpaca.market_data import AlpacaMarketData  # noqa: PLC0415 - as above

        return AlpacaMarketData(line, self._feed, self._clock)

    def _opened(self, account: Account) -> Credentials:
        try:
            return self._keys(account)
        except SealedError as error:
            raise ShutError(f"account {account.name}: {error}") from error

    def _line(self, account: Account, url: str, credentials: Credentials) -> "Line":
        """Return the account's way to a host; another one where its keys have changed."""
        with self._lock:
            known = self._lines.get((account.id, url))
            if known is not None and known[0] == credentials:
                return known[1]
            line = _line(url, credentials, self._clock)
            self._lines[account.id, url] = credentials, line
        return line


@final
class AlpacaKeyCheck(KeyCheck):
    """Asks Alpaca for the account that keys open."""

    def __init__(self, hosts_for: HostsFor, clock: Clock) -> None:
        self._hosts_for = hosts_for
        self._clock = clock

    def check(self, credentials: Credentials) -> KeysConfirmed | KeysRefused:
        line = _line(self._hosts_for(credentials.mode).trading, credentials, self._clock)
        from tradecore.adapters.alpaca.line import KeysRefusedError  # noqa: PLC0415 - as above

        try:
            number = text(row(line.ask("/account")), "account_number")
        except KeysRefusedError as error:
            other = "live" if credentials.mode is KeyMode.PAPER else "paper"
            hint = f"Look for a mistyped letter; or they are {other} keys, or have been revoked."
            return KeysRefused(reason=f"{str(error).rstrip('.')}. {hint}")
        finally:
            line.rest()
        is_paper = number.startswith(_PAPER_NUMBER)
        if is_paper is not (credentials.mode is KeyMode.PAPER):
            kind = "paper" if is_paper else "live"
            return KeysRefused(reason=f"They open account {number}, which is a {kind} account at Alpaca.")
        return KeysConfirmed(number=number)
