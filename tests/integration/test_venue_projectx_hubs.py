"""Listen to the hubs of the ProjectX exchange with a client written by hand."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect

from tests.integration.projectx_exchange import BUY, LIMIT, MARKET, SELL, STOP, ProjectX
from tests.integration.service import until
from tests.integration.signalr_client import END, HubClient, negotiated

BRACKET: dict[str, Any] = {
    "stopLossBracket": {"ticks": 8, "type": STOP}, "takeProfitBracket": {"ticks": -20, "type": LIMIT},
}  # fmt: skip


@pytest.fixture
def px() -> Iterator[ProjectX]:
    with closing(ProjectX()) as px:
        yield px


@pytest.fixture
def user(px: ProjectX) -> Iterator[HubClient]:
    """Return a client that hears of everything in the account."""
    with HubClient(px.told["user_hub"], px.token) as hub:
        hub.call("SubscribeAccounts")
        for kind in ("Orders", "Positions", "Trades"):
            hub.call(f"Subscribe{kind}", px.account)
        yield hub


@pytest.fixture
def market(px: ProjectX) -> Iterator[HubClient]:
    with HubClient(px.told["market_hub"], px.token) as hub:
        yield hub


def refused(url: str) -> int:
    with pytest.raises(InvalidStatus) as caught, connect(url.replace("http", "ws", 1)):
        pass
    return caught.value.response.status_code


def is_stale(url: str) -> bool:
    return refused(url) == 404


def brief(events: list[tuple[str, list[Any]]]) -> list[tuple[Any, ...]]:
    """Return the kind of each event with its action and what matters of it."""
    names = {"Order": "status", "Position": "size", "Trade": "profitAndLoss", "Account": "balance"}
    found = []
    for target, (told,) in events:
        kind = target.removeprefix("GatewayUser")
        found.append((kind, told["action"], told["data"].get(names[kind])))
    return found


# ---------------------------------------------------------------- getting in


def test_an_id_that_was_negotiated_is_good_once(px: ProjectX) -> None:
    hub = px.told["user_hub"]
    plain, newer = negotiated(hub, px.token).json(), negotiated(hub, px.token, "&negotiateVersion=1").json()

    transports = [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]
    assert plain == {
        "negotiateVersion": 0, "connectionId": plain["connectionId"], "availableTransports": transports,
    }  # fmt: skip
    assert newer["negotiateVersion"] == 1
    assert newer["connectionToken"] != newer["connectionId"]
    for good in (plain["connectionId"], newer["connectionToken"]):
        url = f"{hub}?access_token={px.token}&id={good}"
        with HubClient(hub, px.token, id=good):
            assert refused(url) == 409
        until(partial(is_stale, url))
    assert refused(f"{hub}?access_token={px.token}&id={newer['connectionId']}") == 404


def test_nobody_comes_in_without_a_token(px: ProjectX) -> None:
    hub = px.told["user_hub"]

    assert negotiated(hub, "wrong").status_code == 401
    assert refused(f"{hub}?access_token=wrong") == 401
    assert refused(hub) == 401
    assert refused(f"{hub}s?access_token={px.token}") == 404
    assert httpx.get(f"{hub}/negotiate?access_token={px.token}").status_code == 404
    headers = {"Authorization": f"Bearer {px.token}"}
    assert httpx.post(f"{hub}/negotiate", headers=headers).status_code == 200
    with connect(hub.replace("http", "ws", 1), additional_headers=headers) as socket:
        socket.send('{"protocol":"json","version":0}' + END)
        assert socket.recv() == "{}" + END


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"protocol": "messagepack", "version": 1}, "The protocol 'messagepack' is not supported."),
        ({"protocol": "json", "version": 2}, "The server does not support version 2 of the 'json' protocol."),
    ],
)
def test_a_handshake_of_another_kind_is_refused(px: ProjectX, said: dict[str, Any], error: str) -> None:
    with connect(f"{px.told['user_hub'].replace('http', 'ws', 1)}?access_token={px.token}") as socket:
        socket.send(json.dumps(said) + END)

        assert json.loads(str(socket.recv()).removesuffix(END)) == {"error": error}
        with pytest.raises(ConnectionClosed):
            socket.recv()


def test_records_may_come_in_pieces_and_together(px: ProjectX) -> None:
    with connect(f"{px.told['user_hub'].replace('http', 'ws', 1)}?access_token={px.token}") as socket:
        call = json.dumps({"type": 1, "invocationId": "1", "target": "subscribeaccounts", "arguments": []}) + END
        text = json.dumps({"protocol": "json", "version": 1}) + END + call
        for piece in (text[:10], text[10:-5], text[-5:]):
            socket.send(piece)

        assert socket.recv() == "{}" + END
        assert json.loads(str(socket.recv())[:-1]) == {"type": 3, "invocationId": "1", "result": None}


def test_what_is_no_record_ends_the_connection(user: HubClient) -> None:
    user.socket.send("nonsense" + END)

    with pytest.raises(ConnectionClosed):
        user.next()


# ---------------------------------------------------------------- calling


def test_a_call_that_cannot_be_answered_fails_where_an_answer_is_wanted(px: ProjectX, user: HubClient) -> None:
    failed = "Failed to invoke 'SubscribeOrders' due to an error on the server."
    for arguments in ((), ("x",), (1, 2), (True,), (1.5,)):
        answer = user.call("SubscribeOrders", *arguments)
        assert (answer["error"], "result" in answer) == (failed, False)
    assert user.call("Heartbeat", {})["error"] == (
        "Failed to invoke 'Heartbeat' due to an error on the server. HubException: Method does not exist."
    )
    assert "error" in user.call("SubscribeContractQuotes", px.mes), "that is of the other hub"


def test_who_gives_no_id_gets_no_answer(user: HubClient) -> None:
    user.send({"type": 1, "target": "Heartbeat", "arguments": [{}]}, {"type": 6}, {"type": 1, "target": 1})

    assert user.call("SubscribeAccounts") == {"type": 3, "invocationId": "5", "result": None}


def test_to_subscribe_twice_is_to_subscribe_once_and_it_can_be_ended(px: ProjectX, user: HubClient) -> None:
    for kind in ("Orders", "Positions", "Trades"):
        user.call(f"Subscribe{kind}", px.account)
        user.call(f"Unsubscribe{kind}", px.account)
    px.placed()
    assert brief(user.events(1)) == [("Account", 1, 49999.39)]

    user.call("subscribeorders", px.account)
    user.call("UnsubscribeAccounts")
    px.placed()
    assert brief(user.events(2)) == [("Order", 0, 6), ("Order", 1, 2)]


def test_only_what_was_asked_for_is_told(px: ProjectX, user: HubClient) -> None:
    mine, px.account = px.account, px.told["accounts"][1]["id"]
    px.placed()
    assert [event[1][0]["data"]["id"] for event in user.events(1)] == [px.account]  # all accounts were asked for

    px.account = mine
    px.placed()
    assert brief(user.events(1)) == [("Order", 0, 6)]


# ---------------------------------------------------------------- what is told


def test_a_bracketed_sell_is_told_as_it_was_seen(px: ProjectX, user: HubClient) -> None:
    entry = px.placed(MARKET, SELL, customTag="T", **BRACKET)
    px.price("6395", volume=0)

    events = user.events(14)
    assert brief(events) == [
        ("Order", 0, 8), ("Order", 0, 6), ("Order", 0, 8),
        ("Order", 1, 2), ("Trade", 0, None), ("Position", 0, 1), ("Account", 1, 49999.39),
        ("Order", 1, 1), ("Order", 1, 1),
        ("Order", 1, 2), ("Trade", 0, 25), ("Position", 2, 0), ("Account", 1, 50023.78), ("Order", 1, 3),
    ]  # fmt: skip
    orders = [told["data"] for target, (told,) in events if target == "GatewayUserOrder"]
    assert [order["id"] - entry for order in orders] == [1, 0, 2, 0, 2, 1, 2, 1]
    assert [order["customTag"] for order in orders[:3]] == ["T-SL", "T", "T-TP"]
    stop, market, target = orders[:3]
    assert (stop["trailDistance"], stop["trailPrice"], target["trailDistance"], target["trailPrice"]) == (8, 2, -20, -5)
    assert (target["linkedOrderId"], target["parentOrderId"], stop["parentOrderId"]) == (entry + 1, entry, entry)
    # What is nothing is not there, and times have seven places.
    assert not {"stopPrice", "limitPrice", "filledPrice", "linkedOrderId"} & set(stop)
    assert "parentOrderId" not in market
    assert len(market["creationTimestamp"]) == len("2026-08-19T20:49:25.3938333+00:00")
    assert (orders[4]["limitPrice"], orders[5]["stopPrice"]) == (6395, 6402)
    closed = next(told["data"] for target, (told,) in events if target == "GatewayUserPosition" and told["action"] == 2)
    assert closed == {
        "id": closed["id"], "accountId": px.account, "contractId": px.mes, "contractDisplayName": f"MES{px.mes[-3:]}",
        "creationTimestamp": closed["creationTimestamp"], "type": 0, "size": 0, "averagePrice": 6400,
    }  # fmt: skip


def test_a_rejected_order_is_told_without_a_reason(px: ProjectX, user: HubClient) -> None:
    px.place(LIMIT, BUY, limitPrice=1.1)

    ((target, (told,)),) = user.events(1)
    assert (target, told["action"], told["data"]["status"]) == ("GatewayUserOrder", 1, 5)
    assert not any("reason" in name.lower() or "message" in name.lower() for name in told["data"])


def test_an_account_that_is_locked_is_told(px: ProjectX, user: HubClient) -> None:
    px.sim(f"accounts/{px.account}/lock")

    ((target, (told,)),) = user.events(1)
    assert (target, told["data"]["canTrade"]) == ("GatewayUserAccount", False)


def test_what_is_told_may_come_without_its_wrapping(px: ProjectX, user: HubClient) -> None:
    px.sim("hubs", wraps=False)
    px.sim(f"accounts/{px.account}", can_trade=False)

    ((_, (told,)),) = user.events(1)
    assert (told["id"], told["canTrade"]) == (px.account, False)


def test_a_quote_is_whole_at_first_and_then_what_has_changed(px: ProjectX, market: HubClient) -> None:
    market.call("SubscribeContractQuotes", px.mes)
    px.price("6401", bid="6400.75", ask="6401.25", volume=3)
    px.price("6401", bid="6400.75", ask="6401", volume=0)

    (_, (contract, whole)), (_, (_, delta)) = market.events(2)
    always = {"symbol", "contract", "bestBid", "bestAsk", "lastUpdated", "timestamp"}
    first = 1  # traded at the price of the beginning
    assert (contract, whole["symbol"], whole["lastPrice"], whole["volume"]) == (px.mes, "F.US.MES", 6401, 3 + first)
    assert (whole["open"], whole["high"], whole["change"]) == (6400, 6401, 1)
    assert (set(delta), delta["bestAsk"]) == (always, 6401)
    px.sim("pulse")
    assert set(market.events(1)[0][1][1]) == always, "prices are confirmed"
    market.call("UnsubscribeContractQuotes", px.mes)
    market.call("SubscribeContractQuotes", px.mes)
    px.sim("pulse")
    assert set(market.events(1)[0][1][1]) == set(whole)


def test_prints_come_in_lists_of_one_or_where_asked_of_two(px: ProjectX, market: HubClient) -> None:
    market.call("SubscribeContractTrades", px.mes)
    px.price("6401", ask="6401", volume=3)
    px.price("6401", volume=0)
    px.sim("hubs", batches=True)
    px.price("6400", bid="6400", ask="6400.25", volume=3)

    (_, (contract, prints)), (_, (_, two)) = market.events(2)
    assert (contract, prints) == (px.mes, [{
        "symbolId": "F.US.MES", "price": 6401, "timestamp": prints[0]["timestamp"], "type": 0, "volume": 3,
        "contractId": px.mes,
    }])  # fmt: skip
    assert [(one["volume"], one["type"]) for one in two] == [(1, 1), (2, 1)]


def test_the_book_is_reset_first(px: ProjectX, market: HubClient) -> None:
    market.call("SubscribeContractMarketDepth", px.mes)
    px.price("6401", bid="6400.75", ask="6401.25")

    (_, (_, snapshot)), (_, (_, levels)) = market.events(2)
    assert [(one["type"], one["price"]) for one in snapshot] == [(6, 0), (4, 6400), (3, 6400)]
    assert [(one["type"], one["price"]) for one in levels] == [(4, 6400.75), (3, 6401.25)]


def test_only_the_contracts_asked_for_are_told(px: ProjectX, market: HubClient) -> None:
    market.call("SubscribeContractQuotes", px.mes)
    px.price("23001", "MNQ")
    px.price("6402")

    assert market.events(1)[0][1][0] == px.mes


# ---------------------------------------------------------------- going wrong


def test_events_come_twice_last_first_late_or_never(px: ProjectX, user: HubClient) -> None:
    def strike(name: str, **body: Any) -> None:
        px.sim(f"accounts/{px.account}/events/{name}", **body)

    strike("double-events")
    px.place(LIMIT, BUY, limitPrice=1.1)
    assert brief(user.events(2)) == [("Order", 1, 5)] * 2
    strike("reverse-events", times=2)
    px.placed()
    assert brief(user.events(3)) == [("Order", 1, 2), ("Order", 0, 6), ("Trade", 0, None)]
    user.events(2)
    strike("drop-events", times=4)
    px.placed()
    assert [kind for kind, *_ in brief(user.events(1))] == ["Account"]
    strike("hold")
    px.placed()
    px.sim(f"accounts/{px.told['accounts'][1]['id']}", can_trade=False)
    assert user.events(1)[0][1][0]["data"]["canTrade"] is False, "another account's events are not held"
    strike("release")
    assert len(user.events(5)) == 5


def test_words_come_that_nobody_knows(px: ProjectX, user: HubClient) -> None:
    for name in ("unknown-event", "unknown-status"):
        px.sim(f"accounts/{px.account}/events/{name}")
        px.place(LIMIT, BUY, limitPrice=1.1)

    (_, (first,)), (_, (second,)) = user.events(2)
    assert (first["action"], second["data"]["status"], second["data"]["unknownField"]) == (99, 99, [{}])


def test_a_connection_is_closed_with_and_without_an_error(px: ProjectX, user: HubClient, market: HubClient) -> None:
    px.sim("hubs/close-with-error", hub="user")
    assert user.next() == {"type": 7, "error": "Connection closed with an error.", "allowReconnect": True}
    px.sim("hubs/close")
    assert market.next() == {"type": 7, "allowReconnect": True}
    for hub in (user, market):
        with pytest.raises(ConnectionClosed):
            hub.next()


def test_a_connection_is_cut_without_a_word(px: ProjectX, user: HubClient) -> None:
    px.sim("hubs/cut")

    with pytest.raises(ConnectionClosedError):
        user.next()


def test_a_connection_is_silent_and_stays_open(px: ProjectX, user: HubClient) -> None:
    px.sim("hubs/silent")
    px.placed()

    with pytest.raises(TimeoutError):
        user.next(0.2)
    user.socket.ping().wait(5)


def test_a_negotiation_fails_as_often_as_asked(px: ProjectX) -> None:
    px.sim("hubs", negotiate_failures=2)

    codes = [negotiated(px.told["user_hub"], px.token).status_code for _ in range(3)]
    assert codes == [500, 500, 200]


@pytest.mark.parametrize("framing", ["merged", "split"])
def test_records_are_merged_or_split_into_frames(px: ProjectX, user: HubClient, framing: str) -> None:
    px.sim("hubs", framing=framing)
    user.frames.clear()
    for _ in range(20):
        px.placed()

    assert len(user.events(100)) == 100
    if framing == "split":
        assert len(user.frames) == 200
        assert not any(frame.endswith(END) for frame in user.frames[::2])
    else:
        assert max(frame.count(END) for frame in user.frames) > 1


def test_where_asked_for_a_connection_ends_with_its_token(px: ProjectX) -> None:
    px.sim("hubs", ends_with_token=True)
    with HubClient(px.told["user_hub"], px.token) as hub:
        px.sim("tokens", revoke=True)

        assert hub.next()["type"] == 7


def test_a_token_that_ends_leaves_the_hub_otherwise(px: ProjectX, user: HubClient) -> None:
    px.sim("tokens", revoke=True)
    px.sim(f"accounts/{px.account}", can_trade=False)

    assert brief(user.events(1))[0][0] == "Account"


def test_who_is_told_nothing_gets_pings_and_who_says_nothing_is_dropped(px: ProjectX, user: HubClient) -> None:
    px.sim("hubs", ping_seconds=1)
    assert user.next() == {"type": 6}

    px.sim("hubs", silent_seconds=0)
    while (said := user.next()) == {"type": 6}:
        pass
    assert (said["type"], "error" in said) == (7, True)


def test_a_burst_arrives_whole_and_in_order(px: ProjectX, market: HubClient) -> None:
    market.call("SubscribeContractTrades", px.mes)
    wanted = [6400 + number % 40 / 4 for number in range(10_000)]
    px.sim("prices", contract="MES", last=[str(price) for price in wanted])

    assert [prints[0]["price"] for _, (_, prints) in market.events(10_000)] == wanted
