"""Check the futures bot's addresses field by field: its users' scripts must go on, and must not be lied to."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.office import ADA, ADAS, OWNER, OWNERS, SECRET, Office, problem
from tradecore.domain.book import BookKey
from tradecore.domain.ceilings import ContractLimit
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId, HaltId, Symbol
from tradecore.domain.limits import AccountLimits, TrailingDrawdown
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.parties import Account, Halt, HaltLevel, Power, Venue
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.sessions import GetFlat
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.ports.market_data import MarketData

MES = Symbol("MESZ2026")
ROOT = Symbol("MES")
BRACKET = Protection(stop=Distance(Decimal(40), DistanceUnit.TICKS), target=Distance(Decimal(80), DistanceUnit.TICKS))


@pytest.fixture
def office() -> Office:
    return Office()


def read(office: Office, path: str, text: str | None = None) -> Any:
    answer = office.client.get(f"{path}?token={text or office.texts[ADA, Power.READ]}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def trade(office: Office, signal: str = "BUY", guard: Protection = BRACKET) -> None:
    """Have ada's bot trade MES, under a stop and a target where nothing else is named."""
    office.bot("mes-5", symbol=ROOT, timeframe=Timeframe(300), sizing=Units(Decimal(2)), protection=guard)
    office.send({"action": signal, "symbol": "MES", "timeframe": "5"})
    settle(office)


def settle(office: Office) -> None:
    """Work for ten seconds, in which the prices stay as they are."""
    for _ in range(10):
        while office.engine_step():
            pass
        office.clock.advance(1)
        quote = office.exchange.quote(MES)
        assert quote is not None
        office.exchange.price(MES, quote.last)


def held(office: Office) -> Decimal:
    return office.exchange.survey(ADAS, MES).net


# ---------------------------------------------------------------- positions


def test_a_position_has_the_old_shape_with_the_point_value_of_its_contract(office: Office) -> None:
    trade(office)
    office.clock.advance(80)
    office.exchange.price(MES, Decimal("6502.5"))

    told = read(office, "/positions/adas")

    position = told["position"]
    assert {name: position[name] for name in (
        "symbol", "has_position", "size", "side", "entry_price", "current_price", "current_pnl", "unrealized_pnl",
        "realized_pnl", "duration_minutes", "position_type", "price_age_seconds", "price_source", "external",
        "uncertain")} == {
        "symbol": "MESZ2026", "has_position": True, "size": 2.0, "side": "LONG", "entry_price": 6500.0,
        "current_price": 6502.5, "current_pnl": 25.0, "unrealized_pnl": 25.0, "realized_pnl": 0.0,
        "duration_minutes": 1.5, "position_type": 1, "price_age_seconds": 0.0, "price_source": "last_price_0s_old",
        "external": 0.0, "uncertain": [],
    }  # fmt: skip
    (stop,), (target,) = position["stop_orders"], position["limit_orders"]
    assert (stop["type"], stop["side"], stop["size"], stop["stopPrice"]) == (4, 1, 2.0, 6490.0)
    assert (target["type"], target["side"], target["limitPrice"]) == (1, 1, 6520.0)
    assert (told["account"], told["error"], told["timestamp"]) == ("adas", None, "2026-11-23T09:01:30-06:00")


def test_a_flat_account_has_the_old_flat_form(office: Office) -> None:
    position = read(office, "/positions/adas")["position"]

    assert (position["has_position"], position["size"], position["side"], position["entry_price"]) == (
        False, 0, None, None)  # fmt: skip
    assert (position["current_pnl"], position["stop_orders"], position["limit_orders"]) == (0, [], [])


def test_a_short_by_hand_is_told_as_external_with_what_nobody_knows_of_it(office: Office) -> None:
    office.exchange.place_by_hand(ADAS, MES, Side.SELL, Decimal(2))
    order = office.exchange.place_by_hand(
        ADAS, MES, Side.BUY, Decimal(1), OrderType.LIMIT, limit_price=Decimal(6000))  # fmt: skip
    office.exchange.price(MES, Decimal(6510))

    told = read(office, "/positions/adas")

    position = told["position"]
    assert (position["side"], position["size"], position["position_type"]) == ("SHORT", 2.0, 2)
    assert (position["unrealized_pnl"], position["market_value"]) == (-100.0, -65100.0)
    assert (position["external"], position["duration_minutes"]) == (-2.0, None)
    assert position["uncertain"] == ["The books do not know -2 of it yet."]
    assert told["external_orders"] == [
        {"order_id": order.id, "symbol": "MESZ2026", "side": "buy", "quantity": 1.0, "filled": 0.0}
    ]


def test_what_is_not_sure_is_said(office: Office) -> None:
    trade(office)
    book = office.book(symbol=MES)
    office.store._state.books[book.key] = evolve(book, drift=Decimal(1))
    office.clock.advance(61)

    position = read(office, "/positions/adas")["position"]

    assert position["price_age_seconds"] == 61
    assert position["uncertain"] == [
        "The price is 61 s old.", "Nobody can explain 1 of it: see tradecore drift.",
    ]  # fmt: skip


def test_what_has_no_price_has_no_result_and_makes_no_total_smaller(office: Office) -> None:
    trade(office)
    office.venues.market_data = _away  # type: ignore[method-assign, assignment] # a venue whose prices cannot be opened

    told, summary = read(office, "/positions"), read(office, "/positions/summary")

    assert told["accounts"]["adas"]["position"]["unrealized_pnl"] is None
    assert told["total_pnl"] is summary["total_unrealized_pnl"] is summary["total_exposure"] is None
    assert told["accounts"]["adas"]["account_metrics"]["unrealized_pnl"] is None
    assert summary["total_positions"] == 1


def _away(_account: Account) -> MarketData:
    raise UnreachableError("the venue's prices cannot be opened")


def test_what_the_books_hold_and_the_broker_does_not_show_is_said(office: Office) -> None:
    trade(office)
    office.exchange.price(MES, Decimal(6480))

    told = read(office, "/positions/adas")

    assert told["position"]["has_position"] is False
    assert told["uncertain"] == ["The books hold 2 MESZ2026, and the broker shows none of it."]


def test_the_summary_has_the_old_shape(office: Office) -> None:
    trade(office)
    office.exchange.price(MES, Decimal("6502.25"))

    told = read(office, "/positions/summary")

    account = told["accounts"]["adas"]
    assert account["position"] == {
        "symbol": "MESZ2026", "size": 2.0, "side": "LONG", "entry_price": 6500.0, "current_price": 6502.25,
        "unrealized_pnl": 22.5, "realized_pnl": 0.0, "total_pnl": 22.5, "duration_minutes": 0.2, "stops": 1,
        "targets": 1,
    }  # fmt: skip
    assert account["daily_stats"] == {
        "daily_pnl": 0.0, "daily_fees": 0.0, "gross_pnl": 0.0, "trades_today": 0, "win_rate": "0.0%",
        "winning_trades": 0, "losing_trades": 0, "consecutive_losses": 0, "can_trade": True, "risk_level": "low",
    }  # fmt: skip
    assert (account["balances"]["balance"], account["balances"]["canTrade"]) == (100_022.5, True)
    assert (told["market_price"], told["price_source"]) == (6502.25, "last_price_0s_old")
    assert (told["total_positions"], told["total_equity"], told["total_unrealized_pnl"]) == (1, 100_022.5, 22.5)
    assert told["summary"] == {"total_pnl": 22.5, "positions_open": 1, "market_status": "OPEN"}
    assert set(told) >= {"total_realized_pnl", "total_daily_pnl", "total_fees", "timestamp"}


def test_the_latest_prices_tell_the_same_without_balances(office: Office) -> None:
    trade(office)
    office.exchange.price(MES, Decimal(6501))

    told = read(office, "/positions/realtime")

    assert told["accounts"]["adas"]["position"]["unrealized_pnl"] == 10.0
    assert "balances" not in told["accounts"]["adas"]
    assert set(told["accounts"]["adas"]["daily_stats"]) >= {"daily_pnl", "trades_today", "win_rate", "can_trade"}


@pytest.mark.parametrize("path", ["/positions", "/positions/summary", "/positions/realtime"])
def test_each_account_stands_for_itself_and_one_that_cannot_be_asked_says_so(office: Office, path: str) -> None:
    trade(office)
    office.store.directory.keep(Account(id=AccountId("elsewhere"), user_id=ADA, name="practice", venue=Venue.ALPACA))

    told = read(office, path)

    known, unknown = told["accounts"]["adas"], told["accounts"]["practice"]
    day = unknown.get("daily_stats") or unknown["account_metrics"]
    assert (known["error"], known["position"]["size"]) == (None, 2.0)
    assert unknown["error"].startswith("The broker cannot be asked now")
    assert (unknown["position"], day["can_trade"], day["risk_level"]) == (None, False, "unknown")
    assert told.get("total_positions", told.get("summary", {}).get("positions_open")) is None
    assert told.get("total_equity") is None


def test_a_closed_trade_counts_as_one_round_trip_net_of_fees(office: Office) -> None:
    trade(office)
    office.exchange.price(MES, Decimal(6490))
    trade(office, "CLOSE")

    day = read(office, "/positions/adas")["account_metrics"]

    assert (day["daily_pnl"], day["trade_count"], day["losing_trades"], day["win_rate"]) == (-100.0, 1, 1, 0.0)
    assert (day["consecutive_losses"], day["open_positions"]) == (1, 0)


@pytest.mark.parametrize("path", ["/positions/Nobodys", "/account/Nobodys/health", "/position-context/Nobodys"])
@pytest.mark.parametrize("name", ["Nobodys", "bobs", "account-bob"])
def test_an_account_that_is_not_the_callers_is_unknown_in_the_old_words(office: Office, path: str, name: str) -> None:
    answer = office.ask(path.replace("Nobodys", name))

    assert (answer.status_code, answer.get_json()) == (404, {"error": f"Unknown account: {name}"})


@pytest.mark.parametrize("name", ["adas", "ADAS", "account-ada"])
def test_an_account_is_found_by_name_or_id(office: Office, name: str) -> None:
    assert read(office, f"/positions/{name}")["account"] == "adas"


def test_a_token_narrowed_to_an_account_reads_that_alone(office: Office) -> None:
    office.store.directory.keep(Account(id=AccountId("second"), user_id=ADA, name="second", venue=Venue.PAPER))
    token = office.token(ADA, Power.READ, account_id=ADAS)

    assert set(read(office, "/positions", token)["accounts"]) == {"adas"}
    assert office.client.get(f"/positions/second?token={token}").status_code == 404


# ---------------------------------------------------------------- health


def test_health_has_the_old_shape_and_every_guard_rail_its_distance(office: Office) -> None:
    limits = AccountLimits(
        daily_loss=Decimal(500), daily_profit=Decimal(300), losing_streak=3, positions_max=2, orders_per_minute=5,
        drawdown=TrailingDrawdown(amount=Decimal(2000), start=Decimal(100_000)), start_balance=Decimal(100_000),
        profit_target=Decimal(3000), contracts=ContractLimit(minis=Decimal(1)), consistency_percent=Decimal(50),
    )  # fmt: skip
    office.account(ADAS, limits=limits, get_flat=GetFlat())
    trade(office, guard=Protection())
    office.exchange.price(MES, Decimal(6470))

    told = read(office, "/account/adas/health")

    rails = {rail["name"]: (rail["actual"], rail["distance"], rail["reached"]) for rail in told["guard_rails"]}
    assert rails["daily loss"] == (300.0, 200.0, False)
    assert rails["daily profit target"] == (-300.0, 600.0, False)
    assert rails["profit target"] == (-300.0, 3300.0, False)
    assert rails["open positions"] == (1.0, 1.0, False)
    assert rails["contracts"] == (0.2, 0.8, False)
    assert rails["trailing drawdown (end of day)"] == (300.0, 1700.0, False)
    assert told["health"]["thresholds"] == {
        "max_daily_loss": -500.0, "profit_target": 300.0, "max_consecutive_losses": 3}  # fmt: skip
    assert (told["health"]["can_trade"], told["health"]["risk_level"]) == (True, "medium")
    assert told["flat_by"] == "2026-11-23T15:07:00-06:00"
    assert {"daily_pnl", "gross_pnl", "daily_fees", "trade_count", "winning_trades", "losing_trades", "win_rate",
            "consecutive_losses", "open_positions"} <= set(told["health"])  # fmt: skip


def test_a_broker_that_is_silent_leaves_nulls_and_no_made_up_zero(office: Office) -> None:
    limits = AccountLimits(
        daily_loss=Decimal(500), drawdown=TrailingDrawdown(amount=Decimal(2000), start=Decimal(100_000)),
        contracts=ContractLimit(minis=Decimal(1)))  # fmt: skip
    office.account(ADAS, limits=limits)
    trade(office)
    office.exchange.faults(ADAS).be_unreachable(times=None)

    told = read(office, "/account/adas/health")

    assert [(rail["actual"], rail["distance"], rail["reached"]) for rail in told["guard_rails"]] == [
        (None, None, True)
    ] * 3
    assert told["error"]
    assert (told["health"]["unrealized_pnl"], told["health"]["open_positions"]) == (None, None)
    assert (told["health"]["can_trade"], told["health"]["risk_level"]) == (False, "unknown")


def test_a_limit_that_is_reached_ends_trading_and_says_why(office: Office) -> None:
    office.account(ADAS, limits=AccountLimits(daily_loss=Decimal(200)))
    trade(office, guard=Protection())
    office.exchange.price(MES, Decimal(6480))

    health = read(office, "/account/adas/health")["health"]

    assert (health["can_trade"], health["risk_level"]) == (False, "high")
    assert health["reasons"] == ["Daily loss: 200.00 of 200.00."]


def test_the_kill_switch_the_account_and_the_flat_window_end_trading_too(office: Office) -> None:
    halt = Halt(id=HaltId("h"), level=HaltLevel.REDUCE_ONLY, reason="x", by="ada", at=office.clock.now(), user_id=ADA)
    office.store.directory.keep(halt)
    office.account(ADAS, active=False, get_flat=GetFlat())
    office.clock.advance(6 * 3600 + 420)

    told = read(office, "/account/adas/health")

    assert (told["health"]["kill_switch"], told["health"]["can_trade"]) == ("reduce only", False)
    assert len(told["health"]["reasons"]) == 3
    assert read(office, "/positions/summary")["summary"]["market_status"] == "FLAT_WINDOW"


def test_a_calendar_that_ends_does_not_end_the_answer(office: Office) -> None:
    def hours(*_: object) -> object:
        raise UnreachableError("no day after this one is known")

    office.calendar.hours = hours  # type: ignore[method-assign, assignment] # a calendar that knows no further day

    read(office, "/positions")
    assert read(office, "/account/adas/health")["flat_by"] is None


# ---------------------------------------------------------------- the context, and acting on it


def manage(office: Office, body: dict[str, object], name: str = "adas", **headers: str) -> Any:
    return office.client.post(f"/positions/{name}/manage", json=body, headers=headers)


def acting(office: Office) -> dict[str, str]:
    return {"Authorization": f"Bearer {office.texts[ADA, Power.API]}"}


def test_the_context_has_the_old_shape_with_its_warnings(office: Office) -> None:
    office.account(ADAS, limits=AccountLimits(daily_loss=Decimal(200)))
    trade(office, guard=Protection())
    office.clock.advance(121 * 60 - 10)
    office.exchange.price(MES, Decimal(6488))

    told = read(office, "/position-context/adas")["position_context"]

    assert set(told["current_position"]) >= {
        "has_position", "size", "side", "entry_price", "current_price", "current_pnl", "unrealized_pnl",
        "realized_pnl", "duration_minutes", "stop_count", "target_count",
    }  # fmt: skip
    assert told["account_metrics"] == {
        "daily_pnl": 0.0, "win_rate": 0.0, "consecutive_losses": 0, "open_positions": 1, "risk_level": "medium",
        "can_trade": True,
    }  # fmt: skip
    assert told["risk_limits"] == {
        "max_daily_loss": -200.0, "profit_target": None, "max_consecutive_losses": None,
        "consecutive_loss_guard_enabled": False,
    }  # fmt: skip
    assert told["warnings"] == [
        "Half of the daily loss limit is gone: 80.00 is left.", "MESZ2026 has been open for 121 minutes.",
        "MESZ2026 has a large open loss: -120.00.",
    ]  # fmt: skip
    assert told["suggestions"] == [
        "Close MESZ2026: it has been open for long.", "Close MESZ2026: cut the loss.",
        "MESZ2026 has no stop of ours at the broker: that is a high risk.",
    ]  # fmt: skip


def test_without_an_action_the_context_is_all_that_comes_of_it(office: Office) -> None:
    trade(office)
    before = office.written()

    answer = manage(office, {}, **acting(office))

    assert answer.status_code == 200
    assert answer.get_json()["message"] == "Position context provided - AI should make all trading decisions"
    assert answer.get_json()["context"]["current_position"]["size"] == 2.0
    assert office.written() == before


@pytest.mark.parametrize(
    ("body", "left"),
    [({"action": "close"}, 0), ({"action": "reduce", "to": 1}, 1), ({"action": "reduce", "to": 0}, 0),
     ({"action": "reduce", "to": 5}, 2), ({"action": "close", "symbol": "MES"}, 0)],
)  # fmt: skip
def test_what_is_asked_for_is_done_once_however_often_it_is_asked(
    office: Office, body: dict[str, object], left: int
) -> None:
    trade(office)

    answers = [manage(office, body, **acting(office)) for _ in range(3)]
    settle(office)

    assert [answer.status_code for answer in answers] == [202] * 3
    assert answers[0].get_json()["asked"][0].endswith("MESZ2026 of mes-5")
    assert held(office) == left


def test_what_people_hold_is_not_touched(office: Office) -> None:
    trade(office)
    office.exchange.place_by_hand(ADAS, MES, Side.BUY, Decimal(3))

    manage(office, {"action": "close"}, **acting(office))
    settle(office)

    assert held(office) == 3


def test_the_secret_acts_in_the_owners_accounts_and_nowhere_else(office: Office) -> None:
    trade(office)
    office.bot("owners-mes", OWNERS, OWNER, symbol=ROOT, timeframe=Timeframe(300), sizing=Units(Decimal(1)))
    office.send({"action": "BUY", "symbol": "MES", "timeframe": "5"}, office.texts[OWNER, Power.SUBMIT])
    settle(office)

    done = manage(office, {"secret": SECRET, "action": "close"}, "owners")
    refused = [manage(office, {"secret": SECRET, "action": "close"}, name) for name in ("adas", ADAS)]
    settle(office)

    assert (done.status_code, [one.status_code for one in refused]) == (202, [404, 404])
    assert (office.exchange.survey(OWNERS, MES).net, held(office)) == (0, 2)


@pytest.mark.parametrize("secret", ["", "wrong", None])
def test_a_wrong_secret_acts_on_nothing(office: Office, secret: str | None) -> None:
    answer = manage(office, {"secret": secret, "action": "close"}, "owners")

    assert answer.status_code == 401


@pytest.mark.parametrize("power", [Power.READ, Power.SUBMIT])
def test_a_token_that_may_not_act_does_not(office: Office, power: Power) -> None:
    answer = manage(office, {"action": "close"}, Authorization=f"Bearer {office.texts[ADA, power]}")

    assert (answer.status_code, problem(answer)["code"]) == (403, "token-power")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"action": "reduce"}, 422, "to"), ({"action": "close", "to": 1}, 422, "to"),
        ({"action": "reduce", "to": -1}, 422, "to"), ({"action": "sell"}, 422, "action"),
        ({"action": "close", "symbol": "AAPL"}, 409, None), ({"action": "close", "bot_id": "other"}, 409, None),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_asked_for(
    office: Office, body: dict[str, object], status: int, field: str | None
) -> None:
    trade(office)
    before = office.written()

    answer = manage(office, body, **acting(office))

    assert (answer.status_code, problem(answer).get("field")) == (status, field)
    assert office.written() == before


def test_a_reduction_says_whose_share_is_meant_where_several_hold(office: Office) -> None:
    trade(office)
    office.traded("buy")

    assert manage(office, {"action": "reduce", "to": 1}, **acting(office)).status_code == 422
    assert manage(office, {"action": "reduce", "to": 1, "bot_id": "mes-5"}, **acting(office)).status_code == 202


def stops(office: Office) -> list[tuple[Decimal | None, Decimal]]:
    return [(row.stop_price, row.left) for row in office.exchange.working(ADAS, MES) if row.stop_price is not None]


def test_a_stop_is_moved_once_and_named_by_its_request(office: Office) -> None:
    trade(office)
    (before,) = stops(office)
    quote = office.exchange.quote(MES)
    assert quote is not None
    at = quote.last - Decimal("0.5")
    body: dict[str, object] = {"action": "move_stop", "stop_price": str(at), "request_id": "R", "symbol": "MES"}

    answers = [manage(office, body, **acting(office))]
    settle(office)
    moved = stops(office)
    answers.append(manage(office, {**body, "stop_price": str(before[0]), "loosen": True}, **acting(office)))
    settle(office)

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].get_json()["asked"] == [f"move the stop to {at:f}, MESZ2026 of mes-5"]
    assert moved == stops(office) == [(at, 2)], "the second request had the name of the first"
    assert before[0] is not None
    assert before[0] < at


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "move_stop needs it"), ({"stop_price": 0}, 422, "above 0"),
        ({"stop_price": 9999}, 409, "must stay below it"), ({"stop_price": 6000}, 409, "is looser than the stop at"),
        ({"stop_price": 6499, "to": 1}, 422, "`to` says how many"),
        ({"stop_price": 6499, "bot_id": "other"}, 409, "No bot holds"),
    ],
)  # fmt: skip
def test_a_stop_that_may_not_be_moved_is_refused_at_once(
    office: Office, body: dict[str, object], status: int, words: str
) -> None:
    trade(office)
    before = office.written()

    answer = manage(office, {"action": "move_stop", **body}, **acting(office))

    assert (answer.status_code, office.written()) == (status, before)
    assert words in answer.text


# ---------------------------------------------------------------- presets


def test_a_preset_is_told_tried_and_put_on(office: Office) -> None:
    told = office.told("/api/v1/presets")["presets"]
    path = f"/api/v1/accounts/{ADAS}/preset"

    tried = office.ask(path, method="POST", json={"name": "topstepx-combine-50k", "dry_run": True}).get_json()
    before = office.told(f"/api/v1/accounts/{ADAS}")["limits"]["profit_target"]
    put = office.ask(path, method="POST", json={"name": "TopstepX-Combine-50K"}).get_json()
    after = office.told(f"/api/v1/accounts/{ADAS}")["limits"]

    assert all(one["as_of"] and one["source"] and one["notes"] for one in told)
    assert (tried["kept"], before, put["kept"]) == (False, None, True)
    assert tried["account"]["limits"] == after
    assert (after["profit_target"], after["drawdown"]["amount"], after["contracts"]["minis"]) == ("3000", "2000", "5")


def test_every_value_of_a_preset_can_be_changed_afterwards(office: Office) -> None:
    office.ask(f"/api/v1/accounts/{ADAS}/preset", method="POST", json={"name": "topstepx-express-50k"})
    limits = office.told(f"/api/v1/accounts/{ADAS}")["limits"]
    changed = {**limits, "drawdown": {**limits["drawdown"], "paid_out": True}, "daily_loss": None,
               "contracts": {**limits["contracts"], "weights": [{"root": "sil", "minis": "0.2"}]}}  # fmt: skip

    answer = office.ask(f"/api/v1/accounts/{ADAS}", method="PATCH", json={"limits": changed})
    wrong = office.ask(f"/api/v1/accounts/{ADAS}", method="PATCH", json={"limits": {**limits, "start_balance": None}})

    found = answer.get_json()["limits"]
    assert (found["drawdown"]["paid_out"], found["daily_loss"]) == (True, None)
    assert found["contracts"]["weights"] == [{"root": "SIL", "minis": "0.2"}]
    assert len(found["contracts"]["scaling"]) == 3
    assert wrong.status_code == 422


def test_a_preset_that_nobody_knows_is_named(office: Office) -> None:
    answer = office.ask(f"/api/v1/accounts/{ADAS}/preset", method="POST", json={"name": "x"})

    assert (answer.status_code, problem(answer)["field"]) == (422, "name")


def test_the_days_ends_scale_what_health_tells(office: Office) -> None:
    office.ask(f"/api/v1/accounts/{ADAS}/preset", method="POST", json={"name": "topstepx-express-50k"})
    yesterday = (office.clock.now() - timedelta(days=1)).date()
    office.store.standing.mark_equity(ADAS, yesterday, Decimal(1600))

    rails = read(office, "/account/adas/health")["guard_rails"]

    assert next(rail["limit"] for rail in rails if rail["name"] == "contracts") == 3.0
    assert office.store.ledger.book(BookKey(account_id=ADAS, symbol=MES)).is_idle
