"""Let a second person into the running service, from the first password to the first trade."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.service import SECONDS_MAX, Service, running


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as service:
        yield service


def test_a_second_person_chooses_a_password_signs_in_and_trades_apart_from_the_first(service: Service) -> None:
    url, password = service.first_run["url"], "correct horse battery"
    with httpx.Client(base_url=url, timeout=SECONDS_MAX) as client:

        def ask(method: str, path: str, status: int, **sent: Any) -> Any:
            answer = client.request(method, path, **sent)
            assert answer.status_code == status, answer.text
            return answer.json() if answer.content and status != 204 else answer

        ada = ask("POST", "/api/v1/users", 201, json={"name": "ada"}, headers=service.bearer)
        path = f"/api/v1/users/{ada['user_id']}/reset"
        text = ask("POST", path, 201, json={}, headers=service.bearer)["invitation"]
        ask("POST", "/api/v1/password/reset", 204, json={"invitation": text, "password": password})
        ask("POST", "/api/v1/session", 401, json={"name": "ada", "password": "wrong"})
        answer = client.post("/api/v1/session", json={"name": "ada", "password": password})
        assert answer.status_code == 201, answer.text
        cookie, proof = answer.headers["Set-Cookie"].partition(";")[0], answer.json()["csrf_token"]
        # By hand, because a browser keeps it for TLS alone, and so does the client.
        hers = {"Cookie": cookie, "X-CSRF-Token": proof}
        ask("POST", "/api/v1/accounts", 403, json={"name": "hers"}, headers={"Cookie": cookie})
        ask("POST", "/api/v1/accounts", 201, json={"name": "hers"}, headers=hers)
        ask("POST", "/api/v1/bots", 201, json={"account_id": "hers", "symbol": "AAPL", "timeframe": "15"}, headers=hers)
        token = ask("POST", "/api/v1/tokens", 201, json={"power": "submit"}, headers=hers)["token"]

        alert = service.ended(service.send("buy", token=token))

        assert (alert["status"], len(alert["orders"])) == ("done", 1)
        held = ask("GET", "/positions", 200, headers=hers)["accounts"]
        assert {name: len(one["positions"]) for name, one in held.items()} == {"hers": 1}
        ask("GET", "/positions/paper", 404, headers=hers)
        ask("DELETE", "/api/v1/session", 204, headers=hers)
        ask("GET", "/positions", 401, headers=hers)
    log = (service.here / "var" / "logs" / "tradecore.log").read_text()
    assert not any(secret in log for secret in (password, text, token, cookie.partition("=")[2], proof))
