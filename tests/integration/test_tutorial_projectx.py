"""Follow the tutorial for ProjectX word by word, on a Monday morning: CME must be open."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.integration.reader import Reader, blocks_of
from tests.integration.service import SECONDS_MAX

MONDAY: Final = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
LONG, SHORT = 1, 2
STOP, LIMIT = 4, 1


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with ExitStack() as leaving:
        yield Reader(tmp_path, leaving, ("5000", "5300", "5301"), at=MONDAY)


class Exchange:
    """What the exchange of the tutorial holds, asked as any program asks it."""

    def __init__(self, here: Path) -> None:
        self.told = json.loads((here / "exchange.json").read_text())
        self.token: str | None = None
        self.token = self._ask("Auth/loginKey", userName=self.told["user"], apiKey=self.told["key"])["token"]

    def held(self) -> list[tuple[int, int]]:
        return [(one["type"], one["size"]) for one in self._own("Position/searchOpen")["positions"]]

    def legs(self) -> set[tuple[int, int, float]]:
        orders = self._own("Order/searchOpen")["orders"]
        return {(one["type"], one["size"], one["stopPrice"] or one["limitPrice"]) for one in orders}

    def _own(self, path: str) -> Any:
        return self._ask(path, accountId=self.told["accounts"][0]["id"])

    def _ask(self, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = httpx.post(f"{self.told['rest']}/api/{path}", json=body, headers=headers, timeout=SECONDS_MAX)
        return answer.raise_for_status().json()


def end_of(reader: Reader, explain: str) -> str:
    return next(said for _ in range(20) if "pending" not in (said := reader.do(explain)))


def test_the_tutorial_ends_with_a_trade_turned_round_and_a_flat_account(reader: Reader) -> None:
    blocks = blocks_of("tutorial/projectx.md")
    venue, write, doctor, run, edit, buy, explain, look, again, sell, explain2, flat, explain3, preset = blocks

    reader.do(venue)
    reader.do(write)
    assert (reader.here / ".env").stat().st_mode & 0o077 == 0, "others on the machine must not read it"
    assert "ok   projectx: the login opens, and may trade: eval\n" in reader.do(doctor)
    reader.do(run)
    assert "stop 40 ticks, target 200 dollars per position" in reader.do(edit)

    exchange = Exchange(reader.here)
    assert '"accepted"' in reader.do(buy)
    told = end_of(reader, explain)
    for word in ("done: Opened", "passed: market hours", "filled 2", "stop 6390  working", "limit 6420  working"):
        assert word in told, told
    bracket = {(STOP, 2, 6390), (LIMIT, 2, 6420)}
    assert (exchange.held(), exchange.legs()) == ([(LONG, 2)], bracket)
    looked = reader.do(look)
    for word in ('"size": 2.0', '"stopPrice": 6390.0', '"max_daily_loss": -500.0', '"flat_by": "2026-11-23T15:07'):
        assert word in looked, looked

    reader.interrupt("tradecore run")
    assert (exchange.held(), exchange.legs()) == ([(LONG, 2)], bracket), "what protects it is at the exchange"
    reader.do(again)

    assert '"accepted"' in reader.do(sell)
    told = end_of(reader, explain2)
    assert "done: Reversed: the bot is short 3 MESZ2026" in told, told
    # 200 dollars for three are 13.33 points, and the target lies on a tick within them.
    assert (exchange.held(), exchange.legs()) == ([(SHORT, 3)], {(STOP, 3, 6410), (LIMIT, 3, 6386.75)})
    assert '"accepted"' in reader.do(flat)
    assert "done: Flat: the broker confirms" in end_of(reader, explain3)
    assert (exchange.held(), exchange.legs()) == ([], set())
    assert "contracts: 5 minis (was none)" in reader.do(preset)
