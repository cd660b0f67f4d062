"""Follow the tutorial for Alpaca word by word, as somebody does who has never seen tradecore."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, final

import httpx
import pytest

from tests.integration.service import SECONDS_MAX, environment, until

PAGE: Final = Path(__file__).parents[2] / "docs" / "tutorial" / "alpaca.md"
BLOCK: Final = re.compile(r"^```sh\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
APART: Final = "# in a terminal of its own\n"
BASH: Final = "/bin/bash"
PORTS: Final = ("5000", "5200", "5201")


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@final
class Reader:
    """Somebody with the page and an empty folder."""

    def __init__(self, here: Path, leaving: ExitStack) -> None:
        self.here = here
        self.leaving = leaving
        # Other tests may have the page's own ports.
        self.ports = {port: free_port() for port in PORTS}
        self.env = environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")

    def do(self, code: str) -> str:
        """Type a block, and return what it prints."""
        for port, own in self.ports.items():
            code = code.replace(port, own)
        if code.startswith(APART):
            self.begin(code.removeprefix(APART))
            return ""
        done = subprocess.run(
            [BASH, "-euo", "pipefail", "-c", code], cwd=self.here, env=self.env, text=True, capture_output=True,
            check=False, timeout=SECONDS_MAX)  # fmt: skip
        assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
        return done.stdout

    def begin(self, code: str) -> None:
        """Type a block into a terminal of its own, and wait until it says that it is ready."""
        said = self.here / f"said-{len(code)}.txt"
        *first, last = code.splitlines()
        code = "\n".join((*first, f"exec {last}"))
        with said.open("w") as out:
            process = subprocess.Popen(
                [BASH, "-c", code], cwd=self.here, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )
        self.leaving.callback(process.wait, SECONDS_MAX)
        self.leaving.callback(process.terminate)
        ready = (self.here / "exchange.json") if "exchange.json" in code else said
        word = '"accounts"' if "exchange.json" in code else "Stop with"
        until(lambda: (ready.exists() and word in ready.read_text()) or process.poll() is not None)
        assert process.poll() is None, said.read_text()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    with ExitStack() as leaving:
        yield Reader(tmp_path, leaving)


def test_the_tutorial_ends_with_an_order_at_alpaca_and_a_flat_account(reader: Reader) -> None:
    blocks = [found["code"] for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]
    *before, alert, explain, flatten, forget = blocks

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
