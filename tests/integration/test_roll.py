"""Roll a future while a bot holds the old month."""

from decimal import Decimal

import pytest
from attrs import evolve
from werkzeug.test import TestResponse

from tests.builders import AAPL, MES
from tests.office import ADA, ADAS, BOB, BOBS, BTC, Office
from tradecore.domain.ids import Symbol
from tradecore.domain.orders import Side
from tradecore.domain.parties import Mode, Power, Venue
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe


def _send(office: Office, action: str) -> str:
    answer = office.send({"action": action, "symbol": "MES1!", "timeframe": "5"})
    office.work()
    return str(office.told("/api/v1/alerts/" + answer.get_json()["alert_id"])["status"])


MNQ = evolve(MES, symbol=Symbol("MNQZ2026"), root=Symbol("MNQ"))
ENDED, COMING = evolve(MES, active=False), evolve(MES, symbol=Symbol("MESH2027"))


def _roll(office: Office) -> None:
    ended, coming = ENDED, COMING
    office.exchange.list(ended, coming)
    office.exchange.price(coming.symbol, Decimal(6500))
    office.store.directory.list_instruments(Venue.PAPER, (AAPL, ended, coming, BTC))


def _held(office: Office) -> dict[str, Decimal]:
    return {position.symbol: position.quantity for position in office.exchange.positions(ADAS)}


def test_a_close_by_the_root_closes_the_month_that_is_held() -> None:
    office = Office()
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), sizing=Units(Decimal(2)))
    _send(office, "buy")
    _roll(office)

    assert _send(office, "close") == "done"

    assert _held(office) == {}


def test_a_reversal_by_the_root_never_holds_two_months_against_each_other() -> None:
    office = Office()
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), sizing=Units(Decimal(2)))
    _send(office, "buy")
    _roll(office)

    assert _send(office, "sell") == "refused"

    assert _held(office) == {}


def _refusal(office: Office, answer: TestResponse) -> tuple[str, str]:
    office.work()
    told = office.told("/api/v1/alerts/" + answer.get_json()["alert_id"])
    return told["refusal"]["code"] if told["refusal"] else told["status"], told["outcome"]


def test_an_entry_in_an_old_month_is_refused_and_the_active_one_is_named() -> None:
    office = Office()
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), mode=Mode.PYRAMID, sizing=Units(Decimal(1)))
    _send(office, "buy")
    _roll(office)
    dated = office.send({"action": "buy", "symbol": "MESZ2026", "timeframe": "5"})

    code, sentence = _refusal(office, dated)

    assert code == "stale-month"
    assert "the active month is MESH2027, not MESZ2026" in sentence
    assert _held(office) == {"MESZ2026": 1}


@pytest.mark.parametrize("name", ["MESZ2026", "MESZ26", "MESZ6"])
def test_an_entry_in_a_month_that_nobody_lists_any_more_is_refused_too(name: str) -> None:
    office = Office()
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), mode=Mode.PYRAMID, sizing=Units(Decimal(1)))
    _send(office, "buy")
    office.exchange.list(ENDED, COMING)
    office.exchange.price(COMING.symbol, Decimal(6500))
    office.store.directory.list_instruments(Venue.PAPER, (AAPL, COMING, BTC))

    code, sentence = _refusal(office, office.send({"action": "buy", "symbol": name, "timeframe": "5"}))

    assert (code, "the active month is MESH2027" in sentence) == ("stale-month", True)
    assert _refusal(office, office.send({"action": "close", "symbol": "MES", "timeframe": "5"}))[0] == "done"
    assert _held(office) == {}


def _two_months(office: Office) -> None:
    """Hold both months: the old one by a bot, the new one by hand."""
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300), sizing=Units(Decimal(2)))
    _send(office, "buy")
    _roll(office)
    office.exchange.place_by_hand(ADAS, COMING.symbol, Side.SELL, Decimal(3))


def test_flat_by_the_root_takes_every_month_that_is_held_and_a_repeat_takes_nothing() -> None:
    office = Office()
    _two_months(office)
    assert _held(office) == {"MESZ2026": 2, "MESH2027": -3}
    token = office.token(ADA, Power.SUBMIT, account_id=ADAS)

    first = office.send({"action": "flat", "symbol": "MES"}, token)
    again = office.send({"action": "flat", "symbol": "MES"}, token)
    office.work()

    assert (first.status_code, again.status_code) == (202, 200)
    assert _held(office) == {}
    assert [order.symbol for order in office.exchange.orders(ADAS)].count(MES.symbol) == 2  # in, and out


def test_flat_by_a_month_takes_that_month_alone() -> None:
    office = Office()
    _two_months(office)
    token = office.token(ADA, Power.SUBMIT, account_id=ADAS)

    office.send({"action": "flat", "symbol": "MESH7"}, token)
    office.work()

    assert _held(office) == {"MESZ2026": 2}


def test_flat_by_the_root_leaves_other_roots_and_other_accounts_alone() -> None:
    office = Office()
    _two_months(office)
    office.exchange.list(MNQ)
    office.exchange.price(MNQ.symbol, Decimal(23000))
    office.store.directory.list_instruments(Venue.PAPER, (AAPL, ENDED, COMING, BTC, MNQ))
    office.bot("ada-mnq-5", symbol=MNQ.root, timeframe=Timeframe(300), sizing=Units(Decimal(1)))
    office.bot("bob-mnq-5", BOBS, BOB, symbol=MNQ.root, timeframe=Timeframe(300))
    for user in (ADA, BOB):
        office.send({"action": "buy", "symbol": "MNQ", "timeframe": "5"}, office.texts[user, Power.SUBMIT])
    office.work()

    office.send({"action": "flat", "symbol": "MES"}, office.token(ADA, Power.SUBMIT, account_id=ADAS))
    office.work()

    assert _held(office) == {"MNQZ2026": 1}
    assert [one.symbol for one in office.exchange.positions(BOBS)] == ["MNQZ2026"]
