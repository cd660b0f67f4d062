"""Hold one connection to a hub: send to it in order, and break it on purpose."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, Final, final

from attrs import define, field

from tradecore.entrypoints.venues.projectx.signalr import CLOSE, PING, record
from tradecore.entrypoints.venues.striking import reset

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
# What a client wants to hear: a kind of event, and of which account or contract; None is all of them.
Topic = tuple[str, int | str | None]

_NORMAL: Final = 1000


class Break(StrEnum):
    """How connections fail, by the name of its switch."""

    SILENT = "silent"  # they stay, and say nothing any more
    CUT = "cut"  # they are gone without a word
    CLOSE = "close"  # they are closed, as by a server that restarts
    CLOSE_WITH_ERROR = "close-with-error"  # as people saw it now and then


class Framing(StrEnum):
    """How records are put into frames."""

    WHOLE = "whole"  # one by one
    MERGED = "merged"  # all that wait together
    SPLIT = "split"  # each in two


@final
@define(eq=False)
class Connection:
    """One connection. Everything here happens in the loop that serves it."""

    hub: str
    token: str
    heard_at: float
    _send: Send
    told_at: float = 0
    topics: set[Topic] = field(factory=set, init=False)
    quotes: dict[str, dict[str, Any]] = field(factory=dict, init=False)  # what it knows of each contract
    is_silent: bool = field(default=False, init=False)
    _outbox: "asyncio.Queue[str | None]" = field(factory=asyncio.Queue, init=False)

    def tell(self, text: str) -> None:
        """Put records on their way."""
        if not self.is_silent:
            self._outbox.put_nowait(text)

    def ping(self) -> None:
        self.tell(record(type=PING))

    def end(self) -> None:
        """Close it after all that is on its way."""
        self._outbox.put_nowait(None)

    def fail(self, how: Break) -> None:
        """Fail in one of the ways."""
        match how:
            case Break.SILENT:
                self.is_silent = True
            case Break.CUT:
                reset(self._send)
            case Break.CLOSE:
                self.tell(record(type=CLOSE, allowReconnect=True))
                self.end()
            case Break.CLOSE_WITH_ERROR:
                self.tell(record(type=CLOSE, error="Connection closed with an error.", allowReconnect=True))
                self.end()

    async def write(self, framing: Callable[[], Framing], now: Callable[[], float]) -> None:
        """Send what is on its way, until there is nobody any more."""
        is_open = True
        while is_open:
            text = await self._outbox.get()
            while text is not None and framing() is Framing.MERGED and not self._outbox.empty():
                more = self._outbox.get_nowait()
                if more is None:
                    is_open = False
                    break
                text += more
            if text is None:
                break
            half = len(text) // 2 if framing() is Framing.SPLIT else 0
            for part in (text[:half], text[half:]):
                if part:
                    await self._send({"type": "websocket.send", "text": part})
            self.told_at = now()
        await self._send({"type": "websocket.close", "code": _NORMAL})
