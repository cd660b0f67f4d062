"""Be a script that calls the ProjectX Gateway directly on a warm httpx client: what the service is measured beside.

Run as a program it reads one line of JSON, sends one market order after the other when it is due, and answers with
the moment at which each was due and its tag, as JSON. `sent_by_script` is the other end of that.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

import httpx

_RUNS: Final = count()
_MARKET: Final = 2


def sent_by_script(told: Mapping[str, Any], accounts: Sequence[int], rate: float, seconds: float) -> dict[str, float]:
    """Have a script send so many orders a second, by turns for each of the *accounts*; return when each was due."""
    job = {"told": told, "accounts": list(accounts), "rate": rate, "seconds": seconds, "run": next(_RUNS)}
    done = subprocess.run([sys.executable, __file__], input=json.dumps(job), capture_output=True, text=True, check=True)  # noqa: S603 - this file
    found: dict[str, float] = json.loads(done.stdout)
    return found


def send(job: Mapping[str, Any]) -> dict[str, float]:
    """Send what is asked for: each contract is bought in each account, and then sold in each."""
    told, accounts = job["told"], job["accounts"]
    with httpx.Client(base_url=f"{told['rest']}/api/") as client:
        login = client.post("Auth/loginKey", json={"userName": told["user"], "apiKey": told["key"]})
        client.headers["Authorization"] = f"Bearer {login.json()['token']}"
        contracts = [one["id"] for one in client.post("Contract/available", json={"live": False}).json()["contracts"]]
        sent, began = {}, time.monotonic()
        for number in range(round(job["rate"] * job["seconds"])):
            due = began + number / job["rate"]
            time.sleep(max(0.0, due - time.monotonic()))
            turn, whose = divmod(number, len(accounts))
            lap, which = divmod(turn, len(contracts))
            name = f"script{job['run']}x{number}"
            answer = client.post("Order/place", json={
                "accountId": accounts[whose], "contractId": contracts[which], "type": _MARKET, "side": lap % 2,
                "size": 1, "customTag": name})  # fmt: skip
            assert answer.json()["success"], answer.text
            sent[name] = due
        return sent


if __name__ == "__main__":
    print(json.dumps(send(json.loads(sys.stdin.readline()))))
