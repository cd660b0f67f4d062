"""Measure how long an order takes to the ProjectX exchange: from the POST of its alert until the exchange has it.

Beside it a script sends the same orders by itself: what the service adds is what it is worth. A login may send 200
requests a minute, of which the service keeps some for exits, so that 20 a second last for seconds only: there are
short rounds, and a minute of rest before each.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.lines import Figures, Line
from benchmarks.load import PLACE
from benchmarks.options import SQLITE, Options, lent
from benchmarks.order_path import Door, arrivals
from benchmarks.processes import program
from benchmarks.projectx_script import sent_by_script
from benchmarks.projectx_venue import MONDAY
from tests.integration.service import running

_SYMBOLS: Final = ("MES", "MNQ", "M2K", "MYM", "MCL", "MGC", "6E", "NG")
_NAMES: Final = ("one", "two", "three", "four")
_SECRET: Final = "the-secret-of-the-benchmark"  # noqa: S105 - it opens nothing but what is measured
_SLOW: Final = 1.0
_FAST: Final = 20.0
_FAST_SECONDS: Final = 2.5  # after three to warm up: 110 orders, of the 120 requests that entries have in a minute
_REST_SECONDS: Final = 61.0


def lines(options: Options) -> Iterator[Line]:
    """Yield the way of an order at each rate, beside that of the script's."""
    with lent(SQLITE) as (folder, _), program("projectx_venue", str(2 * len(_NAMES))) as port:
        venue = f"http://127.0.0.1:{port}"
        told = httpx.get(f"{venue}/told").json()
        numbers = [one["id"] for one in told["accounts"]]
        own, scripts = numbers[: len(_NAMES)], numbers[len(_NAMES) :]
        with _service(folder, told, own) as service:
            door = Door(venue, _bodies(), service, "/webhook")
            door.warm()
            for rate, seconds, rounds in ((_SLOW, options.path_seconds, 1), (_FAST, _FAST_SECONDS, options.rounds)):
                yield _line(door, told, scripts, rate, seconds, rounds)


def _line(door: Door, told: dict[str, Any], scripts: list[int], rate: float, seconds: float, rounds: int) -> Line:
    mine, base, missing = [], [], 0
    for _ in range(rounds):
        time.sleep(_REST_SECONDS)
        base.append(_beside(door.venue, told, scripts, rate, seconds))
        figures, left = door.measured(rate, seconds)
        mine.append(figures)
        missing += left
    own, script = Figures.middle(mine), Figures.middle(base)
    name = f"order to ProjectX, {rate:g}/s" + (f" ({missing} never sent)" if missing else "")
    added = f"{(own.p50 - script.p50) * 1e3:.1f} ms are added at p50"
    return Line(name=name, own=own, baseline="a script on httpx", base=script, is_paced=True, note=added)


def _beside(venue: str, told: dict[str, Any], accounts: list[int], rate: float, seconds: float) -> Figures:
    """Return how long the orders of the script take."""
    httpx.get(f"{venue}/stamps").raise_for_status()
    due = sent_by_script(told, accounts, rate, seconds)
    came = arrivals(venue, set(due))
    return Figures.of([came[name] - at for name, at in due.items()], seconds)


@contextmanager
def _service(folder: Path, told: dict[str, Any], numbers: list[int]) -> Iterator[int]:
    """Run the real service with the futures bot's settings, on a Monday morning; lend its port."""
    (folder / ".env").write_text(
        f"PROJECTX_BASE_URL={told['rest']}\nPROJECTX_USER_HUB_URL={told['user_hub']}\n"
        f"PROJECTX_MARKET_HUB_URL={told['market_hub']}\nPROJECTX_USERNAME={told['user']}\n"
        f"PROJECTX_API_KEY={told['key']}\nWEBHOOK_SECRET={_SECRET}\n"
        + "".join(f"ACCOUNT_{name.upper()}={number}\n" for name, number in zip(_NAMES, numbers, strict=True))
    )
    with running(folder, at=MONDAY) as service:
        yield int(service.first_run["url"].rpartition(":")[2])


def _bodies() -> tuple[str, ...]:
    """Return an opening alert for every book, and then a closing one for each."""
    return tuple(
        json.dumps({
            "secret": _SECRET, "signal": signal, "symbol": symbol, "size": 1, "account": name, "alert_id": PLACE,
            "comment": "x" * 100,
        })
        for signal in ("BUY", "CLOSE") for name in _NAMES for symbol in _SYMBOLS
    )  # fmt: skip
