"""Let in who has keys, count what they ask, and strike with what is switched on."""

from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from flask import Flask, Response, g, request

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account
from tradecore.entrypoints.venues.alpaca.engine.refusals import RATE_LIMIT, Refusal, missing, unauthorized
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import refused
from tradecore.entrypoints.venues.faults import Fault
from tradecore.entrypoints.venues.striking import struck

_SWITCHES: Final = "/sim/"
_KEYLESS: Final = "/v1beta3/crypto/"
_DATA: Final = ("/v2/stocks/", _KEYLESS)
_TOO_MANY: Final = Refusal(HTTPStatus.TOO_MANY_REQUESTS, RATE_LIMIT, "rate limit exceeded.")
_NO_KEYS: Final = (
    "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n<body>\r\n"
    "<center><h1>401 Authorization Required</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


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
            words = {Fault.RATE_LIMITED: refused(_TOO_MANY), Fault.NOT_FOUND: refused(missing("order not found"))}
            response = struck(response, g.strike, words)
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
