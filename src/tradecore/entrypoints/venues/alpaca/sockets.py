"""Serve both streams on one port, in a thread with a loop of its own."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from threading import Thread
from typing import Final, TypeVar, final

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tradecore.entrypoints.venues.alpaca.connections import Break
from tradecore.entrypoints.venues.alpaca.data_stream import DataStream
from tradecore.entrypoints.venues.alpaca.engine.orders import Update
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.alpaca.trade_stream import UNKNOWN_WORDS, TradeStream
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.bars import Bar
from tradecore.entrypoints.venues.event_faults import EventFaults

_T = TypeVar("_T")

TRADE_PATH: Final = "/stream"
DATA_PATH: Final = "/v2/iex"
_STOP_SECONDS: Final = 5


@final
class Streams:
    """The server of the streams. `port` is where it listens, from `start` on."""

    def __init__(self, venue: Venue, host: str, port: int) -> None:
        self.port = port
        self.trades_max: int | None = None  # how many connections the trade stream takes
        self.event_faults = EventFaults(UNKNOWN_WORDS)
        self._host = host
        self._trade = TradeStream(venue)
        self._data = DataStream(venue)
        self._loop = asyncio.new_event_loop()
        self._server: Server | None = None
        self._thread = Thread(target=self._loop.run_forever, name="streams", daemon=True)
        venue.exchange.follow(self._update)
        venue.exchange.watch(self._quote)
        venue.tape.listen(self._bar)

    def start(self) -> None:
        """Begin to listen; `OSError` where the port cannot be had."""
        self._thread.start()
        self.port = self._do(self._listen())

    def stop(self) -> None:
        """Close every connection, and end. A repeat is harmless."""
        if self._thread.is_alive():
            self._do(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_STOP_SECONDS)
        self._loop.close()

    def fail(self, account_id: str, how: Break) -> None:
        """Let the account's connections fail, on both streams."""

        async def fail() -> None:
            for stream in (self._trade, self._data):
                await stream.connections.fail(stream.connections.of(account_id), how)

        self._do(fail())

    def release(self, account_id: str) -> None:
        """Tell the events that were held back."""
        for event in self.event_faults.release(account_id):
            self._loop.call_soon_threadsafe(self._trade.tell, account_id, event)

    async def _listen(self) -> int:
        self._server = await serve(self._serve, self._host, self.port, process_request=self._admit, ping_interval=None)
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _admit(self, _: ServerConnection, request: Request) -> Response | None:
        """Refuse other paths, and one connection more than there may be."""
        path = request.path.partition("?")[0]
        if path not in {TRADE_PATH, DATA_PATH}:
            return _refusal(HTTPStatus.NOT_FOUND)
        if path == TRADE_PATH and self.trades_max is not None and len(self._trade.connections) >= self.trades_max:
            return _refusal(HTTPStatus.TOO_MANY_REQUESTS)
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None, "it has shaken hands"
        if socket.request.path.partition("?")[0] == TRADE_PATH:
            await self._trade.connections.serve(socket, self._trade.hear)
        else:
            await self._data.connections.serve(socket, self._data.hear, self._data.greet)

    def _update(self, update: Update) -> None:
        account_id = update.order.account_id
        for event in self.event_faults.pass_on(account_id, self._trade.event(update)):
            self._loop.call_soon_threadsafe(self._trade.tell, account_id, event)

    def _quote(self, quote: Quote) -> None:
        self._loop.call_soon_threadsafe(self._data.quote, quote)

    def _bar(self, symbol: str, bar: Bar) -> None:
        self._loop.call_soon_threadsafe(self._data.bar, symbol, bar)

    def _do(self, work: Coroutine[object, object, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_STOP_SECONDS)


def _refusal(status: HTTPStatus) -> Response:
    return Response(status.value, status.phrase, Headers(), b"")
