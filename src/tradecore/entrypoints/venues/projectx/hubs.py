"""Serve both hubs on one port, in a thread with a loop of its own."""

import asyncio
import socket
from collections.abc import Callable
from http import HTTPStatus
from threading import Thread
from typing import Any, Final, final

from uvicorn import Config, Server
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tradecore.entrypoints.venues.event_faults import EventFault, EventFaults
from tradecore.entrypoints.venues.projectx.connections import Break, Connection, Message, Receive, Send
from tradecore.entrypoints.venues.projectx.doorman import Doorman
from tradecore.entrypoints.venues.projectx.engine.orders import Event, Quote
from tradecore.entrypoints.venues.projectx.hearing import Hearing
from tradecore.entrypoints.venues.projectx.market_feed import MarketFeed
from tradecore.entrypoints.venues.projectx.shapes import (
    Shape,
    account_shape,
    hub_moment,
    lean,
    order_shape,
    position_shape,
    trade_shape,
)
from tradecore.entrypoints.venues.projectx.signalr import invocation
from tradecore.entrypoints.venues.projectx.venue import Venue

_STOP_SECONDS: Final = 5
_BEAT_SECONDS: Final = 1.0
_SHAPES: Final[dict[str, Callable[[Any, Callable[..., str]], Shape]]] = {
    "Account": account_shape, "Order": order_shape, "Position": position_shape, "Trade": trade_shape,
}  # fmt: skip
_UNKNOWN: Final = 99
_Told = dict[str, Any]


@final
class Hubs:
    """The server of the hubs. The port is taken when this is made, and answered on from `start` on."""

    def __init__(self, venue: Venue, host: str, port: int) -> None:
        self._venue = venue
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        self.event_faults: EventFaults[tuple[str, _Told]] = EventFaults({
            EventFault.UNKNOWN_EVENT: lambda event: (event[0], {**event[1], "action": _UNKNOWN}),
            EventFault.UNKNOWN_STATUS: lambda event: (
                event[0], {**event[1], "data": {**event[1]["data"], "status": _UNKNOWN, "unknownField": [{}]}}
            ),
        })  # fmt: skip
        self.wraps = True  # the documents show what is told without its wrapping
        self.ends_with_token = False  # whether the real one does is not known
        # As ASP.NET has them: a connection that is told nothing gets a ping, and one that says nothing is dropped.
        self.ping_seconds = 15
        self.silent_seconds = 30
        self.feed = MarketFeed()
        self._loop = asyncio.new_event_loop()
        self.doorman = Doorman(venue.tokens)
        self.hearing = Hearing(venue, self.feed)
        config = Config(
            self._answer, interface="asgi3", http="httptools", ws=WebSocketsSansIOProtocol, ws_ping_interval=None,
            lifespan="off", log_config=None, log_level="warning", access_log=False, proxy_headers=False,
            server_header=False, timeout_graceful_shutdown=_STOP_SECONDS)  # fmt: skip
        self._server = Server(config)
        self._thread = Thread(target=self._run, name="hubs", daemon=True)
        with venue.exchange.lock:
            for quote in venue.exchange.floor.quotes.values():
                self.feed.note(quote)
            venue.exchange.follow(self._event)
            venue.exchange.watch(self._quote)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close every connection, and end. A repeat is harmless."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(2 * _STOP_SECONDS)
        self._socket.close()
        if not self._loop.is_running():
            self._loop.close()

    def fail(self, how: Break, hub: str | None) -> None:
        """Let connections fail: those to one hub, or to both."""

        async def fail() -> None:
            for connection in self.hearing.connections():
                if hub in {None, connection.hub}:
                    connection.fail(how)

        asyncio.run_coroutine_threadsafe(fail(), self._loop).result(_STOP_SECONDS)

    def release(self, account_id: int) -> None:
        """Tell the events that were held back."""
        for kind, told in self.event_faults.release(str(account_id)):
            self._loop.call_soon_threadsafe(self._tell, account_id, kind, told)

    # ---------------------------------------------------------------- in the loop

    def _run(self) -> None:
        beat = self._loop.create_task(self._beat())
        try:
            self._loop.run_until_complete(self._server.serve(sockets=[self._socket]))
        finally:
            beat.cancel()
            self._loop.run_until_complete(asyncio.gather(beat, return_exceptions=True))

    async def _beat(self) -> None:
        """Say each second what is due to connections: pings, and ends."""
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            now = self._loop.time()
            for connection in self.hearing.connections():
                if now - connection.told_at >= self.ping_seconds:
                    connection.ping()
                is_late = now - connection.heard_at > self.silent_seconds
                has_ended = self.ends_with_token and self._venue.tokens.ends(connection.token) is None
                if is_late or has_ended:
                    connection.fail(Break.CLOSE_WITH_ERROR)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.doorman.negotiate(scope, send)
            return
        admitted = await self.doorman.admit(scope, receive, send)
        if isinstance(admitted, HTTPStatus):
            return
        connection = Connection(hub=admitted.hub, token=admitted.token, heard_at=self._loop.time(), send=send)
        try:
            await self.hearing.serve(connection, receive, self._loop.time)
        finally:
            self.doorman.leave(admitted)

    def _tell(self, account_id: int, kind: str, told: _Told) -> None:
        text = invocation(f"GatewayUser{kind}", told if self.wraps else told["data"])
        for connection in self.hearing.connections():
            if not connection.topics.isdisjoint({(kind, account_id), (kind, None)}):
                connection.tell(text)

    def _show(self, quote: Quote) -> None:
        self.feed.note(quote)
        for connection in self.hearing.connections():
            self.feed.tell(connection, quote)

    # ---------------------------------------------------------------- from any thread

    def _event(self, event: Event) -> None:
        data = lean(_SHAPES[event.kind](event.value, hub_moment))
        told = {"action": int(event.action), "data": data}
        for kind, passed in self.event_faults.pass_on(str(event.account_id), (event.kind, told)):
            self._loop.call_soon_threadsafe(self._tell, event.account_id, kind, passed)

    def _quote(self, quote: Quote) -> None:
        self._loop.call_soon_threadsafe(self._show, quote)
