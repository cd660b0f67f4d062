"""Check that accounts at brokers are made over the interface with their keys, and that nothing ever tells the keys."""

from typing import Any

import pytest
from attrs import evolve
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from tests.office import ADA, BOB, OWNER, Office, problem
from tradecore.adapters.system.sealing import AesSeal
from tradecore.domain.credentials import Credentials, KeyMode
from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Power
from tradecore.entrypoints.web.app import create_app

KEYS = {"key_id": "PK-ada-0123456789", "secret": "adas-own-secret-0123456789"}
OTHERS = {"key_id": "PK-ada-9876543210", "secret": "adas-other-secret-0123456789"}
LIVE = {"key_id": "AK-ada-0123456789", "secret": "adas-live-secret-0123456789", "mode": "live"}
STOCKS = {"name": "stocks", "venue": "alpaca", "keys": KEYS}


def credentials(keys: dict[str, str]) -> Credentials:
    return Credentials(key_id=keys["key_id"], secret=keys["secret"])


def an_office(**settings: Any) -> Office:
    office = Office(**settings)
    office.key_check.numbers |= {
        credentials(KEYS): "PA1",
        credentials(OTHERS): "PA2",
        evolve(credentials(LIVE), mode=KeyMode.LIVE): "123",
    }
    return office


@pytest.fixture
def office() -> Office:
    return an_office()


def wrong(answer: TestResponse) -> tuple[int, str, str | None]:
    error = problem(answer)
    return answer.status_code, error["code"], error.get("field")


def test_an_account_at_a_broker_is_made_with_its_keys(office: Office) -> None:
    answer = office.ask("/api/v1/accounts", method="POST", json=STOCKS | {"limits": {"daily_loss": 500}})

    account = answer.get_json()
    assert (answer.status_code, account["venue"], account["user_id"]) == (201, "alpaca", ADA)
    assert account["limits"]["daily_loss"] == "500"
    assert office.told("/api/v1/accounts/stocks/keys") == {
        "account_id": account["account_id"], "venue": "alpaca", "mode": "paper", "number": "PA1",
        "saved_at": "2026-11-23T15:00:00Z",
    }  # fmt: skip
    kept = office.store.directory.account(AccountId(account["account_id"]))
    assert kept is not None
    assert office.services.keyring.credentials(kept) == credentials(KEYS)


def test_an_account_on_paper_is_made_without_any(office: Office) -> None:
    made = office.ask("/api/v1/accounts", method="POST", json={"name": "second"})

    assert (made.status_code, made.get_json()["venue"]) == (201, "paper")
    assert wrong(office.ask("/api/v1/accounts/second/keys"))[:2] == (404, "not-found")
    assert wrong(office.ask("/api/v1/accounts/second/keys", method="PUT", json=KEYS))[:2] == (422, "keys-refused")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"keys": None}, (422, "bad-value", "keys")),
        ({"venue": "paper"}, (422, "bad-value", "keys")),
        ({"venue": "projectx"}, (422, "bad-value", "venue")),
        ({"name": ""}, (422, "bad-value", "name")),
        ({"name": "ADAS"}, (409, "taken", None)),
        ({"keys": {"key_id": "PK", "secret": "a b"}}, (422, "bad-value", "keys.secret")),
        ({"keys": {"key_id": "", "secret": "x"}}, (422, "bad-value", "keys.key_id")),
        ({"keys": {"key_id": "PK"}}, (422, "missing-field", "keys.secret")),
        ({"keys": KEYS | {"secret": "adas-wrong-secret"}}, (422, "keys-refused", None)),
        ({"keys": LIVE}, (422, "keys-refused", None)),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_nothing_is_made(
    office: Office, change: dict[str, object], found: tuple[object, ...]
) -> None:
    before = office.written()[:1], office.store.directory.accounts()

    answer = office.ask("/api/v1/accounts", method="POST", json=STOCKS | change)

    assert wrong(answer) == found
    assert (office.written()[:1], office.store.directory.accounts()) == before
    assert "secret-" not in answer.text


def test_a_venue_that_is_away_makes_nothing(office: Office) -> None:
    office.key_check.away = True

    assert wrong(office.ask("/api/v1/accounts", method="POST", json=STOCKS))[:2] == (503, "unavailable")
    assert len(office.store.directory.accounts(ADA)) == 1


def test_without_an_encryption_key_it_is_said_and_nothing_is_made(office: Office) -> None:
    services = evolve(office.services, keyring=evolve(office.services.keyring, seal=AesSeal()))
    office.client = create_app(services).test_client()

    answer = office.ask("/api/v1/accounts", method="POST", json=STOCKS)

    assert wrong(answer)[:2] == (503, "sealed")
    assert "ENCRYPTION_KEY" in problem(answer)["message"]
    assert len(office.store.directory.accounts(ADA)) == 1


def test_live_keys_are_taken_where_the_installation_says_so() -> None:
    office = an_office(live_trading=True)

    assert office.ask("/api/v1/accounts", method="POST", json=STOCKS | {"keys": LIVE}).status_code == 201
    assert office.told("/api/v1/accounts/stocks/keys")["mode"] == "live"


def test_keys_are_replaced_and_deleted(office: Office) -> None:
    office.ask("/api/v1/accounts", method="POST", json=STOCKS)
    path = "/api/v1/accounts/stocks/keys"

    assert office.ask(path, method="PUT", json=OTHERS).get_json()["number"] == "PA2"
    assert wrong(office.ask(path, method="PUT", json=KEYS | {"secret": "no"}))[:2] == (422, "keys-refused")
    assert office.told(path)["number"] == "PA2"
    assert [office.ask(path, method="DELETE").status_code for _ in range(2)] == [204, 204]
    assert office.ask(path).status_code == 404


def test_keys_are_somebodys_own(office: Office) -> None:
    office.ask("/api/v1/accounts", method="POST", json=STOCKS)
    account_id = office.told("/api/v1/accounts/stocks")["account_id"]
    before = office.written()

    for method, body in (("GET", None), ("PUT", OTHERS), ("DELETE", None)):
        for name in ("stocks", account_id):
            answer = office.ask(f"/api/v1/accounts/{name}/keys", BOB, method, json=body)
            assert answer.status_code == 404, (method, answer.text)
    taken = office.ask("/api/v1/accounts", BOB, "POST", json=STOCKS)

    assert wrong(taken)[:2] == (422, "keys-refused")
    assert office.written() == before


def test_a_token_that_is_narrowed_to_an_account_never_touches_keys(office: Office) -> None:
    office.ask("/api/v1/accounts", method="POST", json=STOCKS)
    account_id = AccountId(office.told("/api/v1/accounts/stocks")["account_id"])
    headers = {"Authorization": f"Bearer {office.token(ADA, Power.API, account_id=account_id)}"}
    path = "/api/v1/accounts/stocks/keys"

    assert office.client.get(path, headers=headers).status_code == 200
    for answer in (
        office.client.put(path, headers=headers, json=OTHERS),
        office.client.delete(path, headers=headers),
        office.client.post("/api/v1/accounts", headers=headers, json={"name": "more"}),
    ):
        assert wrong(answer)[:2] == (403, "token-scope")


def test_no_answer_and_no_log_tells_keys(office: Office) -> None:
    told = []
    with capture_logs() as logged:
        for user_id in (ADA, OWNER, BOB):
            for method, path, body in (
                ("POST", "accounts", STOCKS),
                ("POST", "accounts", STOCKS | {"name": "more", "keys": KEYS | {"mode": "live"}}),
                ("PUT", "accounts/stocks/keys", OTHERS),
                ("PUT", "accounts/stocks/keys", OTHERS | {"secret": f"{OTHERS['secret']} x"}),
                ("PUT", "accounts/stocks/keys", OTHERS | {"more": OTHERS["secret"]}),
                ("GET", "accounts/stocks/keys", None),
                ("GET", "accounts/stocks", None),
                ("GET", "accounts", None),
            ):
                told.append(office.ask(f"/api/v1/{path}", user_id, method, json=body).text)

    shown = f"{told} {logged}"
    for secret in (*KEYS.values(), *OTHERS.values()):
        assert secret not in shown
