"""Read what the switches below ``/sim`` are told."""

from decimal import Decimal

from attrs import frozen
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.exchange import START_CASH
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.bars import Minute


@frozen(kw_only=True)
class Price:
    """A price to be traded at."""

    symbol: str
    last: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None


@frozen(kw_only=True)
class Session:
    """The part of the day that it is to be: closed, extended or core; null gives it back to the calendar."""

    phase: str | None


@frozen(kw_only=True)
class Parts:
    """How much the next fills of an asset give, at most."""

    symbol: str
    parts: tuple[Decimal, ...]


@frozen(kw_only=True)
class Bars:
    """Bars of a minute, as if they had been traded."""

    symbol: str
    bars: tuple[Minute, ...]


@frozen(kw_only=True)
class AssetFlags:
    """What is to be true of an asset; null leaves it as it is."""

    active: bool | None = None
    tradable: bool | None = None
    shortable: bool | None = None
    easy_to_borrow: bool | None = None
    fractionable: bool | None = None
    halted: bool | None = None


@frozen(kw_only=True)
class Settings:
    """How the exchange is to behave where the real one may behave in two ways; null leaves it as it is."""

    easy_to_borrow: bool | None = None
    pdt_fields: bool | None = None
    sip: bool | None = None
    held_in_open: bool | None = None
    orphans_in_nested: bool | None = None
    day_orders_expire: bool | None = None
    brackets_from_flat: bool | None = None
    legs_are_exempt: bool | None = None
    tells_end_of_held: bool | None = None
    targets_end_replaced: bool | None = None
    rate_limit: int | None = None
    partial_fills: int | None = None
    seed: int = 0


@frozen(kw_only=True)
class NewAccount:
    """An account to be opened; keys that are not named are made."""

    cash: Decimal = START_CASH
    key_id: str | None = None
    secret_key: str | None = None


@frozen(kw_only=True)
class AccountFlags:
    """What is to be true of an account; null leaves it as it is."""

    status: str | None = None
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    shorting_enabled: bool | None = None
    cash: Decimal | None = None


def account_of(venue: Venue, key_id: str) -> Account:
    """Return the account under a key."""
    account = venue.account_of(key_id)
    if account is None:
        raise NotFound(f"There is no account under the key {key_id}.")
    return account
