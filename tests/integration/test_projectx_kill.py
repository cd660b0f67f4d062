"""Kill the real service in the middle of a bracketed trade at ProjectX, and start it again: it goes on."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, final

import httpx
import pytest

from tests.integration import service
from tests.integration.service import SECONDS_MAX, Service, until
from tests.integration.venue_processes import started
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.sessions import CHICAGO

PLACE: Final = "/api/Order/place"
LIMIT, MARKET, STOP = 1, 2, 4
OPEN, FILLED, CANCELLED = 1, 2, 3


@final
class Gateway:
    """The exchange in a process of its own, as somebody sees it who moves it by hand."""

    def __init__(self, told: dict[str, Any], now: datetime) -> None:
        self.told = told
        self.account: int = told["accounts"][0]["id"]
        self.http = httpx.Client(base_url=told["rest"], timeout=SECONDS_MAX)
        self.sim("clock", now=now.isoformat())
        self.price(6400)
        login = {"userName": told["user"], "apiKey": told["key"]}
        token = self.http.post("/api/Auth/loginKey", json=login).json()["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def sim(self, path: str, /, **body: Any) -> None:
        self.http.post(f"/sim/{path}", json=body).raise_for_status()

    def price(self, last: int) -> None:
        self.sim("price", contract="MES", last=str(last))

    def orders(self) -> list[tuple[int, int, int]]:
        """Return type, status and filled size of every order there ever was, by its id."""
        rows = self.http.get(f"/sim/accounts/{self.account}/orders").raise_for_status().json()
        return [(row["type"], row["status"], row["fillVolume"]) for row in rows]

    def held(self) -> int:
        answer = self.http.post("/api/Position/searchOpen", json={"accountId": self.account}).raise_for_status().json()
        return sum(row["size"] * (1 if row["type"] == 1 else -1) for row in answer["positions"])


@pytest.fixture
def monday(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Have it be ten on a Monday morning in Chicago for every service, whenever it begins, and return that moment."""
    now = SystemClock().now()
    today = now.astimezone(CHICAGO).replace(hour=10, minute=0, second=0, microsecond=0)
    later = today + timedelta(days=7 - today.weekday())
    monkeypatch.setenv("SECONDS_FROM_NOW", str(round((later.astimezone(UTC) - now).total_seconds())))
    monkeypatch.setattr(service, "COMMAND", (sys.executable, str(Path(__file__).with_name("another_day.py"))))
    return later.astimezone(UTC)


@pytest.fixture
def gateway(monday: datetime) -> Iterator[Gateway]:
    with started("projectx", "--port", "0", "--hub-port", "0") as (_, told):
        gateway = Gateway(told, monday)
        with closing(gateway.http):
            yield gateway


@pytest.fixture
def start(gateway: Gateway, tmp_path: Path) -> Iterator[Callable[[], Service]]:
    """Return what starts the service; it has the same folder each time."""
    told = gateway.told
    (tmp_path / ".env").write_text(
        f"PROJECTX_BASE_URL={told['rest']}\nPROJECTX_USER_HUB_URL={told['user_hub']}\n"
        f"PROJECTX_MARKET_HUB_URL={told['market_hub']}\nPROJECTX_USERNAME={told['user']}\n"
        f"PROJECTX_API_KEY={told['key']}\nACCOUNT_EVAL={gateway.account}\n"
    )
    begun: list[Service] = []

    def start() -> Service:
        begun.append(Service(tmp_path).ready())
        return begun[-1]

    yield start
    for one in begun:
        one.close()


def a_bot(running: Service) -> str:
    """Make a bot that trades two MES with a stop and a target, and return a token for it."""
    running.tell(
        "bot", "add", "--account", "eval", "--symbol", "MES", "--timeframe", "15 Min", "--units", "2",
        "--stop", "1%", "--target", "1%")  # fmt: skip
    told = running.tell("token", "new", "--account", "eval", "--name", "test", "--json")
    return str(json.JSONDecoder().raw_decode(told, told.index("{"))[0]["token"])


def test_a_kill_between_the_order_and_its_answer_leaves_one_bracketed_trade_that_goes_on(
    gateway: Gateway, start: Callable[[], Service]
) -> None:
    running = start()
    token = a_bot(running)
    gateway.sim("faults/hang-after", path=PLACE, seconds=60)
    bought = running.send("buy", "MES", token=token)
    until(lambda: gateway.held() == 2)
    assert running.end(signal.SIGKILL) == -signal.SIGKILL

    running = start()

    assert running.ended(bought)["status"] == "done"
    assert gateway.orders() == [(MARKET, FILLED, 2), (STOP, OPEN, 0), (LIMIT, OPEN, 0)]
    assert gateway.held() == 2

    # The target fills while nobody listens.
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    gateway.price(6464)
    assert gateway.held() == 0
    running = start()
    sold = running.send("sell", "MES", token=token)

    assert running.ended(sold)["status"] == "done"
    assert gateway.held() == -2
    before, after = gateway.orders()[:3], gateway.orders()[3:]
    assert before == [(MARKET, FILLED, 2), (STOP, CANCELLED, 0), (LIMIT, FILLED, 2)]
    assert after == [(MARKET, FILLED, 2), (STOP, OPEN, 0), (LIMIT, OPEN, 0)]


def test_an_exit_whose_answer_is_lost_goes_out_once_and_takes_the_bracket_along(
    gateway: Gateway, start: Callable[[], Service]
) -> None:
    running = start()
    token = a_bot(running)
    assert running.ended(running.send("buy", "MES", token=token))["status"] == "done"
    gateway.sim("faults/reset-after", path=PLACE)

    assert running.ended(running.send("close", "MES", token=token))["status"] == "done"

    assert gateway.held() == 0
    until(lambda: not [one for one in gateway.orders() if one[1] == OPEN])
    assert [one for one in gateway.orders() if one[1] == FILLED] == [(MARKET, FILLED, 2)] * 2
