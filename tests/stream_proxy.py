"""Stand between a client and a websocket server, pass so many frames on, and then do what a bad line does."""

import asyncio
from asyncio import AbstractEventLoop, StreamReader, StreamWriter
from contextlib import suppress
from enum import Enum
from threading import Thread
from time import monotonic
from typing import Final, final

HOME: Final = "127.0.0.1"
# Before this frame not even the handshake is answered.
HANDSHAKE: Final = -1
_DATA: Final = (1, 2)
_CLOSE_1012: Final = bytes((0x88, 2)) + (1012).to_bytes(2, "big")
_SECONDS: Final = 10


class Break(Enum):
    """What becomes of a line."""

    CUT = "it is gone"
    TORN = "it is gone in the middle of a frame"
    RESTART = "it is closed with 1012"
    MUTE = "it stays open, and nothing comes any more, not even an answer to a ping"


@final
class StreamProxy:
    """A proxy on a port of its own, for the websocket server on *port*. Only what the server tells is counted."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self._plan: tuple[int, Break] | None = None
        self.passed = 0
        self.breaks = 0
        self.came: list[float] = []  # when each connection was asked for, in seconds
        self._loop: AbstractEventLoop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, HOME, 0), self._loop)
        self._server = starting.result(_SECONDS)
        self.url = f"ws://{HOME}:{self._server.sockets[0].getsockname()[1]}/stream"

    def break_before(self, frame: int, how: Break) -> None:
        """Break the line once, before the frame of that number comes through."""
        self._plan = frame, how

    def close(self) -> None:
        """Break every line, and listen no more."""

        async def end() -> None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)
        self._loop.close()

    async def _serve(self, client: StreamReader, to_client: StreamWriter) -> None:
        self.came.append(monotonic())
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        server, to_server = await asyncio.open_connection(HOME, self._upstream)
        up = asyncio.create_task(_pour(client, to_server))
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if await self._tell(server, to_client) is Break.MUTE:
                up.cancel()
                await asyncio.wait({up})
                await _pour(client, None)  # until who listens has had enough
        up.cancel()
        for writer in (to_client, to_server):
            writer.transport.abort()
        self._tasks.discard(task)

    async def _tell(self, server: StreamReader, to_client: StreamWriter) -> Break | None:
        """Pass on what the server tells, until the line is to break."""
        answer = await server.readuntil(b"\r\n\r\n")
        if how := self._breaks_before(HANDSHAKE):
            return how
        to_client.write(answer)
        while True:
            kind, frame = await _frame(server)
            if kind in _DATA and (how := self._breaks_before(self.passed)):
                if how is Break.TORN:
                    to_client.write(frame[: len(frame) // 2])
                if how is Break.RESTART:
                    to_client.write(_CLOSE_1012)
                await to_client.drain()
                if how is not Break.MUTE:
                    to_client.write_eof()
                return how
            to_client.write(frame)
            self.passed += kind in _DATA

    def _breaks_before(self, frame: int) -> Break | None:
        if self._plan is None or self._plan[0] != frame:
            return None
        (_, how), self._plan = self._plan, None
        self.breaks += 1
        return how


async def _pour(source: StreamReader, to: StreamWriter | None) -> None:
    while data := await source.read(65536):
        if to is not None:
            to.write(data)


async def _frame(source: StreamReader) -> tuple[int, bytes]:
    """Read one frame of a server, which masks none; return its kind and all its bytes."""
    head = await source.readexactly(2)
    length = head[1] & 0x7F
    more = await source.readexactly({126: 2, 127: 8}.get(length, 0))
    body = await source.readexactly(int.from_bytes(more, "big") if more else length)
    return head[0] & 0x0F, head + more + body
