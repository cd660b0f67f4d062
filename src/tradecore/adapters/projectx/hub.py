"""Listen to one of the Gateway's realtime hubs for ever, over one connection after the other."""

import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from math import inf
from threading import Event, Thread, current_thread
from time import monotonic
from typing import Final, final
from urllib.parse import quote, urlsplit

import structlog
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tradecore.adapters.projectx.listening import Ears, End, Listening, LoggedOutError, Subscription, Timing
from tradecore.domain.errors import UnreachableError, WorldError

_log = structlog.get_logger()
# It writes whole addresses, and a token stands in ours.
_MUTE: Final = logging.getLogger("tradecore.projectx.websockets")
_MUTE.disabled = True

_UNAUTHORIZED: Final = 401
_STOP_SECONDS: Final = 3.0
_FRAME_BYTES: Final = 16 * 2**20
_FRAMES: Final = 1024
# How often the wait for a hub that stays quiet is doubled.
_QUIET_DOUBLINGS: Final = 4


@final
class Hub:
    """One hub, heard in a thread of its own from `start` to `stop`; whatever fails, it connects again.

    *hear* gets the name of an event and its arguments, with numbers as int and `Decimal`. *connected* is called each
    time that all that is wanted is heard: what happened before is never told, so look it up then. It is called as well
    when `resubscribe` has added something, and when *hear* has raised. Both are called in the hub's thread; when
    *connected* raises, the hub connects again.

    *token* is asked for each connection. *refused* is told one that was not taken, or whose session was ended: the
    next must be another. *life* tells how long the last one is good, where that is known; five minutes before its
    end, or an eighth of its life, the hub connects with another. *quiet_max* is how long nothing may be told while
    *is_busy*; without it pings are life enough.
    """

    def __init__(  # noqa: PLR0913 - each is a question that only the caller can answer
        self,
        url: str,
        *,
        token: Callable[[], str],
        subscriptions: Callable[[], Sequence[Subscription]],
        hear: Callable[[str, list[object]], None],
        connected: Callable[[], None],
        refused: Callable[[str], object] = lambda _token: None,
        life: Callable[[], timedelta | None] = lambda: None,
        quiet_max: timedelta | None = None,
        is_busy: Callable[[], bool] = lambda: True,
        timing: Timing | None = None,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        address = urlsplit(url)
        is_secure = address.scheme in {"https", "wss"}
        self._url = f"{'wss' if is_secure else 'ws'}://{address.netloc}{address.path}"
        self._host = address.hostname or ""
        self._port = address.port or (443 if is_secure else 80)
        self._ears = Ears(subscriptions=subscriptions, hear=self._hear, connected=self._connected)
        self._told = hear
        self._all_is_heard = connected
        self._token = token
        self._refused = refused
        self._last_token = ""
        self._socket: socket.socket | None = None
        self._life = life
        self._quiet_max = inf if quiet_max is None else quiet_max.total_seconds()
        self._is_busy = is_busy
        self._timing = timing or Timing()
        self._stopped = Event()
        self._wait = wait or self._stopped.wait
        self._listening: Listening | None = None
        self._quiet_rounds = 0
        self._complaint = ""
        self._held = 0.0  # seconds that the last connection was heard
        self._thread = Thread(target=self._run, name=f"projectx{address.path.replace('/', ' ')}", daemon=True)

    def start(self) -> None:
        """Begin to listen, once."""
        self._thread.start()

    def stop(self) -> None:
        """Tell nothing more, and end soon. A repeat is harmless."""
        self._stopped.set()
        self._end(End.STOP)
        if self._thread.is_alive() and current_thread() is not self._thread:
            self._thread.join(_STOP_SECONDS)

    def resubscribe(self) -> None:
        """Subscribe what is newly wanted; *connected* is called when it is heard. Returns at once."""
        listening = self._listening
        if listening is not None:
            listening.resubscribe()

    def renew(self) -> None:
        """Connect again with a token that is asked for now."""
        self._end(End.RENEW)

    @property
    def is_listening(self) -> bool:
        """Whether all that was wanted is heard just now."""
        listening = self._listening
        return listening is not None and listening.since is not None and not listening.refused

    @property
    def refusals(self) -> Mapping[Subscription, str]:
        """What the hub refuses to tell, with its reason."""
        listening = self._listening
        return {} if listening is None else dict(listening.refused)

    def _end(self, why: End) -> None:
        listening = self._listening
        if listening is not None:
            listening.end(why)
        elif self._socket is not None and why is End.STOP:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # it may be waiting for the answer that opens it

    # ---------------------------------------------------------------- in the hub's thread

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._listen()
                continue
            except Exception as error:  # noqa: BLE001 - the thread must go on, and says what it failed with
                if not self._stopped.is_set():
                    self._complain(error)
            if self._held >= self._timing.steady:
                failures = 0
            pauses = self._timing.pauses
            self._wait(pauses[min(failures, len(pauses) - 1)])
            failures += 1

    def _listen(self) -> None:
        """Listen over one connection, until it is ended; raises what it failed with."""
        self._held = 0.0
        with self._dial() as connection:
            listening = self._listening = Listening(
                connection, self._ears, self._timing,
                quiet=self._quiet, is_busy=self._is_busy, renew=self._renewal())  # fmt: skip
            if self._stopped.is_set():  # by somebody who may not have seen it
                return
            try:
                end = listening.run()
            except LoggedOutError:
                self._refused(self._last_token)
                raise
            finally:
                self._listening = None
                self._held = 0.0 if listening.since is None else monotonic() - listening.since
        if end is End.QUIET:
            _log.warning("a ProjectX hub is open and tells nothing; connecting again", hub=self._thread.name)
            self._quiet_rounds += 1

    def _dial(self) -> ClientConnection:
        """Open a connection. No error tells the address, nor what came before it: the token stands there."""
        token = self._last_token = self._token()
        timing = self._timing
        try:
            # With a socket of its own it follows no redirects and no proxy of this machine, and `stop` can end it.
            self._socket = socket.create_connection((self._host, self._port), timeout=timing.open)
            self._socket.settimeout(None)
            return connect(
                f"{self._url}?access_token={quote(token)}", sock=self._socket, logger=_MUTE, open_timeout=timing.open,
                close_timeout=timing.close, ping_interval=None, max_size=_FRAME_BYTES, max_queue=_FRAMES,
            )  # fmt: skip
        except InvalidStatus as error:
            status = error.response.status_code
        except Exception as error:  # noqa: BLE001 - as above
            sentence = (str(error) or type(error).__name__).replace(quote(token), "...").replace(token, "...")
            raise UnreachableError(sentence) from None
        if status == _UNAUTHORIZED:
            self._refused(token)
        raise UnreachableError(f"it answers {status}")

    def _renewal(self) -> float:
        """Return in how many seconds another token is due."""
        life = self._life()
        if life is None:
            return inf
        seconds = life.total_seconds()
        return max(seconds - min(self._timing.early, seconds / 8), self._timing.renew)

    def _quiet(self) -> float:
        """Return how many seconds may pass without an event: more, after each connection that told nothing at all."""
        return self._quiet_max * (1 << min(self._quiet_rounds, _QUIET_DOUBLINGS))

    def _hear(self, target: str, arguments: list[object]) -> None:
        self._quiet_rounds = 0
        self._told(target, arguments)

    def _connected(self) -> None:
        if self._complaint:
            _log.info("a ProjectX hub is heard again", hub=self._thread.name)
            self._complaint = ""
        self._all_is_heard()

    def _complain(self, error: Exception) -> None:
        """Say what it failed with, once for the same reason."""
        complaint = str(error) or type(error).__name__
        if complaint == self._complaint:
            return
        self._complaint = complaint
        said = _log.warning if isinstance(error, WorldError) else _log.exception
        said("a ProjectX hub cannot be heard; connecting again", hub=self._thread.name, error=complaint)
