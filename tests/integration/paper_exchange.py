"""Run the paper exchange as others meet it: on a port of this machine, in this process or in one of its own."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any, final

import httpx

from tests.integration.service import COMMAND, SECONDS_MAX, environment
from tradecore.adapters.memory.paper import PaperVenue
from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.venues.paper import create_app
from tradecore.entrypoints.venues.reports import Reports

HOME = "127.0.0.1"


@final
class Served:
    """A venue behind a port; it may be gone for a while, and come back on the same port."""

    def __init__(self, venue: PaperVenue, reports: Reports) -> None:
        self._server = WebServer(HOME, 0)
        self._port, self.url = self._server.port, self._server.url
        self.begin(venue, reports)

    def begin(self, venue: PaperVenue, reports: Reports) -> None:
        self.end()
        self._server = WebServer(HOME, self._port)
        self._server.start(create_app(venue, reports, still=True))

    def end(self) -> None:
        self._server.stop()


@final
class ExchangeProcess:
    """`tradecore venue paper` on a folder, and on a free port where none is named."""

    def __init__(self, folder: Path, *options: str, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, "venue", "paper", "--folder", str(folder), "--port", str(port), *options],
            env=environment(), text=True, stdout=subprocess.PIPE)  # fmt: skip
        assert self._process.stdout is not None
        self.told: dict[str, str] = json.loads(self._process.stdout.readline())
        self.url = self.told["url"]
        self.port = int(self.url.rpartition(":")[2])

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path, timeout=SECONDS_MAX).raise_for_status().json()

    def orders(self, account_id: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get(f"/sim/accounts/{account_id}/orders")
        return rows

    def close(self) -> None:
        self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send a signal; return the exit code, and what was said after the first line. A repeat is harmless."""
        self._process.send_signal(number)
        code = self._process.wait(SECONDS_MAX)
        assert self._process.stdout is not None
        said = "" if self._process.stdout.closed else self._process.stdout.read()
        self._process.stdout.close()
        return code, said
