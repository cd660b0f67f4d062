"""Let in who has a token, count what they ask, and strike with what is switched on."""

from http import HTTPStatus
from typing import Final

from flask import Flask, Response, g, request

from tradecore.entrypoints.venues.faults import Fault
from tradecore.entrypoints.venues.projectx.answering import PAYLOADS, failure, success
from tradecore.entrypoints.venues.projectx.pace import BARS, OTHERS
from tradecore.entrypoints.venues.projectx.tokens import bearer
from tradecore.entrypoints.venues.projectx.venue import Envelope, Venue
from tradecore.entrypoints.venues.striking import struck

_API: Final = "/api/"
_BARS: Final = "/api/history/"
# Whether the real one wants a token for a ping is not known.
_OPEN: Final = frozenset({"/api/auth/loginkey", "/api/auth/loginapp", "/api/status/ping"})


def add_gate(app: Flask, venue: Venue) -> None:
    """Stand before and behind every address but those that move the exchange by hand."""

    @app.before_request
    def enter() -> Response | None:
        g.strike = g.envelope = None
        if not request.path.startswith(_API):
            return None
        g.token = bearer(request.headers.get("Authorization"))
        is_open = request.path in _OPEN
        if not is_open and venue.tokens.ends(g.token) is None:
            return Response(status=HTTPStatus.UNAUTHORIZED)
        if not venue.pace.admit("" if is_open else g.token, BARS if request.path.startswith(_BARS) else OTHERS):
            return Response(status=HTTPStatus.TOO_MANY_REQUESTS)
        g.strike = venue.faults.strike(venue.login.user, request.method, request.path)
        g.envelope = venue.envelopes.strike(venue.login.user, request.method, request.path)
        strikes = [one.fault for one in (g.strike, g.envelope) if one is not None]
        return None if all(fault.is_done for fault in strikes) else success()

    @app.after_request
    def leave(response: Response) -> Response:
        if g.envelope is not None:
            response = _coded(response, g.envelope.fault)
        if g.strike is not None:
            words = {
                Fault.RATE_LIMITED: Response(status=HTTPStatus.TOO_MANY_REQUESTS),
                Fault.NOT_FOUND: Response(status=HTTPStatus.NOT_FOUND),
            }
            response = struck(response, g.strike, words)
        return response


def _coded(response: Response, envelope: Envelope) -> Response:
    """Return the answer with another code; of what was done it tells no more than its id."""
    payload = PAYLOADS.get(request.path)
    if payload is None:
        return failure(envelope.code, envelope.message)
    known = (response.get_json(silent=True) or {}).get(payload) if payload == "orderId" else None
    return failure(envelope.code, envelope.message, **{payload: known})
