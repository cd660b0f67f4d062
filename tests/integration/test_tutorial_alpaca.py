"""Follow the tutorial for Alpaca word by word."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.integration.reader import Reader, blocks_of
from tests.integration.service import SECONDS_MAX


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with ExitStack() as leaving:
        yield Reader(tmp_path, leaving, ("5000", "5200", "5201"))


def test_the_tutorial_ends_with_an_order_at_alpaca_and_a_flat_account(reader: Reader) -> None:
    *before, alert, explain, flatten, forget = blocks_of("tutorial/alpaca.md")

    for block in before:
        reader.do(block)
    for name in (".env", "exchange.json"):
        assert (reader.here / name).stat().st_mode & 0o077 == 0, "others on the machine must not read it"
    assert '"accepted"' in reader.do(alert)
    told = next(said for _ in range(20) if "pending" not in (said := reader.do(explain)))
    assert "filled 10" in told, told
    for word in ("read as", "passed: market hours", "bought 10"):
        assert word in told

    exchange = json.loads((reader.here / "exchange.json").read_text())
    keys = exchange["accounts"][0]
    headers = {"APCA-API-KEY-ID": keys["key_id"], "APCA-API-SECRET-KEY": keys["secret_key"]}

    def held() -> list[tuple[str, str, str]]:
        positions = httpx.get(f"{exchange['rest']}/v2/positions", headers=headers, timeout=SECONDS_MAX).json()
        return [(one["symbol"], one["qty"], one["qty_available"]) for one in positions]

    assert held() == [("MSFT", "10", "0")], "its stop holds all of it"
    reader.do(flatten)
    assert held() == []
    assert reader.do(forget) == "The keys of stocks are deleted.\n"
