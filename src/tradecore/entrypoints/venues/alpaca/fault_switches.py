"""Turn faults on and off, below ``/sim``."""

from collections.abc import Callable
from typing import Final

from attrs import frozen
from flask import Flask, Response
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.alpaca.connections import Break
from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.sockets import Streams
from tradecore.entrypoints.venues.alpaca.switches import account_of
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.event_faults import EventFault
from tradecore.entrypoints.venues.faults import SECONDS, Aim, Fault
from tradecore.entrypoints.venues.switching import done, read


@frozen(kw_only=True)
class _Wish:
    """How a fault is to strike: which requests, how often (null is for ever), and for how long."""

    method: str = ""
    path: str = ""
    times: int | None = 1
    seconds: int = SECONDS


@frozen(kw_only=True)
class _Limit:
    """How many connections the trade stream takes; null is any number."""

    trades_max: int | None


_Turn = Callable[[Account, _Wish], None]


def add_fault_switches(app: Flask, venue: Venue, streams: Streams) -> None:
    """Add the addresses of faults; no fault strikes them."""
    turns: Final[dict[str, _Turn]] = {
        **{fault.switch: _request_fault(venue, fault) for fault in Fault},
        **{fault.value: _event_fault(streams, fault) for fault in EventFault},
        **{how.value: _connection_fault(streams, how) for how in Break},
        "hold-events": lambda account, _: streams.event_faults.hold(account.id),
        "release-events": lambda account, _: streams.release(account.id),
        "late-positions": lambda account, wish: venue.faults.let_lag(account.key_id, wish.seconds),
        "race": lambda account, wish: venue.exchange.race(account, wish.times or 0),
        "reject-next": lambda account, _: venue.exchange.reject_next(account),
        "clear": lambda account, _: _clear(venue, streams, account),
    }

    @app.post("/sim/accounts/<key_id>/faults/<name>")
    def fault(key_id: str, name: str) -> Response:
        turn = turns.get(name)
        if turn is None:
            raise NotFound(f"There is no fault {name}; there are {', '.join(turns)}.")
        turn(account_of(venue, key_id), read(_Wish))
        return done()

    @app.post("/sim/streams")
    def limit() -> Response:
        streams.trades_max = read(_Limit).trades_max
        return done()


def _request_fault(venue: Venue, fault: Fault) -> _Turn:
    def turn(account: Account, wish: _Wish) -> None:
        aim = Aim(method=wish.method, path=wish.path, times=wish.times, seconds=wish.seconds)
        venue.faults.turn(account.key_id, fault, aim)

    return turn


def _event_fault(streams: Streams, fault: EventFault) -> _Turn:
    return lambda account, wish: streams.event_faults.turn(account.id, fault, wish.times or 0)


def _connection_fault(streams: Streams, how: Break) -> _Turn:
    return lambda account, _: streams.fail(account.id, how)


def _clear(venue: Venue, streams: Streams, account: Account) -> None:
    venue.faults.clear(account.key_id)
    streams.event_faults.clear(account.id)
    venue.exchange.race(account, 0)
