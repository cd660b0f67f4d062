"""Hold the doors to what once would have lost money: each test is a way that was found, and closed."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic

from tests.builders import KEY, MONDAY, USER, an_alert
from tests.office import ADAS, Office
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.domain.errors import UnreachableError
from tradecore.domain.events import AlertArrived
from tradecore.domain.records import Delivery

BOT = "/api/v1/bots/ada-aapl-15"


def _with_an_entry_that_nobody_knows_of() -> Office:
    office = Office()
    office.exchange.faults(ADAS).lose_answers()
    office.exchange.faults(ADAS).hide_new_orders()
    office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"})
    while office.engine_step():
        pass
    return office


def test_a_bot_whose_entry_is_unknown_is_neither_deleted_nor_moved() -> None:
    office = _with_an_entry_that_nobody_knows_of()

    deleted = office.ask(BOT, method="DELETE")
    moved = office.ask(BOT, method="PATCH", json={"symbol": "MES"})

    assert (deleted.status_code, moved.status_code) == (409, 409)


def test_a_bot_whose_entry_is_unknown_can_be_closed() -> None:
    office = _with_an_entry_that_nobody_knows_of()

    asked = office.ask(BOT + "/close", method="POST", json={"reason": "panic"})
    office.exchange.faults(ADAS).show_orders()
    office.work()

    assert asked.status_code == 202


def test_a_bot_that_wants_every_repeat_gets_every_repeat() -> None:
    office = Office()
    office.bot("ada-aapl-15", duplicate_window=timedelta(0))
    body = {"action": "buy", "symbol": "AAPL", "timeframe": "15 Min", "timenow": "2026-11-23T15:00:00Z"}

    office.send(body)
    office.clock.advance(1)

    assert office.send(body).status_code == 202


def test_every_door_is_told_within_three_seconds_that_nothing_can_be_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/locked.sqlite"
    migrate(url)
    store = SqlStore(url)
    holder = sqlite3.connect(tmp_path / "locked.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    def accept(number: int) -> float:
        alert = an_alert(name=f"A{number}")
        delivery = Delivery(
            arrived=AlertArrived(alert=alert), key=KEY, user_id=USER, account_id=None, token_id=None, body="",
            identity=alert.id, window=None,
        )  # fmt: skip
        began = monotonic()
        try:
            store.inbox.accept(delivery, MONDAY)
        except UnreachableError:
            return monotonic() - began
        raise AssertionError("it was written beside a lock")

    with ThreadPoolExecutor(8) as doors:
        waits = list(doors.map(accept, range(8)))
    holder.close()
    store.close()

    assert max(waits) < 3
