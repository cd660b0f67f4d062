"""Hear what happens in an account over alpaca-py's stream, in a thread of its own, and notice every gap."""

import asyncio
import logging
from collections.abc import Callable
from threading import Thread
from typing import Any, Final, final

import structlog
from alpaca.trading.stream import TradingStream
from attrs import field, frozen

from tradecore.adapters.alpaca.reading import Raw
from tradecore.domain.credentials import Credentials

_log = structlog.get_logger()
# It writes a traceback for each attempt; ours says once that the stream is away, and why.
logging.getLogger("alpaca.trading.stream").setLevel(logging.CRITICAL)

# A line that is dead is known after half a minute; alpaca-py by itself waits for three. Nobody waits long for an answer
# to the goodbye: websockets' own ten seconds count up to three times.
_SOCKET: Final = {"ping_interval": 10, "ping_timeout": 20, "close_timeout": 1, "max_queue": 1024}
_STOP_SECONDS: Final = 3.0


@frozen(kw_only=True)
class StreamAddress:
    """Where an account's stream is, as a whole websocket address, and the keys that open it."""

    url: str
    credentials: Credentials = field(repr=False)


@final
class Stream(TradingStream):
    """What one account tells by itself.

    It connects again by itself, for ever, ever more slowly up to half a minute. Each time that it begins to listen
    it says that something may have been *missed*: nothing is ever told twice.
    """

    def __init__(self, address: StreamAddress, hear: Callable[[Raw], None], missed: Callable[[], None]) -> None:
        keys = address.credentials
        super().__init__(
            keys.key_id, keys.secret, raw_data=True, url_override=address.url, websocket_params=dict(_SOCKET)
        )
        self._hear = hear
        self._missed = missed
        self._is_wanted = True
        self._is_away = False
        self._thread = Thread(target=self.run, name="alpaca", daemon=True)
        self.subscribe_trade_updates(self._take)

    def start(self) -> None:
        """Begin; what happens before it listens is told as missed."""
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing more, and end soon."""
        self._is_wanted = False
        loop: Any = self._loop  # which alpaca-py says is None for ever
        if loop is not None and loop.is_running():
            asyncio.run_coroutine_threadsafe(self._leave(), loop)
        self._thread.join(_STOP_SECONDS)

    async def _leave(self) -> None:
        # alpaca-py looks every five seconds whether it is to stop; a closed line wakes it.
        await self.stop_ws()
        socket: Any = self._ws
        if socket is not None:
            await socket.close()

    async def _start_ws(self) -> None:
        if not self._is_wanted:
            await self.stop_ws()
            return
        try:
            await super()._start_ws()  # type: ignore[no-untyped-call]
        except Exception as error:
            if not self._is_away:
                _log.warning("Alpaca's stream cannot be heard; trying again", error=str(error) or type(error).__name__)
            self._is_away = True
            raise
        self._is_away = False

    async def _dispatch(self, msg: dict[str, Any]) -> None:
        if not self._is_wanted:
            return
        if msg.get("stream") == "listening":
            self._missed()
        elif msg.get("stream") != "trade_updates":
            _log.warning("Alpaca's stream says something that we do not know", said=str(msg)[:200])
        await super()._dispatch(msg)

    async def _take(self, message: dict[str, Any]) -> None:
        self._hear(message["data"])
