"""Move the exchange by hand: set prices, open and close it, and look at all that it knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from attrs import asdict, evolve, frozen
from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from tradecore.adapters.encoding.codec import Form
from tradecore.domain.errors import MalformedError, ProgrammingError
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.exchange import START_CASH
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.engine.words import Phase
from tradecore.entrypoints.venues.alpaca.orders import shaper
from tradecore.entrypoints.venues.alpaca.positions import position_shape
from tradecore.entrypoints.venues.alpaca.shifting import ShiftedClock
from tradecore.entrypoints.venues.alpaca.tape import Bar
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import answer, either
from tradecore.entrypoints.venues.alpaca.writing import body as json_body
from tradecore.ports.system import Mint

_T = TypeVar("_T")


@frozen(kw_only=True)
class _Price:
    """A price to be traded at."""

    symbol: str
    last: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None


@frozen(kw_only=True)
class _Session:
    """The part of the day that it is to be: closed, extended or core; null gives it back to the calendar."""

    phase: str | None


@frozen(kw_only=True)
class _Time:
    """The time that it is to be; null is the machine's."""

    now: datetime | None


@frozen(kw_only=True)
class _Parts:
    """How much the next fills of an asset give, at most."""

    symbol: str
    parts: tuple[Decimal, ...]


@frozen(kw_only=True)
class _Bar:
    """What a price did in the minute from `at` on."""

    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    def bar(self) -> Bar:
        """Return it as the tape keeps it."""
        return Bar(**asdict(self), count=1, paid=self.close * self.volume)


@frozen(kw_only=True)
class _Bars:
    """Bars of a minute, as if they had been traded."""

    symbol: str
    bars: tuple[_Bar, ...]


@frozen(kw_only=True)
class _AssetFlags:
    """What is to be true of an asset; null leaves it as it is."""

    active: bool | None = None
    tradable: bool | None = None
    shortable: bool | None = None
    easy_to_borrow: bool | None = None
    fractionable: bool | None = None
    halted: bool | None = None


@frozen(kw_only=True)
class _Settings:
    """How the exchange is to behave where the real one may behave in two ways; null leaves it as it is."""

    easy_to_borrow: bool | None = None
    pdt_fields: bool | None = None
    sip: bool | None = None
    brackets_from_flat: bool | None = None
    rate_limit: int | None = None
    partial_fills: int | None = None
    seed: int = 0


@frozen(kw_only=True)
class _NewAccount:
    """An account to be opened; keys that are not named are made."""

    cash: Decimal = START_CASH
    key_id: str | None = None
    secret_key: str | None = None


@frozen(kw_only=True)
class _AccountFlags:
    """What is to be true of an account; null leaves it as it is."""

    status: str | None = None
    trading_blocked: bool | None = None
    account_blocked: bool | None = None
    shorting_enabled: bool | None = None
    cash: Decimal | None = None


_DONE: Final = {"status": "done"}


def read(kind: type[_T]) -> _T:
    """Return what was sent; what is no such thing is the caller's mistake."""
    text = request.get_data(as_text=True) or "{}"
    try:
        return Form[_T](kind).read(text)
    except MalformedError as error:
        raise BadRequest(str(error)) from error


def account_of(venue: Venue, key_id: str) -> Account:
    """Return the account under a key."""
    account = venue.account_of(key_id)
    if account is None:
        raise NotFound(f"There is no account under the key {key_id}.")
    return account


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Say what the exchange does not take, instead of calling it a bug."""
    try:
        yield
    except (ProgrammingError, ValueError) as error:
        raise BadRequest(str(error)) from error


def add_market_switches(app: Flask, venue: Venue, clock: ShiftedClock) -> None:
    """Add the addresses that move prices and time, for everybody."""
    exchange = venue.exchange

    @app.post("/sim/price")
    def price() -> Response:
        wanted = read(_Price)
        with mistakes_told():
            exchange.price(wanted.symbol, wanted.last, wanted.bid, wanted.ask)
        return answer(_DONE)

    @app.post("/sim/pulse")
    def pulse() -> Response:
        exchange.pulse()
        return answer(_DONE)

    @app.post("/sim/session")
    def session() -> Response:
        phase = read(_Session).phase
        with mistakes_told():
            exchange.force_phase(None if phase is None else Phase(phase))
        exchange.pulse()
        return answer(_DONE)

    @app.post("/sim/clock")
    def time() -> Response:
        with mistakes_told():
            clock.set(read(_Time).now)
        exchange.pulse()
        return answer(_DONE)

    @app.post("/sim/parts")
    def parts() -> Response:
        wanted = read(_Parts)
        exchange.fill_in_parts(wanted.symbol, wanted.parts)
        return answer(_DONE)

    @app.post("/sim/bars")
    def bars() -> Response:
        wanted = read(_Bars)
        venue.tape.put(wanted.symbol, (bar.bar() for bar in wanted.bars))
        return answer(_DONE)

    @app.post("/sim/assets/<path:symbol>")
    def change_asset(symbol: str) -> Response:
        known = venue.floor.listing.find(symbol)
        if known is None:
            raise NotFound(f"There is no asset {symbol}.")
        changed: Asset = evolve(known, **_named(read(_AssetFlags)))
        exchange.list(changed)
        return answer(_DONE)

    @app.post("/sim/settings")
    def settings() -> Response:
        _settle(venue, read(_Settings))
        return answer(_DONE)


def add_account_switches(app: Flask, venue: Venue, mint: Mint) -> None:
    """Add the addresses that open accounts, move them by hand, and tell all that they ever had."""
    exchange, shape = venue.exchange, shaper(venue, nested=False)

    @app.post("/sim/accounts")
    def open_account() -> Response:
        wanted = read(_NewAccount)
        with mistakes_told():
            account = exchange.open_account(
                wanted.key_id or f"PK{mint.new()[-18:]}", wanted.secret_key or mint.secret(), wanted.cash
            )
        return answer({"id": account.id, "key_id": account.key_id, "secret_key": account.secret_key})

    @app.post("/sim/accounts/<key_id>")
    def change_account(key_id: str) -> Response:
        account, flags = account_of(venue, key_id), _named(read(_AccountFlags))
        with exchange.turn():
            for name, value in flags.items():
                setattr(account, name, value)
        return answer(_DONE)

    @app.post("/sim/accounts/<key_id>/orders")
    def place_by_hand(key_id: str) -> Response:
        wish = read_wish(json_body())
        account = account_of(venue, key_id)
        return either(wish if isinstance(wish, Refusal) else exchange.submit(account, wish, by_hand=True), shape)

    @app.get("/sim/accounts/<key_id>/orders")
    def all_orders(key_id: str) -> Response:
        account = account_of(venue, key_id)
        with exchange.lock:
            return answer([shape(one) for one in venue.floor.orders.values() if one.account_id == account.id])

    @app.get("/sim/accounts/<key_id>/positions")
    def all_positions(key_id: str) -> Response:
        account = account_of(venue, key_id)
        with exchange.lock:
            held = account.holdings.items()
            return answer([position_shape(venue.floor, account, symbol, each) for symbol, each in held])


def _named(flags: _AssetFlags | _AccountFlags) -> dict[str, Any]:
    """Return the flags that were named."""
    return {name: value for name, value in asdict(flags).items() if value is not None}


def _settle(venue: Venue, wanted: _Settings) -> None:
    for name in ("easy_to_borrow", "pdt_fields", "sip"):
        if (value := getattr(wanted, name)) is not None:
            setattr(venue.manners, name, value)
    if wanted.brackets_from_flat is not None:
        venue.floor.brackets_from_flat = wanted.brackets_from_flat
    if wanted.rate_limit is not None:
        venue.rate.limit = wanted.rate_limit
    if wanted.partial_fills is not None:
        venue.floor.portions.set_chance(wanted.partial_fills, wanted.seed)
