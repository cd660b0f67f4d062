"""Measure tradecore, and print one table: each path beside its baseline, taken in the same run."""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final

import structlog

from benchmarks import (
    alpaca_crowd,
    alpaca_path,
    deciding,
    hub,
    intake,
    memory,
    order_path,
    projectx_path,
    scale,
    storing,
    workers,
)
from benchmarks.lines import Line, compared, show
from benchmarks.options import Options


def _decide(_options: Options) -> Iterator[Line]:
    for name, own, baseline, base in deciding.lines():
        yield compared(name, own, baseline, base)


_PARTS: Final[Mapping[str, Callable[[Options], Iterator[Line]]]] = {
    "decide": _decide,
    "store": storing.lines,
    "intake": intake.lines,
    "order": order_path.lines,
    "alpaca": alpaca_path.lines,
    "crowd": alpaca_crowd.lines,
    "scale": scale.lines,
    "workers": workers.lines,
    "memory": memory.lines,
    "hub": hub.lines,
    "projectx": projectx_path.lines,
}


def main() -> None:
    """Measure what is asked for, or everything."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=_PARTS, help="measure this part; may be given again")
    parser.add_argument("--database", action="append", metavar="WORD|URL", help="sqlite, postgres, or an address")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="of a load (%(default)s)")
    parser.add_argument("--load-seconds", type=float, default=usual.load_seconds, help="a round (%(default)s)")
    parser.add_argument("--path-seconds", type=float, default=usual.path_seconds, help="orders go out (%(default)s)")
    parser.add_argument("--past-orders", type=int, default=usual.past_orders, help="behind a new one (%(default)s)")
    parser.add_argument("--backlog", type=int, default=usual.backlog, help="alerts for the workers (%(default)s)")
    parser.add_argument("--alerts", type=int, default=usual.alerts, help="until memory is looked at last (%(default)s)")
    parser.add_argument("--users", type=int, default=usual.users, help="of the crowd at Alpaca (%(default)s)")
    parser.add_argument("--crowd-seconds", type=float, default=usual.crowd_seconds, help="it trades (%(default)s)")
    parser.add_argument("--hub-seconds", type=float, default=usual.hub_seconds, help="a hub tells (%(default)s)")
    given = parser.parse_args()
    options = Options(
        databases=tuple(given.database or usual.databases), rounds=given.rounds, load_seconds=given.load_seconds,
        path_seconds=given.path_seconds, past_orders=given.past_orders, backlog=given.backlog,
        alerts=given.alerts, users=given.users, crowd_seconds=given.crowd_seconds,
        hub_seconds=given.hub_seconds)  # fmt: skip
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    lines = list(chain.from_iterable(_PARTS[name](options) for name in given.only or _PARTS))
    show(lines, f"{os.cpu_count()} processors")


if __name__ == "__main__":
    main()
