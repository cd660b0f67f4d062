"""Let requests to the ProjectX exchange go wrong."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.integration.projectx_exchange import BUY, LIMIT, START, ProjectX

PLACE = "/api/Order/place"


@pytest.fixture
def px() -> Iterator[ProjectX]:
    with closing(ProjectX()) as px:
        yield px


# The fault, what comes of it, and whether there is an order all the same.
STRIKES: list[tuple[str, int | type[Exception], bool]] = [
    ("limit-rate", 429, False),
    ("not-found", 404, False),
    ("server-error", 500, False),
    ("server-error-after", 500, True),
    ("gateway-timeout", 504, False),
    ("gateway-timeout-after", 504, True),
    ("reset", httpx.ReadError, False),
    ("reset-after", httpx.ReadError, True),
    ("hang", httpx.ReadTimeout, False),
    ("hang-after", httpx.ReadTimeout, True),
    ("slow-body", httpx.ReadTimeout, True),
    ("invalid-json", 200, True),
]


@pytest.mark.parametrize(("fault", "comes", "is_done"), STRIKES)
def test_each_fault_of_a_request(px: ProjectX, fault: str, comes: int | type[Exception], is_done: bool) -> None:
    px.sim(f"faults/{fault}", path=PLACE, seconds=30)
    px.http.timeout = httpx.Timeout(0.5)

    if isinstance(comes, int):
        answer = px.send("Order/place", **wish(px))
        assert answer.status_code == comes
        with pytest.raises(ValueError, match=r"Expecting|delimiter"):
            answer.json()
    else:
        with pytest.raises(comes):
            px.send("Order/place", **wish(px))
    px.http.timeout = httpx.Timeout(30)
    orders = px.own("Order/search", startTimestamp=START)["orders"]
    assert [order["customTag"] for order in orders] == (["found"] if is_done else [])
    assert px.place()["success"], "it struck once"


def wish(px: ProjectX) -> dict[str, Any]:
    return {"accountId": px.account, "contractId": px.mes, "type": 2, "side": BUY, "size": 1, "customTag": "found"}


def test_any_code_can_be_had_from_any_endpoint(px: ProjectX) -> None:
    answers = {
        "Auth/loginKey": ("token", 10), "Auth/validate": ("newToken", 3), "Account/search": ("accounts", 1),
        "Contract/available": ("contracts", 1), "Contract/searchById": ("contract", 1), "Order/place": ("orderId", 7),
        "Order/search": ("orders", 1), "Order/v2/query": ("orders", 1), "Position/searchOpen": ("positions", 1),
        "Trade/search": ("trades", 1), "Order/modify": (None, 5), "Order/cancel": (None, 4), "Auth/logout": (None, 2),
        "Position/closeContract": (None, 6), "Position/partialCloseContract": (None, 7),
    }  # fmt: skip
    for path, (payload, code) in answers.items():
        px.sim("faults/refuse", path=f"/api/{path}", code=code, message="why")

        answer = px.ask(path)
        envelope = {"success": False, "errorCode": code, "errorMessage": "why"}
        assert answer == ({payload: None, **envelope} if payload else envelope)
    assert px.every() == []


@pytest.mark.parametrize("code", [6, 7])
def test_an_order_that_is_said_to_be_pending_or_unknown_may_be_there(px: ProjectX, code: int) -> None:
    px.sim("faults/refuse-after", path=PLACE, code=code)

    answer = px.place(customTag="mine")
    assert (answer["success"], answer["errorCode"]) == (False, code)
    assert px.order(answer["orderId"])["status"] == 2


def test_a_fault_strikes_as_often_as_asked_and_where_it_is_aimed(px: ProjectX) -> None:
    px.sim("faults/server-error", path="/api/position", times=2)

    assert px.send("Order/searchOpen", accountId=px.account).status_code == 200
    codes = [px.send("Position/searchOpen", accountId=px.account).status_code for _ in range(3)]
    assert codes == [500, 500, 200]
    px.sim("faults/server-error", times=None)
    px.sim("faults/refuse", times=None)
    px.sim("faults/clear")
    assert px.place()["success"]


def test_a_fill_may_come_before_a_cancel_or_a_change(px: ProjectX) -> None:
    first, second = (px.placed(LIMIT, BUY, limitPrice=6390) for _ in range(2))
    px.sim("faults/race", account=px.account, times=2)

    assert px.own("Order/cancel", orderId=first)["errorCode"] == 3
    assert px.own("Order/modify", orderId=second, limitPrice=6380)["errorCode"] == 3
    assert px.positions() == [(1, 2, 6390)]
    px.sim("faults/race", account=px.account, times=1)
    leg = px.placed(LIMIT, BUY, limitPrice=6390, takeProfitBracket={"ticks": 4, "type": LIMIT}) + 1
    assert px.own("Order/cancel", orderId=leg)["success"], "it cannot have filled"
    px.sim("faults/clear")
    third = px.placed(LIMIT, BUY, limitPrice=6390)
    assert px.own("Order/cancel", orderId=third)["success"]


def test_what_switches_do_not_know_is_said(px: ProjectX) -> None:
    for path, body, code in (
        ("faults/moonwalk", {}, 404), ("faults/race", {"account": 1}, 404), ("price", {"contract": "XX"}, 400),
        ("price", {"contract": "XX", "last": "1"}, 404), ("price", {"contract": "MES", "last": "6400.1"}, 400),
        ("accounts/1", {}, 404), ("hubs/moonwalk", {}, 404), ("hubs", {"framing": "moonwalk"}, 400),
        (f"accounts/{px.account}/events/moonwalk", {}, 404), ("roll", {"contract": "XX"}, 404),
    ):  # fmt: skip
        assert px.http.post(f"/sim/{path}", json=body).status_code == code, path


def test_too_many_requests_are_refused_bars_and_others_apart() -> None:
    with closing(ProjectX(rate_limits=True)) as px:
        bars = {"contractId": px.mes}
        codes = [px.send("History/retrieveBars", **bars).status_code for _ in range(51)]
        assert (codes.count(429), codes[-1]) == (1, 429)
        used = 1  # to find the contract
        codes = [px.send("Order/searchOpen", accountId=px.account).status_code for _ in range(200 - used + 1)]
        assert (codes.count(429), codes[-1]) == (1, 429)
        # Another token has a count of its own; and the limits can be lifted.
        px.token = px.ask("Auth/loginKey", userName=px.told["user"], apiKey=px.told["key"])["token"]
        assert px.own("Order/searchOpen")["success"]
        px.sim("settings", rate_limits=False)
