"""Check what the futures bot's addresses answer, and who may read the old bots' addresses at all."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.office import ADA, ADAS, SECRET, Office, problem
from tradecore.adapters.system.leases import OnlyProcess
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId, HaltId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import AccountLimits, TrailingDrawdown
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.parties import Account, Halt, HaltLevel, Power, Venue


@pytest.fixture
def office() -> Office:
    return Office()


def read(office: Office, path: str, text: str | None = None, *, header: bool = True) -> Any:
    text = text or office.texts[ADA, Power.READ]
    headers = {"Authorization": f"Bearer {text}"} if header else {}
    answer = office.client.get(path if header else f"{path}?token={text}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


READS = ["/positions", "/positions/summary", "/positions/adas", "/account/adas/health"]
USERS = ["/user/ada/positions", "/user/ada/bots"]


# ---------------------------------------------------------------- health


@pytest.mark.parametrize("path", ["/health", "/healthz"])
def test_a_service_that_is_well_says_so_with_chicagos_time(office: Office, path: str) -> None:
    answer = office.client.get(path)

    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (200, "ok")
    assert told["time"] == "2026-11-23T09:00:00-06:00"


def test_where_nobody_trades_on_a_shared_database_it_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OnlyProcess, "alive", lambda _self: {})
    nobody = office.client.get("/health")
    monkeypatch.setattr(OnlyProcess, "alive", lambda _self: {"one": 2, "other": 1})
    two = office.client.get("/health").get_json()

    assert (nobody.status_code, nobody.get_json()["status"], nobody.get_json()["workers"]) == (200, "degraded", 0)
    assert "what comes in waits" in nobody.get_json()["reasons"][0]
    assert (two["status"], two["workers"], two["reasons"]) == ("ok", 2, [])


def test_what_waits_is_counted(office: Office) -> None:
    office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"})

    assert office.client.get("/health").get_json()["waiting"] == 1


def test_a_database_that_is_away_makes_it_unwell_with_a_reason(office: Office) -> None:
    office.store.inbox.waiting = _away(office)  # type: ignore[method-assign] # the memory store has no switch for it

    answer = office.client.get("/health")

    assert (answer.status_code, answer.get_json()["status"]) == (503, "unavailable")
    assert answer.get_json()["reasons"]


def _away(office: Office) -> Any:
    def waiting(_now: datetime) -> int:
        office.store.fail_next("ping")
        office.store.ping()
        return 0

    return waiting


@pytest.mark.parametrize("path", ["/health", "/healthz"])
def test_while_alerts_cannot_be_stored_it_is_unwell_though_it_can_be_read(office: Office, path: str) -> None:
    body = {"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}
    office.store.fail_next("accept")
    assert office.send(body).status_code == 503

    unwell = office.client.get(path)
    office.clock.advance(59)
    still = office.client.get(path).status_code
    office.send(body)
    well = office.client.get(path)

    assert (unwell.status_code, unwell.get_json()["status"]) == (503, "unavailable")
    assert unwell.get_json()["reasons"][0].startswith("Alerts cannot be stored: ")
    assert unwell.get_json()["waiting"] == 0
    assert (still, well.status_code, well.get_json()["reasons"]) == (503, 200, [])


def test_a_minute_after_the_last_alert_that_could_not_be_stored_nobody_knows(office: Office) -> None:
    office.store.fail_next("accept")
    office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"})

    office.clock.advance(60)

    assert office.client.get("/health").status_code == 200


# ---------------------------------------------------------------- who may read


@pytest.mark.parametrize("path", [*READS, *USERS])
def test_nobody_reads_without_a_token(office: Office, path: str) -> None:
    assert office.client.get(path).status_code == 401
    assert office.client.get(path, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert office.client.get(f"{path}?token=wrong").status_code == 401


@pytest.mark.parametrize("path", [*READS, *USERS])
@pytest.mark.parametrize("power", [Power.READ, Power.API])
@pytest.mark.parametrize("header", [True, False])
def test_tokens_to_read_and_of_the_api_read_in_the_header_and_in_the_address(
    office: Office, path: str, power: Power, header: bool
) -> None:
    read(office, path, office.texts[ADA, power], header=header)


@pytest.mark.parametrize("path", [*READS, *USERS])
def test_a_token_for_alerts_reads_nothing(office: Office, path: str) -> None:
    answer = office.client.get(f"{path}?token={office.texts[ADA, Power.SUBMIT]}")

    assert (answer.status_code, problem(answer)["code"]) == (403, "token-power")


def test_the_installations_secret_reads_the_owners_accounts_in_the_header_alone(office: Office) -> None:
    assert set(read(office, "/positions", SECRET)["accounts"]) == {"owners"}
    assert office.client.get(f"/positions?token={SECRET}").status_code == 401


# ---------------------------------------------------------------- what is held


def test_a_short_is_negative_and_a_future_counts_its_point_value(office: Office) -> None:
    office.exchange.place_by_hand(ADAS, Symbol("MESZ2026"), Side.SELL, Decimal(2))
    office.exchange.price(Symbol("MESZ2026"), Decimal(6510))

    position = read(office, "/positions/adas")["positions"][0]

    assert (position["qty"], position["side"]) == ("-2", "SHORT")
    assert (position["unrealized_pl"], position["market_value"]) == ("-100", "-65100")


def test_what_people_hold_and_order_is_told_as_external_wherever_no_bot_ever_traded(office: Office) -> None:
    office.traded("buy")
    office.exchange.place_by_hand(ADAS, Symbol("AAPL"), Side.SELL, Decimal(4))
    office.exchange.place_by_hand(ADAS, Symbol("MESZ2026"), Side.BUY, Decimal(3))
    order = office.exchange.place_by_hand(
        ADAS, Symbol("MESZ2026"), Side.SELL, Decimal(2), OrderType.LIMIT, limit_price=Decimal(9000))  # fmt: skip

    told = read(office, "/positions/adas")

    assert {one["symbol"]: (one["qty"], one["external"]) for one in told["positions"]} == {
        "AAPL": ("6", "-4"), "MESZ2026": ("3", "3"),
    }  # fmt: skip
    assert told["external_orders"] == [
        {"order_id": order.id, "symbol": "MESZ2026", "side": "sell", "quantity": "2", "filled": "0"}
    ]


def test_positions_are_told_by_account_with_the_days_numbers(office: Office) -> None:
    office.traded("buy")
    office.price(90)
    office.send({"action": "close", "symbol": "AAPL", "timeframe": "15"})
    while office.engine_step():
        pass

    metrics = read(office, "/positions")["accounts"]["adas"]["account_metrics"]

    assert metrics["daily_pnl"] == "-100"
    assert (metrics["trade_count"], metrics["losing_trades"], metrics["win_rate"]) == (1, 1, "0")
    assert metrics["consecutive_losses"] == 1


def test_the_summary_adds_up(office: Office) -> None:
    office.traded("buy")
    office.price(110)

    told = read(office, "/positions/summary")

    assert (told["total_exposure"], told["total_unrealized_pnl"], told["total_equity"]) == ("1100", "100", "100100")
    assert told["summary"] == {"total_pnl": "100", "positions_open": 1, "exposure": "1100"}


def test_a_broker_that_cannot_be_asked_is_named_and_never_read_as_nothing_held(office: Office) -> None:
    office.store.directory.keep(Account(id=AccountId("elsewhere"), user_id=ADA, name="elsewhere", venue=Venue.ALPACA))

    told = read(office, "/positions")["accounts"]
    summary = read(office, "/positions/summary")["accounts"]["elsewhere"]

    assert told["adas"]["error"] is None
    assert told["elsewhere"]["error"]
    assert summary["balances"] is None


def test_an_instrument_without_a_price_has_no_value(office: Office) -> None:
    unlisted: Instrument = evolve(office.exchange.instruments()[0], symbol=Symbol("NOPE"), root=Symbol("NOPE"))
    office.exchange.list(unlisted)
    office.exchange.price(Symbol("NOPE"), Decimal(5))
    office.exchange.place_by_hand(ADAS, Symbol("NOPE"), Side.BUY, Decimal(1))

    position = read(office, "/positions/adas")["positions"][0]

    assert position["symbol"] == "NOPE"


@pytest.mark.parametrize(
    "path", ["/positions/nobodys", "/account/nobodys/health", "/positions/bobs", "/positions/account-bob"]
)
def test_an_account_that_is_not_the_callers_is_not_there(office: Office, path: str) -> None:
    answer = office.ask(path)

    assert (answer.status_code, problem(answer)["code"]) == (404, "not-found")


@pytest.mark.parametrize("name", ["adas", "ADAS", "account-ada"])
def test_an_account_is_found_by_name_or_id(office: Office, name: str) -> None:
    assert read(office, f"/positions/{name}")["account"] == "adas"


def test_a_token_narrowed_to_an_account_reads_that_alone(office: Office) -> None:
    office.store.directory.keep(Account(id=AccountId("second"), user_id=ADA, name="second", venue=Venue.PAPER))
    token = office.token(ADA, Power.READ, account_id=ADAS)

    assert set(read(office, "/positions", token)["accounts"]) == {"adas"}
    assert office.client.get(f"/positions/second?token={token}").status_code == 404


# ---------------------------------------------------------------- guard rails


def test_every_guard_rail_is_told_with_its_distance(office: Office) -> None:
    limits = AccountLimits(
        daily_loss=Decimal(500),
        daily_profit=Decimal(300),
        losing_streak=3,
        positions_max=2,
        orders_per_minute=5,
        drawdown=TrailingDrawdown(amount=Decimal(2000), start=Decimal(100_000)),
    )
    office.account(ADAS, limits=limits)
    office.traded("buy")
    office.price(70)

    told = read(office, "/account/adas/health")

    rails = {rail["name"]: (rail["actual"], rail["distance"], rail["reached"]) for rail in told["guard_rails"]}
    assert rails["daily loss"] == ("300", "200", False)
    assert rails["daily profit target"] == ("-300", "600", False)
    assert rails["open positions"] == ("1", "1", False)
    assert rails["trailing drawdown (end of day)"] == ("300", "1700", False)
    assert told["health"]["thresholds"] == {
        "max_daily_loss": "-500",
        "profit_target": "300",
        "max_consecutive_losses": 3,
    }
    assert (told["health"]["can_trade"], told["health"]["risk_level"]) == (True, "medium")


def test_a_limit_that_is_reached_ends_trading(office: Office) -> None:
    office.account(ADAS, limits=AccountLimits(daily_loss=Decimal(200)))
    office.traded("buy")
    office.price(80)

    health = read(office, "/account/adas/health")["health"]

    assert (health["can_trade"], health["risk_level"]) == (False, "high")


def test_the_kill_switch_is_told(office: Office) -> None:
    halt = Halt(id=HaltId("h"), level=HaltLevel.REDUCE_ONLY, reason="x", by="ada", at=office.clock.now(), user_id=ADA)
    office.store.directory.keep(halt)

    health = read(office, "/account/adas/health")["health"]

    assert (health["kill_switch"], health["can_trade"]) == ("reduce only", False)


def test_a_calendar_that_ends_does_not_end_the_answer(office: Office) -> None:
    def hours(*_: object) -> object:
        raise UnreachableError("no day after this one is known")

    office.calendar.hours = hours  # type: ignore[method-assign, assignment] # a calendar that knows no further day

    read(office, "/positions")
