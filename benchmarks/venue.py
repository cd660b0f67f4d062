"""Be the paper exchange in a process of its own, and stamp each order with the moment at which it came in.

Run as a program it prints its port, and ends with its input. `/stamps` tells what came since it was asked last.
"""

import json
import sys
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, final

from tradecore.adapters.memory.paper import PaperVenue
from tradecore.adapters.system.clock import SystemClock
from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.venues.paper import create_app
from tradecore.entrypoints.venues.reports import Reports

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Where orders come in: at the paper exchange, the bare hop, and the exchanges of Alpaca and ProjectX.
_ORDERS: Final = ("/order", "/hop", "/v2/orders", "/api/Order/place")
# How an order's name is called there.
_NAMES: Final = ("id", "client_order_id", "customTag")


@final
class Stamped:
    """An application, with what was sent to it and when."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._stamps: SimpleQueue[tuple[float, bytes]] = SimpleQueue()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Stamp an order, and pass it on."""
        now, path = time.monotonic(), environ["PATH_INFO"]
        if path == "/stamps":
            return answered(start, self._taken())
        if environ["REQUEST_METHOD"] == "POST" and path.endswith(_ORDERS):
            body = environ["wsgi.input"].read()
            environ["wsgi.input"] = BytesIO(body)
            self._stamps.put((now, body))
        return answered(start, None) if path.endswith("/hop") else self._application(environ, start)

    def _taken(self) -> list[tuple[float, str]]:
        found = []
        try:
            while True:
                at, body = self._stamps.get_nowait()
                order = json.loads(body)
                found.append((at, next(str(order[name]) for name in _NAMES if name in order)))
        except Empty:
            return found


def answered(start: Callable[..., Any], value: object) -> list[bytes]:
    """Answer a WSGI request with JSON."""
    body = json.dumps(value).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def main(folder: str) -> None:
    """Serve until the input ends."""
    reports = Reports("benchmark")
    venue = PaperVenue(SystemClock(), Path(folder) / "venue.jsonl")
    server = WebServer("127.0.0.1", 0)
    server.start(Stamped(create_app(venue, reports, still=True)))
    print(server.port, flush=True)
    sys.stdin.read()
    reports.close()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
