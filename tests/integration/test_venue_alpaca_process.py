"""Run the Alpaca exchange in a process of its own, as people start it."""

import signal
import sys

import httpx
import pytest
from click.testing import CliRunner
from websockets.sync.client import connect

from tests.integration.service import SECONDS_MAX, until
from tests.integration.venue_processes import check_that_a_taken_port_is_named, started
from tradecore.entrypoints.cli.exits import Exit
from tradecore.entrypoints.cli.venues import venue

PORTS = ("--port", "0", "--stream-port", "0")


def test_it_says_one_line_and_a_signal_stops_it_whoever_listens() -> None:
    with (
        started("alpaca", *PORTS, "--accounts", "2") as (process, told),
        connect(told["trade_stream"]),
        connect(told["data_stream"]),
    ):
        keys = told["accounts"][1]
        headers = {"APCA-API-KEY-ID": keys["key_id"], "APCA-API-SECRET-KEY": keys["secret_key"]}

        account = httpx.get(f"{told['rest']}/v2/account", headers=headers)
        process.send_signal(signal.SIGTERM)

        assert (told["venue"], len(told["accounts"]), account.json()["id"]) == ("alpaca", 2, keys["id"])
        assert account.headers["X-RateLimit-Remaining"] == "199"
        assert (process.wait(SECONDS_MAX), process.stdout and process.stdout.read()) == (0, "")


def test_prices_walk_where_they_are_asked_to() -> None:
    with started("alpaca", *PORTS, "--walk", "--rate-limit", "0") as (_, told):
        keys = told["accounts"][0]
        headers = {"APCA-API-KEY-ID": keys["key_id"], "APCA-API-SECRET-KEY": keys["secret_key"]}

        def last() -> float:
            answer = httpx.get(f"{told['data']}/v2/stocks/trades/latest?symbols=AAPL", headers=headers)
            return float(answer.json()["trades"]["AAPL"]["p"])

        until(lambda: last() != 230)


def test_a_port_that_is_taken_is_named() -> None:
    check_that_a_taken_port_is_named("alpaca", "--port", "--stream-port")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    here = "tradecore.entrypoints.venues.alpaca"
    for name in ("process", "fault_switches", "sockets", "data_stream"):
        monkeypatch.delitem(sys.modules, f"{here}.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "msgpack", None)

    told = CliRunner().invoke(venue, ["alpaca"])

    assert told.exit_code == Exit.NO
    assert "msgpack is missing: install tradecore with its extra" in told.output
