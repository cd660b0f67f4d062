"""Print one table: each path's median and p99, beside the median of the least that any way to do it must cost."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import structlog
from attrs import frozen
from rich.console import Console
from rich.table import Table

from tests.builders import KEY, USER, a_book, a_report, an_alert, arrived, some_facts
from tests.desk import Desk
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.commands import Submit
from tradecore.domain.deciding import decide
from tradecore.domain.events import AlertArrived
from tradecore.domain.records import Delivery
from tradecore.domain.signals import INTENTIONS, Direction, Signal
from tradecore.entrypoints.alerts.reading import read

ROUNDS = 300


@frozen(kw_only=True)
class Line:
    """One path, and its baseline; times in seconds, one a round, the two taken in turn."""

    name: str
    baseline: str
    own: list[float]
    base: list[float]


def timed(action: Callable[[], object]) -> float:
    """Return how long *action* took, in seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure(name: str, own: Callable[[], object], baseline: str, base: Callable[[], object]) -> Line:
    """Take both in turn, so that a noisy moment of the machine meets both."""
    pairs = [(timed(own), timed(base)) for _ in range(ROUNDS)]
    return Line(name=name, baseline=baseline, own=[a for a, _ in pairs], base=[b for _, b in pairs])


def bench_decide() -> Iterator[Line]:
    """Judge an alert, and its fill, against one look into the state machine's table."""
    book, facts, event = a_book(), some_facts(), arrived()
    decision = decide(book, event, facts)
    ticket = next(command.ticket for command in decision.commands if isinstance(command, Submit))
    report = a_report(ticket)

    def table() -> object:
        return INTENTIONS[Signal.BUY, Direction.FLAT]

    yield measure("decide: alert to order", lambda: decide(book, event, facts), "one table look-up", table)
    yield measure("decide: fill to trade", lambda: decide(decision.book, report, facts), "one table look-up", table)


def bench_reading() -> Iterator[Line]:
    """Read an alert's body, against the JSON parser alone."""
    import json  # noqa: PLC0415 - only the baseline wants it

    body = b'{"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}'
    yield measure("read an alert's body", lambda: read(body), "json.loads", lambda: json.loads(body))


@contextmanager
def bare_database(folder: Path) -> Iterator[Callable[[], object]]:
    """Lend one durable insert, as plain as SQLite allows it."""
    connection = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE inbox (id INTEGER PRIMARY KEY, body TEXT)")
    body = "x" * 230
    try:
        yield lambda: connection.execute("INSERT INTO inbox (body) VALUES (?)", (body,))
    finally:
        connection.close()


def bench_storing(folder: Path) -> Iterator[Line]:
    """Take an alert to disk, and take it from there to its order, against one bare durable insert."""
    migrate(f"sqlite:///{folder}/own.sqlite")
    store = SqlStore(f"sqlite:///{folder}/own.sqlite")
    numbers = iter(range(10_000_000))

    def accept() -> object:
        alert = an_alert(name=f"A{next(numbers)}")
        delivery = Delivery(
            arrived=AlertArrived(alert=alert), key=KEY, user_id=USER, account_id=KEY.account_id, token_id=None,
            body="x" * 230, identity=alert.id, window=None,
        )  # fmt: skip
        return store.inbox.accept(delivery, alert.received_at)

    desk_folder = folder / "desk"
    desk_folder.mkdir()
    desk = Desk(folder=desk_folder)
    signals = iter([Signal.BUY, Signal.CLOSE] * 1_000_000)

    def trade() -> object:
        desk.send(next(signals))
        return desk.run()

    with bare_database(folder) as insert:
        yield measure("accept an alert, durably", accept, "one bare durable insert", insert)
        yield measure("alert to filled order, all durable", trade, "one bare durable insert", insert)
    store.close()


def show(lines: list[Line]) -> None:
    """Print the table: milliseconds, and how many times the baseline."""
    table = Table(title=f"{ROUNDS} rounds each, taken in turn; {os.cpu_count()} processors; milliseconds")
    for column in ("path", "median", "p99", "baseline", "its median", "ratio"):
        table.add_column(column, justify="left" if column in {"path", "baseline"} else "right")
    for line in lines:
        own, base = median(line.own), median(line.base)
        p99 = quantiles(line.own, n=100)[98]
        table.add_row(line.name, f"{own * 1e3:.3f}", f"{p99 * 1e3:.3f}", line.baseline, f"{base * 1e3:.4f}",
                      f"{own / base:,.1f}")  # fmt: skip
    Console(width=120).print(table)


def main() -> None:
    """Measure everything."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        show([*bench_decide(), *bench_reading(), *bench_storing(Path(folder))])


if __name__ == "__main__":
    main()
