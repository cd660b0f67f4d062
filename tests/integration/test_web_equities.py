"""Check the equities bot's two addresses field by field: its users' scripts must go on."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.office import ADA, ADAS, BOB, OWNER, Office, problem
from tradecore.domain.ids import AccountId, BotId, Symbol
from tradecore.domain.limits import BotLimits
from tradecore.domain.orders import Side
from tradecore.domain.parties import Account, Power, Venue
from tradecore.domain.sizing import Dollars
from tradecore.domain.timeframes import Timeframe


@pytest.fixture
def office() -> Office:
    return Office()


def read(office: Office, path: str, text: str | None = None) -> Any:
    answer = office.client.get(f"{path}?token={text or office.texts[ADA, Power.READ]}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


# ---------------------------------------------------------------- positions


def test_positions_have_the_old_shape_and_are_what_the_broker_holds_now(office: Office) -> None:
    office.traded("buy")
    office.price(110)

    told = read(office, "/user/ada/positions")

    assert told == {
        "user_id": "ada",
        "account": {"equity": 100100.0, "cash": 99000.0, "buying_power": 99000.0, "portfolio_value": 100100.0},
        "positions": [
            {
                "symbol": "AAPL", "account": "adas", "qty": 10.0, "side": "LONG", "market_value": 1100.0,
                "unrealized_pl": 100.0, "unrealized_plpc": 10.0, "entry_price": 100.0, "current_price": 110.0,
            }
        ],
        "total_positions": 1,
    }  # fmt: skip


def test_what_people_hold_by_hand_is_told_as_well(office: Office) -> None:
    office.exchange.place_by_hand(ADAS, Symbol("AAPL"), Side.SELL, Decimal(3))

    (position,) = read(office, "/user/ada/positions")["positions"]

    assert (position["qty"], position["side"]) == (-3.0, "SHORT")


def test_the_accounts_of_a_user_are_told_together(office: Office) -> None:
    second = Account(id=AccountId("account-bob"), user_id=ADA, name="second", venue=Venue.PAPER)
    office.store.directory.keep(second)
    for account_id in (ADAS, second.id):
        office.exchange.place_by_hand(account_id, Symbol("AAPL"), Side.BUY, Decimal(1))

    told = read(office, "/user/ada/positions")

    assert [one["account"] for one in told["positions"]] == ["adas", "second"]
    assert told["account"]["equity"] == 200_000.0


def test_a_broker_that_does_not_answer_is_a_503_with_a_reason_and_never_an_empty_list(office: Office) -> None:
    office.traded("buy")
    office.store.directory.keep(Account(id=AccountId("elsewhere"), user_id=ADA, name="elsewhere", venue=Venue.ALPACA))

    answer = office.client.get(f"/user/ada/positions?token={office.texts[ADA, Power.READ]}")

    assert (answer.status_code, problem(answer)["code"]) == (503, "broker-unavailable")
    assert "elsewhere: The broker cannot be asked now" in problem(answer)["message"]
    assert answer.headers["Retry-After"] == "5"
    # Whoever wants the others all the same asks with a token that reaches no further.
    assert read(office, "/user/ada/positions", office.token(ADA, Power.READ, account_id=ADAS))["total_positions"] == 1


# ---------------------------------------------------------------- bots


def test_bots_have_the_columns_of_old_as_json_means_them(office: Office) -> None:
    office.bot("made", symbol=Symbol("MSFT"), timeframe=Timeframe(3600), sizing=Dollars(Decimal("5000.50")),
               name="mean", active=False, made_at=office.clock.now(),
               limits=BotLimits(unrealised_loss_percent=Decimal(10), daily_loss=Decimal(-250),
                                position_max=Decimal(40)))  # fmt: skip

    told = read(office, "/user/ada/bots")

    assert (told["user_id"], told["total_bots"], told["active_bots"]) == ("ada", 2, 1)
    assert told["bots"][1] == {
        "id": "made", "user_id": "ada", "account_id": "account-ada", "symbol": "MSFT", "timeframe": "1 Hour",
        "position_size": 5000.5, "sizing": "dollars", "is_active": False, "strategy_name": "mean",
        "risk_limit_percent": 10.0, "daily_loss_limit": 250.0, "max_position_size": 40.0,
        "order_status": "DISABLED", "status_detail": "The bot is switched off.",
        "last_signal": None, "last_signal_time": None, "current_position_side": "FLAT", "current_position_qty": 0.0,
        "total_pnl": 0.0, "total_trades": 0, "winning_trades": 0, "losing_trades": 0, "win_rate": None,
        "created_at": "Mon, 23 Nov 2026 15:00:00 GMT", "updated_at": "Mon, 23 Nov 2026 15:00:00 GMT",
    }  # fmt: skip


def test_a_bots_status_side_signal_and_totals_follow_what_it_does(office: Office) -> None:
    def bot() -> Any:
        return read(office, "/user/ada/bots")["bots"][0]

    assert (bot()["order_status"], bot()["current_position_side"]) == ("READY", "FLAT")
    office.traded("buy")
    assert (bot()["order_status"], bot()["current_position_side"], bot()["current_position_qty"]) == (
        "FILLED", "LONG", 10.0,
    )  # fmt: skip
    assert (bot()["last_signal"], bot()["last_signal_time"]) == ("BUY", "Mon, 23 Nov 2026 15:00:00 GMT")
    office.traded("buy", comment="again")
    assert bot()["order_status"] == "ALREADY LONG"
    office.price(110)
    office.send({"action": "close", "symbol": "AAPL", "timeframe": "15"})
    while office.engine_step():
        pass
    assert (bot()["order_status"], bot()["current_position_side"]) == ("WAITING", "FLAT")
    assert (bot()["total_pnl"], bot()["total_trades"], bot()["winning_trades"], bot()["win_rate"]) == (
        100.0,
        1,
        1,
        100.0,
    )


def test_a_narrowed_token_is_told_the_bots_of_its_account_alone(office: Office) -> None:
    second = Account(id=AccountId("second"), user_id=ADA, name="second", venue=Venue.PAPER)
    office.store.directory.keep(second)
    office.bot("second", second.id)

    told = read(office, "/user/ada/bots", office.token(ADA, Power.READ, account_id=ADAS))

    assert [bot["id"] for bot in told["bots"]] == ["ada-aapl-15"]


# ---------------------------------------------------------------- whose they are


@pytest.mark.parametrize("path", ["/user/bob/positions", "/user/bob/bots", "/user/nobody/bots"])
def test_somebody_elses_things_are_not_there(office: Office, path: str) -> None:
    answer = office.client.get(f"{path}?token={office.texts[ADA, Power.READ]}")

    assert answer.status_code == 404


def test_a_token_that_was_revoked_reads_nothing(office: Office) -> None:
    token = office.token(ADA, Power.READ, revoked_at=office.clock.now())

    assert office.client.get(f"/user/ada/bots?token={token}").status_code == 401


def test_an_administrator_sees_everybodys(office: Office) -> None:
    told = read(office, "/user/bob/bots", office.texts[OWNER, Power.API])

    assert [bot["id"] for bot in told["bots"]] == ["bob-aapl-15"]
    assert office.ask(f"/user/{BOB}/positions", OWNER).status_code == 200


def test_what_a_bot_sums_up_is_what_its_trades_say(office: Office) -> None:
    """However many trades there are, none of them is loaded."""
    bot = office.store.directory.bot(BotId("ada-aapl-15"))
    assert bot is not None
    for number in range(3):
        office.traded("buy", comment=f"{number}")
        office.traded("close", comment=f"{number}")
    office.store.directory.keep(evolve(bot, name="renamed"))

    told = read(office, "/user/ada/bots")["bots"][0]

    assert (told["total_trades"], told["strategy_name"]) == (3, "renamed")
    assert told["total_pnl"] == float(sum(trade.net for trade in office.store._state.trades))
