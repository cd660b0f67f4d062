"""Be a script that calls an unmodified alpaca-py directly: what the service is measured beside.

Run as a program it reads one line of JSON, sends one market order after the other when it is due, and answers with
the moment at which each was due and its name, as JSON. `sent_by_script` is the other end of that.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderSide, TimeInForce
from alpaca.trading.requests import MarketOrderRequest

_RUNS: Final = count()


def sent_by_script(
    url: str, accounts: Sequence[Mapping[str, str]], symbols: Sequence[str], rate: float, seconds: float
) -> dict[str, float]:
    """Have a script send so many orders a second, by turns for each of the *accounts*; return when each was due."""
    job = {"url": url, "accounts": list(accounts), "symbols": list(symbols), "rate": rate, "seconds": seconds,
           "run": next(_RUNS)}  # fmt: skip
    done = subprocess.run([sys.executable, __file__], input=json.dumps(job), capture_output=True, text=True, check=True)  # noqa: S603 - this file
    found: dict[str, float] = json.loads(done.stdout)
    return found


def send(job: Mapping[str, Any]) -> dict[str, float]:
    """Send what is asked for: each share is bought in each account, and then sold in each."""
    clients = [TradingClient(one["key_id"], one["secret_key"], url_override=job["url"]) for one in job["accounts"]]
    for client in clients:
        client.get_clock()  # As the service does, a script keeps its connections open.
    sent, began, symbols = {}, time.monotonic(), job["symbols"]
    for number in range(round(job["rate"] * job["seconds"])):
        due = began + number / job["rate"]
        time.sleep(max(0.0, due - time.monotonic()))
        turn, whose = divmod(number, len(clients))
        lap, which = divmod(turn, len(symbols))
        name = f"script{job['run']}x{number}"
        clients[whose].submit_order(MarketOrderRequest(
            symbol=symbols[which], qty=1, side=OrderSide.SELL if lap % 2 else OrderSide.BUY,
            time_in_force=TimeInForce.DAY, client_order_id=name))  # fmt: skip
        sent[name] = due
    return sent


if __name__ == "__main__":
    print(json.dumps(send(json.loads(sys.stdin.readline()))))
