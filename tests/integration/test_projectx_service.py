"""Restart the service in the middle of a trade at ProjectX, roll its month away, and take its right to cancel."""
# ruff: noqa: F811 - fixtures that come from beside are named again where they are asked for

import re
import signal as signals
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from attrs import evolve

from tests.integration import service
from tests.integration.futures_bot import (  # noqa: F401 - fixtures among them
    MONDAY,
    SECRET,
    FuturesBot,
    held,
    monday,
    projectx,
    started,
)
from tests.integration.projectx_exchange import ProjectX
from tests.integration.service import Service, until
from tradecore.domain.book import BookKey
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.trades import Trade
from tradecore.entrypoints.venues.shifting import ShiftedClock
from tradecore.ports.history import Asked

# The service as it is started, on the Monday morning of these tests.
_ON_MONDAY: Final = f"""
from datetime import datetime
from tradecore.adapters.system.clock import SystemClock
from tradecore.entrypoints.cli.__main__ import main
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.venues.shifting import ShiftedClock
clock = ShiftedClock(SystemClock())
clock.set(datetime.fromisoformat("{MONDAY.isoformat()}"))
wiring.SystemClock = lambda: clock
main()
"""
BALANCE: Final = Decimal(50_000)
SIDE_COSTS: Final = Decimal("0.61")  # of one MES: fees and commission


def account_id(projectx: ProjectX) -> AccountId:
    return AccountId(f"projectx-{projectx.account}")


def book_key(projectx: ProjectX, symbol: str) -> BookKey:
    return BookKey(account_id=account_id(projectx), symbol=Symbol(symbol))


def protect(bot: FuturesBot) -> None:
    """Have entries come with a stop and a target, ten points away."""
    account = next(one for one in bot.room.services.directory.accounts() if one.name == "eval")
    ten = Distance(Decimal(40), DistanceUnit.TICKS)
    bot.room.services.directory.keep(evolve(account, protection=Protection(stop=ten, target=ten)))


def trades(bot: FuturesBot) -> tuple[Trade, ...]:
    return bot.room.services.history.trades(Asked())


def only_trade(bot: FuturesBot, projectx: ProjectX) -> Trade:
    """Return the one trade that there is, once the service hears the venue and holds nothing."""
    until(lambda: trades(bot))
    account = next(one for one in bot.room.services.directory.accounts() if one.id == account_id(projectx))
    until(lambda: bot.room.venues.heard_since(account))
    (trade,) = trades(bot)
    until(lambda: not bot.room.services.ledger.book(book_key(projectx, trade.symbol)).shares)
    return trade


def moved(projectx: ProjectX) -> Decimal:
    """Return what the venue's balance has gained."""
    return Decimal(str(projectx.balance())) - BALANCE


@contextmanager
def mortal(here: Path) -> Iterator[Service]:
    """Run the service in a process of its own, and kill it in the end."""
    run = Service(here)
    try:
        yield run.ready()
    finally:
        run.end(signals.SIGKILL)
        run.close()


def send(run: Service, **body: Any) -> str:
    """Send an alert, and return where it tells what became of it."""
    url = next(found[0] for line in run.said if (found := re.search(r"http://127[.]0[.]0[.]1:[0-9]+", line)))
    answer = httpx.post(f"{url}/webhook", json={"secret": SECRET, **body}, timeout=service.SECONDS_MAX)
    return f"{url}/api/v1/alerts/{answer.json()['alert_id']}"


def buys(run: Service, size: int) -> None:
    """Send a buy, and return once it is done."""
    path = send(run, signal="BUY", symbol="MES", size=size)
    until(lambda: httpx.get(path, headers=run.bearer).json()["status"] == "done")


@pytest.mark.parametrize(("price", "gross"), [("6411", 150), ("6389", -165)], ids=["target", "stop"])
def test_a_leg_that_fills_while_the_service_is_dead_is_booked_once_with_every_cost(
    projectx: ProjectX, started: Callable[..., FuturesBot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    price: str, gross: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(service, "COMMAND", (sys.executable, "-c", _ON_MONDAY))
    bot = started()
    protect(bot)
    bot.close()
    with mortal(tmp_path) as run:
        buys(run, 3)
        until(lambda: len(projectx.open()) == 2)  # its stop and its target
    projectx.price(price)
    assert held(projectx) == {}

    for _ in range(3):
        bot = started()
        trade = only_trade(bot, projectx)
        assert (trade.gross, trade.commission) == (gross, 6 * SIDE_COSTS)
        assert trade.net == moved(projectx)
    results = bot.room.services.standing.results_of_bots(account_id(projectx), MONDAY - timedelta(days=1))
    assert sum(results.values()) == moved(projectx)


@pytest.mark.parametrize("fault", ["double-events", "reverse-events", "drop-events"])
def test_whatever_the_hub_does_a_trade_counts_once_with_every_cost(
    projectx: ProjectX, started: Callable[..., FuturesBot], fault: str
) -> None:
    bot = started()
    assert bot.post(signal="BUY", symbol="MES", size=2)["status"] == "done"
    projectx.sim(f"accounts/{projectx.account}/events/{fault}", times=6)
    projectx.price(6404)

    assert bot.post(signal="CLOSE", symbol="MES")["status"] == "done"

    (trade,) = until(lambda: trades(bot))
    assert (trade.gross, trade.commission) == (40, 4 * SIDE_COSTS)
    assert trade.net == moved(projectx)


def test_a_cost_that_is_listed_later_than_its_fill_counts_in_what_the_day_has_won(
    projectx: ProjectX, started: Callable[..., FuturesBot]
) -> None:
    bot = started()
    assert bot.post(signal="BUY", symbol="MES", size=2)["status"] == "done"
    projectx.sim("faults/server-error", path="/api/Trade/search", times=None)
    projectx.price(6404)

    assert bot.post(signal="CLOSE", symbol="MES")["status"] == "done"

    def won() -> Decimal:
        standing = bot.room.services.standing
        return sum(standing.results_of_bots(account_id(projectx), MONDAY - timedelta(days=1)).values(), Decimal(0))

    until(lambda: won() == moved(projectx))


@pytest.mark.parametrize("signal", ["FLAT", "CLOSE"])
def test_what_is_held_and_rests_in_an_old_month_is_closed_by_an_alert(
    projectx: ProjectX, started: Callable[..., FuturesBot], monday: ShiftedClock, signal: str
) -> None:
    bot = started()
    protect(bot)
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
    key = book_key(projectx, month)
    until(lambda: not bot.room.services.ledger.book(key).orders)
    book = bot.room.services.ledger.book(key)
    assert (book.shares, book.drift) == ((), 0)


@pytest.mark.parametrize("signal", ["FLAT", "CLOSE"])
def test_a_kill_between_a_close_in_an_old_month_and_its_answer_closes_once(
    projectx: ProjectX, started: Callable[..., FuturesBot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    signal: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(service, "COMMAND", (sys.executable, "-c", _ON_MONDAY))
    bot = started()
    bought = bot.post(signal="BUY", symbol="MES", size=3)
    bot.close()
    projectx.sim("roll", contract="MES")
    projectx.sim("price", contract=projectx.mes, last="6404")
    projectx.sim("faults/hang-after", path="/api/Position/partialCloseContract", seconds=60)
    with mortal(tmp_path) as run:
        send(run, signal=signal, symbol=bought["instrument"])
        until(lambda: held(projectx) == {})
    projectx.sim("faults/clear")

    bot = started()
    trade = only_trade(bot, projectx)

    assert (trade.gross, trade.commission) == (60, 6 * SIDE_COSTS)
    assert trade.net == moved(projectx)
    assert [row["size"] for row in untagged(projectx)] == [3]
    until(lambda: bot.room.services.ledger.book(book_key(projectx, trade.symbol)).plan is None)
    assert bot.room.services.ledger.book(book_key(projectx, trade.symbol)).drift == 0


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
