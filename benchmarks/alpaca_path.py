"""Measure how long an order takes to the Alpaca exchange: from the POST of its alert until the exchange has it.

Beside it a script sends the same orders through alpaca-py by itself: what the service adds is what it is worth.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.alpaca_script import sent_by_script
from benchmarks.lines import Figures, Line
from benchmarks.load import PLACE
from benchmarks.options import SQLITE, Options, lent
from benchmarks.order_path import Door, arrivals, make
from benchmarks.processes import program
from tests.integration.service import running
from tradecore.adapters.system.keys import new_key

_SYMBOLS: Final = ("AAPL", "MSFT", "NVDA", "TSLA", "SPY", "QQQ", "BRK.B", "GME")
_NAMES: Final = ("one", "two", "three", "four")
_RATES: Final = (1.0, 20.0)


def lines(options: Options) -> Iterator[Line]:
    """Yield the way of an order at each rate, beside that of the script's."""
    # Twice as many accounts: half of them for the script. At 20/s four accounts would need more than 200 a minute.
    with lent(SQLITE) as (folder, _), program("alpaca_venue", str(2 * len(_NAMES)), "0") as port:
        venue = f"http://127.0.0.1:{port}"
        told = httpx.get(f"{venue}/told").json()
        own, scripts = told["accounts"][: len(_NAMES)], told["accounts"][len(_NAMES) :]
        with _service(folder, told, own) as (service, target):
            door = Door(venue, _bodies(), service, target)
            door.warm()
            for rate in _RATES:
                base = beside(venue, scripts, _SYMBOLS, rate, options.path_seconds)
                mine, missing = door.measured(rate, options.path_seconds)
                name = f"order to Alpaca, {rate:g}/s" + (f" ({missing} never sent)" if missing else "")
                added = f"{(mine.p50 - base.p50) * 1e3:.1f} ms are added at p50"
                yield Line(name=name, own=mine, baseline="alpaca-py itself", base=base, is_paced=True, note=added)


def beside(
    venue: str, accounts: list[dict[str, str]], symbols: tuple[str, ...], rate: float, seconds: float
) -> Figures:
    """Return how long the orders of the script take."""
    httpx.get(f"{venue}/stamps").raise_for_status()
    due = sent_by_script(venue, accounts, symbols, rate, seconds)
    came = arrivals(venue, set(due))
    return Figures.of([came[name] - at for name, at in due.items()], seconds)


def settle_in(folder: Path, told: dict[str, Any]) -> None:
    """Write into *folder* where the exchange is, and a key to keep its accounts' keys with."""
    # A file, so that the commands beside the service find it too.
    (folder / ".env").write_text(
        f"ENCRYPTION_KEY={new_key()}\nTRADECORE_ALPACA_URL={told['rest']}\n"
        f"TRADECORE_ALPACA_STREAM_URL={told['trade_stream']}\n"
    )


@contextmanager
def _service(folder: Path, told: dict[str, Any], accounts: list[dict[str, str]]) -> Iterator[tuple[int, str]]:
    """Run the real service, with a bot for every book; lend its port, and where to send alerts."""
    settle_in(folder, told)
    with running(folder) as service:
        for name, account in zip(_NAMES, accounts, strict=True):
            keys = {"key_id": account["key_id"], "secret": account["secret_key"]}
            made = make(service, "accounts", {"name": name, "venue": "alpaca", "keys": keys})
            for symbol in _SYMBOLS:
                make(service, "bots", {"account_id": made["account_id"], "symbol": symbol, "timeframe": "15 Min"})
        target = make(service, "tokens", {"power": "submit"})["webhook_path"]
        yield int(service.first_run["url"].rpartition(":")[2]), target


def _bodies() -> tuple[str, ...]:
    """Return an opening alert for every book, and then a closing one for each."""
    return tuple(
        json.dumps({
            "action": action, "symbol": symbol, "timeframe": "15 Min", "account": name, "alert_id": PLACE,
            "comment": "x" * 100,
        })
        for action in ("buy", "close") for name in _NAMES for symbol in _SYMBOLS
    )  # fmt: skip
