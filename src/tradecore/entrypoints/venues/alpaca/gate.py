"""Let in who has keys, count what they ask, and strike with what is switched on."""

from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from flask import Flask, Response, g, request

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.refusals import RATE_LIMIT, Refusal, missing, unauthorized
from tradecore.entrypoints.venues.alpaca.faults import Fault
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import refused

# How the wire is told what to do with an answer; the wire takes it out.
STRIKE: Final = "X-Sim-Strike"
_SWITCHES: Final = "/sim/"
_KEYLESS: Final = "/v1beta3/crypto/"
_DATA: Final = ("/v2/stocks/", _KEYLESS)
_TOO_MANY: Final = Refusal(HTTPStatus.TOO_MANY_REQUESTS, RATE_LIMIT, "rate limit exceeded.")
_NO_KEYS: Final = (
    "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
    "<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_HTML: Final = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
)
_PAGES: Final = {
    Fault.SERVER_ERROR: (500, "500 Internal Server Error"),
    Fault.SERVER_ERROR_AFTER: (500, "500 Internal Server Error"),
    Fault.GATEWAY_TIMEOUT: (504, "504 Gateway Time-out"),
    Fault.GATEWAY_TIMEOUT_AFTER: (504, "504 Gateway Time-out"),
}  # fmt: skip


def add_gate(app: Flask, venue: Venue) -> None:
    """Stand before and behind every address but those that move the exchange by hand."""

    @app.before_request
    def enter() -> Response | None:
        g.strike = g.count = None
        if request.path.startswith(_SWITCHES):
            return None
        account = _caller(venue)
        if not isinstance(account, Account):
            return account
        g.account = account
        host = "data" if request.path.startswith(_DATA) else "trading"
        g.count = venue.rate.count(f"{account.id} {host}")
        if g.count is not None and g.count.is_over:
            return refused(_TOO_MANY)
        g.strike = venue.faults.strike(account.key_id, request.method, unquote(request.path))
        return None if g.strike is None or g.strike.fault.is_done else Response()

    @app.after_request
    def leave(response: Response) -> Response:
        if g.strike is not None:
            response = _struck(response, g.strike.fault, g.strike.seconds)
        if g.count is not None:
            response.headers.update(g.count.headers())
        return response


def _caller(venue: Venue) -> Account | Response | None:
    key_id, secret = request.headers.get("APCA-API-KEY-ID"), request.headers.get("APCA-API-SECRET-KEY")
    if key_id is None and secret is None:
        is_free = request.path.startswith(_KEYLESS)
        return None if is_free else Response(_NO_KEYS, HTTPStatus.UNAUTHORIZED, mimetype="text/html")
    account = venue.account_of(key_id or "")
    return account if account is not None and account.secret_key == secret else refused(unauthorized())


def _struck(response: Response, fault: Fault, seconds: int) -> Response:
    """Return what becomes of an answer that *fault* strikes."""
    if page := _PAGES.get(fault):
        status, title = page
        return Response(_HTML.format(title), status, mimetype="text/html")
    match fault:
        case Fault.RATE_LIMITED:
            return refused(_TOO_MANY)
        case Fault.NOT_FOUND:
            return refused(missing("order not found"))
        case Fault.INVALID_JSON:
            return Response(response.get_data()[:-1] or b"{", response.status_code, mimetype="application/json")
        case Fault.RESET | Fault.RESET_AFTER:
            response.headers[STRIKE] = "reset 0"
        case Fault.HANG | Fault.HANG_AFTER:
            response.headers[STRIKE] = f"hang {seconds}"
        case _:
            response.headers[STRIKE] = f"slow {seconds}"
    return response
