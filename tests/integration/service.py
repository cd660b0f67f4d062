"""Run the real service in a process of its own, and talk to it as people and scripts do."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx

from tradecore.adapters.system.clock import SystemClock

COMMAND: Final = (sys.executable, "-m", "tradecore.entrypoints.cli")
_SHIFTED: Final = str(Path(__file__).with_name("shifted.py"))
SECONDS_MAX: Final = 60
_LOOK_SECONDS: Final = 0.05
_LAST_LINES: Final = {
    "run": "Stop with", "web": "tradecore's web service is ready", "worker": "tradecore's worker is ready",
}  # fmt: skip


def environment(**own: str) -> dict[str, str]:
    """Return the environment without what the developer has set for an own service."""
    theirs = re.compile(
        r"TRADECORE_|TV_|ACCOUNT_|PROJECTX_|MAX_|DAILY_|DATABASE_URL|ENCRYPTION_KEY|WEBHOOK_SECRET|LOG_LEVEL"
    )
    return {name: value for name, value in os.environ.items() if not theirs.match(name)} | {"COLUMNS": "200"} | own


def command_at(moment: datetime) -> tuple[str, ...]:
    """Return the command `tradecore` of somebody who believes that it is *moment* now."""
    return sys.executable, _SHIFTED, str((moment - SystemClock().now()).total_seconds())


def until(look: Callable[[], Any]) -> Any:
    """Return what *look* finds, as soon as it finds anything."""
    pause = Event()
    for _ in range(round(SECONDS_MAX / _LOOK_SECONDS)):
        found = look()
        if found:
            return found
        pause.wait(_LOOK_SECONDS)
    message = "it did not come about in time"
    raise AssertionError(message)


class Service:
    """One process of the service, in a folder."""

    def __init__(self, here: Path, command: str = "run", at: datetime | None = None, **own: str) -> None:
        self.here = here
        self._last_line = _LAST_LINES[command]
        port = () if command == "worker" else ("--port", "0")
        self.said: list[str] = []
        with (here / "stderr.txt").open("a") as errors:
            self.process = subprocess.Popen(
                [*(command_at(at) if at else COMMAND), command, *port], cwd=here, env=environment(**own), text=True,
                stdout=subprocess.PIPE, stderr=errors)  # fmt: skip
        self._ready = Event()
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()

    def ready(self) -> "Service":
        """Return once it has said everything that it says at a start."""
        assert self._ready.wait(SECONDS_MAX), self.errors()
        assert self.process.poll() is None, self.errors()
        return self

    def errors(self) -> str:
        return (self.here / "stderr.txt").read_text()

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(SECONDS_MAX)
        self._listener.join(SECONDS_MAX)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(SECONDS_MAX)
        self._listener.join(SECONDS_MAX)
        assert self.process.stdout is not None
        self.process.stdout.close()

    @property
    def first_run(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.here / "var" / "first-run.json").read_text())
        return found

    @property
    def curl(self) -> str:
        return next(line.strip() for line in self.said if line.strip().startswith("curl "))

    def get(self, path: str) -> Any:
        answer = httpx.get(self.first_run["url"] + path, headers=self.bearer, timeout=SECONDS_MAX)
        answer.raise_for_status()
        return answer.json()

    def send(self, action: str, symbol: str = "AAPL", timeframe: str = "15 Min", token: str = "") -> str:
        """Send an alert, and return its id."""
        own_id = f"{action}-{os.urandom(8).hex()}"
        body = {"action": action, "symbol": symbol, "timeframe": timeframe, "alert_id": own_id}
        url = f"{self.first_run['url']}/webhook?token={token}" if token else self.first_run["webhook_url"]
        answer = httpx.post(url, json=body, timeout=SECONDS_MAX)
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["alert_id"])

    def ended(self, alert_id: str) -> dict[str, Any]:
        """Return the alert once it has its end."""

        def look() -> dict[str, Any] | None:
            alert: dict[str, Any] = self.get(f"/api/v1/alerts/{alert_id}")
            return alert if alert["status"] != "pending" else None

        found: dict[str, Any] = until(look)
        return found

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.first_run['api_token']}"}

    def tell(self, *arguments: str, code: int = 0) -> str:
        """Call a command beside the service, and return what it prints."""
        done = subprocess.run(
            [*COMMAND, *arguments], cwd=self.here, env=environment(), text=True, capture_output=True, check=False,
            timeout=SECONDS_MAX)  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            if line.startswith(self._last_line):
                self._ready.set()
        self._ready.set()


@contextmanager
def running(here: Path, command: str = "run", at: datetime | None = None, **own: str) -> Iterator[Service]:
    """Run the service until the block ends; it may begin *at* another time."""
    service = Service(here, command, at, **own)
    try:
        yield service.ready()
    finally:
        service.close()
