"""Move prices, time and rules by hand, for everybody."""

from datetime import timedelta
from decimal import Decimal

from attrs import frozen
from flask import Flask, Response, jsonify
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.bars import Minute
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.venue import Venue
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.entrypoints.venues.switching import add_clock_switches, done, mistakes_told, named_flags, read


@frozen(kw_only=True)
class _Price:
    """A price to be traded at. A contract is named by its id, or by its product, such as MES."""

    contract: str
    last: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    volume: int = 1


@frozen(kw_only=True)
class _Prices:
    """Prices to be traded at, one after the other."""

    contract: str
    last: tuple[Decimal, ...]


@frozen(kw_only=True)
class _Parts:
    """How much the next fills in a contract give, at most."""

    contract: str
    parts: tuple[int, ...]


@frozen(kw_only=True)
class _Bars:
    """Bars of a minute, as if they had been traded."""

    contract: str
    bars: tuple[Minute, ...]


@frozen(kw_only=True)
class _Named:
    contract: str


@frozen(kw_only=True)
class _Session:
    """Whether the market is open; null gives it back to the calendar."""

    open: bool | None


@frozen(kw_only=True)
class _Tokens:
    """How long a new token lives; and whether those that there are count no more."""

    life_seconds: int | None = None
    revoke: bool = False


@frozen(kw_only=True)
class _Settings:
    """How the exchange is to behave where the real one may behave in two ways; null leaves it as it is."""

    closed_code: int | None = None
    close_cancels_brackets: bool | None = None
    cancel_ends_sibling: bool | None = None
    cancel_of_filled_code: int | None = None
    slippage_ticks: int | None = None
    limits_need_through: bool | None = None
    rate_limits: bool | None = None


def add_market_switches(app: Flask, venue: Venue) -> None:
    """Add the addresses that move prices."""
    exchange = venue.exchange

    @app.post("/sim/price")
    def price() -> Response:
        wanted = read(_Price)
        with mistakes_told():
            exchange.price(_named(venue, wanted.contract), wanted.last, wanted.bid, wanted.ask, wanted.volume)
        return done()

    @app.post("/sim/prices")
    def prices() -> Response:
        wanted = read(_Prices)
        contract = _named(venue, wanted.contract)
        with mistakes_told():
            for last in wanted.last:
                exchange.price(contract, last, volume=1)
        return done()

    @app.post("/sim/parts")
    def parts() -> Response:
        wanted = read(_Parts)
        exchange.fill_in_parts(_named(venue, wanted.contract), wanted.parts)
        return done()


def add_listing_switches(app: Flask, venue: Venue) -> None:
    """Add the addresses that change what is listed, what was traded, and by which manners."""
    exchange = venue.exchange

    @app.post("/sim/bars")
    def put_bars() -> Response:
        wanted = read(_Bars)
        venue.tape.put(_named(venue, wanted.contract).id, (bar.bar() for bar in wanted.bars))
        return done()

    @app.post("/sim/roll")
    def roll() -> Response:
        contract = _named(venue, read(_Named).contract)
        with mistakes_told():
            return jsonify(contract=exchange.roll(contract).id)

    @app.post("/sim/settings")
    def settings() -> Response:
        flags = named_flags(read(_Settings))
        venue.pace.kept = flags.pop("rate_limits", venue.pace.kept)
        with exchange.lock:
            for name, value in flags.items():
                setattr(exchange.floor.manners, name, value)
        return done()


def add_time_switches(app: Flask, venue: Venue, clock: ShiftedClock) -> None:
    """Add the addresses that move time, open and close the market, and end tokens."""
    exchange = venue.exchange

    add_clock_switches(app, exchange.pulse, clock)

    @app.post("/sim/session")
    def session() -> Response:
        exchange.force_session(is_open=read(_Session).open)
        return done()

    @app.post("/sim/tokens")
    def tokens() -> Response:
        wanted = read(_Tokens)
        if wanted.life_seconds is not None:
            venue.tokens.life = timedelta(seconds=wanted.life_seconds)
        if wanted.revoke:
            venue.tokens.revoke()
        return done()


def _named(venue: Venue, name: str) -> Contract:
    contract = venue.exchange.floor.listing.named(name)
    if contract is None:
        raise NotFound(f"There is no contract {name}.")
    return contract
