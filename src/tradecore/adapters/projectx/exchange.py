"""Enter ProjectX, with each login's own key."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final, final

import httpx
from attrs import evolve

from tradecore.adapters.projectx import reading, refusals
from tradecore.adapters.projectx.hosts import Hosts
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.session import Login, LoginRefusedError
from tradecore.domain.credentials import Credentials, KeyMode, KeysConfirmed, KeysRefused
from tradecore.domain.errors import SealedError, UnreachableError
from tradecore.domain.instruments import Market
from tradecore.domain.parties import Account
from tradecore.ports.broker import Broker
from tradecore.ports.calendar import Calendar
from tradecore.ports.market_data import MarketData
from tradecore.ports.system import Clock
from tradecore.ports.vault import KeyCheck

if TYPE_CHECKING:
    from tradecore.adapters.projectx.desk import Desk

_NOT_INSTALLED: Final = "ProjectX needs more than is installed here: install tradecore with its extra `projectx`"
_NO_ACCOUNT: Final = 0
_NO_LIVE: Final = (
    "ProjectX's API cancels no orders of live accounts, so that only simulated ones are traded: say paper."
)


@final
class ProjectXExchange:
    """The door to one firm that runs ProjectX. *logins* opens an account's login; *calendar* says when it trades.

    Nothing is sent before the first question. The accounts of one login share one session, one set of limits and one
    connection for prices.
    """

    def __init__(self, hosts: Hosts, logins: Callable[[Account], Login], clock: Clock, calendar: Calendar) -> None:
        self._hosts = hosts
        self._logins = logins
        self._clock = clock
        self._calendar = calendar
        self._lock = Lock()
        self._desks: dict[Login, Desk] = {}

    def broker(self, account: Account) -> Broker:
        """Return a new broker for *account*; `UnreachableError` where it has no login, or that does not open."""
        login = self._opened(account)
        desk = self._desk(login)
        from tradecore.adapters.projectx.broker import ProjectXBroker  # noqa: PLC0415 - it needs the extra

        return ProjectXBroker(desk, login.account)

    def market_data(self, account: Account) -> MarketData:
        """Return the prices, asked for with the account's own login."""
        desk = self._desk(self._opened(account))
        from tradecore.adapters.projectx.market_data import ProjectXMarketData  # noqa: PLC0415 - as above

        return ProjectXMarketData(desk.prices, desk.contracts)

    def _opened(self, account: Account) -> Login:
        try:
            return self._logins(account)
        except SealedError as error:
            raise UnreachableError(f"account {account.name}: {error}") from error

    def _desk(self, login: Login) -> "Desk":
        try:
            from tradecore.adapters.projectx.desk import Desk  # noqa: PLC0415 - as above
        except ImportError as error:
            raise UnreachableError(_NOT_INSTALLED) from error
        # A user name means the same in whatever case.
        whose = evolve(login, user=login.user.casefold(), account=_NO_ACCOUNT)
        with self._lock:
            if whose not in self._desks:
                self._desks[whose] = Desk(self._hosts, login, self._clock, is_open=self._is_open)
            return self._desks[whose]

    def _is_open(self) -> bool:
        try:
            return self._calendar.hours(Market.CME_FUTURES, self._clock.now()).now is not None
        except UnreachableError:
            return False  # Where nobody knows, silence is no failure.


@final
class ProjectXKeyCheck(KeyCheck):
    """Asks a firm which accounts a login opens: the key's id is the user name, and its secret the API key."""

    def __init__(self, hosts: Hosts, clock: Clock, transport: httpx.BaseTransport | None = None) -> None:
        self._hosts = hosts
        self._clock = clock
        self._transport = transport

    def check(self, credentials: Credentials) -> KeysConfirmed | KeysRefused:
        if credentials.mode is KeyMode.LIVE:
            return KeysRefused(reason=_NO_LIVE)
        login = Login(user=credentials.key_id, key=credentials.secret, account=_NO_ACCOUNT)
        line = Line(self._hosts.rest, login, self._clock, self._transport)
        try:
            accounts = line.listed(refusals.ACCOUNTS, "accounts", onlyActiveAccounts=True)
        except LoginRefusedError as error:
            return KeysRefused(reason=f"{str(error).rstrip('.')}.")
        finally:
            line.rest()
        numbers = [str(reading.whole(row, "id")) for row in accounts if row.get("canTrade") is True]
        if len(numbers) == 1:
            return KeysConfirmed(number=numbers[0])
        if not numbers:
            return KeysRefused(reason="The login has no account that may trade.")
        many = f"The login has {len(numbers)} accounts that may trade ({', '.join(numbers)}), and keys do not say which"
        how = "set PROJECTX_USERNAME and PROJECTX_API_KEY, and ACCOUNT_<NAME> to the number of each"
        return KeysRefused(reason=f"{many} is meant: {how}.")
