"""Tell an account's clients what happens to its orders: the stream `trade_updates`.

The real one says nothing first, answers in binary frames on paper, and tells nobody what they have missed.
"""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, final

from tradecore.entrypoints.venues.alpaca.connections import Connection, Connections
from tradecore.entrypoints.venues.alpaca.engine.orders import Update
from tradecore.entrypoints.venues.alpaca.orders import order_shape
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import moment, number
from tradecore.entrypoints.venues.event_faults import EventFault

_STREAM: Final = "trade_updates"
UNKNOWN_WORDS: Final[Mapping[EventFault, Callable[[dict[str, Any]], dict[str, Any]]]] = MappingProxyType({
    EventFault.UNKNOWN_EVENT: lambda event: {**event, "event": "moonwalk"},
    EventFault.UNKNOWN_STATUS: lambda event: {**event, "order": {**event["order"], "status": "moonwalking"}},
})  # fmt: skip


@final
class TradeStream:
    """The stream, in the loop that serves it."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.connections = Connections()

    def event(self, update: Update) -> dict[str, Any]:
        """Write what happened; safe from any thread."""
        event = {
            "event_id": update.id,
            "event": update.event,
            "timestamp": moment(update.at),
            "at": moment(update.at),
            "order": order_shape(update.order, self._venue.floor.listing[update.order.symbol]),
        }
        if update.fill is None:
            return event
        return {
            **event,
            "execution_id": update.fill.id,
            "price": number(update.fill.price),
            "qty": number(update.fill.quantity),
            "position_qty": number(update.fill.position),
        }

    def tell(self, account_id: str, event: dict[str, Any]) -> None:
        """Send *event* to everybody who listens to the account."""
        for connection in self.connections.of(account_id):
            if connection.topics:
                connection.send(_frame({"stream": _STREAM, "data": event}))

    def hear(self, connection: Connection, message: str | bytes) -> None:
        """Answer a message of a client."""
        try:
            said = json.loads(message)
            action, data = said["action"], said.get("data", {})
        except (ValueError, TypeError, KeyError, AttributeError):
            connection.send(_error("invalid message"))
            return
        match action:
            case "authenticate":
                connection.send(self._authenticated(connection, data))
            case "listen" if connection.account_id is None:
                connection.send(_error("not authenticated"))
            case "listen":
                connection.send(self._listens(connection, data))
            case _:
                connection.send(_error(f"unknown action: {action}"))

    def _authenticated(self, connection: Connection, data: dict[str, Any]) -> bytes:
        account = self._venue.account_of(str(data.get("key_id")))
        if account is None or account.secret_key != data.get("secret_key"):
            return _frame({
                "stream": "authorization", "data": {"status": "unauthorized", "action": "authenticate"},
            })  # fmt: skip
        connection.account_id = account.id
        return _frame({"stream": "authorization", "data": {"status": "authorized", "action": "authenticate"}})

    def _listens(self, connection: Connection, data: dict[str, Any]) -> bytes:
        """Let it listen to what it names, and to nothing else any more."""
        streams = [name for name in data.get("streams", []) if name == _STREAM]
        connection.topics = set(streams)
        return _frame({"stream": "listening", "data": {"streams": streams}})


def _error(message: str) -> bytes:
    return _frame({"action": "error", "data": {"error_message": message}})


def _frame(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
