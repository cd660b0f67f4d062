"""Run the service with nothing but the futures bot's `.env`, and send what its README sends; the venue is our own."""
# ruff: noqa: F811 - fixtures that come from beside are named again where they are asked for

from collections.abc import Callable
from pathlib import Path

from tests.integration.futures_bot import (  # noqa: F401 - fixtures among them
    MONDAY,
    FuturesBot,
    env,
    held,
    monday,
    projectx,
    started,
)
from tests.integration.projectx_exchange import ProjectX
from tests.integration.service import until
from tradecore.domain.book import BookKey
from tradecore.domain.ids import AccountId, Symbol
from tradecore.entrypoints.cli import findings
from tradecore.entrypoints.runtime import process
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.venues.shifting import ShiftedClock


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


def test_a_number_that_the_login_does_not_have_stops_nobody_else(
    projectx: ProjectX, started: Callable[..., FuturesBot]
) -> None:
    bot = started(ACCOUNT_GHOST="987654")

    assert bot.post(account="eval", signal="BUY", symbol="MES", size=1)["status"] == "done"
    ghost = bot.post(account="ghost", signal="BUY", symbol="MES", size=1)
    assert (ghost["status"], ghost["refusal"]["code"]) == ("refused", "account-unreachable")
    assert "this login at ProjectX has no account 987654" in ghost["outcome"]
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
    (tmp_path / ".env").write_text(env(projectx, PROJECTX_BASE_URL="http://127.0.0.1:9"))
    (nobody,) = findings.firms_found(Settings.load({}, tmp_path))
    assert (wrong.good, nobody.good) == (False, False)
    assert wrong.detail.startswith("Accounts eval, main: the login at ProjectX failed"), "one reason is told once"
    assert nobody.detail.startswith(
        "Accounts eval, main: projectx does not answer (ProjectX at http://127.0.0.1:9 cannot be reached"
    )
    assert "PROJECTX_BASE_URL where nobody answers" in nobody.todo
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
