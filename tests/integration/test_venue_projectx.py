"""Trade at the ProjectX exchange over the wire."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.integration.projectx_exchange import (
    BUY,
    JOIN_ASK,
    JOIN_BID,
    LIMIT,
    MARKET,
    SELL,
    START,
    STOP,
    TRAILING,
    ProjectX,
)  # fmt: skip

CLOSED = "Trading is currently unavailable. The instrument is not in an active trading status."
STOP_LOSS: dict[str, Any] = {"stopLossBracket": {"ticks": -8, "type": STOP}}
BRACKET: dict[str, Any] = {**STOP_LOSS, "takeProfitBracket": {"ticks": 20, "type": LIMIT}}


@pytest.fixture
def px() -> Iterator[ProjectX]:
    with closing(ProjectX()) as px:
        yield px


def coded(answer: dict[str, Any]) -> tuple[int, str | None]:
    """Return the code of a failure with its message."""
    assert answer["success"] is (answer["errorCode"] == 0)
    return answer["errorCode"], answer["errorMessage"]


# ---------------------------------------------------------------- who may come in


def test_a_token_says_whose_it_is_and_when_it_ends(px: ProjectX) -> None:
    head, claims, signature = px.token.split(".")
    read = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))

    assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "HS256"
    assert (read["sub"], read["exp"] - read["iat"]) == (px.told["user"], 24 * 3600)
    assert signature


def test_a_user_is_written_as_they_like_and_a_key_is_not(px: ProjectX) -> None:
    user, key = px.told["user"], px.told["key"]

    assert px.ask("auth/LOGINKEY", userName=user.upper(), apiKey=key)["token"]
    for wrong in ({"userName": user, "apiKey": key[:-1]}, {"userName": "nobody", "apiKey": key}):
        answer = px.ask("Auth/loginKey", **wrong)
        assert (coded(answer), answer["token"]) == ((3, None), None)
    assert coded(px.ask("Auth/loginApp"))[0] == 4


def test_a_login_that_lacks_something_is_a_problem_without_an_envelope(px: ProjectX) -> None:
    for body in ({"userName": "trader"}, {"userName": "trader", "apiKey": None}, {"userName": 1, "apiKey": "x"}):
        answer = px.send("Auth/loginKey", **body)

        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert "success" not in answer.json()
        assert list(answer.json()["errors"]) in (["apiKey"], ["userName"])


def test_what_is_no_json_is_a_problem(px: ProjectX) -> None:
    headers = {"Authorization": f"Bearer {px.token}"}
    for content in (b"", b"{", b"[]", b'{"accountId": NaN}', b'{"accountId": 1e999}', b"\xff"):
        answer = px.http.post("/api/Order/searchOpen", content=content, headers=headers)

        assert (answer.status_code, answer.json()["status"]) == (400, 400), content


def test_without_a_good_token_there_is_an_empty_401(px: ProjectX) -> None:
    for header in ({}, {"Authorization": f"Bearer {px.token}x"}, {"Authorization": f"Basic {px.token}"}):
        answer = px.http.post("/api/Account/search", json={"onlyActiveAccounts": True}, headers=header)

        assert (answer.status_code, answer.content) == (401, b"")


def test_a_token_ends_when_its_life_does_and_another_one_goes_on(px: ProjectX) -> None:
    px.sim("tokens", life_seconds=3600)
    short = px.ask("Auth/validate")["newToken"]
    px.sim("tokens", life_seconds=24 * 3600)
    long = px.ask("Auth/validate")["newToken"]

    px.sim("clock", now="2026-11-23T15:00:00Z")
    px.token = px.ask("Auth/loginKey", userName=px.told["user"], apiKey=px.told["key"])["token"]
    later = px.ask("Auth/validate")["newToken"]
    assert short != long != later
    px.sim("clock", now="2026-11-24T14:59:59Z")
    assert px.ask("Auth/validate")["newToken"]
    px.sim("clock", now="2026-11-24T15:00:01Z")
    assert px.send("Auth/validate").status_code == 401
    px.sim("clock", now=None)


def test_a_token_can_be_given_back_or_taken_away(px: ProjectX) -> None:
    first, px.token = px.token, px.ask("Auth/validate")["newToken"]
    assert px.ask("Auth/logout")["success"]
    assert px.send("Account/search", onlyActiveAccounts=True).status_code == 401

    px.token = first
    assert px.ask("Account/search", onlyActiveAccounts=True)["accounts"]
    px.sim("tokens", revoke=True)
    assert px.send("Account/search", onlyActiveAccounts=True).status_code == 401


def test_a_ping_is_json_and_asks_nobody(px: ProjectX) -> None:
    assert px.http.get("/api/Status/ping").json() == "pong"


# ---------------------------------------------------------------- accounts and contracts


def test_an_account_is_as_it_was_seen(px: ProjectX) -> None:
    accounts = px.ask("Account/search", onlyActiveAccounts=True, unknown="ignored")["accounts"]

    assert accounts[0] == {
        "id": px.account, "name": "PRAC-V2-645601-00000001", "balance": 50000, "canTrade": True, "isVisible": True,
        "simulated": True,
    }  # fmt: skip
    px.sim(f"accounts/{px.account}", can_trade=False)
    left = px.ask("Account/search", onlyActiveAccounts=True)["accounts"]
    assert [one["id"] for one in left] == [px.told["accounts"][1]["id"]]
    assert px.send("Account/search").status_code == 400


def test_a_contract_is_as_it_was_seen() -> None:
    with closing(ProjectX()) as px:
        contract = px.found("MES")

        code, year = contract["id"][-3], contract["id"][-2:]
        assert contract == {
            "id": f"CON.F.US.MES.{code}{year}", "name": f"MES{code}{year[1]}", "description": contract["description"],
            "tickSize": 0.25, "tickValue": 1.25, "activeContract": True, "symbolId": "F.US.MES",
        }  # fmt: skip
        assert contract["description"].startswith("Micro E-mini S&P 500: ")


def test_a_search_finds_more_than_was_meant(px: ProjectX) -> None:
    found = px.ask("Contract/search", searchText="nq", live=False)["contracts"]

    assert [one["symbolId"] for one in found] == ["F.US.ENQ", "F.US.MNQ", "F.US.NQM", "F.US.NQG"]
    assert px.ask("Contract/search", searchText="nq", live=True)["contracts"] == []
    assert px.ask("Contract/available", live=True)["contracts"] == []


def test_one_month_of_a_product_is_active_until_it_rolls(px: ProjectX) -> None:
    old = px.mes
    px.placed()
    new = px.sim("roll", contract="MES")["contract"]

    assert px.found("MES")["id"] == new != old
    assert px.ask("Contract/searchById", contractId=old)["contract"]["activeContract"] is False
    assert coded(px.place())[0] == 9
    assert px.ask("Contract/searchById", contractId="CON.F.US.MES.F99") == {
        "contract": None, "success": False, "errorCode": 1, "errorMessage": None,
    }  # fmt: skip
    # What is held in the old month is closed there.
    assert coded(px.own("Position/closeContract", contractId=old)) == (0, None)
    assert px.positions() == []


def test_the_id_of_crude_is_a_month_before_its_delivery(px: ProjectX) -> None:
    crude = px.found("CL")
    months = "FGHJKMNQUVXZ"

    assert months.index(crude["name"][2]) == (months.index(crude["id"][-3]) + 1) % 12


# ---------------------------------------------------------------- orders


def test_a_market_order_fills_on_the_other_side(px: ProjectX) -> None:
    px.price("6400", bid="6399.75", ask="6400.25")
    order_id = px.placed(size=2, customTag="a")

    order = px.order(order_id)
    assert (order["status"], order["fillVolume"], order["filledPrice"], order["customTag"]) == (2, 2, 6400.25, "a")
    assert (order["limitPrice"], order["stopPrice"], order["trailPrice"], order["parentOrderId"]) == (None,) * 4
    assert px.positions() == [(1, 2, 6400.25)]
    px.placed(MARKET, SELL, 2)
    assert px.positions() == []


def test_a_closing_half_turn_has_a_result_before_fees(px: ProjectX) -> None:
    px.placed(size=2)
    px.price("6410")
    px.placed(MARKET, SELL, 2)

    closing_trade, opening_trade = px.trades()
    assert (opening_trade["profitAndLoss"], opening_trade["fees"], opening_trade["commissions"]) == (None, 0.72, 0.5)
    assert (closing_trade["profitAndLoss"], closing_trade["side"], closing_trade["voided"]) == (100, 1, False)
    assert closing_trade["id"] > opening_trade["id"]
    assert px.balance() == 50_000 + 100 - 2 * (0.72 + 0.5)


def test_one_order_crosses_zero_in_two_half_turns(px: ProjectX) -> None:
    px.placed(size=2)
    px.price("6390")
    order_id = px.placed(MARKET, SELL, 5)

    assert px.positions() == [(2, 3, 6390)]
    newest = px.trades()[:2]
    assert [(one["size"], one["profitAndLoss"], one["orderId"]) for one in newest] == [
        (3, None, order_id), (2, -100, order_id),
    ]  # fmt: skip


def test_scaling_in_makes_a_new_average_and_out_keeps_it(px: ProjectX) -> None:
    px.placed()
    px.price("6401")
    px.placed()
    assert px.positions() == [(1, 2, 6400.5)]

    px.placed(MARKET, SELL)
    assert px.positions() == [(1, 1, 6400.5)]


def test_a_limit_waits_for_its_price(px: ProjectX) -> None:
    order_id = px.placed(LIMIT, BUY, limitPrice=6395)
    assert (px.order(order_id)["status"], px.open()) == (1, [order_id])

    px.price("6395.25")
    assert px.positions() == []
    px.price("6390")
    assert (px.positions(), px.open()) == ([(1, 1, 6395)], [])


def test_a_limit_beyond_the_market_trades_at_the_markets_price(px: ProjectX) -> None:
    px.placed(LIMIT, BUY, limitPrice=6450)

    assert px.positions() == [(1, 1, 6400)]


def test_where_asked_for_a_limit_fills_only_when_traded_through(px: ProjectX) -> None:
    px.sim("settings", limits_need_through=True)
    px.placed(LIMIT, BUY, limitPrice=6395)

    px.price("6395")
    assert px.positions() == []
    px.price("6394.75")
    assert px.positions() == [(1, 1, 6395)]


def test_a_stop_fills_where_the_market_is_then(px: ProjectX) -> None:
    px.placed()
    px.placed(STOP, SELL, stopPrice=6390)
    px.price("6390.25")
    assert px.positions() == [(1, 1, 6400)]

    px.sim("settings", slippage_ticks=2)
    px.price("6385", bid="6384.75")
    assert (px.positions(), px.trades()[0]["price"]) == ([], 6384.25)


def test_a_trailing_stop_takes_a_level_and_says_a_distance(px: ProjectX) -> None:
    px.placed()
    order_id = px.placed(TRAILING, SELL, trailPrice=6395)

    order = px.order(order_id)
    assert (order["trailPrice"], order["trailDistance"], order["stopPrice"]) == (5, 20, 6395)
    for last, stop in (("6410", 6405), ("6406", 6405)):
        px.price(last)
        assert px.order(order_id)["stopPrice"] == stop
    assert px.own("Order/modify", orderId=order_id, trailPrice=6404)["success"]
    assert (px.order(order_id)["trailDistance"], px.order(order_id)["stopPrice"]) == (8, 6404)
    px.price("6404")
    assert px.positions() == []


def test_an_order_joins_the_best_bid_or_ask(px: ProjectX) -> None:
    px.price("6400", bid="6399.5", ask="6400.5")

    rests = [px.placed(JOIN_BID, BUY), px.placed(JOIN_ASK, SELL)]
    assert [px.order(one)["limitPrice"] for one in rests] == [6399.5, 6400.5]
    px.placed(JOIN_ASK, BUY)
    assert px.positions() == [(1, 1, 6400.5)]


def test_partial_fills_stay_open_until_they_are_whole(px: ProjectX) -> None:
    px.sim("parts", contract="MES", parts=[1, 0, 2])
    order_id = px.placed(LIMIT, BUY, 3, limitPrice=6400)

    seen = [(px.order(order_id)["status"], px.order(order_id)["fillVolume"])]
    for _ in range(2):
        px.sim("pulse")
        seen.append((px.order(order_id)["status"], px.order(order_id)["fillVolume"]))
    assert seen == [(1, 1), (1, 1), (2, 3)]
    assert [trade["size"] for trade in px.trades()] == [2, 1]


# What is asked for, and the words of the refusal; MES costs 6400.
REJECTIONS: list[tuple[dict[str, Any], str]] = [
    ({"type": 0}, "Invalid order type."),
    ({"type": 3, "limitPrice": 6400, "stopPrice": 6400}, "Invalid order type."),
    ({"type": 9}, "Invalid order type."),
    ({"type": MARKET, "side": 2}, "Invalid order side."),
    ({"type": MARKET, "size": 0}, "Invalid order size."),
    ({"type": MARKET, "size": -1}, "Invalid order size."),
    ({"type": LIMIT}, "Limit price not set."),
    ({"type": LIMIT, "limitPrice": 6400.1}, "Invalid limit price. Price is not aligned to tick size."),
    ({"type": LIMIT, "limitPrice": -1}, "Invalid limit price. Price is not aligned to tick size."),
    ({"type": STOP}, "Stop price not set."),
    ({"type": STOP, "stopPrice": 6400.1}, "Invalid stop price. Price is not aligned to tick size."),
    ({"type": STOP, "stopPrice": 6400}, "Invalid price. Price is outside allowed range."),
    ({"type": STOP, "side": SELL, "stopPrice": 6400.25}, "Invalid price. Price is outside allowed range."),
    ({"type": TRAILING}, "Trail Distance not set."),
    ({"type": TRAILING, "trailPrice": 6400}, "Trail Distance not set."),
    ({"type": TRAILING, "trailPrice": 6400.1}, "Invalid trail price. Price is not aligned to tick size."),
    ({"type": TRAILING, "trailPrice": 6650.25}, "Trail Distance exceeds maximum (1000)"),
    ({"stopLossBracket": {"ticks": 57, "type": 4}},
     "Invalid stop loss ticks (57). Ticks should be less than zero when longing."),
    ({"side": SELL, "stopLossBracket": {"ticks": -57, "type": 4}},
     "Invalid stop loss ticks (-57). Ticks should be greater than zero when going short."),
    ({"side": SELL, "takeProfitBracket": {"ticks": 30, "type": 1}},
     "Invalid take profit ticks (30). Ticks should be less than zero when going short."),
    ({"takeProfitBracket": {"ticks": 0, "type": 1}},
     "Invalid take profit ticks (0). Ticks should be greater than zero when longing."),
    ({"stopLossBracket": {"ticks": -8, "type": 1}}, "Invalid stop loss type."),
    ({"takeProfitBracket": {"ticks": 8, "type": 4}}, "Invalid take profit type."),
    ({"customTag": "x" * 65}, "Custom tag is too long."),
]  # fmt: skip


@pytest.mark.parametrize(("wish", "message"), REJECTIONS)
def test_a_rejected_order_is_there_all_the_same(px: ProjectX, wish: dict[str, Any], message: str) -> None:
    answer = px.own("Order/place", **{"contractId": px.mes, "type": MARKET, "side": BUY, "size": 1, **wish})

    assert coded(answer) == (2, message)
    order = px.order(answer["orderId"])
    assert (order["status"], order["fillVolume"], order["filledPrice"]) == (5, 0, None)
    assert len(px.every()) == 1, "no legs"


def test_a_trail_of_1000_ticks_is_taken_and_a_longer_one_by_a_change(px: ProjectX) -> None:
    order_id = px.placed(TRAILING, BUY, trailPrice=6650)

    assert px.own("Order/modify", orderId=order_id, trailPrice=6700)["success"]
    assert px.order(order_id)["trailDistance"] == 1200


def test_a_tag_is_used_up_by_a_rejection_too(px: ProjectX) -> None:
    assert coded(px.place(LIMIT, limitPrice=1.1, customTag="once"))[0] == 2

    answer = px.place(customTag="once")
    assert coded(answer) == (2, "Custom tag already in use.")
    assert [order["customTag"] for order in px.every(5)] == ["once", "once"]
    # In another account nobody has used it.
    px.account = px.told["accounts"][1]["id"]
    px.placed(customTag="once")


def test_the_codes_of_placing(px: ProjectX) -> None:
    def code(**more: Any) -> tuple[int, bool]:
        answer = px.place(**more)
        return answer["errorCode"], answer["orderId"] is None

    assert code(accountId=1) == (1, True)
    assert code(contractId="CON.F.US.XXX.Z26") == (8, True)
    px.sim(f"accounts/{px.account}", size_max=2)
    px.placed(size=2)
    assert code() == (2, False)
    px.placed(MARKET, SELL, 4)
    px.sim(f"accounts/{px.account}", can_trade=False)
    assert code() == (10, True)
    px.sim(f"accounts/{px.account}/lock")
    assert code() == (4, True)


def test_what_is_missing_in_an_order_is_a_problem(px: ProjectX) -> None:
    whole = {"accountId": px.account, "contractId": px.mes, "type": MARKET, "side": BUY, "size": 1}
    for name in whole:
        answer = px.send("Order/place", **{key: value for key, value in whole.items() if key != name})
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])
    answer = px.send("Order/place", **whole, stopLossBracket={"type": STOP})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["stopLossBracket.ticks"])
    assert px.every() == []


def test_a_closed_market_rejects_with_a_code_that_surprises(px: ProjectX) -> None:
    px.placed()
    rests = px.placed(LIMIT, BUY, limitPrice=6390)
    px.sim("session", open=False)

    assert coded(px.place()) == (2, CLOSED)
    px.sim("settings", closed_code=5)
    assert coded(px.place()) == (5, CLOSED)
    assert coded(px.own("Order/modify", orderId=rests, limitPrice=6391)) == (3, CLOSED)
    assert coded(px.own("Position/closeContract", contractId=px.mes)) == (5, CLOSED)
    assert coded(px.own("Position/partialCloseContract", contractId=px.mes, size=1)) == (6, CLOSED)
    px.price("6380")
    assert px.open() == [rests]
    px.sim("session", open=True)
    assert px.open() == []


def test_an_order_is_changed_in_place(px: ProjectX) -> None:
    order_id = px.placed(LIMIT, BUY, 2, limitPrice=6390)

    assert coded(px.own("Order/modify", orderId=order_id, limitPrice=6395.5)) == (0, None)
    assert coded(px.own("Order/modify", orderId=order_id, size=3)) == (0, None)
    order = px.order(order_id)
    assert (order["limitPrice"], order["size"], order["status"]) == (6395.5, 3, 1)
    assert order["updateTimestamp"] > order["creationTimestamp"]
    px.own("Order/modify", orderId=order_id, limitPrice=6405)
    assert px.positions() == [(1, 3, 6400)]


def test_the_codes_of_changing(px: ProjectX) -> None:
    order_id = px.placed(STOP, SELL, 2, stopPrice=6390)

    def code(**more: Any) -> tuple[int, str | None]:
        return coded(px.own("Order/modify", **{"orderId": order_id, **more}))

    assert code(accountId=1) == (1, None)
    assert code(orderId=1) == (2, None)
    assert code(stopPrice=6390.1) == (3, "Invalid stop price. Price is not aligned to tick size.")
    assert code(stopPrice=6400.25) == (3, "Invalid price. Price is outside allowed range.")
    assert code(size=0) == (3, "Invalid order size.")
    px.account, mine = px.told["accounts"][1]["id"], px.account
    assert code(stopPrice=6391) == (2, None)
    px.account = mine
    px.sim(f"accounts/{px.account}", can_trade=False)
    assert code(stopPrice=6391) == (6, None)
    px.sim(f"accounts/{px.account}", can_trade=True)
    px.own("Order/cancel", orderId=order_id)
    assert code(stopPrice=6391) == (2, None)


def test_the_codes_of_cancelling(px: ProjectX) -> None:
    order_id, filled = px.placed(LIMIT, BUY, limitPrice=6390), px.placed()

    def code(**more: Any) -> tuple[int, str | None]:
        return coded(px.own("Order/cancel", **{"orderId": order_id, **more}))

    assert code(accountId=1) == (1, None)
    assert code(orderId=1) == (2, None)
    assert code(orderId=filled) == (2, None)
    px.sim("settings", cancel_of_filled_code=5)
    assert code(orderId=filled) == (5, None)
    px.sim(f"accounts/{px.account}", follower=True)
    assert code() == (6, "Follower accounts cannot cancel orders")
    px.sim(f"accounts/{px.account}", follower=False, simulated=False)
    assert code() == (6, "Live accounts not supported")
    px.sim(f"accounts/{px.account}", simulated=True)
    assert code() == (0, None)
    assert px.order(order_id)["status"] == 3


# ---------------------------------------------------------------- brackets


def test_legs_are_suspended_and_hidden_until_the_entry_fills(px: ProjectX) -> None:
    entry = px.placed(LIMIT, BUY, 2, limitPrice=6395, customTag="T", **BRACKET)

    every = px.every(1, 8)
    assert [(one["id"], one["status"], one["customTag"]) for one in every] == [
        (entry, 1, "T"), (entry + 1, 8, "T-SL"), (entry + 2, 8, "T-TP"),
    ]  # fmt: skip
    assert [(one["stopPrice"], one["limitPrice"], one["trailDistance"], one["trailPrice"]) for one in every[1:]] == [
        (None, None, -8, -2), (None, None, 20, 5),
    ]  # fmt: skip
    assert [(one["parentOrderId"], one["linkedOrderId"]) for one in every] == [
        (None, None), (entry, None), (entry, entry + 1),
    ]  # fmt: skip
    assert px.open() == [entry]
    assert [one["id"] for one in px.own("Order/search", startTimestamp=START)["orders"]] == [entry]

    px.price("6394.75", bid="6394.5", ask="6394.75")
    assert [one["id"] for one in px.own("Order/search", startTimestamp=START)["orders"]] == [
        entry,
        entry + 1,
        entry + 2,
    ]
    assert px.open() == [entry + 1, entry + 2]
    stop, target = px.order(entry + 1), px.order(entry + 2)
    assert (stop["status"], stop["stopPrice"], stop["side"], stop["size"], stop["type"]) == (1, 6393, 1, 2, 4)
    assert (target["status"], target["limitPrice"], target["side"], target["size"]) == (1, 6400, 1, 2)


@pytest.mark.parametrize(("last", "filled", "cancelled"), [("6405", 2, 1), ("6390", 1, 2)])
def test_one_leg_that_fills_ends_the_other(px: ProjectX, last: str, filled: int, cancelled: int) -> None:
    entry = px.placed(**BRACKET)

    px.price(last)
    assert (px.order(entry + filled)["status"], px.order(entry + cancelled)["status"]) == (2, 3)
    assert (px.positions(), px.open()) == ([], [])


def test_legs_of_a_short_stand_on_the_other_side(px: ProjectX) -> None:
    legs = {"stopLossBracket": {"ticks": 8, "type": STOP}, "takeProfitBracket": {"ticks": -20, "type": LIMIT}}
    entry = px.placed(MARKET, SELL, **legs)

    assert (px.order(entry + 1)["stopPrice"], px.order(entry + 2)["limitPrice"]) == (6402, 6395)
    assert [px.order(entry + leg)["customTag"] for leg in (1, 2)] == [None, None]


def test_one_leg_alone_is_taken_and_a_stop_may_trail(px: ProjectX) -> None:
    entry = px.placed(stopLossBracket={"ticks": -8, "type": TRAILING})

    px.price("6410")
    assert px.order(entry + 1)["stopPrice"] == 6408
    px.price("6408")
    assert px.positions() == []


def test_legs_end_with_an_entry_that_is_cancelled(px: ProjectX) -> None:
    entry = px.placed(LIMIT, BUY, limitPrice=6395, **BRACKET)
    assert coded(px.own("Order/modify", orderId=entry + 1, stopPrice=6390))[0] == 3

    px.own("Order/cancel", orderId=entry)
    assert [one["status"] for one in px.every()] == [3, 3, 3]


def test_legs_protect_what_a_cancelled_entry_had_filled(px: ProjectX) -> None:
    px.sim("parts", contract="MES", parts=[2, 0])
    entry = px.placed(LIMIT, BUY, 5, limitPrice=6400, **BRACKET)
    px.own("Order/cancel", orderId=entry)

    assert [(one["status"], one["size"]) for one in px.every()] == [(3, 5), (1, 2), (1, 2)]


def test_a_cancelled_leg_leaves_the_other_one_unless_asked(px: ProjectX) -> None:
    entry = px.placed(**BRACKET)
    px.own("Order/cancel", orderId=entry + 2)
    assert px.open() == [entry + 1]

    px.sim("settings", cancel_ends_sibling=True)
    entry = px.placed(**BRACKET)
    px.own("Order/cancel", orderId=entry + 2)
    assert px.order(entry + 1)["status"] == 3


def test_an_account_set_to_position_brackets_takes_no_others(px: ProjectX) -> None:
    px.sim(f"accounts/{px.account}", order_brackets=False)

    answer = px.place(**STOP_LOSS)
    words = "Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets."
    assert coded(answer) == (2, words)
    assert px.order(answer["orderId"])["status"] == 5
    px.placed()


# ---------------------------------------------------------------- positions


def test_a_close_leaves_the_bracket_that_may_open_a_position(px: ProjectX) -> None:
    entry = px.placed(size=2, **BRACKET)

    assert coded(px.own("Position/closeContract", contractId=px.mes)) == (0, None)
    assert (px.positions(), px.open()) == ([], [entry + 1, entry + 2])
    newest = px.every()[-1]
    assert (newest["type"], newest["customTag"], newest["side"], newest["status"]) == (2, None, 1, 2)
    px.price("6390")
    assert px.positions() == [(2, 2, 6390)]


def test_where_asked_for_a_close_takes_the_bracket_along(px: ProjectX) -> None:
    px.sim("settings", close_cancels_brackets=True)
    px.placed(size=2, **BRACKET)

    px.own("Position/closeContract", contractId=px.mes)
    assert (px.positions(), px.open()) == ([], [])


def test_a_part_of_a_position_is_closed(px: ProjectX) -> None:
    px.placed(MARKET, SELL, 3)

    assert coded(px.own("Position/partialCloseContract", contractId=px.mes, size=2)) == (0, None)
    assert px.positions() == [(2, 1, 6400)]


def test_the_codes_of_closing_are_shifted_between_whole_and_part(px: ProjectX) -> None:
    for path, rejected, more in (("closeContract", 8, {}), ("partialCloseContract", 9, {"size": 1})):

        def code(path: str = path, more: dict[str, Any] = more, **other: Any) -> int:
            return coded(px.own(f"Position/{path}", **{"contractId": px.mes, **more, **other}))[0]

        assert code(accountId=1) == 1
        assert code() == 2
        assert code(contractId="CON.F.US.XXX.Z26") == 3
        px.placed()
        px.sim(f"accounts/{px.account}", can_trade=False)
        assert code() == rejected
        px.sim(f"accounts/{px.account}", can_trade=True)
        if more:
            assert [code(size=size) for size in (0, -1, 2)] == [5, 5, 5]
        assert code() == 0


def test_the_firm_flattens_with_orders_of_its_own(px: ProjectX) -> None:
    px.placed(size=2, customTag="mine", **BRACKET)
    px.sim(f"accounts/{px.account}/flatten")

    assert (px.positions(), px.open()) == ([], [])
    assert (px.every()[-1]["customTag"], px.every()[-1]["side"]) == (None, 1)


def test_an_account_that_broke_a_rule_is_flat_and_trades_no_more(px: ProjectX) -> None:
    px.placed(**BRACKET)
    px.sim(f"accounts/{px.account}/lock")

    assert (px.positions(), px.open()) == ([], [])
    accounts = px.ask("Account/search", onlyActiveAccounts=False)["accounts"]
    assert [one["canTrade"] for one in accounts] == [False, True]


# ---------------------------------------------------------------- looking


def test_orders_are_found_by_time_oldest_first_and_by_pages(px: ProjectX) -> None:
    first, second, third = (px.placed(customTag=str(number)) for number in range(3))
    since = px.order(second)["creationTimestamp"]
    until = px.order(second)["creationTimestamp"]

    def search(**span: str) -> list[int]:
        return [one["id"] for one in px.own("Order/search", **span)["orders"]]

    assert search(startTimestamp=since) == [second, third]
    assert search(startTimestamp=START, endTimestamp=until) == [first, second]
    wanted = {"accountId": px.account, "contractId": px.mes}
    page = px.ask("Order/v2/query", filter=wanted, pageSize=2, pageOffset=1, sortBy=1, sortDirection=1,
                  includeTotalCount=True)  # fmt: skip
    assert ([one["id"] for one in page["orders"]], page["totalCount"]) == ([second, first], 3)
    assert px.ask("Order/v2/query", filter=wanted)["totalCount"] is None
    for wrong in ({"pageSize": 0}, {"pageOffset": -1}, {"sortBy": 2}):
        assert px.send("Order/v2/query", filter=wanted, **wrong).status_code == 400


def test_what_is_not_there_is_not_found(px: ProjectX) -> None:
    for path, name in (
        ("Order/search", "orders"), ("Order/searchOpen", "orders"), ("Position/searchOpen", "positions"),
        ("Trade/search", "trades"),
    ):  # fmt: skip
        answer = px.own(path, accountId=1, startTimestamp=START)
        assert (coded(answer), answer[name]) == ((1, None), None)
    assert coded(px.ask("Order/v2/query", filter={"accountId": 1}))[0] == 1
    assert coded(px.own("Order/searchById", orderId=1))[0] == 1


def test_times_over_rest_have_no_zeros_at_their_end(px: ProjectX) -> None:
    px.sim("clock", now="2026-11-23T15:00:00Z")
    px.token = px.ask("Auth/loginKey", userName=px.told["user"], apiKey=px.told["key"])["token"]
    created = px.order(px.placed())["creationTimestamp"]
    px.sim("clock", now=None)

    assert created.startswith("2026-11-23T15:00:0")
    assert created.endswith("+00:00")
    assert not created.removesuffix("+00:00").endswith("0") or "." not in created


# ---------------------------------------------------------------- bars


def test_bars_come_newest_first_and_the_limit_keeps_the_newest(px: ProjectX) -> None:
    minutes = [
        {"at": f"2026-11-18T15:0{minute}:00Z", "open": str(6400 + minute), "high": str(6410 + minute),
         "low": str(6390 - minute), "close": str(6401 + minute), "volume": "10"}
        for minute in range(10)
    ]  # fmt: skip
    px.sim("bars", contract="MES", bars=minutes)
    whole = {
        "contractId": px.mes, "live": False, "startTime": "2026-11-18T15:00:00Z", "endTime": "2026-11-18T15:10:00Z",
        "unit": 2, "unitNumber": 1, "limit": 3, "includePartialBar": False,
    }  # fmt: skip

    def bars(**more: Any) -> list[dict[str, Any]]:
        return list(px.ask("History/retrieveBars", **{**whole, **more})["bars"])

    assert [bar["t"][14:16] for bar in bars()] == ["09", "08", "07"]
    fives = bars(unitNumber=5)
    assert fives[1] == {"t": "2026-11-18T15:00:00+00:00", "o": 6400, "h": 6414, "l": 6386, "c": 6405, "v": 50}
    assert len(fives) == 2
    assert len(bars(startTime="2026-11-18T15:08:00+00:00")) == 2
    assert [bar["t"] for bar in bars(unit=4, startTime="2026-11-17T00:00:00Z")] == ["2026-11-17T23:00:00+00:00"]
    assert bars(live=True) == []
    for wrong, code in (
        ({"contractId": "x"}, 1), ({"unit": 0}, 2), ({"unit": 7}, 2), ({"unitNumber": 0}, 3), ({"limit": 0}, 4),
        ({"limit": 20_001}, 4),
    ):  # fmt: skip
        answer = px.ask("History/retrieveBars", **{**whole, **wrong})
        assert (coded(answer), answer["bars"]) == ((code, None), None)
    for name in whole:
        assert px.send("History/retrieveBars", **{key: whole[key] for key in whole if key != name}).status_code == 400


def test_the_first_price_of_a_contract_is_in_its_bars_also_after_a_roll(px: ProjectX) -> None:
    old = px.mes
    px.price("6399.75", volume=0)
    px.sim("roll", contract="MES")
    new = px.found("MES")["id"]

    def closes(contract_id: str) -> list[float]:
        span = {"startTime": "2020-01-01T00:00:00Z", "endTime": "2100-01-01T00:00:00Z", "limit": 9}
        more = {"unit": 1, "unitNumber": 1, "includePartialBar": True}
        answer = px.ask("History/retrieveBars", contractId=contract_id, live=False, **span, **more)
        return [bar["c"] for bar in answer["bars"]]

    assert old != new
    assert (closes(old), closes(new)) == ([6400], [6399.75])


def test_what_trades_now_is_a_bar_that_is_not_over(px: ProjectX) -> None:
    px.sim("clock", now="2026-11-18T15:00:30Z")
    px.token = px.ask("Auth/loginKey", userName=px.told["user"], apiKey=px.told["key"])["token"]
    for last in ("6400", "6402", "6399.5"):
        px.price(last, volume=2)
    px.price("6500", volume=0)

    def bars(unit: int, *, partial: bool) -> list[dict[str, Any]]:
        span = {"startTime": "2026-11-18T15:00:00Z", "endTime": "2026-11-18T15:59:00Z", "limit": 100}
        more = {"unit": unit, "unitNumber": 1, "includePartialBar": partial}
        answer = px.ask("History/retrieveBars", contractId=px.mes, live=False, **span, **more)
        return list(answer["bars"])

    assert bars(2, partial=True) == [
        {"t": "2026-11-18T15:00:00+00:00", "o": 6400, "h": 6402, "l": 6399.5, "c": 6399.5, "v": 6},
    ]  # fmt: skip
    assert bars(2, partial=False) == []
    assert sum(bar["v"] for bar in bars(1, partial=True)) == 6
    px.sim("clock", now=None)
