"""Run the ProjectX exchange in a process of its own, as people start it."""

import signal
from typing import Any

import httpx

from tests.integration.service import SECONDS_MAX
from tests.integration.signalr_client import HubClient
from tests.integration.venue_processes import check_that_a_taken_port_is_named, started

PORTS = ("--port", "0", "--hub-port", "0")


def token_at(told: dict[str, Any]) -> str:
    body = {"userName": told["user"], "apiKey": told["key"]}
    return str(httpx.post(f"{told['rest']}/api/Auth/loginKey", json=body).json()["token"])


def test_it_says_one_line_and_a_signal_stops_it_whoever_listens() -> None:
    with started("projectx", *PORTS, "--accounts", "2") as (process, told):
        token = token_at(told)
        with HubClient(told["user_hub"], token), HubClient(told["market_hub"], token):
            headers = {"Authorization": f"Bearer {token}"}
            answer = httpx.post(
                f"{told['rest']}/api/Account/search", json={"onlyActiveAccounts": True}, headers=headers
            )
            process.send_signal(signal.SIGTERM)

            assert [one["id"] for one in answer.json()["accounts"]] == [one["id"] for one in told["accounts"]]
            assert (told["venue"], len(told["accounts"])) == ("projectx", 2)
            assert (process.wait(SECONDS_MAX), process.stdout and process.stdout.read()) == (0, "")


def test_prices_are_confirmed_each_second_and_walk_where_they_are_asked_to() -> None:
    for options, moves in (((), False), (("--walk",), True)):
        with started("projectx", *PORTS, *options) as (_, told), HubClient(told["market_hub"], token_at(told)) as hub:
            hub.call("SubscribeContractQuotes", "CON.F.US.MES.Z26")
            hub.call("SubscribeContractTrades", "CON.F.US.MES.Z26")

            targets = {target for target, _ in hub.events(3)}
            assert targets == ({"GatewayQuote", "GatewayTrade"} if moves else {"GatewayQuote"})


def test_a_port_that_is_taken_is_named() -> None:
    check_that_a_taken_port_is_named("projectx", "--port", "--hub-port")
