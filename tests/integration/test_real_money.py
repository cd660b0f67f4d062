"""Trade what is called real money, at an exchange on loopback, and find that said wherever somebody may look."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from attrs import evolve

from tests import live_hosts
from tests.integration import service
from tests.integration.alpaca_exchange import Alpaca
from tests.integration.service import SECONDS_MAX, Service, running
from tests.integration.test_web_keys import KEYS, LIVE, STOCKS, an_office
from tests.office import BOB, Office
from tradecore.adapters.system.keys import new_key
from tradecore.domain.credentials import KeyMode
from tradecore.entrypoints.web.app import create_app

REAL: Final = "REAL MONEY"
LIVE_KEYS: Final = {"key_id": "AKREALREALREALREAL", "secret": "a-real-secret-0123456789"}


# ---------------------------------------------------------------- over the interface


def stakes(office: Office) -> tuple[str | None, str]:
    """Return what /health and the page for people say."""
    health = office.client.get("/health").get_json()["money"]
    found = re.search(r'<p class="money">(.*?)</p>', office.client.get("/docs").text)
    assert found is not None
    return health, found[1]


def test_real_money_is_said_of_the_account_on_the_page_and_in_health() -> None:
    office = an_office(live_trading=True)
    assert stakes(office) == ("paper", "Every account here trades on paper.")

    made = office.ask("/api/v1/accounts", method="POST", json=STOCKS | {"keys": LIVE}).get_json()

    assert (made["money"], made["rests"]) == (REAL, None)
    assert office.told("/api/v1/accounts/stocks")["money"] == REAL
    told = {one["name"]: one["money"] for one in office.told("/api/v1/accounts")["accounts"]}
    assert told == {"adas": "paper", "stocks": REAL}
    assert stakes(office) == (REAL, "REAL MONEY: accounts here trade it.")
    patched = office.ask("/api/v1/accounts/stocks", method="PATCH", json={"active": False}).get_json()
    assert patched["money"] == REAL


def test_paper_keys_are_paper_and_nobodys_page_names_an_account() -> None:
    office = an_office(live_trading=True)

    made = office.ask("/api/v1/accounts", method="POST", json=STOCKS | {"keys": KEYS}).get_json()

    assert (made["money"], made["rests"]) == ("paper", None)
    assert stakes(office) == ("paper", "Every account here trades on paper.")
    office.ask("/api/v1/accounts", method="POST", json={"name": "secret-plan", "venue": "alpaca", "keys": LIVE})
    assert stakes(office)[0] == REAL
    for path in ("/docs", "/health"):
        assert "secret-plan" not in office.client.get(path).text
    assert REAL not in office.ask("/api/v1/accounts", BOB).text


def test_where_it_is_not_allowed_the_account_rests_and_says_why() -> None:
    office = an_office(live_trading=True)
    office.ask("/api/v1/accounts", method="POST", json=STOCKS | {"keys": LIVE})

    services = evolve(office.services, keyring=evolve(office.services.keyring, live=False))
    office.client = create_app(services).test_client()

    told = office.told("/api/v1/accounts/stocks")
    assert told["money"] == REAL
    assert "TRADECORE_LIVE_TRADING" in told["rests"]
    assert stakes(office) == ("paper", "Every account here trades on paper.")


def test_where_nobody_can_tell_the_page_says_so() -> None:
    office = an_office(live_trading=True)
    office.store.fail_next("all", times=2)

    health, page = stakes(office)

    assert health is None
    assert page.startswith("REAL MONEY may be traded here")


# ---------------------------------------------------------------- at an exchange


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        opened = alpaca.sim("accounts", key_id=LIVE_KEYS["key_id"], secret_key=LIVE_KEYS["secret"], cash="100000")
        # Only a paper account's number begins as all of this exchange's do.
        account = next(one for one in alpaca.venue.exchange.floor.accounts.values() if one.id == opened["id"])
        account.number = "123456789"
        yield alpaca


@pytest.fixture
def here(tmp_path: Path, alpaca: Alpaca, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for a service whose live hosts are the exchange."""
    monkeypatch.setattr(service, "COMMAND", (sys.executable, str(live_hosts.__file__)))
    monkeypatch.setenv("LIVE_ALPACA", alpaca.url)
    monkeypatch.setenv("LIVE_ALPACA_STREAM", alpaca.told["trade_stream"])
    allow(tmp_path, yes=True, key=new_key())
    return tmp_path


def allow(here: Path, *, yes: bool, key: str | None = None) -> None:
    """Set whether real money may be traded, and the key that everything is encrypted with."""
    kept = here / ".env"
    key = key or re.findall("ENCRYPTION_KEY=(.*)", kept.read_text())[0]
    kept.write_text(f"ENCRYPTION_KEY={key}\n" + ("TRADECORE_LIVE_TRADING=yes\n" if yes else ""))


def log(here: Path) -> str:
    return "".join(path.read_text() for path in (here / "var" / "logs").iterdir())


def ask(one: Service, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(method, one.first_run["url"] + path, headers=one.bearer, timeout=SECONDS_MAX, **options)


def test_real_money_is_said_at_each_start_and_by_every_command(here: Path, alpaca: Alpaca) -> None:
    with running(here) as first:
        assert REAL not in "".join(first.said)
        draft = {"name": "real", "venue": "alpaca", "keys": LIVE_KEYS | {"mode": KeyMode.LIVE.value}}
        play = {"key_id": alpaca.keys["key_id"], "secret": alpaca.keys["secret_key"], "mode": KeyMode.LIVE.value}
        refused = ask(first, "POST", "/api/v1/accounts", json=draft | {"keys": play}).json()["error"]["message"]
        assert refused.endswith("which is a paper account at Alpaca.")
        assert ask(first, "POST", "/api/v1/accounts", json=draft).status_code == 201
        first.tell("bot", "add", "--account", "real", "--symbol", "AAPL", "--timeframe", "15 Min", "--units", "3")

    with running(here) as again:
        assert "REAL MONEY is traded in: real" in again.said
        assert re.search(r"REAL MONEY is traded here.*real", log(here))
        assert again.get("/health")["money"] == REAL
        assert REAL in again.tell("account", "list")
        assert "money: REAL MONEY" in again.tell("account", "show", "real")
        assert "money: paper" in again.tell("account", "show", "paper")
        assert "REAL MONEY is traded in: real." in again.tell("doctor")
        alert = again.ended(again.send("buy", token=token(again)))
        assert alert["orders"][0]["filled_quantity"] == "3"
        again.ended(again.send("close", token=token(again)))

    allow(here, yes=False)
    with running(here) as resting:
        assert REAL not in "".join(resting.said)
        assert "TRADECORE_LIVE_TRADING" in ask(resting, "GET", "/api/v1/accounts/real").json()["rests"]
        assert "Account real rests: " in resting.tell("doctor")
        assert "(rests)" in resting.tell("account", "list")
        refused = resting.ended(resting.send("buy", token=token(resting)))
        assert refused["status"] == "refused"
        # At a weekend the calendar's no, which needs no broker, is the more urgent one.
        (price,) = (gate for gate in refused["gates"] if gate["name"] == "price")
        assert "TRADECORE_LIVE_TRADING" in price["detail"]
        assert "TRADECORE_LIVE_TRADING" in ask(resting, "GET", "/account/real/health").json()["error"]
    assert len(alpaca.venue.exchange.floor.orders) == 2, "it was bought and closed, and nothing after that"


def token(one: Service) -> str:
    found: str = ask(one, "POST", "/api/v1/tokens", json={"power": "submit", "account_id": "real"}).json()["token"]
    return found
