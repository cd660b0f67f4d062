"""Measure how long an order takes to its venue: from the POST of its alert until the venue has it.

Alerts open and close on many books, so that none waits for its own predecessor. The venue is the paper exchange in
a process of its own, which stamps what comes in by the clock that the sender uses too.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from attrs import define

from benchmarks.lines import Figures, Line
from benchmarks.load import PLACE, Job, Sent, started
from benchmarks.options import Options, label, lent
from benchmarks.processes import program
from tests.integration.service import Service, running

_ACCOUNTS = ("one", "two", "three", "four")
_SYMBOLS = ("AAPL", "MSFT", "NVDA", "TSLA", "SPY", "QQQ", "MES", "MNQ")
_RATES = (1.0, 20.0, 50.0)
_FIRST_RATE = 8.0
_WARMING_SECONDS = 3.0
_CONNECTIONS = 16
_LATE_SECONDS = 20.0
_LOOK_SECONDS = 0.05


def lines(options: Options) -> Iterator[Line]:
    """Yield the way of an order on each database and at each rate, beside the bare durable hop."""
    for database in options.databases:
        with lent(database) as (folder, url), program("venue", str(folder)) as venue:
            address = f"http://127.0.0.1:{venue}"
            with program("bare", "hop", url, address) as port, _service(folder, url, address) as own:
                doors = (Door(address, _bodies(), port, "/webhook"), Door(address, _bodies(), *own))
                for door in doors:
                    # Once through all books: before its first entry each asks its venue what is held.
                    door.warm()
                for rate in _RATES:
                    (base, _), (mine, missing) = (door.measured(rate, options.path_seconds) for door in doors)
                    name = f"order to venue, {label(database)}, {rate:g}/s"
                    name += f" ({missing} never sent)" if missing else ""
                    yield Line(name=name, own=mine, baseline="a bare durable hop", base=base, is_paced=True)


@define
class Door:
    """Where to send alerts to, and the number of the next: what one opens, the next but so many closes."""

    venue: str
    bodies: tuple[str, ...]
    port: int
    target: str
    following: int = 0

    def warm(self) -> None:
        """Go once through all books, slowly."""
        self.measured(_FIRST_RATE, len(self.bodies) / _FIRST_RATE)

    def measured(self, rate: float, seconds: float) -> tuple[Figures, int]:
        """Send alerts, and return how long their orders took, and how many alerts made none.

        Where more comes than the machine can do, a close overtakes the entry that still waits for its turn.
        """
        httpx.get(f"{self.venue}/stamps").raise_for_status()
        # One that nobody uses is closed by the service.
        connections = min(_CONNECTIONS, max(2, round(rate)))
        job = Job(
            port=self.port, target=self.target, bodies=self.bodies, connections=connections, seconds=seconds,
            warming_seconds=_WARMING_SECONDS, per_second=rate, first=self.following)  # fmt: skip
        with started(job) as load:
            outcome = load.go()
        assert set(outcome.statuses) == {"202"}, outcome.statuses
        self.following = outcome.following
        due = {alert_of(sent): sent.due for sent in outcome.sent}
        came = arrivals(self.venue, set(due))
        took = [came[name] - at for name, at in due.items() if name in came]
        return Figures.of(took, outcome.seconds), len(due) - len(took)


def arrivals(venue: str, names: set[str], seconds_max: float = _LATE_SECONDS) -> dict[str, float]:
    """Return when the first order of each alert came in; of those that came while anybody waited for *names*."""
    came: dict[str, float] = {}
    give_up = time.monotonic() + seconds_max
    while True:
        for at, name in httpx.get(f"{venue}/stamps").raise_for_status().json():
            came.setdefault(name.partition("-")[0], at)
        if not names - came.keys() or time.monotonic() > give_up:
            return came
        time.sleep(_LOOK_SECONDS)


def alert_of(sent: Sent) -> str:
    """Return the alert's id: that of its answer, or the one it was sent with where there is none."""
    answer = sent.answer.partition("\r\n\r\n")[2]
    return str(json.loads(answer)["alert_id"]) if answer else sent.number


def _bodies() -> tuple[str, ...]:
    """Return an opening alert for every book, and then a closing one for each."""
    return tuple(
        json.dumps({
            "action": action, "symbol": symbol, "timeframe": "15 Min", "account": account, "alert_id": PLACE,
            "comment": "x" * 100,
        })
        for action in ("buy", "close") for account in _ACCOUNTS for symbol in _SYMBOLS
    )  # fmt: skip


@contextmanager
def _service(folder: Path, url: str, venue: str) -> Iterator[tuple[int, str]]:
    """Run the real service, with a bot for every book; lend its port, and where to send alerts."""
    own = {"TRADECORE_PAPER_URL": venue} | ({} if url.startswith("sqlite:") else {"DATABASE_URL": url})
    # A file, so that the commands beside the service find it too.
    (folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in own.items()))
    with running(folder) as service:
        for account in _ACCOUNTS:
            service.tell("account", "add", account)
        for account in _ACCOUNTS:
            for symbol in _SYMBOLS:
                make(service, "bots", {"account_id": account, "symbol": symbol, "timeframe": "15 Min"})
        target = make(service, "tokens", {"power": "submit"})["webhook_path"]
        yield int(service.first_run["url"].rpartition(":")[2]), target


def make(service: Service, what: str, draft: Mapping[str, object]) -> dict[str, str]:
    """Have the service's API make something, and return what it tells of it."""
    url = f"{service.first_run['url']}/api/v1/{what}"
    answer = httpx.post(url, json=draft, headers=service.bearer, timeout=_LATE_SECONDS)
    found: dict[str, str] = answer.raise_for_status().json()
    return found
