"""Let requests to the Alpaca exchange go wrong, and see what an unmodified alpaca-py makes of it."""

import functools
import http.client
from collections.abc import Iterator
from contextlib import closing
from time import monotonic
from typing import Any

import pytest
import requests
from alpaca.common.exceptions import APIError

from tests.integration.alpaca_exchange import Alpaca, trading_client

ORDERS = {"method": "POST", "path": "/v2/orders"}
BODY = {"symbol": "AAPL", "qty": "10", "side": "buy", "type": "market", "time_in_force": "day"}


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


@pytest.fixture
def client(alpaca: Alpaca) -> Any:
    """Return a client that does not send again by itself, and does not wait for ever."""
    client = trading_client(alpaca)
    client._retry = 0
    client._session.request = functools.partial(client._session.request, timeout=(5, 0.5))
    return client


def failed(client: Any, **body: str) -> Exception:
    with pytest.raises((APIError, requests.RequestException)) as caught:
        client.post("/orders", {**BODY, **body})
    return caught.value


# The fault, what the client sees of it, and whether there is an order all the same.
STRIKES: list[tuple[str, type[Exception], int | None, bool]] = [
    ("limit-rate", APIError, 429, False),
    ("not-found", APIError, 404, False),
    ("server-error", APIError, 500, False),
    ("server-error-after", APIError, 500, True),
    ("gateway-timeout", APIError, 504, False),
    ("gateway-timeout-after", APIError, 504, True),
    ("reset", requests.ConnectionError, None, False),
    ("reset-after", requests.ConnectionError, None, True),
    ("hang", requests.ReadTimeout, None, False),
    ("hang-after", requests.ReadTimeout, None, True),
    ("slow-body", requests.ConnectionError, None, True),
    ("invalid-json", requests.exceptions.JSONDecodeError, None, True),
]


@pytest.mark.parametrize(("fault", "kind", "status", "is_done"), STRIKES)
def test_each_fault_of_a_request(
    alpaca: Alpaca, client: Any, fault: str, kind: type[Exception], status: int | None, is_done: bool
) -> None:
    alpaca.fault(fault, **ORDERS, seconds=30)

    error = failed(client)

    assert type(error) is kind
    if isinstance(error, APIError):
        assert error.status_code == status
    assert [order["status"] for order in alpaca.ever()] == (["filled"] if is_done else [])
    assert client.post("/orders", BODY)["status"] == "pending_new"  # It struck once.


def test_a_page_in_the_place_of_json_breaks_the_clients_reading_of_errors(alpaca: Alpaca, client: Any) -> None:
    alpaca.fault("server-error", **ORDERS)

    error = failed(client)

    assert "<html>" in str(error)
    with pytest.raises(ValueError, match="Expecting value"):
        _ = error.code  # type: ignore[attr-defined]  # APIError reads the body anew


def test_a_client_left_alone_sends_an_order_four_times(alpaca: Alpaca) -> None:
    client = trading_client(alpaca)
    client._retry_wait = 0
    alpaca.fault("gateway-timeout-after", **ORDERS, times=3)

    client.post("/orders", BODY)

    assert len(alpaca.ever()) == 4


def test_an_id_keeps_the_orders_at_one_and_turns_a_success_into_a_refusal(alpaca: Alpaca) -> None:
    client = trading_client(alpaca)
    client._retry_wait = 0
    alpaca.fault("gateway-timeout-after", **ORDERS)

    with pytest.raises(APIError) as caught:
        client.post("/orders", {**BODY, "client_order_id": "once"})

    assert (caught.value.status_code, caught.value.code) == (422, 40010001)
    assert [order["client_order_id"] for order in alpaca.ever()] == ["once"]


def test_a_slow_body_comes_whole_in_the_end(alpaca: Alpaca) -> None:
    alpaca.fault("slow-body", path="/v2/clock", seconds=1)

    answer = alpaca.rest("GET", "/v2/clock")

    assert answer.json()["is_open"] is True
    assert answer.elapsed.total_seconds() > 0.8


def test_a_client_left_alone_waits_as_long_as_nobody_answers(alpaca: Alpaca) -> None:
    alpaca.fault("hang", path="/v2/clock", seconds=1)
    client = trading_client(alpaca)
    began = monotonic()

    with pytest.raises(requests.ConnectionError):
        client.get_clock()

    assert monotonic() - began > 0.9


def test_a_reset_is_one(alpaca: Alpaca) -> None:
    alpaca.fault("reset", path="/v2/clock")
    connection = http.client.HTTPConnection("127.0.0.1", int(alpaca.url.rpartition(":")[2]), timeout=10)
    headers = {"APCA-API-KEY-ID": alpaca.keys["key_id"], "APCA-API-SECRET-KEY": alpaca.keys["secret_key"]}

    with closing(connection):
        connection.request("GET", "/v2/clock", headers=headers)
        with pytest.raises(ConnectionResetError):
            connection.getresponse()


def test_a_fault_strikes_what_it_is_aimed_at_until_it_is_cleared(alpaca: Alpaca, client: Any) -> None:
    alpaca.fault("server-error", path="/v2/positions", times=None)

    seen = [alpaca.rest("GET", path).status_code for path in ("/v2/positions", "/v2/account", "/v2/positions")]
    alpaca.fault("clear")

    assert seen == [500, 200, 500]
    assert client.get_all_positions() == []
    other = trading_client(alpaca, account=1)
    alpaca.fault("server-error", path="/v2/positions")
    assert other.get_all_positions() == []


def test_positions_come_late(alpaca: Alpaca, client: Any) -> None:
    client.post("/orders", BODY)
    alpaca.fault("late-positions", seconds=10)

    assert client.get_all_positions() == []
    assert client.get("/orders", {"status": "all"})[0]["filled_qty"] == "10"
    alpaca.sim("clock", now="2036-01-07T15:00:00Z")

    assert client.get_open_position("AAPL").qty == "10"


def test_an_order_is_rejected_after_it_was_taken(alpaca: Alpaca, client: Any) -> None:
    alpaca.fault("reject-next")

    answered = client.post("/orders", BODY)

    order = client.get_order_by_id(answered["id"])
    assert (answered["status"], order.status.value) == ("pending_new", "rejected")
    assert order.failed_at is not None


def test_a_cancel_may_lose_the_race(alpaca: Alpaca, client: Any) -> None:
    order = client.post("/orders", {**BODY, "type": "limit", "limit_price": "90"})
    alpaca.fault("race")

    client.cancel_order_by_id(order["id"])
    pending = client.get_order_by_id(order["id"]).status.value
    alpaca.price(90)

    assert (pending, client.get_order_by_id(order["id"]).status.value) == ("pending_cancel", "filled")


def test_fills_come_in_parts(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("parts", symbol="AAPL", parts=["3", "0"])

    order = client.post("/orders", BODY)

    seen = []
    for _ in range(3):
        seen.append(client.get_order_by_id(order["id"]).filled_qty)
        alpaca.sim("pulse")
    assert seen == ["3", "3", "10"]


def test_partial_fills_by_chance(alpaca: Alpaca, client: Any) -> None:
    alpaca.sim("settings", partial_fills=1000, seed=3)

    order = client.post("/orders", BODY)

    assert client.get_order_by_id(order["id"]).status.value == "partially_filled"


def test_a_fault_that_nobody_knows_names_those_there_are(alpaca: Alpaca) -> None:
    answer = alpaca.rest("POST", f"/sim/accounts/{alpaca.keys['key_id']}/faults/earthquake")

    assert answer.status_code == 404
    assert "There is no fault earthquake; there are limit-rate, not-found," in answer.json()["message"]
    assert alpaca.rest("POST", "/sim/accounts/nobody/faults/hang").status_code == 404
