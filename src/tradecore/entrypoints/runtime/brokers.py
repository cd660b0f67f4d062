"""Make the doors to brokers, from what the settings say of each."""

from functools import partial
from typing import final

from injector import Module, provider, singleton

from tradecore.adapters.alpaca.exchange import AlpacaExchange, AlpacaKeyCheck, HostsFor
from tradecore.adapters.alpaca.hosts import hosts_for as alpaca_hosts_for
from tradecore.adapters.projectx.exchange import ProjectXExchange
from tradecore.adapters.projectx.hosts import hosts_for as projectx_hosts_for
from tradecore.adapters.projectx.session import Login
from tradecore.domain.errors import UnreachableError
from tradecore.domain.parties import Account, Venue
from tradecore.entrypoints.runtime.keyring import KeyChecks, Keyring
from tradecore.entrypoints.runtime.projectx import number_of
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock


@final
class Brokers(Module):
    """Alpaca, whose addresses for paper trading may be others; and ProjectX, with the one login of the settings."""

    @provider
    @singleton
    def alpaca(self, settings: Settings, keyring: Keyring, clock: Clock) -> AlpacaExchange:
        return AlpacaExchange(_alpaca_hosts(settings), keyring.credentials, clock, settings.alpaca_feed)

    @provider
    @singleton
    def key_checks(self, settings: Settings, clock: Clock) -> KeyChecks:
        return KeyChecks({Venue.ALPACA: AlpacaKeyCheck(_alpaca_hosts(settings), clock)})

    @provider
    @singleton
    def projectx(self, settings: Settings, clock: Clock, calendar: Calendar) -> ProjectXExchange:
        hosts = projectx_hosts_for(
            settings.projectx_base_url,
            user_hub=settings.projectx_user_hub_url,
            market_hub=settings.projectx_market_hub_url,
        )
        return ProjectXExchange(hosts, partial(login_of, settings), clock, calendar)


def _alpaca_hosts(settings: Settings) -> HostsFor:
    return partial(
        alpaca_hosts_for,
        trading=settings.alpaca_url,
        data=settings.alpaca_data_url or settings.alpaca_url,
        stream=settings.alpaca_stream_url,
    )


def login_of(settings: Settings, account: Account) -> Login:
    """Return the login of an account at ProjectX; `UnreachableError` where the settings have none for it."""
    number = number_of(account)
    if number is None:
        message = f"account {account.name} at ProjectX has no number: ACCOUNT_<NAME> in .env gives one, and its account"
        raise UnreachableError(message)
    if settings.projectx_username is None or settings.projectx_api_key is None:
        message = f"account {account.name}: PROJECTX_USERNAME and PROJECTX_API_KEY are not set"
        raise UnreachableError(message)
    return Login(user=settings.projectx_username, key=settings.projectx_api_key, account=number)
