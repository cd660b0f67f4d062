"""Measure what the service holds in memory after so many alerts of every kind; the exchange is another process."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.lines import Line, Size
from benchmarks.load import PLACE
from benchmarks.options import Options
from benchmarks.processes import program
from benchmarks.workers import SYMBOLS, furnish, post
from tests.integration.service import Service, running, until
from tradecore.adapters.sql.store import SqlStore

_ACCOUNTS: Final = ("one", "two", "three", "four")
# So many wait at most, as on a day on which the engine keeps up.
_AT_ONCE: Final = 1_000
_RESIDENT: Final = re.compile(r"^VmRSS:\s*(\d+) kB$", re.MULTILINE)


def lines(options: Options) -> Iterator[Line]:
    """Yield the last ten times as many alerts beside those before, and these beside the first."""
    numbers = (options.alerts // 100, options.alerts // 10, options.alerts)
    with (
        TemporaryDirectory(prefix="tradecore-bench-") as name,
        program("venue", name) as venue,
        _service(Path(name), venue) as service,
    ):
        store = SqlStore(f"sqlite:///{name}/var/tradecore.db")
        token = furnish(store, _ACCOUNTS)
        store.close()
        sizes, sent = [], 0
        for number in numbers:
            while sent < number:
                sent += _send(service, token, sent, min(_AT_ONCE, number - sent))
            sizes.append(resident(service))
            print(f"memory: {sizes[-1].mebibytes:,.1f} MiB after {sent:,} alerts", file=sys.stderr)
    for index in (1, 2):
        yield Line(
            name=f"memory after {numbers[index]:,} alerts", own=sizes[index],
            baseline=f"after {numbers[index - 1]:,}", base=sizes[index - 1])  # fmt: skip


@contextmanager
def _service(folder: Path, venue: str) -> Iterator[Service]:
    # A file, so that the commands beside the service find it too.
    (folder / ".env").write_text(f"TRADECORE_PAPER_URL='http://127.0.0.1:{venue}'\n")
    with running(folder) as service:
        yield service


def _send(service: Service, token: str, first: int, number: int) -> int:
    """Send so many alerts, and return their number once nothing waits any more."""
    port = int(service.first_run["url"].rpartition(":")[2])
    outcome = post(port, token, _bodies(), number, first=first)
    assert set(outcome.statuses) <= {"200", "202"}, outcome.statuses
    until(lambda: service.get("/health")["waiting"] == 0)
    return number


def _bodies() -> tuple[str, ...]:
    """Return for every book one that opens, one that is repeated, one that nobody takes, and one that closes."""
    kinds = (("buy", "15 Min", PLACE), ("buy", "15 Min", "again"), ("buy", "5 Min", PLACE), ("close", "15 Min", PLACE))
    return tuple(
        json.dumps({"action": action, "symbol": symbol, "timeframe": timeframe, "account": account, "alert_id": name})
        for action, timeframe, name in kinds for account in _ACCOUNTS for symbol in SYMBOLS
    )  # fmt: skip


def resident(service: Service) -> Size:
    """Return what the service holds in memory now."""
    found = _RESIDENT.search(Path(f"/proc/{service.process.pid}/status").read_text())
    assert found, "only Linux says how much memory a process holds"
    return Size(int(found[1]) / 1024)
