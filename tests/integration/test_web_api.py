"""Check the programming interface: what happened, what is set, and what a person may do."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from werkzeug.test import TestResponse

from tests.builders import AAPL
from tests.office import ADA, ADAS, BOB, BOBS, OWNER, OWNERS, Office, problem
from tradecore.domain.book import Book, BookKey
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.orders import Side
from tradecore.domain.parties import Account, Power, Role, Venue
from tradecore.domain.signals import Signal


@pytest.fixture
def office() -> Office:
    return Office()


def made(answer: TestResponse, status: int = 201) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def wrong(answer: TestResponse) -> tuple[int, str, str | None]:
    error = problem(answer)
    return answer.status_code, error["code"], error.get("field")


# ---------------------------------------------------------------- what happened


def test_a_pending_alert_says_so(office: Office) -> None:
    alert_id = office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"}).get_json()["alert_id"]

    told = office.told(f"/api/v1/alerts/{alert_id}")

    assert (told["status"], told["orders"], told["refusal"]) == ("pending", [], None)
    assert told["outcome"]


def test_alerts_are_told_newest_first_and_page_by_page(office: Office) -> None:
    ids = [office.traded(action) for action in ("buy", "buy", "close", "hold")]

    first = office.told("/api/v1/alerts?limit=3")
    rest = office.told(f"/api/v1/alerts?limit=3&before={first['next_before']}")

    assert [one["alert_id"] for one in first["alerts"]] == ids[:0:-1]
    assert [one["alert_id"] for one in rest["alerts"]] == ids[:1]
    assert rest["next_before"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=done", 1),
        ("status=refused", 1),
        ("status=pending", 0),
        ("bot_id=ada-aapl-15", 1),
        ("account_id=adas", 2),
        ("symbol=aapl", 1),
        ("symbol=TSLA", 1),
        ("since=2026-11-23T15:00:30Z", 1),
        ("before=2026-11-23T10:00:30-05:00", 1),
        ("since=2026-11-23T15:00:30 00:00", 1),
    ],
)
def test_alerts_are_found_by_what_is_asked(office: Office, query: str, count: int) -> None:
    office.traded("buy")
    office.traded("buy", symbol="TSLA")

    assert len(office.told(f"/api/v1/alerts?{query}")["alerts"]) == count


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=1001", "limit"), ("limit=many", "limit"), ("status=happy", "status"),
     ("since=yesterday", "since"), ("colour=red", "colour")],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/v1/alerts"])
def test_a_question_that_cannot_be_is_refused_by_its_field(office: Office, path: str, query: str, field: str) -> None:
    status, _, named = wrong(office.ask(f"{path}?{query}"))

    assert (status, named) == (422, field)


def test_an_alert_that_never_was_is_not_there(office: Office) -> None:
    assert wrong(office.ask("/api/v1/alerts/none")) == (404, "not-found", None)


def test_a_round_trip_is_told_with_its_orders_and_its_trade(office: Office) -> None:
    opened = office.traded("buy")
    closed = office.traded("close")

    told = office.told(f"/api/v1/alerts/{closed}")

    trade = told["trades"][0]
    assert (trade["opened_by"], trade["closed_by"], trade["net"]) == (opened, closed, "0")
    assert office.told(f"/api/v1/trades?caused_by={opened}")["trades"] == told["trades"]
    assert office.told(f"/api/v1/orders?caused_by={closed}")["orders"] == told["orders"]
    assert office.told(f"/api/v1/orders/{told['orders'][0]['order_id']}") == told["orders"][0]


def test_a_reversal_is_two_orders_in_order(office: Office) -> None:
    office.traded("buy")

    told = office.told(f"/api/v1/alerts/{office.traded('sell')}")

    assert sum(Decimal(order["filled_quantity"]) for order in told["orders"]) == 20
    assert {order["side"] for order in told["orders"]} == {"sell"}


def test_an_alerts_story_is_one_tree(office: Office) -> None:
    alert_id = office.traded("buy")

    told = office.told(f"/api/v1/alerts/{alert_id}/explain")

    assert told["title"] == "BUY AAPL"
    assert {"read as", "gates", "orders"} <= {child["title"] for child in told["children"]}


def test_trades_are_told_as_a_table_too(office: Office) -> None:
    office.traded("sell")
    office.traded("close")
    trade = office.told("/api/v1/trades")["trades"][0]

    answer = office.ask("/api/v1/trades.csv")

    assert answer.mimetype == "text/csv"
    assert list(csv.DictReader(io.StringIO(answer.text))) == [trade]


@pytest.mark.parametrize("by", ["bot", "account", "symbol", "day", "direction"])
def test_performance_is_measured_per_group(office: Office, by: str) -> None:
    office.traded("buy")
    office.send({"action": "close", "symbol": "AAPL", "timeframe": "15"})
    office.price(110)
    while office.engine_step():
        pass

    told = office.told(f"/api/v1/performance?by={by}")

    assert (told["total"]["trades"], told["total"]["net"], told["total"]["win_rate"]) == (1, "100", "100")
    assert [one["net"] for one in told["groups"].values()] == ["100"]
    assert [point["net"] for point in told["curve"]] == ["100"]
    assert told["complete"]


def test_performance_by_anything_else_is_refused(office: Office) -> None:
    assert wrong(office.ask("/api/v1/performance?by=moon")) == (422, "unknown-value", "by")


# ---------------------------------------------------------------- bots

BOT = {"account_id": "adas", "symbol": "NASDAQ:msft", "timeframe": "5m", "sizing": {"kind": "dollars", "amount": 500}}


def test_a_bot_is_made_found_changed_and_deleted(office: Office) -> None:
    bot = made(office.ask("/api/v1/bots", method="POST", json=BOT))
    path = f"/api/v1/bots/{bot['bot_id']}"

    assert (bot["symbol"], bot["timeframe"], bot["account_id"]) == ("MSFT", "5 Min", ADAS)
    assert bot["sizing"] == {"kind": "dollars", "amount": "500"}
    assert office.told(path) == bot
    change = {
        "active": False,
        "limits": {"daily_loss": "-50"},
        "protection": {"stop": {"amount": 2, "unit": "percent"}},
    }
    changed = made(office.ask(path, method="PATCH", json=change), 200)
    assert changed["limits"]["daily_loss"] == "50"
    assert changed["state"]["status"] == "DISABLED"
    assert changed == bot | {
        "active": False,
        "changed_at": "2026-11-23T15:00:00Z",
        "state": changed["state"],
        "limits": bot["limits"] | {"daily_loss": "50"},
        "protection": {"stop": {"amount": "2", "unit": "percent"}, "target": None, "stop_min": None},
    }
    assert office.ask(path, method="DELETE").status_code == 204
    assert office.ask(path).status_code == 404


def test_a_bot_that_was_made_takes_alerts(office: Office) -> None:
    bot = made(
        office.ask("/api/v1/bots", method="POST", json={"account_id": ADAS, "symbol": "MES1!", "timeframe": "5"})
    )

    alert_id = office.traded("buy", symbol="MES", timeframe="5 Min")

    told = office.told(f"/api/v1/alerts/{alert_id}")
    assert (told["bot_id"], told["instrument"], told["status"]) == (bot["bot_id"], "MESZ2026", "done")


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"account_id": None}, 422, "bad-value", "account_id"),
        ({"account_id": "bobs"}, 404, "not-found", None),
        ({"account_id": BOBS}, 404, "not-found", None),
        ({"symbol": "MESZ2026"}, 422, "bad-symbol", "symbol"),
        ({"symbol": "not a symbol"}, 422, "bad-symbol", "symbol"),
        ({"timeframe": "15 Parsecs"}, 422, "bad-timeframe", "timeframe"),
        ({"sizing": {"kind": "units", "amount": "0"}}, 422, "bad-value", "sizing.amount"),
        ({"sizing": {"kind": "luck", "amount": "1"}}, 422, "unknown-value", "sizing.kind"),
        ({"mode": "yolo"}, 422, "unknown-value", "mode"),
        ({"limits": {"daily": 5}}, 422, "unknown-field", "limits.daily"),
        ({"protection": {"stop": {"amount": "-1", "unit": "ticks"}}}, 422, "bad-value", "protection.stop"),
        ({"protection": {"stop": {"amount": "200", "unit": "percent"}}}, 422, "bad-value", "protection.stop"),
        ({"window": {"opens": "09:30", "closes": "16:00", "zone": "Mars/Olympus"}}, 422, "bad-value", "window.zone"),
        ({"window": {"opens": "09:30", "closes": "16:00", "zone": "../etc"}}, 422, "bad-value", "window.zone"),
        ({"window": {"opens": "09:30", "closes": "16:00", "weekdays": [7]}}, 422, "bad-value", "window.weekdays"),
        ({"window": {"opens": "nine", "closes": "16:00"}}, 422, "bad-time", "window.opens"),
        ({"name": "x" * 61}, 422, "too-long", "name"),
        ({"wings": 2}, 422, "unknown-field", "wings"),
    ],
)
def test_a_bot_that_cannot_be_is_refused_by_its_field(
    office: Office, change: dict[str, object], status: int, code: str, field: str | None
) -> None:
    before = office.written()

    found = wrong(office.ask("/api/v1/bots", method="POST", json=BOT | change))

    assert found == (status, code, field)
    assert office.written() == before


@pytest.mark.parametrize("kind", ["units", "dollars", "percent_of_equity", "risk_dollars", "risk_percent"])
def test_every_way_to_find_a_size_is_kept(office: Office, kind: str) -> None:
    sizing = {"kind": kind, "amount": "2.5"}

    stop = {"stop": {"amount": "1", "unit": "percent"}}
    bot = made(office.ask("/api/v1/bots", method="POST", json=BOT | {"sizing": sizing, "protection": stop}))

    assert bot["sizing"] == office.told(f"/api/v1/bots/{bot['bot_id']}")["sizing"] == sizing


def test_a_second_active_bot_for_the_same_is_refused(office: Office) -> None:
    body = {"account_id": ADAS, "symbol": "AAPL", "timeframe": "15"}

    assert wrong(office.ask("/api/v1/bots", method="POST", json=body))[:2] == (409, "taken")
    assert office.ask("/api/v1/bots", method="POST", json=body | {"active": False}).status_code == 201


def test_a_bot_that_holds_something_is_neither_deleted_nor_moved(office: Office) -> None:
    office.traded("buy")
    path = "/api/v1/bots/ada-aapl-15"

    assert wrong(office.ask(path, method="DELETE"))[:2] == (409, "still-holds")
    assert wrong(office.ask(path, method="PATCH", json={"symbol": "MSFT"}))[:2] == (409, "still-holds")
    assert office.ask(path, method="PATCH", json={"active": False}).status_code == 200
    made(office.ask(f"{path}/close", method="POST", json={"reason": "enough"}), 202)
    office.work()
    assert office.ask(path, method="DELETE").status_code == 204


def test_closing_a_bot_leaves_the_others_alone(office: Office) -> None:
    office.bot("ada-aapl-any", timeframe=None)
    office.traded("buy")
    office.traded("buy", timeframe="1D")

    told = made(office.ask("/api/v1/bots/ada-aapl-15/close", method="POST", json={"reason": "enough"}), 202)
    office.work()

    assert told["books"] == ["account-ada/AAPL"]
    assert [share.bot_id for share in office.book().shares] == ["ada-aapl-any"]


def test_a_bot_that_holds_nothing_has_nothing_to_close(office: Office) -> None:
    answer = office.ask("/api/v1/bots/ada-aapl-15/close", method="POST", json={"reason": "enough"})

    assert wrong(answer)[:2] == (409, "nothing-held")


def test_an_administrators_bot_belongs_to_the_accounts_owner(office: Office) -> None:
    bot = made(office.ask("/api/v1/bots", OWNER, "POST", json=BOT | {"account_id": ADAS}))

    assert bot["user_id"] == ADA
    moved = office.ask(f"/api/v1/bots/{bot['bot_id']}", OWNER, "PATCH", json={"account_id": BOBS})
    assert moved.status_code == 404


# ---------------------------------------------------------------- tokens


def test_a_token_is_shown_once_and_works_until_it_is_revoked(office: Office) -> None:
    body = {"power": "submit", "name": "TradingView", "symbols": ["aapl"], "signals": ["buy", "CLOSE"]}
    made_ = made(office.ask("/api/v1/tokens", method="POST", json=body))
    text = made_["token"]

    assert text.startswith("usr_")
    assert made_["webhook_path"] == f"/webhook?token={text}"
    assert text not in office.ask("/api/v1/tokens").text
    assert office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"}, text).status_code == 202
    assert office.send({"action": "sell", "symbol": "AAPL", "timeframe": "15"}, text).status_code == 403
    revoked = made(office.ask(f"/api/v1/tokens/{made_['token_id']}", method="DELETE"), 200)
    assert (revoked["good"], revoked["revoked_at"]) == (False, "2026-11-23T15:00:00Z")
    assert office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"}, text).status_code == 401
    office.clock.advance(60)
    assert made(office.ask(f"/api/v1/tokens/{made_['token_id']}", method="DELETE"), 200) == revoked


def test_a_tokens_text_is_stored_nowhere(office: Office) -> None:
    text = made(office.ask("/api/v1/tokens", method="POST", json={"power": "read"}))["token"]

    assert text not in repr(office.store._state.tokens)
    assert all(text not in token.hash for token in office.store.directory.tokens(ADA))


def test_a_token_is_rotated_with_an_overlap(office: Office) -> None:
    old = made(office.ask("/api/v1/tokens", method="POST", json={"power": "alerts", "account_id": "adas"}))

    new = made(office.ask(f"/api/v1/tokens/{old['token_id']}/rotate", method="POST", json={"overlap": 60}))

    body = {"action": "buy", "symbol": "AAPL", "timeframe": "15"}
    assert (new["account_id"], new["token"] != old["token"]) == (ADAS, True)
    assert [office.send(body, one["token"]).status_code for one in (old, new)] == [202, 202]
    office.clock.advance(61)
    assert [office.send(body, one["token"]).status_code for one in (old, new)] == [401, 202]
    again = office.ask(f"/api/v1/tokens/{old['token_id']}/rotate", method="POST", json={})
    assert wrong(again)[:2] == (409, "revoked")


def test_a_token_is_rotated_once_and_its_scope_and_life_go_over(office: Office) -> None:
    ends = "2026-12-03T15:00:00Z"  # in ten days
    body = {
        "power": "submit", "name": "TradingView", "account_id": "adas", "bot_id": "ada-aapl-15", "symbols": ["AAPL"],
        "signals": ["BUY"], "expires_at": ends,
    }  # fmt: skip
    old = made(office.ask("/api/v1/tokens", method="POST", json=body))
    path = f"/api/v1/tokens/{old['token_id']}/rotate"
    office.clock.advance(timedelta(days=8))

    new = made(office.ask(path, method="POST", json={}))
    again = office.ask(path, method="POST", json={})

    same = {"power", "name", "account_id", "bot_id", "symbols", "signals", "user_id"}
    assert {name: new[name] for name in same} == {name: old[name] for name in same}
    assert (new["expires_at"], new["replaced_by"]) == ("2026-12-11T15:00:00Z", None)
    assert wrong(again)[:2] == (409, "rotated")
    left = next(one for one in office.told("/api/v1/tokens")["tokens"] if one["token_id"] == old["token_id"])
    assert (left["replaced_by"], left["expires_at"], left["good"]) == (new["token_id"], "2026-12-02T15:00:00Z", True)
    office.clock.advance(timedelta(days=1))
    assert [
        office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"}, one["token"]).status_code
        for one in (old, new)
    ] == [401, 202]


@pytest.mark.parametrize("overlap", [0, 3 * 86_400])
def test_an_overlap_never_makes_the_old_token_live_longer(office: Office, overlap: int) -> None:
    body = {"power": "submit", "expires_at": "2026-11-23T16:00:00Z"}  # in an hour
    old = made(office.ask("/api/v1/tokens", method="POST", json=body))

    made(office.ask(f"/api/v1/tokens/{old['token_id']}/rotate", method="POST", json={"overlap": overlap}))

    left = next(one for one in office.told("/api/v1/tokens")["tokens"] if one["token_id"] == old["token_id"])
    assert left["expires_at"] == ("2026-11-23T15:00:00Z" if overlap == 0 else "2026-11-23T16:00:00Z")
    assert left["good"] is (overlap > 0)


def test_a_rotation_that_cannot_be_finished_leaves_the_old_token_good(office: Office) -> None:
    old = made(office.ask("/api/v1/tokens", method="POST", json={"power": "submit"}))
    keep, kept = office.store.directory.keep, list[object]()

    def once(entry: Any) -> None:
        kept.append(entry)
        if len(kept) == 2:
            raise UnreachableError("the database went away")
        keep(entry)

    office.store.directory.keep = once  # type: ignore[method-assign] # a death between the two
    answer = office.ask(f"/api/v1/tokens/{old['token_id']}/rotate", method="POST", json={})
    office.store.directory.keep = keep  # type: ignore[method-assign] # and it is back

    assert wrong(answer)[:2] == (503, "unavailable")
    assert office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"}, old["token"]).status_code == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "power"),
        ({"power": "everything"}, "power"),
        ({"power": "read", "bot_id": "ada-aapl-15"}, "bot_id"),
        ({"power": "api", "symbols": ["AAPL"]}, "symbols"),
        ({"power": "submit", "symbols": ["not one"]}, "symbols"),
        ({"power": "submit", "signals": ["SING"]}, "signals[0]"),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_its_field(office: Office, body: dict[str, object], field: str) -> None:
    status, _, named = wrong(office.ask("/api/v1/tokens", method="POST", json=body))

    assert (status, named) == (422, field)


@pytest.mark.parametrize("scope", [{"account_id": "bobs"}, {"account_id": BOBS}, {"bot_id": "bob-aapl-15"}])
@pytest.mark.parametrize("user_id", [ADA, OWNER])
def test_nobody_makes_a_token_for_somebody_elses_things(office: Office, user_id: Any, scope: dict[str, str]) -> None:
    answer = office.ask("/api/v1/tokens", user_id, "POST", json={"power": "submit"} | scope)

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "tokens", {"power": "api"}),
        ("POST", "tokens/ID/rotate", {}),
        ("DELETE", "tokens/OTHER", None),
        ("POST", "halts", {"level": "flatten", "reason": "x", "user_id": ADA}),
        ("POST", "bots", {"account_id": "second", "symbol": "AAPL"}),
        ("GET", "alerts?account_id=second", None),
        ("GET", "users", None),
    ],
)
@pytest.mark.parametrize("user_id", [ADA, OWNER])
def test_a_token_narrowed_to_an_account_reaches_nothing_else(
    office: Office, user_id: Any, method: str, path: str, body: object
) -> None:
    own = ADAS if user_id == ADA else OWNERS
    office.store.directory.keep(Account(id=AccountId("second"), user_id=user_id, name="second", venue=Venue.PAPER))
    text = office.token(user_id, Power.API, account_id=own)
    mine = next(one for one in office.store.directory.tokens(user_id) if one.account_id == own)
    other = next(one for one in office.store.directory.tokens(user_id) if one.account_id is None)
    before = office.written()

    filled = path.replace("ID", mine.id).replace("OTHER", other.id)
    answer = office.client.open(
        f"/api/v1/{filled}", method=method, json=body, headers={"Authorization": f"Bearer {text}"}
    )

    assert answer.status_code in {403, 404}
    assert office.written() == before


# ---------------------------------------------------------------- accounts and users


def test_an_account_is_found_and_changed(office: Office) -> None:
    change = {
        "limits": {"daily_loss": "500", "drawdown": {"amount": 2000, "start": 50000, "form": "intraday"}},
        "get_flat": {"at": "15:07", "minutes_before_close": 3},
        "automation": {"kind": "units", "amount": 2},
    }

    changed = made(office.ask("/api/v1/accounts/adas", method="PATCH", json=change), 200)

    assert changed["limits"]["drawdown"]["form"] == "intraday"
    assert changed["get_flat"]["zone"] == "America/Chicago"
    assert changed["automation"] == {"kind": "units", "amount": "2"}
    assert office.told("/api/v1/accounts/account-ada") == changed
    assert [one["account_id"] for one in office.told("/api/v1/accounts")["accounts"]] == [ADAS]
    cleared = made(
        office.ask("/api/v1/accounts/adas", method="PATCH", json={"automation": None, "get_flat": None}), 200
    )
    assert (cleared["automation"], cleared["get_flat"], cleared["limits"]) == (None, None, changed["limits"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"venue": "alpaca"}, "venue"),
        ({"automation": {"kind": "units", "amount": 0}}, "automation.amount"),
        ({"get_flat": {"zone": "Mars/Olympus"}}, "get_flat.zone"),
        ({"limits": {"losing_streak": "many"}}, "limits.losing_streak"),
    ],
)
def test_an_account_that_cannot_be_is_refused_by_its_field(
    office: Office, change: dict[str, object], field: str
) -> None:
    status, _, named = wrong(office.ask("/api/v1/accounts/adas", method="PATCH", json=change))

    assert (status, named) == (422, field)


def test_an_account_resumes_after_a_losing_streak(office: Office) -> None:
    told = made(office.ask("/api/v1/accounts/adas/resume", method="POST"), 200)

    assert (told["streak_from"], told["active"]) == ("2026-11-23T15:00:00Z", True)


def test_books_show_what_is_held_and_planned(office: Office) -> None:
    office.traded("buy")
    office.exchange.fill_in_parts(Symbol("AAPL"), [Decimal(0)] * 5)
    office.send({"action": "close", "symbol": "AAPL", "timeframe": "15"})
    while office.engine_step():
        pass

    book = office.told("/api/v1/accounts/adas/books")["books"][0]

    assert (book["net"], book["shares"][0]["bot_id"]) == ("10", "ada-aapl-15")
    assert book["plan"]["signal"] == "CLOSE"
    assert [order["purpose"] for order in book["orders"]] == ["exit"]


def test_an_administrator_makes_and_changes_users(office: Office) -> None:
    user = made(office.ask("/api/v1/users", OWNER, "POST", json={"name": "cleo", "limits": {"daily_loss": 100}}))

    assert (user["role"], user["active"], user["limits"]) == ("trader", True, {"daily_loss": "100"})
    changed = made(office.ask(f"/api/v1/users/{user['user_id']}", OWNER, "PATCH", json={"role": "admin"}), 200)
    assert changed == user | {"role": "admin"}
    assert "cleo" in [one["name"] for one in office.told("/api/v1/users", OWNER)["users"]]
    assert wrong(office.ask("/api/v1/users", OWNER, "POST", json={"name": "CLEO"}))[:2] == (409, "taken")
    assert wrong(office.ask("/api/v1/users", OWNER, "POST", json={"name": " "})) == (422, "bad-value", "name")


def test_a_user_who_is_switched_off_opens_no_door_any_more(office: Office) -> None:
    made(office.ask(f"/api/v1/users/{BOB}", OWNER, "PATCH", json={"active": False}), 200)

    assert office.ask("/api/v1/me", BOB).status_code == 401
    assert office.send({"action": "hold", "symbol": "AAPL"}, office.texts[BOB, Power.SUBMIT]).status_code == 401


@pytest.mark.parametrize("change", [{"active": False}, {"role": "trader"}])
def test_nobody_takes_their_own_power_away(office: Office, change: dict[str, object]) -> None:
    assert wrong(office.ask(f"/api/v1/users/{OWNER}", OWNER, "PATCH", json=change))[:2] == (409, "own-power")


def test_who_asks_is_told(office: Office) -> None:
    assert office.told("/api/v1/me")["user_id"] == ADA
    assert office.told("/api/v1/me", OWNER)["role"] == Role.ADMIN.value


# ---------------------------------------------------------------- the kill switch, and by hand


def test_the_kill_switch_stops_entries_until_it_is_lifted(office: Office) -> None:
    halt = made(office.ask("/api/v1/halts", method="POST", json={
        "level": "no-entries", "reason": "a walk", "account_id": "adas"}))  # fmt: skip

    refused = office.told(f"/api/v1/alerts/{office.traded('buy')}")
    lifted = made(office.ask(f"/api/v1/halts/{halt['halt_id']}/lift", method="POST"), 200)
    done = office.told(f"/api/v1/alerts/{office.traded('buy')}")

    assert (halt["by"], halt["account_id"], halt["user_id"]) == ("ada", ADAS, ADA)
    assert (refused["refusal"]["code"], done["status"]) == ("halted", "done")
    assert lifted["lifted_by"] == "ada"
    assert office.told("/api/v1/halts")["halts"] == []
    assert office.told("/api/v1/halts?lifted=true")["halts"] == [lifted]


@pytest.mark.parametrize("scope", [{"bot_id": "ada-aapl-15"}, {"account_id": "adas"}, {"user_id": ADA}])
def test_flatten_and_stay_flat_closes_what_is_in_its_scope(office: Office, scope: dict[str, str]) -> None:
    office.traded("buy")
    office.traded("buy", BOB)

    made(office.ask("/api/v1/halts", method="POST", json={"level": "flatten", "reason": "enough"} | scope))
    office.work()

    assert office.book().net == 0
    assert office.book(BOBS).net == 10
    assert office.told(f"/api/v1/alerts/{office.traded('buy')}")["refusal"]["code"] == "flattened"


def test_an_administrator_stops_everything_and_nobody_else_does(office: Office) -> None:
    office.traded("buy")
    office.traded("buy", BOB)
    body = {"level": "flatten", "reason": "fire", "everything": True}

    assert wrong(office.ask("/api/v1/halts", method="POST", json=body)) == (403, "forbidden", "everything")
    halt = made(office.ask("/api/v1/halts", OWNER, "POST", json=body))
    office.work()
    assert [office.book(account_id).net for account_id in (ADAS, BOBS)] == [Decimal(0)] * 2
    assert [one["halt_id"] for one in office.told("/api/v1/halts")["halts"]] == [halt["halt_id"]]
    assert wrong(office.ask(f"/api/v1/halts/{halt['halt_id']}/lift", method="POST"))[:2] == (403, "forbidden")
    assert office.ask(f"/api/v1/halts/{halt['halt_id']}/lift", OWNER, "POST").status_code == 200


@pytest.mark.parametrize(
    ("scope", "status"),
    [({}, 422), ({"account_id": "adas", "bot_id": "ada-aapl-15"}, 422), ({"account_id": BOBS}, 404),
     ({"bot_id": "bob-aapl-15"}, 404), ({"user_id": BOB}, 404)],
)  # fmt: skip
def test_a_kill_switch_has_one_scope_and_it_is_the_callers(office: Office, scope: dict[str, str], status: int) -> None:
    body = {"level": "reduce_only", "reason": "x"} | scope

    assert office.ask("/api/v1/halts", method="POST", json=body).status_code == status


def test_flatten_and_stay_flat_is_lifted_only_once_all_is_flat(office: Office) -> None:
    office.traded("buy")
    body = {"level": "flatten", "reason": "enough", "account_id": "adas"}

    halt = made(office.ask("/api/v1/halts", method="POST", json=body))

    path = f"/api/v1/halts/{halt['halt_id']}/lift"
    assert halt["flattening"]["books"] == ["account-ada/AAPL"]
    assert wrong(office.ask(path, method="POST"))[:2] == (409, "not-flat")
    office.work()
    lifted = made(office.ask(path, method="POST"), 200)
    assert lifted["flat_at"]
    assert made(office.ask(path, method="POST"), 200) == lifted


def test_flatten_closes_one_instrument_or_all_and_what_people_hold(office: Office) -> None:
    office.traded("buy")
    office.exchange.place_by_hand(ADAS, Symbol("MESZ2026"), Side.BUY, Decimal(1))

    told = made(office.ask("/api/v1/flatten", method="POST", json={"account_id": "adas", "reason": "bedtime"}), 202)
    office.work()

    assert told == {"books": ["account-ada/AAPL", "account-ada/MESZ2026"], "unreachable": []}
    assert office.exchange.positions(ADAS) == ()


def test_flatten_of_one_instrument_leaves_the_others(office: Office) -> None:
    office.traded("buy")
    office.exchange.place_by_hand(ADAS, Symbol("MESZ2026"), Side.BUY, Decimal(1))
    body = {"account_id": "adas", "reason": "bedtime", "symbol": "mes"}

    told = made(office.ask("/api/v1/flatten", method="POST", json=body), 202)
    office.work()

    assert told["books"] == ["account-ada/MESZ2026"]
    assert [position.symbol for position in office.exchange.positions(ADAS)] == ["AAPL"]


def test_flatten_says_what_it_cannot_see(office: Office) -> None:
    office.traded("buy")
    office.exchange.faults(ADAS).be_unreachable(times=3)

    told = made(office.ask("/api/v1/flatten", method="POST", json={"account_id": "adas", "reason": "bedtime"}), 202)

    assert told["books"] == ["account-ada/AAPL"]
    assert "adas" in told["unreachable"][0]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"account_id": "bobs", "reason": "x"}, (404, "not-found", None)),
        ({"account_id": "adas"}, (422, "missing-field", "reason")),
        ({"account_id": "adas", "reason": "x", "symbol": "NOPE"}, (422, "bad-symbol", "symbol")),
    ],
)
def test_flatten_that_cannot_be_is_refused(office: Office, body: dict[str, str], found: tuple[Any, ...]) -> None:
    assert wrong(office.ask("/api/v1/flatten", method="POST", json=body)) == found


def in_question(office: Office) -> Book:
    """Give ada's book a drift, as a reconciliation that could not be explained leaves it."""
    key = BookKey(account_id=ADAS, symbol=Symbol("AAPL"))
    book = Book(key=key, instrument=AAPL, drift=Decimal(5), version=1, surveyed_at=office.clock.now())
    office.exchange.place_by_hand(ADAS, Symbol("AAPL"), Side.BUY, Decimal(5))
    office.store._state.books[key] = book
    return book


def test_drift_is_adopted_by_the_number_that_a_person_has_seen(office: Office) -> None:
    in_question(office)
    path = "/api/v1/accounts/adas/adopt"

    changed = wrong(office.ask(path, method="POST", json={"symbol": "aapl", "quantity": 4}))
    told = made(office.ask(path, method="POST", json={"symbol": "aapl", "quantity": 5}), 202)
    office.work()

    assert changed == (409, "drift-changed", "quantity")
    assert told == {"books": ["account-ada/AAPL"], "unreachable": [], "warning": None}
    assert (office.book().drift, office.book().external) == (Decimal(0), Decimal(5))
    again = wrong(office.ask(path, method="POST", json={"symbol": "aapl", "quantity": 5}))
    assert again == (409, "no-drift", "symbol")


def test_what_people_would_hold_against_the_bots_is_warned_of(office: Office) -> None:
    office.traded("buy")
    book = evolve(office.book(), external=Decimal(3), drift=Decimal(-5))
    assert book.held(BotId("ada-aapl-15")) == 10
    office.store._state.books[book.key] = book
    body = {"symbol": "AAPL", "quantity": -5, "by_hand": True}

    told = made(office.ask("/api/v1/accounts/adas/adopt", method="POST", json=body), 202)

    assert told["warning"] == (
        "Then 2 short are held by hand beside the bots' 10: when these are closed, the account is short 2."
    )


def test_drift_is_listed_and_given_to_a_bot_once_however_often_that_is_asked(office: Office) -> None:
    in_question(office)
    (listed,) = office.told("/api/v1/drift")["drifts"]
    body = {"symbol": "AAPL", "quantity": 5, "bot_id": "ada-aapl-15", "request_id": "R1"}

    for _ in range(2):  # The first answer was lost on its way.
        made(office.ask("/api/v1/accounts/adas/adopt", method="POST", json=body), 202)
    office.work()
    again = made(office.ask("/api/v1/accounts/adas/adopt", method="POST", json=body), 202)
    office.work()

    assert (listed["symbol"], listed["drift"], listed["account"]) == ("AAPL", "5", "adas")
    assert again["books"] == ["account-ada/AAPL"]
    book = office.book()
    assert (book.drift, book.external, book.share(BotId("ada-aapl-15")).quantity) == (0, 0, 5)
    assert office.told("/api/v1/drift")["drifts"] == []


@pytest.mark.parametrize(
    ("bot_id", "found"),
    [("nobodys", (404, "not-found", None)), ("bob-aapl-15", (404, "not-found", None))],
)
def test_drift_goes_to_no_bot_of_somebody_else(office: Office, bot_id: str, found: tuple[Any, ...]) -> None:
    in_question(office)
    body = {"symbol": "AAPL", "quantity": 5, "bot_id": bot_id}

    assert wrong(office.ask("/api/v1/accounts/adas/adopt", method="POST", json=body)) == found


# ---------------------------------------------------------------- when the database is away


@pytest.mark.parametrize(
    ("method", "path", "call"),
    [("GET", "alerts", "alerts"), ("POST", "bots", "keep"), ("GET", "me", "token"), ("GET", "trades", "trades")],
)
def test_a_database_that_is_away_is_answered_503_everywhere(office: Office, method: str, path: str, call: str) -> None:
    office.store.fail_next(call)

    answer = office.ask(f"/api/v1/{path}", method=method, json=BOT if method == "POST" else None)

    assert wrong(answer)[:2] == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_bots_own_window_makes_two_deliveries_one(office: Office) -> None:
    change = {"duplicate_window": 300}
    made(office.ask("/api/v1/bots/ada-aapl-15", method="PATCH", json=change), 200)
    bot = office.store.directory.bot(BotId("ada-aapl-15"))
    assert bot is not None
    assert bot == evolve(bot, duplicate_window=timedelta(minutes=5))
    body = {"action": "buy", "symbol": "AAPL", "timeframe": "15"}

    office.send(body)
    office.clock.advance(299)
    assert office.send(body).status_code == 200
    office.clock.advance(1)
    assert office.send(body).status_code == 202


def test_a_token_may_be_for_one_signal(office: Office) -> None:
    token = office.token(ADA, Power.SUBMIT, signals={Signal.CLOSE})

    statuses = [
        office.send({"action": action, "symbol": "AAPL", "timeframe": "15"}, token).status_code
        for action in ("close", "buy")
    ]

    assert statuses == [202, 403]
