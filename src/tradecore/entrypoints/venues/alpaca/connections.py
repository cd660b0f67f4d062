"""Keep the open connections of one stream, send to them in order, and break them on purpose."""

import asyncio
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, final

from attrs import define, field
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

_SERVICE_RESTART: Final = 1012


class Break(StrEnum):
    """How a connection fails, by the name of its switch."""

    SILENT = "silent"  # it stays, and says nothing any more
    CUT = "cut"  # it is gone without a word
    CLOSE = "close"  # it is closed as by a server that restarts


@final
@define(eq=False)
class Connection:
    """One connection: whose it is, once that is known, what it wants to hear, and what is to be sent."""

    socket: ServerConnection
    account_id: str | None = None
    topics: set[str] = field(factory=set, init=False)
    is_silent: bool = False
    _outbox: "asyncio.Queue[str | bytes]" = field(factory=asyncio.Queue, init=False)

    def send(self, frame: str | bytes) -> None:
        """Put *frame* on its way."""
        if not self.is_silent:
            self._outbox.put_nowait(frame)

    async def write(self) -> None:
        """Send what is on its way, one after the other, until the connection ends."""
        try:
            while True:
                await self.socket.send(await self._outbox.get())
        except ConnectionClosed:
            return

    async def fail(self, how: Break) -> None:
        """Fail in one of the ways."""
        match how:
            case Break.SILENT:
                self.is_silent = True
            case Break.CUT:
                self.socket.transport.abort()
            case Break.CLOSE:
                await self.socket.close(_SERVICE_RESTART, "service restart")


@final
class Connections:
    """All connections of one stream. Everything here happens in the loop that serves them."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def of(self, account_id: str) -> tuple[Connection, ...]:
        """Return those of an account."""
        return tuple(one for one in self._open if one.account_id == account_id)

    def all(self) -> tuple[Connection, ...]:
        """Return all of them."""
        return tuple(self._open)

    async def serve(
        self,
        socket: ServerConnection,
        hear: Callable[[Connection, str | bytes], None],
        greet: Callable[[Connection], None] = lambda _: None,
    ) -> None:
        """Serve *socket*: *greet* it, and let *hear* take in each of its messages, until it ends."""
        connection = Connection(socket)
        self._open.add(connection)
        greet(connection)
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                hear(connection, message)
        except ConnectionClosed:
            return
        finally:
            self._open.discard(connection)
            writer.cancel()

    async def fail(self, connections: Iterable[Connection], how: Break) -> None:
        """Let *connections* fail."""
        for connection in connections:
            await connection.fail(how)
