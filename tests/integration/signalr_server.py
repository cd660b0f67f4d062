"""Be a hub that says what a test wants it to."""

import json
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Final, final

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from tests.integration.signalr_client import END

HOME: Final = "127.0.0.1"


def record(**fields: Any) -> str:
    return json.dumps(fields) + END


def completed(said: dict[str, Any], error: str | None = None) -> str:
    outcome: dict[str, Any] = {"result": None} if error is None else {"error": error}
    return record(type=3, invocationId=said["invocationId"], **outcome)


@final
class Caller:
    """One client at the hub."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self._rest = ""
        self._records: list[dict[str, Any]] = []

    def say(self, *records: str) -> None:
        """Send records in one frame."""
        self.socket.send("".join(records))

    def next(self) -> dict[str, Any]:
        while not self._records:
            *whole, self._rest = (self._rest + str(self.socket.recv())).split(END)
            self._records = [json.loads(each) for each in whole]
        return self._records.pop(0)

    def call(self) -> dict[str, Any]:
        """Return the next that is no ping."""
        while (said := self.next()).get("type") == 6:
            pass
        return said

    def welcome(self, *calls: str | None) -> None:
        """Answer the greeting, and as many calls; each with an error or None."""
        assert self.next() == {"protocol": "json", "version": 1}
        self.say("{}" + END)
        for error in calls:
            self.say(completed(self.call(), error))

    def stay(self) -> None:
        """Say nothing, until the client goes."""
        while True:
            self.next()


Act = Callable[[Caller], None]


@final
class ScriptedHub:
    """A hub on a port of its own, which acts with each client as it is told; with the last one for ever after."""

    def __init__(self, *acts: Act) -> None:
        self._acts = acts
        self._lock = Lock()
        self.came = 0
        self._server = serve(self._serve, HOME, 0, max_size=None, ping_interval=None, close_timeout=0.1)
        self.url = f"http://{HOME}:{self._server.socket.getsockname()[1]}/hubs/user"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()

    def _serve(self, socket: ServerConnection) -> None:
        with self._lock:
            act = self._acts[min(self.came, len(self._acts) - 1)]
            self.came += 1
        with suppress(ConnectionClosed):
            act(Caller(socket))
