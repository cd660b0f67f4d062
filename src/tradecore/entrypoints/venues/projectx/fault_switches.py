"""Turn faults on and off, below ``/sim``."""

from collections.abc import Callable
from typing import Final

from attrs import frozen
from flask import Flask, Response
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.faults import SECONDS, Aim, Fault
from tradecore.entrypoints.venues.projectx.account_switches import account_of
from tradecore.entrypoints.venues.projectx.venue import Envelope, Venue
from tradecore.entrypoints.venues.switching import done, read


@frozen(kw_only=True)
class _Wish:
    """How a fault is to strike: which requests, how often (null is for ever), for how long, and with which words."""

    path: str = ""
    times: int | None = 1
    seconds: int = SECONDS
    code: int = 2
    message: str | None = None
    account: int = 0


_Turn = Callable[[_Wish], None]


def add_fault_switches(app: Flask, venue: Venue) -> None:
    """Add the addresses of faults; no fault strikes them."""
    turns: Final[dict[str, _Turn]] = {
        **{fault.switch: _request_fault(venue, fault) for fault in Fault},
        "refuse": _envelope(venue, is_done=False),
        "refuse-after": _envelope(venue, is_done=True),
        "race": lambda wish: venue.exchange.race(account_of(venue, wish.account), wish.times or 0),
        "clear": lambda _: _clear(venue),
    }

    @app.post("/sim/faults/<name>")
    def fault(name: str) -> Response:
        turn = turns.get(name)
        if turn is None:
            raise NotFound(f"There is no fault {name}; there are {', '.join(turns)}.")
        turn(read(_Wish))
        return done()


def _aim(wish: _Wish) -> Aim:
    return Aim(path=wish.path.lower(), times=wish.times, seconds=wish.seconds)


def _request_fault(venue: Venue, fault: Fault) -> _Turn:
    return lambda wish: venue.faults.turn(venue.login.user, fault, _aim(wish))


def _envelope(venue: Venue, *, is_done: bool) -> _Turn:
    return lambda wish: venue.envelopes.turn(
        venue.login.user, Envelope(wish.code, wish.message, is_done=is_done), _aim(wish)
    )


def _clear(venue: Venue) -> None:
    venue.faults.clear(venue.login.user)
    venue.envelopes.clear(venue.login.user)
    for account in tuple(venue.exchange.floor.accounts.values()):
        venue.exchange.race(account, 0)
