"""Move prices, time and rules by hand, for everybody."""

from attrs import evolve
from flask import Flask, Response
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.words import Phase, Status
from tradecore.entrypoints.venues.alpaca.switches import AssetFlags, Bars, Parts, Price, Session, Settings
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.entrypoints.venues.switching import add_clock_switches, done, mistakes_told, named_flags, read


def add_market_switches(app: Flask, venue: Venue) -> None:
    """Add the addresses that move prices, for everybody."""
    exchange = venue.exchange

    @app.post("/sim/price")
    def price() -> Response:
        wanted = read(Price)
        with mistakes_told():
            exchange.price(wanted.symbol, wanted.last, wanted.bid, wanted.ask)
        return done()

    @app.post("/sim/parts")
    def parts() -> Response:
        wanted = read(Parts)
        with mistakes_told():
            exchange.fill_in_parts(wanted.symbol, wanted.parts)
        return done()

    @app.post("/sim/bars")
    def bars() -> Response:
        wanted = read(Bars)
        venue.tape.put(wanted.symbol, (bar.bar() for bar in wanted.bars))
        return done()

    @app.post("/sim/assets/<path:symbol>")
    def change_asset(symbol: str) -> Response:
        known = venue.floor.listing.find(symbol)
        if known is None:
            raise NotFound(f"There is no asset {symbol}.")
        changed: Asset = evolve(known, **named_flags(read(AssetFlags)))
        exchange.list(changed)
        return done()

    @app.post("/sim/settings")
    def settings() -> Response:
        _settle(venue, read(Settings))
        return done()


def add_time_switches(app: Flask, venue: Venue, clock: ShiftedClock) -> None:
    """Add the addresses that move time, and open and close the market."""
    exchange = venue.exchange

    add_clock_switches(app, exchange.pulse, clock)

    @app.post("/sim/session")
    def session() -> Response:
        phase = read(Session).phase
        with mistakes_told():
            exchange.force_phase(None if phase is None else Phase(phase))
        exchange.pulse()
        return done()


def _settle(venue: Venue, wanted: Settings) -> None:
    for name in ("easy_to_borrow", "pdt_fields", "sip", "held_in_open", "orphans_in_nested"):
        if (value := getattr(wanted, name)) is not None:
            setattr(venue.manners, name, value)
    for name in ("brackets_from_flat", "legs_are_exempt", "tells_end_of_held", "targets_end_replaced"):
        if (value := getattr(wanted, name)) is not None:
            setattr(venue.floor, name, value)
    if wanted.day_orders_expire is not None:
        venue.floor.day_end = Status.EXPIRED if wanted.day_orders_expire else Status.CANCELED
    if wanted.rate_limit is not None:
        venue.rate.limit = wanted.rate_limit
    if wanted.partial_fills is not None:
        venue.floor.portions.set_chance(wanted.partial_fills, wanted.seed)
