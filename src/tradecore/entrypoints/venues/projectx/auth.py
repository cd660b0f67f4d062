"""Answer for logins, and say that the exchange is there."""

from typing import Final

from flask import Flask, Response, g, jsonify

from tradecore.entrypoints.venues.projectx.answering import failure, success
from tradecore.entrypoints.venues.projectx.reading import body
from tradecore.entrypoints.venues.projectx.venue import Venue

_INVALID_CREDENTIALS: Final = 3
_APP_NOT_FOUND: Final = 4


def add_auth(app: Flask, venue: Venue) -> None:
    """Add the addresses of logins."""

    @app.post("/api/auth/loginkey")
    def log_in() -> Response:
        asked = body()
        user, key = asked.need(asked.text, "userName"), asked.need(asked.text, "apiKey")
        if user.casefold() != venue.login.user.casefold() or key != venue.login.key:
            return failure(_INVALID_CREDENTIALS, token=None)
        return success(token=venue.tokens.issue(venue.login.user))

    @app.post("/api/auth/loginapp")
    def log_in_as_an_app() -> Response:
        return failure(_APP_NOT_FOUND, token=None)

    @app.post("/api/auth/validate")
    def validate() -> Response:
        return success(newToken=venue.tokens.issue(venue.login.user))

    @app.post("/api/auth/logout")
    def log_out() -> Response:
        venue.tokens.revoke(g.token)
        return success()

    @app.get("/api/status/ping")
    def ping() -> Response:
        return jsonify("pong")
