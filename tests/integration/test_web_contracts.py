"""Check the futures bot's two addresses about contracts, and that a roll is told before it happens."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

from tests.builders import AAPL, MES
from tests.office import ADA, ADAS, BOB, Office
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.parties import Account, Power, Venue
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime.rolling import RollWatch, rolls

NEAR = evolve(MES, venue_id="CON.F.US.MES.Z26")
NEXT = evolve(MES, symbol=Symbol("MESH2027"), active=False, venue_id="CON.F.US.MES.H27")
CRUDE = evolve(MES, symbol=Symbol("CLV2026"), root=Symbol("CL"), venue_id="CON.F.US.CLE.U26")


@pytest.fixture
def office() -> Office:
    office = Office()
    office.store.directory.keep(Account(id=AccountId("px"), user_id=ADA, name="eval", venue=Venue.PROJECTX))
    office.store.directory.list_instruments(Venue.PROJECTX, (NEXT, NEAR, CRUDE))
    return office


def told(office: Office, symbol: str, power: Power = Power.READ) -> Any:
    headers = {"Authorization": f"Bearer {office.texts[ADA, power]}"}
    answer = office.client.get(f"/contracts/{symbol}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_a_symbols_contracts_are_told_as_the_futures_bot_did(office: Office) -> None:
    assert told(office, "mes") == {
        "symbol": "mes",
        "total_contracts": 2,
        "active_contracts": 1,
        "contracts": [
            {
                "id": "CON.F.US.MES.Z26", "name": "MESZ6", "description": "MES: December 2026", "tickSize": 0.25,
                "tickValue": 1.25, "activeContract": True,
            },
            {
                "id": "CON.F.US.MES.H27", "name": "MESH7", "description": "MES: March 2027", "tickSize": 0.25,
                "tickValue": 1.25, "activeContract": False,
            },
        ],
        "selected": "CON.F.US.MES.Z26",
    }  # fmt: skip


@pytest.mark.parametrize(
    "symbol", ["CL", "CL1!", "NYMEX:CL1!", "CLV2026", "clv6", "CON.F.US.CLE.U26", "con.f.us.cle.u26"]
)
def test_every_name_of_a_symbol_finds_its_contracts(office: Office, symbol: str) -> None:
    found = told(office, symbol)

    assert (found["symbol"], found["total_contracts"], found["selected"]) == (symbol, 1, "CON.F.US.CLE.U26")


@pytest.mark.parametrize("symbol", ["NQ", "CLE", "AAPL", "MES2!", "{{ticker}}", "CON.F.US.MES.M27"])
def test_what_is_not_listed_has_no_contracts(office: Office, symbol: str) -> None:
    assert told(office, symbol) == {
        "symbol": symbol, "total_contracts": 0, "active_contracts": 0, "contracts": [], "selected": None,
    }  # fmt: skip


def test_the_current_contracts_are_told_by_root_with_when_they_are_expected_to_roll(office: Office) -> None:
    found = told(office, "current", Power.API)

    assert found["contracts"] == {"CL": "CON.F.US.CLE.U26", "MES": "CON.F.US.MES.Z26"}
    assert found["expected_rolls"] == {"MES": "2026-12-14"}
    assert found["cache_duration_seconds"] == 3600
    assert datetime.fromisoformat(found["timestamp"]) == office.clock.now()


def test_who_has_no_account_at_projectx_is_told_of_their_own_venue(office: Office) -> None:
    headers = {"Authorization": f"Bearer {office.texts[BOB, Power.READ]}"}

    assert office.client.get("/contracts/current", headers=headers).get_json()["contracts"] == {"MES": "MESZ2026"}


@pytest.mark.parametrize("path", ["/contracts/MES", "/contracts/current"])
def test_a_webhooks_token_reads_no_contracts_and_nor_does_nobody(office: Office, path: str) -> None:
    assert office.client.get(path).status_code == 401
    assert office.client.get(f"{path}?token={office.texts[ADA, Power.SUBMIT]}").status_code == 403
    assert office.client.get(f"{path}?token={office.texts[ADA, Power.READ]}").status_code == 200


# ---------------------------------------------------------------- rolls


def held(office: Office) -> Office:
    office.bot("ada-mes-5", symbol=Symbol("MES"), timeframe=Timeframe(300))
    office.send({"action": "buy", "symbol": "MES", "timeframe": "5"})
    office.work()
    office.traded("buy")
    return office


@pytest.mark.parametrize(("day", "tells"), [(9, False), (10, True), (14, True), (18, True)])
def test_what_is_held_in_a_month_that_gives_way_is_told_days_before(day: int, tells: bool) -> None:
    office = held(Office())

    found = list(rolls(office.services, date(2026, 12, day)))

    assert [roll.key.symbol for roll in found] == ["MESZ2026"] * tells
    assert all("Monday 2026-12-14" in roll.sentence and "adas is in MESZ2026" in roll.sentence for roll in found)


def test_what_is_held_in_a_month_that_has_given_way_is_told_with_the_new_one() -> None:
    office = held(Office())
    office.store.directory.list_instruments(
        Venue.PAPER, (AAPL, evolve(MES, active=False), evolve(MES, symbol=Symbol("MESH2027"))))  # fmt: skip

    (roll,) = rolls(office.services, date(2026, 11, 23))

    assert (roll.key.account_id, roll.key.symbol) == (ADAS, "MESZ2026")
    assert "not the active month any more: MESH2027 is. A CLOSE or FLAT for MES closes it." in roll.sentence


def test_a_roll_is_told_once_a_day_by_chicagos_calendar() -> None:
    office = held(Office())
    watch = RollWatch(office.services)
    notifier = office.services.notifier
    counts = []
    for moment in ("2026-12-09T23:00", "2026-12-10T05:59", "2026-12-10T06:00", "2026-12-11T05:59", "2026-12-11T06:00"):
        office.clock.advance((datetime.fromisoformat(moment).replace(tzinfo=UTC) - office.clock.now()).total_seconds())
        watch.tend()
        watch.tend()
        counts.append(len(notifier.told))  # type: ignore[attr-defined] # the one in memory keeps what it was told

    assert counts == [0, 0, 1, 1, 2]
