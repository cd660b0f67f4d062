"""Let the hubs behave in other ways, and fail, below ``/sim``."""

from attrs import frozen
from flask import Flask, Response
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.event_faults import EventFault
from tradecore.entrypoints.venues.projectx.account_switches import account_of
from tradecore.entrypoints.venues.projectx.connections import Break, Framing
from tradecore.entrypoints.venues.projectx.hubs import Hubs
from tradecore.entrypoints.venues.projectx.topics import MARKET, USER
from tradecore.entrypoints.venues.projectx.venue import Venue
from tradecore.entrypoints.venues.switching import done, mistakes_told, read


@frozen(kw_only=True)
class _Manners:
    """How the hubs behave where the real ones may behave in two ways; null leaves it as it is."""

    wraps: bool | None = None
    batches: bool | None = None
    ends_with_token: bool | None = None
    ping_seconds: int | None = None
    silent_seconds: int | None = None
    framing: str | None = None
    negotiate_failures: int | None = None


@frozen(kw_only=True)
class _Break:
    """Which hub's connections fail: user or market; null is both."""

    hub: str | None = None


@frozen(kw_only=True)
class _Times:
    times: int = 1


def add_hub_switches(app: Flask, venue: Venue, hubs: Hubs) -> None:
    """Add the addresses that move the hubs."""
    named = {"user": USER, "market": MARKET, None: None}

    @app.post("/sim/hubs")
    def settle() -> Response:
        with mistakes_told():
            _settle(hubs, read(_Manners))
        return done()

    @app.post("/sim/hubs/<how>")
    def fail(how: str) -> Response:
        hub = read(_Break).hub
        if hub not in named or how not in tuple(Break):
            raise NotFound(f"There is no hub {hub}, or it cannot fail by {how}; there are {', '.join(Break)}.")
        hubs.fail(Break(how), named[hub])
        return done()

    @app.post("/sim/accounts/<int:account_id>/events/<name>")
    def strike(account_id: int, name: str) -> Response:
        account = str(account_of(venue, account_id).id)
        match name:
            case "hold":
                hubs.event_faults.hold(account)
            case "release":
                hubs.release(account_id)
            case "clear":
                hubs.event_faults.clear(account)
            case _ if name in tuple(EventFault):
                hubs.event_faults.turn(account, EventFault(name), read(_Times).times)
            case _:
                raise NotFound(f"Events do not {name}; there are hold, release, clear, {', '.join(EventFault)}.")
        return done()


def _settle(hubs: Hubs, wanted: _Manners) -> None:
    for name in ("wraps", "ends_with_token", "ping_seconds", "silent_seconds"):
        if (value := getattr(wanted, name)) is not None:
            setattr(hubs, name, value)
    if wanted.batches is not None:
        hubs.feed.batches = wanted.batches
    if wanted.framing is not None:
        hubs.hearing.framing = Framing(wanted.framing)
    if wanted.negotiate_failures is not None:
        hubs.doorman.failures = wanted.negotiate_failures
