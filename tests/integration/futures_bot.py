"""Run the service with the futures bot's `.env` against our ProjectX exchange, on a Monday morning."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, final

import pytest
from attrs import evolve
from werkzeug.test import Client

from tests.integration.projectx_exchange import ProjectX
from tests.integration.service import until
from tradecore.adapters.system.clock import SystemClock
from tradecore.entrypoints.runtime import env_accounts, first_run, premises, process, wiring
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.entrypoints.web.app import create_app

MONDAY: Final = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECRET: Final = "the-secret-of-the-futures-bot"
LONG, SHORT = 1, 2


@final
class FuturesBot:
    """The service in this process, as `tradecore run` puts it together, on a Monday morning."""

    def __init__(self, here: Path) -> None:
        settings = Settings.load({}, here)
        premises.make_folders(settings)
        premises.migrate(settings)
        self.room = wiring.paper(settings)
        welcome = first_run.furnish(self.room, "http://127.0.0.1:5000")
        assert welcome is not None
        self.welcome = welcome
        self._sent = 0  # Two alerts that are alike to the byte would be one.
        self.settings = welcome.applied_to(settings)
        env_accounts.keep_in_step(self.room.services.directory, self.settings)
        services = evolve(self.room.services, settings=self.settings)
        self._stop = process._start_crew(self.room, self.settings)
        self.client: Client = create_app(services).test_client()

    def close(self) -> None:
        self._stop()
        self.room.store.close()

    def post(self, **body: Any) -> Any:
        """Send what the futures bot's README sends, and return the alert once it has its end."""
        self._sent += 1
        answer = self.client.post("/webhook", data=json.dumps({"secret": SECRET, **body, "number": self._sent}))
        assert answer.status_code == 202, answer.text
        path = f"/api/v1/alerts/{answer.get_json()['alert_id']}"

        def ended() -> Any:
            told = self.get(path)
            return told if told["status"] != "pending" else None

        return until(ended)

    def get(self, path: str) -> Any:
        answer = self.client.get(path, headers={"Authorization": f"Bearer {self.welcome.api_token}"})
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def names(self) -> dict[str, bool]:
        return {one.name: one.opens for one in self.room.services.directory.accounts()}


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ShiftedClock:
    """Have it be Monday morning for the service, which runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    clock = ShiftedClock(SystemClock())
    clock.set(MONDAY)
    monkeypatch.setattr(wiring, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    venue = ProjectX()
    venue.venue.clock.set(MONDAY)
    venue.token = venue.ask("Auth/loginKey", userName=venue.told["user"], apiKey=venue.told["key"])["token"]
    venue.price(6400)
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.2):
            venue.venue.tick()

    pulse = threading.Thread(target=tick)
    pulse.start()
    try:
        yield venue
    finally:
        stop.set()
        pulse.join()
        venue.close()


@pytest.fixture
def started(projectx: ProjectX, tmp_path: Path) -> Iterator[Callable[..., FuturesBot]]:
    """Return what starts the service with the futures bot's `.env`, and more or other lines."""
    running: list[FuturesBot] = []

    def start(**lines: str) -> FuturesBot:
        while running:
            running.pop().close()
        (tmp_path / ".env").write_text(env(projectx, **lines))
        running.append(FuturesBot(tmp_path))
        return running[-1]

    yield start
    while running:
        running.pop().close()


def env(projectx: ProjectX, **lines: str) -> str:
    first, second = (str(one["id"]) for one in projectx.told["accounts"])
    usual = {
        "TV_PORT": "0", "WEBHOOK_SECRET": SECRET, "PROJECTX_BASE_URL": projectx.url,
        "PROJECTX_USER_HUB_URL": projectx.told["user_hub"], "PROJECTX_MARKET_HUB_URL": projectx.told["market_hub"],
        "PROJECTX_USERNAME": projectx.told["user"], "PROJECTX_API_KEY": projectx.told["key"],
        "ACCOUNT_EVAL": first, "ACCOUNT_MAIN": second, "MAX_DAILY_LOSS": "-5000", "DAILY_PROFIT_TARGET": "5000",
        "MAX_CONSECUTIVE_LOSSES": "0",
    }  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in {**usual, **lines}.items() if value)


def held(projectx: ProjectX, place: int = 0) -> dict[str, int]:
    """Return what an account holds at the venue, by contract id, signed."""
    account = projectx.told["accounts"][place]["id"]
    rows = projectx.ask("Position/searchOpen", accountId=account)["positions"]
    return {row["contractId"]: row["size"] * (1 if row["type"] == LONG else -1) for row in rows}
