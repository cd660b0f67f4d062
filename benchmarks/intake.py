"""Measure how fast alerts are taken: through the real service, beside a bare view and one that inserts once."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from attrs import frozen

from benchmarks.lines import Figures, Line
from benchmarks.load import PLACE, Job, started
from benchmarks.options import Options, label, lent
from benchmarks.processes import program
from tests.integration.service import running

_CONNECTIONS = (1, 16, 64)
_WARMING_SECONDS = 0.5
_BODY_BYTES = 230
_RUNS = count()
_NUMBERS_OF_A_RUN = 1_000_000


@frozen
class _Door:
    """Where to send alerts to."""

    port: int
    target: str = "/webhook"


def lines(options: Options) -> Iterator[Line]:
    """Yield the service on each database and with each number of connections, beside both baselines."""
    for database in options.databases:
        with lent(database) as (folder, url), ExitStack() as servers:
            bare = _Door(servers.enter_context(program("bare", "answer")))
            insert = _Door(servers.enter_context(program("bare", "insert", url)))
            own = servers.enter_context(_service(folder, url))
            for connections in _CONNECTIONS:
                doors = {"a bare view": bare, "a view with one insert": insert, "": own}
                rounds: dict[str, list[Figures]] = {name: [] for name in doors}
                for _ in range(options.rounds):
                    for name, door in doors.items():
                        rounds[name].append(_round(door, connections, options.load_seconds))
                figures = {name: Figures.middle(found) for name, found in rounds.items()}
                for baseline in ("a bare view", "a view with one insert"):
                    name = f"intake, {label(database)}, {connections} at once"
                    yield Line(name=name, own=figures[""], baseline=baseline, base=figures[baseline])


def _round(door: _Door, connections: int, seconds: float) -> Figures:
    job = Job(
        port=door.port, target=door.target, bodies=(_body(),), connections=connections, seconds=seconds,
        warming_seconds=_WARMING_SECONDS, first=next(_RUNS) * _NUMBERS_OF_A_RUN % 100_000_000)  # fmt: skip
    with started(job) as load:
        outcome = load.go()
    assert set(outcome.statuses) == {"202"}, outcome.statuses
    return Figures.of(outcome.latencies, outcome.seconds)


def _body() -> str:
    text = f'{{"action": "buy", "symbol": "AAPL", "timeframe": "15 Min", "alert_id": "{PLACE}", "comment": "'
    return f'{text}{"x" * (_BODY_BYTES - len(text) - 2)}"}}'


@contextmanager
def _service(folder: Path, url: str) -> Iterator[_Door]:
    """Run the web service alone on what `tradecore run` has furnished."""
    own = {"DATABASE_URL": url}
    with program("venue", str(folder)) as venue:
        with running(folder, TRADECORE_PAPER_URL=f"http://127.0.0.1:{venue}", **own) as once:
            once.end(signal.SIGTERM)
        with program("door", str(folder / "var"), url) as port:
            yield _Door(port, "/webhook?" + once.first_run["webhook_url"].partition("?")[2])
