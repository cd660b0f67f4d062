"""Let two people trade at Alpaca through the running service, each in an account of their own, and let keys change."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.integration.alpaca_exchange import Alpaca
from tests.integration.service import SECONDS_MAX, Service, running, until
from tradecore.adapters.system.keys import new_key

ADA, BOB = "ada", "bob"
BUY: Final = {"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}
CLOSE: Final = BUY | {"action": "close"}
NEW_KEYS: Final = {"key_id": "PKANEWANEWANEWANEW", "secret": "a-new-secret-0123456789"}


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


class Person:
    """Somebody with an account at Alpaca, a bot for AAPL, and tokens."""

    def __init__(self, service: Service, alpaca: Alpaca, name: str, number: int, units: int) -> None:
        told = alpaca.told["accounts"][number]
        self.name, self.service, self.alpaca = name, service, alpaca
        self.keys = {"key_id": told["key_id"], "secret": told["secret_key"]}
        self.at_alpaca = next(
            one for one in alpaca.venue.exchange.floor.accounts.values() if one.key_id == told["key_id"]
        )
        made = httpx.post(
            service.first_run["url"] + "/api/v1/users", json={"name": name}, headers=service.bearer,
            timeout=SECONDS_MAX)  # fmt: skip
        self.user_id = made.json()["user_id"]
        self.api = self._token("api")
        stocks = {"name": "stocks", "venue": "alpaca", "keys": self.keys}
        self.account_id = self.ask("POST", "/api/v1/accounts", 201, json=stocks)["account_id"]
        bot = {"account_id": "stocks", "symbol": "AAPL", "timeframe": "15", "sizing": {"amount": units}}
        self.bot_id = self.ask("POST", "/api/v1/bots", 201, json=bot)["bot_id"]
        self.webhook = self.ask("POST", "/api/v1/tokens", 201, json={"power": "submit"})["token"]

    def _token(self, power: str) -> str:
        said = self.service.tell("token", "new", "--for", power, "--user", self.name, "--json")
        return str(re.search(r'"token": "(.*?)"', said)[1])  # type: ignore[index] # it is there

    def ask(self, method: str, path: str, status: int = 200, **sent: Any) -> Any:
        answer = httpx.request(
            method, self.service.first_run["url"] + path, headers={"Authorization": f"Bearer {self.api}"},
            timeout=SECONDS_MAX, **sent)  # fmt: skip
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def send(self, alert: dict[str, str] = BUY) -> dict[str, Any]:
        """Send an alert with the person's own webhook token, and return its end."""
        url = f"{self.service.first_run['url']}/webhook?token={self.webhook}"
        answer = httpx.post(url, json=alert | {"alert_id": new_key()}, timeout=SECONDS_MAX)
        assert answer.status_code == 202, answer.text
        path = f"/api/v1/alerts/{answer.json()['alert_id']}"

        def ended() -> Any:
            found = self.ask("GET", path)
            return found if found["status"] != "pending" else None

        found: dict[str, Any] = until(ended)
        return found

    def trades(self, alert: dict[str, str] = BUY) -> None:
        """Send an alert, which must be done."""
        found = self.send(alert)
        assert found["status"] == "done", found["outcome"]

    def held(self) -> dict[str, int]:
        """Return what the person's account at Alpaca really holds."""
        return {symbol: int(one.quantity) for symbol, one in self.at_alpaca.holdings.items()}

    def change_keys_at_alpaca(self) -> None:
        """Make new keys on Alpaca's page, which ends the old ones."""
        self.at_alpaca.key_id, self.at_alpaca.secret_key = NEW_KEYS["key_id"], NEW_KEYS["secret"]


@pytest.fixture
def here(tmp_path: Path, alpaca: Alpaca) -> Path:
    encrypt_with(tmp_path, new_key(), alpaca)
    return tmp_path


def encrypt_with(here: Path, keys: str, alpaca: Alpaca) -> None:
    (here / ".env").write_text(
        f"ENCRYPTION_KEY={keys}\nTRADECORE_ALPACA_URL={alpaca.url}\n"
        f"TRADECORE_ALPACA_STREAM_URL={alpaca.told['trade_stream']}\n"
    )


def written(here: Path) -> str:
    return "".join(path.read_text() for path in (here / "var" / "logs").iterdir())


def test_each_persons_alerts_make_orders_in_their_own_account_alone(here: Path, alpaca: Alpaca) -> None:
    with running(here) as service:
        ada, bob = Person(service, alpaca, ADA, 0, 3), Person(service, alpaca, BOB, 1, 5)

        bought = ada.send()
        assert (bought["status"], bought["account_id"]) == ("done", ada.account_id), bought["outcome"]
        assert (ada.held(), bob.held()) == ({"AAPL": 3}, {})
        bob.trades()
        assert (ada.held(), bob.held()) == ({"AAPL": 3}, {"AAPL": 5})
        _see_nothing_of_one_another(ada, bob)
        _cannot_take_the_others_keys(ada, bob)
        ada.trades(CLOSE)
        assert (ada.held(), bob.held()) == ({}, {"AAPL": 5})
        shown = written(here) + service.errors()
    assert [text for text in (*ada.keys.values(), *bob.keys.values(), ada.webhook, bob.api) if text in shown] == []


def _see_nothing_of_one_another(ada: Person, bob: Person) -> None:
    for one, other in ((ada, bob), (bob, ada)):
        (own,) = one.ask("GET", "/positions")["accounts"].values()
        assert (own["account_id"], len(own["positions"])) == (one.account_id, 1)
        assert {bot["bot_id"] for bot in one.ask("GET", "/api/v1/bots")["bots"]} == {one.bot_id}
        assert {alert["bot_id"] for alert in one.ask("GET", "/api/v1/alerts")["alerts"]} == {one.bot_id}
        assert {order["account_id"] for order in one.ask("GET", "/api/v1/orders")["orders"]} == {one.account_id}
        theirs = f"/api/v1/accounts/{other.account_id}"
        for method, path, body in (
            ("GET", theirs, None), ("GET", f"{theirs}/keys", None), ("PUT", f"{theirs}/keys", NEW_KEYS),
            ("DELETE", f"{theirs}/keys", None), ("GET", f"/positions/{other.account_id}", None),
            ("GET", f"/account/{other.account_id}/health", None), ("GET", f"/api/v1/bots/{other.bot_id}", None),
            ("POST", f"/api/v1/bots/{other.bot_id}/close", {"reason": "mine"}),
            ("POST", "/api/v1/flatten", {"account_id": other.account_id, "reason": "mine"}),
        ):  # fmt: skip
            one.ask(method, path, 404, json=body)


def _cannot_take_the_others_keys(ada: Person, bob: Person) -> None:
    """Nor trade one account at Alpaca as two here."""
    for one, other in ((ada, bob), (bob, ada), (ada, ada)):
        draft = {"name": "second", "venue": "alpaca", "keys": other.keys}
        refused = one.ask("POST", "/api/v1/accounts", 422, json=draft)["error"]
        assert refused["code"] == "keys-refused"
        assert "Another account here trades" in refused["message"]
    refused = ada.ask("PUT", "/api/v1/accounts/stocks/keys", 422, json=bob.keys)["error"]
    assert "Another account here trades" in refused["message"]


def test_a_rotation_of_the_encryption_key_goes_on_trading_at_every_step(here: Path, alpaca: Alpaca) -> None:
    old = re.findall("ENCRYPTION_KEY=(.*)", (here / ".env").read_text())[0]
    new = new_key()
    with running(here) as service:
        ada = Person(service, alpaca, ADA, 0, 3)
        ada.trades()

    encrypt_with(here, f"{new},{old}", alpaca)
    with running(here) as ada.service:
        ada.trades(CLOSE)
        assert "tradecore keys rotate" in ada.service.tell("doctor")
        assert "Encrypted anew: 1." in ada.service.tell("keys", "rotate")
        ada.trades()

    encrypt_with(here, new, alpaca)
    with running(here) as ada.service:
        ada.trades(CLOSE)
        assert "1 account with keys, which open" in ada.service.tell("doctor")
    assert ada.held() == {}

    encrypt_with(here, old, alpaca)
    with running(here) as ada.service:
        refused = ada.send()
        assert refused["status"] == "refused"
        assert "Account stocks" in ada.service.tell("doctor", code=1)
    assert ada.held() == {}


def test_revoked_keys_are_said_to_be_and_new_ones_bring_the_account_back_without_a_restart(
    here: Path, alpaca: Alpaca
) -> None:
    with running(here) as service:
        ada, bob = Person(service, alpaca, ADA, 0, 3), Person(service, alpaca, BOB, 1, 5)
        ada.trades()
        ada.change_keys_at_alpaca()
        alpaca.sim(f"accounts/{NEW_KEYS['key_id']}/faults/cut")

        error = ada.ask("GET", "/account/stocks/health")["error"]
        assert error == "The broker cannot be asked now: Alpaca does not take the keys: unauthorized."
        said = service.tell("doctor", code=1)
        advice = "Account ada/stocks: Alpaca does not take the keys: unauthorized. -> Give it other keys: "
        assert f"{advice}tradecore keys set ada/stocks" in said
        bob.trades()  # it is nobody else's trouble

        refusal = ada.ask("PUT", "/api/v1/accounts/stocks/keys", 422, json=ada.keys)["error"]
        assert refusal["message"] == (
            "Alpaca does not take the keys: unauthorized. "
            "Look for a mistyped letter; or they are live keys, or have been revoked."
        )
        ada.ask("PUT", "/api/v1/accounts/stocks/keys", json=NEW_KEYS)
        until(lambda: ada.ask("GET", "/account/stocks/health")["error"] is None)
        ada.trades(CLOSE)
        assert (ada.held(), bob.held()) == ({}, {"AAPL": 5})
        until(lambda: "an account's keys have changed" in written(here))
        assert "may trade" in service.tell("doctor")
        # What happens is heard with the new keys as well: a person's fill is seen without an alert.
        ada.trades()
    assert NEW_KEYS["secret"] not in written(here)


def test_keys_that_are_wrong_or_for_the_other_kind_of_money_are_refused_in_alpacas_words(
    here: Path, alpaca: Alpaca
) -> None:
    with (here / ".env").open("a") as settings:
        settings.write("TRADECORE_LIVE_TRADING=yes\n")
    with running(here) as service:
        ada = Person(service, alpaca, ADA, 0, 3)
        number = ada.at_alpaca.number

        def refused(keys: dict[str, str]) -> str:
            draft = {"name": "second", "venue": "alpaca", "keys": keys}
            found = ada.ask("POST", "/api/v1/accounts", 422, json=draft)["error"]
            assert found["code"] == "keys-refused"
            return str(found["message"])

        wrong = ada.keys | {"secret": "a-wrong-secret"}
        assert refused(wrong).startswith("Alpaca does not take the keys: unauthorized.")
        ada.at_alpaca.number = "123456789"
        assert refused(ada.keys) == "They open account 123456789, which is a live account at Alpaca."
        ada.at_alpaca.number = number
        assert len(ada.ask("GET", "/api/v1/accounts")["accounts"]) == 1
