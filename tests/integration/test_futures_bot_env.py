"""Run the service with nothing but the futures bot's `.env`, and send what its README sends; the venue is our own."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, final

import pytest
from attrs import evolve
from werkzeug.test import Client

from tests.integration.projectx_exchange import ProjectX
from tests.integration.service import until
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.book import BookKey
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.entrypoints.cli import findings
from tradecore.entrypoints.runtime import env_accounts, first_run, premises, process, wiring
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.entrypoints.web.app import create_app

MONDAY: Final = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
SECRET: Final = "the-secret-of-the-futures-bot"
LONG, SHORT = 1, 2


@final
class FuturesBot:
    """The service in this process, as `tradecore run` puts it together, on a Monday morning."""

    def __init__(self, here: Path) -> None:
        settings = Settings.load({}, here)
        premises.make_folders(settings)
        premises.migrate(settings)
        self.room = wiring.paper(settings)
        welcome = first_run.furnish(self.room, "http://127.0.0.1:5000")
        assert welcome is not None
        self.welcome = welcome
        self._sent = 0  # Two alerts that are alike to the byte would be one.
        self.settings = welcome.applied_to(settings)
        env_accounts.keep_in_step(self.room.services.directory, self.settings)
        services = evolve(self.room.services, settings=self.settings)
        self._stop = process._start_crew(self.room, self.settings)
        self.client: Client = create_app(services).test_client()

    def close(self) -> None:
        self._stop()
        self.room.store.close()

    def post(self, **body: Any) -> Any:
        """Send what the futures bot's README sends, and return the alert once it has its end."""
        self._sent += 1
        answer = self.client.post("/webhook", data=json.dumps({"secret": SECRET, **body, "number": self._sent}))
        assert answer.status_code == 202, answer.text
        path = f"/api/v1/alerts/{answer.get_json()['alert_id']}"

        def ended() -> Any:
            told = self.get(path)
            return told if told["status"] != "pending" else None

        return until(ended)

    def get(self, path: str) -> Any:
        answer = self.client.get(path, headers={"Authorization": f"Bearer {self.welcome.api_token}"})
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def names(self) -> dict[str, bool]:
        return {one.name: one.opens for one in self.room.services.directory.accounts()}


@pytest.fixture(autouse=True)
def monday(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ShiftedClock:
    """Have it be Monday morning for the service, which runs in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    clock = ShiftedClock(SystemClock())
    clock.set(MONDAY)
    monkeypatch.setattr(wiring, "SystemClock", lambda: clock)
    return clock


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    venue = ProjectX()
    venue.venue.clock.set(MONDAY)
    venue.token = venue.ask("Auth/loginKey", userName=venue.told["user"], apiKey=venue.told["key"])["token"]
    venue.price(6400)
    stop = threading.Event()

    def tick() -> None:
        while not stop.wait(0.2):
            venue.venue.tick()

    pulse = threading.Thread(target=tick)
    pulse.start()
    try:
        yield venue
    finally:
        stop.set()
        pulse.join()
        venue.close()


@pytest.fixture
def started(projectx: ProjectX, tmp_path: Path) -> Iterator[Callable[..., FuturesBot]]:
    """Return what starts the service with the futures bot's `.env`, and more or other lines."""
    running: list[FuturesBot] = []

    def start(**lines: str) -> FuturesBot:
        while running:
            running.pop().close()
        (tmp_path / ".env").write_text(env(projectx, **lines))
        running.append(FuturesBot(tmp_path))
        return running[-1]

    yield start
    while running:
        running.pop().close()


def env(projectx: ProjectX, **lines: str) -> str:
    first, second = (str(one["id"]) for one in projectx.told["accounts"])
    usual = {
        "TV_PORT": "0", "WEBHOOK_SECRET": SECRET, "PROJECTX_BASE_URL": projectx.url,
        "PROJECTX_USER_HUB_URL": projectx.told["user_hub"], "PROJECTX_MARKET_HUB_URL": projectx.told["market_hub"],
        "PROJECTX_USERNAME": projectx.told["user"], "PROJECTX_API_KEY": projectx.told["key"],
        "ACCOUNT_EVAL": first, "ACCOUNT_MAIN": second, "MAX_DAILY_LOSS": "-5000", "DAILY_PROFIT_TARGET": "5000",
        "MAX_CONSECUTIVE_LOSSES": "0",
    }  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in {**usual, **lines}.items() if value)


def held(projectx: ProjectX, place: int = 0) -> dict[str, int]:
    """Return what an account holds at the venue, by contract id, signed."""
    account = projectx.told["accounts"][place]["id"]
    rows = projectx.ask("Position/searchOpen", accountId=account)["positions"]
    return {row["contractId"]: row["size"] * (1 if row["type"] == LONG else -1) for row in rows}


def test_the_futures_bots_own_lines_trade_at_the_venue(projectx: ProjectX, started: Callable[..., FuturesBot]) -> None:
    bot = started()
    mes = projectx.mes

    bought = bot.post(strategy="bracket", account="eval", signal="BUY", symbol="MES", size=2, alert={"note": "long"})
    assert (bought["status"], held(projectx)) == ("done", {mes: 2}), bought
    assert bot.post(signal="BUY", symbol="MES1!")["orders"] == []  # already long

    flipped = bot.post(signal="SELL", symbol="CME_MINI:MES1!", size=3)
    assert (flipped["status"], held(projectx)) == ("done", {mes: -3}), flipped

    other = bot.post(account="MAIN", signal="BUY", symbol=mes.lower(), size=1)
    assert (other["status"], held(projectx, 1)) == ("done", {mes: 1}), other

    flat = bot.post(signal="FLAT", symbol=projectx.found("MES")["name"])
    assert (flat["status"], held(projectx), held(projectx, 1)) == ("done", {}, {mes: 1}), flat

    unknown = bot.post(account="nobody", signal="BUY", symbol="MES", size=1)
    assert unknown["refusal"]["code"] == "unknown-account"
    nothing = bot.post(signal="BUY", symbol="CON.F.US.MES.F99", size=1)
    assert nothing["refusal"]["code"] == "unknown-instrument"
    assert bot.post(signal="HOLD", symbol="MES")["orders"] == []


def test_a_contracts_id_is_taken_at_its_word_though_its_month_says_another(
    projectx: ProjectX, started: Callable[..., FuturesBot]
) -> None:
    bot = started()
    crude = projectx.found("MCL")
    projectx.price(65, "MCL")

    bought = bot.post(signal="BUY", symbol=crude["id"], size=1)

    assert crude["id"][-3] != crude["name"][-2]
    assert (bought["status"], held(projectx)) == ("done", {crude["id"]: 1}), bought
    assert bot.post(signal="FLAT", symbol="MCL")["status"] == "done"
    assert held(projectx) == {}


def test_a_restart_in_the_middle_goes_on_with_the_accounts_of_the_new_file(
    projectx: ProjectX, started: Callable[..., FuturesBot]
) -> None:
    assert started().post(signal="BUY", symbol="MES", size=2)["status"] == "done"

    # The first account's line is gone: the second is the default, and what the first holds can still be closed.
    bot = started(ACCOUNT_EVAL="")
    assert bot.names() == {"eval": False, "main": True}
    refused = bot.post(account="eval", signal="SELL", symbol="MES", size=1)
    assert (refused["status"], refused["refusal"]["code"]) == ("refused", "bot-inactive")
    assert held(projectx) == {}  # the closing half is an exit
    assert bot.post(signal="BUY", symbol="MES", size=1)["status"] == "done"
    assert held(projectx, 1) == {projectx.mes: 1}

    bot = started()
    assert bot.names() == {"eval": True, "main": True}
    assert bot.post(signal="BUY", symbol="MES", size=1)["status"] == "done"
    assert held(projectx) == {projectx.mes: 1}


def test_flat_by_the_root_is_asked_of_the_months_on_both_sides_of_a_roll(
    projectx: ProjectX, started: Callable[..., FuturesBot], monday: ShiftedClock
) -> None:
    bot = started()
    old = projectx.mes
    bought = bot.post(signal="BUY", symbol="MES", size=2)
    assert bought["status"] == "done"
    projectx.sim("roll", contract="MES")
    new = projectx.found("MES")["id"]
    projectx.price(6450, new)
    for clock in (monday, projectx.venue.clock):
        clock.set(MONDAY.replace(hour=16, minute=5))  # What is listed is an hour old at most.
    until(lambda: bot.get("/contracts/MES")["selected"] == new)
    projectx.ask("Order/place", accountId=projectx.account, contractId=new, type=2, side=1, size=1)
    until(lambda: bot.get("/positions")["accounts"]["eval"]["positions"][1:])
    assert held(projectx) == {old: 2, new: -1}

    entry = bot.post(account="main", signal="BUY", symbol=old, size=5)
    flat = bot.post(signal="FLAT", symbol="MES")

    assert (entry["refusal"]["code"], entry["orders"]) == ("stale-month", []), entry
    assert "the active month is" in entry["outcome"]
    assert flat["status"] == "done", flat
    # The alert has its end with the active month; the book of the old one is closed beside it.
    until(lambda: held(projectx) == {})
    key = BookKey(account_id=AccountId(f"projectx-{projectx.account}"), symbol=Symbol(bought["instrument"]))
    until(lambda: bot.room.services.ledger.book(key).plan is None)
    book = bot.room.services.ledger.book(key)
    assert (book.shares, book.orders, book.drift) == ((), (), 0)


@pytest.mark.parametrize("signal", ["FLAT", "CLOSE"])
def test_what_is_held_and_rests_in_an_old_month_is_closed_by_an_alert(
    projectx: ProjectX, started: Callable[..., FuturesBot], monday: ShiftedClock, signal: str
) -> None:
    bot = started()
    account = next(one for one in bot.room.services.directory.accounts() if one.name == "eval")
    ten = Distance(Decimal(40), DistanceUnit.TICKS)
    bot.room.services.directory.keep(evolve(account, protection=Protection(stop=ten, target=ten)))
    bought = bot.post(signal="BUY", symbol="MES", size=3)
    assert bought["status"] == "done", bought
    old, month = projectx.mes, bought["instrument"]
    assert len(projectx.open()) == 2, "its stop and its target"
    by_hand = projectx.placed(1, 0, 1, limitPrice=6000)
    projectx.sim("roll", contract="MES")
    projectx.sim("price", contract=old, last="6405")
    for clock in (monday, projectx.venue.clock):
        clock.set(MONDAY.replace(hour=16, minute=5))
    # The answer to the first try is lost, after it was done.
    projectx.sim("faults/reset-after", path="/api/Position/partialCloseContract")

    closed = bot.post(signal=signal, symbol=month)

    assert closed["status"] == "done", closed
    # CLOSE leaves what people have there; FLAT leaves nothing.
    until(lambda: projectx.open() == ([] if signal == "FLAT" else [by_hand]))
    assert held(projectx) == {}
    assert [row["size"] for row in untagged(projectx) if row["fillVolume"]] == [3]
    key = BookKey(account_id=AccountId(f"projectx-{projectx.account}"), symbol=Symbol(month))
    until(lambda: not bot.room.services.ledger.book(key).orders)
    book = bot.room.services.ledger.book(key)
    assert (book.shares, book.drift) == ((), 0)


def untagged(projectx: ProjectX) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = projectx.http.get(f"/sim/accounts/{projectx.account}/orders").json()
    return [row for row in rows if row["customTag"] is None]


def test_a_live_account_opens_nothing_and_still_closes(
    projectx: ProjectX, started: Callable[..., FuturesBot], monday: ShiftedClock
) -> None:
    bot = started()
    assert bot.post(signal="BUY", symbol="MES", size=2)["status"] == "done"
    projectx.sim(f"accounts/{projectx.account}", simulated=False)
    for clock in (monday, projectx.venue.clock):
        clock.set(MONDAY.replace(hour=16, minute=5))  # What the account may do is some seconds old at most.

    projectx.price(22000, "MNQ")
    answer = bot.post(signal="BUY", symbol="MNQ", size=1)
    closed = bot.post(signal="CLOSE", symbol="MES")

    assert answer["refusal"]["code"] == "account-blocked", answer
    assert "cancels no orders of live accounts" in answer["outcome"]
    assert (closed["status"], held(projectx)) == ("done", {})


def test_a_number_that_the_login_does_not_have_stops_nobody_else(
    projectx: ProjectX, started: Callable[..., FuturesBot]
) -> None:
    bot = started(ACCOUNT_GHOST="987654")

    assert bot.post(account="eval", signal="BUY", symbol="MES", size=1)["status"] == "done"
    ghost = bot.post(account="ghost", signal="BUY", symbol="MES", size=1)
    assert (ghost["status"], "this login has no such account" in ghost["outcome"]) == ("failed", True)
    (login,) = findings.firms_found(bot.settings)
    assert not login.good
    assert login.detail.startswith("Account ghost: this login at ProjectX has no account 987654")
    told = {one.check: one for one in findings.accounts_found(bot.settings)}
    assert "A firm's accounts, by its rules: eval, main, ghost" in told["money"].detail


def test_the_doctor_asks_for_each_account_before_the_first_start(projectx: ProjectX, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(env(projectx))
    (good,) = findings.firms_found(Settings.load({}, tmp_path))
    (tmp_path / ".env").write_text(env(projectx, PROJECTX_API_KEY="wrong"))
    (wrong,) = findings.firms_found(Settings.load({}, tmp_path))

    assert (good.good, good.detail) == (True, "the login opens, and may trade: eval, main")
    assert not wrong.good
    assert "Account eval: the login at ProjectX failed" in wrong.detail
    assert not (tmp_path / "var").exists()
    assert not list(findings.firms_found(Settings()))


def test_the_default_is_projectx_account_id_and_the_folder_has_no_demo(
    projectx: ProjectX, started: Callable[..., FuturesBot]
) -> None:
    second = str(projectx.told["accounts"][1]["id"])

    bot = started(ACCOUNT_MAIN="", PROJECTX_ACCOUNT_ID=second)

    assert bot.names() == {"eval": True, "projectx": True}
    assert (bot.welcome.user, bot.welcome.account) == ("owner", "projectx")
    assert bot.room.services.directory.bots() == ()
    assert bot.post(signal="SELL", symbol="MES", size=1)["status"] == "done"
    assert (held(projectx), held(projectx, 1)) == ({}, {projectx.mes: -1})
    said = list(process._greeting(bot.settings, "http://127.0.0.1:5000", bot.welcome))
    assert "Accounts at ProjectX: eval, projectx" in said
    assert "/test-webhook?token=usr_" in "".join(said)
    assert bot.get("/health")["money"] == "a firm's"
