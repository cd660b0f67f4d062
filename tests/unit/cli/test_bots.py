"""Test what is said of bots when they are added, changed, listed and removed."""

from decimal import Decimal

import pytest

from tests.unit.cli.terminal import Terminal
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument, Kind, Market
from tradecore.domain.parties import Venue
from tradecore.entrypoints.runtime.logs import LOG_NAME


def test_that_a_bot_was_deleted_stands_in_the_log_and_not_among_the_answers(terminal: Terminal) -> None:
    place = terminal.here / "var" / "logs"
    place.mkdir(exist_ok=True)

    said = terminal.run("bot", "remove", "AAPL 15 Min", "--yes")

    assert said == "AAPL 15 Min is removed.\n"
    assert '"event": "bot deleted"' in (place / LOG_NAME).read_text()


def test_an_edit_tells_all_that_it_changed(terminal: Terminal) -> None:
    said = terminal.run(
        "bot", "edit", "AAPL 15 Min", "--units", "1", "--timeframe", "1h", "--daily-loss", "-250", "--stop", "2%",
        "--when-closed", "queue", "--window", "09:30-15:45", "--repeat-window", "1m")  # fmt: skip

    assert said == (
        "AAPL 15 Min: timeframe 15 Min -> 1 Hour; sizing 10 units -> 1 unit; "
        "window none -> 09:30-15:45 America/New_York; duplicate window none -> 60 s; when closed refuse -> queue; "
        "daily loss none -> 250; stop none -> 2 percent.\n"
    )
    assert "AAPL 1 Hour: nothing is changed." in terminal.run("bot", "edit", "AAPL 1 Hour", "--units", "1")


def test_a_copy_takes_another_timeframe_beside_the_first_one(terminal: Terminal) -> None:
    terminal.run("bot", "clone", "AAPL 15 Min", "--name", "copy")

    assert "timeframe 15 Min -> 1 Hour" in terminal.run("bot", "edit", "copy", "--timeframe", "1h")
    terminal.run("bot", "on", "copy")

    assert "already" in terminal.run("bot", "edit", "copy", "--timeframe", "15 Min", code=1)


def test_where_there_are_several_people_the_list_says_whose_each_bot_is(terminal: Terminal) -> None:
    assert "demo" not in terminal.run("bot", "list")
    terminal.run("user", "add", "ada", "--password-stdin", typed="correct horse\n")
    terminal.run("account", "add", "adas", "--user", "ada")
    terminal.run("bot", "add", "--account", "adas", "--symbol", "MSFT", "--timeframe", "1h")

    heads, *rows = terminal.run("bot", "list").splitlines()

    assert heads.split()[:3] == ["bot", "user", "account"]
    assert [row.split()[-1] for row in rows if " ada " in row and row.startswith("MSFT 1 Hour")] != []
    assert sum(" demo " in row for row in rows) == len(rows) - 1


def test_a_symbol_that_its_venue_does_not_list_is_warned_of_as_soon_as_it_has_listed_any(terminal: Terminal) -> None:
    add = ("bot", "add", "--symbol", "MSFTX", "--timeframe")
    assert "Warning" not in terminal.run(*add, "1h")
    room = terminal.room()
    room.services.directory.list_instruments(Venue.PAPER, (_stock("AAPL"),))
    room.store.close()

    warned = terminal.run(*add, "2h")

    assert "Warning: paper lists no MSFTX" in warned
    assert "Added MSFTX 2 Hour" in warned, "a new listing may come"
    assert "Warning" not in terminal.run("bot", "add", "--symbol", "AAPL", "--timeframe", "1h")


def _stock(symbol: str) -> Instrument:
    return Instrument(
        symbol=Symbol(symbol), root=Symbol(symbol), kind=Kind.EQUITY, market=Market.US_EQUITIES,
        tick_size=Decimal("0.01"), tick_value=Decimal("0.01"))  # fmt: skip


@pytest.mark.parametrize("size", ["--risk", "--risk-percent"])
def test_a_size_by_risk_needs_a_stop(terminal: Terminal, size: str) -> None:
    add = ("bot", "add", "--symbol", "MSFT", "--timeframe", "1h", size, "1")

    assert "the bot has no stop: give it one that does not depend on the size" in terminal.run(*add, code=1)
    terminal.run(*add, "--stop", "1%")
    assert "has no stop" in terminal.run("bot", "edit", "MSFT 1 Hour", "--stop", "none", code=1)
