"""Tell clients the prices: in MessagePack where they ask for it, else in JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, final

import msgpack

from tradecore.entrypoints.venues.alpaca.connections import Connection, Connections
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.alpaca.market_data import bar_shape, quote_shape, trade_shape
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.bars import Bar

_CHANNELS: Final = ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds")
_SYMBOLS_MAX: Final = 30  # of trades and quotes, on the free plan
_ERRORS: Final[Mapping[int, str]] = {
    400: "invalid syntax",
    401: "not authenticated",
    402: "auth failed",
    403: "already authenticated",
    405: "symbol limit exceeded",
    406: "connection limit exceeded",
}


@final
class DataStream:
    """The stream, in the loop that serves it. A topic is a channel with a symbol, such as ``quotes AAPL``."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.connections = Connections()

    def greet(self, connection: Connection) -> None:
        """Speak first."""
        self._send(connection, [{"T": "success", "msg": "connected"}])

    def hear(self, connection: Connection, message: str | bytes) -> None:
        """Answer a message of a client."""
        try:
            said = msgpack.unpackb(message) if _speaks_msgpack(connection) else json.loads(message)
            action = said["action"]
        except (ValueError, TypeError, KeyError, msgpack.UnpackException):
            self._error(connection, 400)
            return
        match action:
            case "auth":
                self._authenticate(connection, said)
            case "subscribe" | "unsubscribe" if connection.account_id is None:
                self._error(connection, 401)
            case "subscribe" | "unsubscribe":
                self._subscribe(connection, said, adds=action == "subscribe")
            case _:
                self._error(connection, 400)

    def quote(self, quote: Quote) -> None:
        """Tell of a price: of the trade that made it, and of the quote."""
        self._tell("trades", "t", quote.symbol, trade_shape(quote), quote.at)
        self._tell("quotes", "q", quote.symbol, quote_shape(quote), quote.at)

    def bar(self, symbol: str, bar: Bar) -> None:
        """Tell of a minute that is over."""
        self._tell("bars", "b", symbol, bar_shape(bar), bar.at)

    def _tell(self, channel: str, kind: str, symbol: str, shape: dict[str, Any], at: datetime) -> None:
        for connection in self.connections.all():
            if connection.topics & {f"{channel} {symbol}", f"{channel} *"}:
                stamp = {"t": msgpack.Timestamp.from_datetime(at)} if _speaks_msgpack(connection) else {}
                self._send(connection, [{"T": kind, "S": symbol, **shape, **stamp}])

    def _authenticate(self, connection: Connection, said: dict[str, Any]) -> None:
        account = self._venue.account_of(str(said.get("key")))
        if connection.account_id is not None:
            self._error(connection, 403)
        elif account is None or account.secret_key != said.get("secret"):
            self._error(connection, 402)
        elif self.connections.of(account.id):
            self._error(connection, 406)
        else:
            connection.account_id = account.id
            self._send(connection, [{"T": "success", "msg": "authenticated"}])

    def _subscribe(self, connection: Connection, said: dict[str, Any], *, adds: bool) -> None:
        topics = {f"{channel} {symbol}" for channel in _CHANNELS for symbol in said.get(channel) or []}
        wanted = connection.topics | topics if adds else connection.topics - topics
        if len({topic for topic in wanted if topic.startswith(("trades", "quotes"))}) > _SYMBOLS_MAX:
            self._error(connection, 405)
            return
        connection.topics = wanted
        pairs = sorted(topic.split(" ", 1) for topic in wanted)
        lists = {channel: [symbol for name, symbol in pairs if name == channel] for channel in _CHANNELS}
        self._send(connection, [{"T": "subscription", **lists}])

    def _error(self, connection: Connection, code: int) -> None:
        self._send(connection, [{"T": "error", "code": code, "msg": _ERRORS[code]}])

    @staticmethod
    def _send(connection: Connection, messages: list[dict[str, Any]]) -> None:
        connection.send(msgpack.packb(messages) if _speaks_msgpack(connection) else json.dumps(messages))


def _speaks_msgpack(connection: Connection) -> bool:
    request = connection.socket.request
    return request is not None and request.headers.get("Content-Type") == "application/msgpack"
