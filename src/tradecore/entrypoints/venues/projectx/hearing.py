"""Hear what clients say on a hub, and answer where they want an answer."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, final

from tradecore.entrypoints.venues.projectx.connections import Connection, Framing, Receive
from tradecore.entrypoints.venues.projectx.market_feed import DEPTH, QUOTES, MarketFeed
from tradecore.entrypoints.venues.projectx.signalr import INVOCATION, READY, Records, completion, refused_handshake
from tradecore.entrypoints.venues.projectx.topics import InvocationError, asked
from tradecore.entrypoints.venues.projectx.venue import Venue

_HANDSHAKE_SECONDS: Final = 15


@final
class Hearing:
    """All connections that have shaken hands. Everything here happens in the loop that serves them."""

    def __init__(self, venue: Venue, feed: MarketFeed) -> None:
        self.framing = Framing.WHOLE
        self._venue = venue
        self._feed = feed
        self._open: dict[Connection, None] = {}

    def connections(self) -> tuple[Connection, ...]:
        """Return those that are open."""
        return tuple(self._open)

    async def serve(self, connection: Connection, receive: Receive, now: Callable[[], float]) -> None:
        """Serve a connection until it ends."""
        writer = asyncio.create_task(connection.write(lambda: self.framing, now))
        try:
            await self._hear(connection, receive, now)
        except ValueError:
            connection.end()
            await writer
        except TimeoutError:
            connection.end()
            await writer
        finally:
            self._open.pop(connection, None)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _hear(self, connection: Connection, receive: Receive, now: Callable[[], float]) -> None:
        records = Records()
        has_shaken = False
        while True:
            async with asyncio.timeout(None if has_shaken else _HANDSHAKE_SECONDS):
                message = await receive()
            if message["type"] != "websocket.receive":
                return
            connection.heard_at = now()
            for said in records.take(message.get("text") or message.get("bytes", b"").decode()):
                if has_shaken:
                    self._answer(connection, said)
                    continue
                refusal = refused_handshake(said)
                connection.tell(refusal or READY)
                if refusal:
                    connection.end()
                    continue
                has_shaken = True
                self._open[connection] = None

    def _answer(self, connection: Connection, said: dict[str, Any]) -> None:
        """Do what is asked. Who gives no id wants no answer, not even where there is no such method."""
        if said.get("type") != INVOCATION:
            return
        try:
            begins, topic = asked(connection.hub, str(said.get("target")), list(said.get("arguments") or ()))
        except InvocationError as error:
            self._complete(connection, said, str(error))
            return
        if begins:
            connection.topics.add(topic)
        else:
            connection.topics.discard(topic)
        self._complete(connection, said, None)
        self._begin(connection, topic, begins=begins)

    @staticmethod
    def _complete(connection: Connection, said: dict[str, Any], error: str | None) -> None:
        invocation_id = said.get("invocationId")
        if invocation_id is not None:
            connection.tell(completion(str(invocation_id), error))

    def _begin(self, connection: Connection, topic: tuple[str, Any], *, begins: bool) -> None:
        kind, name = topic
        if kind == QUOTES and not begins:
            connection.quotes.pop(name, None)
        quote = self._venue.exchange.floor.quotes.get(name) if kind == DEPTH and begins else None
        if quote is not None:
            self._feed.snapshot(connection, quote)
