"""Check what the service says of its own health, and who may read the old bots' addresses at all."""

from datetime import datetime
from typing import Any

import pytest

from tests.office import ADA, SECRET, Office, problem
from tradecore.adapters.system.leases import OnlyProcess
from tradecore.domain.parties import Power


@pytest.fixture
def office() -> Office:
    return Office()


def read(office: Office, path: str, text: str | None = None, *, header: bool = True) -> Any:
    text = text or office.texts[ADA, Power.READ]
    headers = {"Authorization": f"Bearer {text}"} if header else {}
    answer = office.client.get(path if header else f"{path}?token={text}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


READS = [
    "/positions", "/positions/summary", "/positions/realtime", "/positions/adas", "/account/adas/health",
    "/position-context/adas",
]  # fmt: skip
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
