"""Test that everything can be named on the command line, whatever others call theirs."""

import re
import shlex
from pathlib import Path

import pytest

from tests.unit.cli.terminal import Terminal
from tradecore.domain.parties import Halt


@pytest.fixture
def shared(terminal: Terminal) -> Terminal:
    """Return a terminal where demo and ada have an account `paper` each, and a bot `AAPL 15 Min` in it."""
    terminal.run("user", "add", "ada", "--password-stdin", typed="correct horse\n")
    terminal.run("account", "add", "paper", "--user", "ada")
    terminal.run("bot", "add", "--account", "ada/paper", "--symbol", "AAPL", "--timeframe", "15 Min")
    return terminal


def halted(terminal: Terminal) -> Halt:
    room = terminal.room()
    (halt,) = room.services.directory.halts()
    room.store.close()
    return halt


def name_of(terminal: Terminal, user_id: str | None) -> str:
    return str(next(one["name"] for one in terminal.json("user", "list") if one["user_id"] == user_id))


@pytest.mark.parametrize("command", [("halt",), ("flatten",)])
def test_an_account_that_two_people_call_the_same_is_named_with_its_user(
    shared: Terminal, command: tuple[str, ...]
) -> None:
    said = shared.run(*command, "--account", "paper", "--yes", code=1)

    assert said == "More than one account is called 'paper'. Say which: demo/paper, ada/paper.\n"
    shared.run(*command, "--account", "DEMO/paper", "--yes")
    if command == ("halt",):
        assert name_of(shared, halted(shared).user_id) == "demo"
        assert "account demo/paper" in shared.run("halt")


def test_bots_that_are_called_the_same_are_named_with_their_account_or_user(shared: Terminal) -> None:
    shared.run("account", "add", "second")
    shared.run("bot", "add", "--account", "second", "--symbol", "AAPL", "--timeframe", "15 Min")

    said = shared.run("halt", "--bot", "AAPL 15 Min", "--yes", code=1)
    names = ('"demo/paper/AAPL 15 Min"', '"second/AAPL 15 Min"', '"ada/paper/AAPL 15 Min"')
    assert all(name in said for name in names), said
    assert "demo/second" not in said
    assert "More than one bot" in shared.run("halt", "--bot", "paper/AAPL 15 Min", "--yes", code=1)

    shared.run("halt", "--bot", "ada/paper/AAPL 15 Min", typed="ada/paper/AAPL 15 Min\n")

    assert name_of(shared, halted(shared).user_id) == "ada"


def test_whatever_others_call_theirs_a_full_name_and_an_id_stay_what_they_are(shared: Terminal) -> None:
    room = shared.room()
    mine = next(one for one in room.services.directory.accounts() if name_of(shared, one.user_id) == "demo")
    room.store.close()
    shared.run("account", "add", "demo/paper", "--user", "ada")
    shared.run("account", "add", mine.id, "--user", "ada")

    shared.run("halt", "--account", "demo/paper", "--yes")
    assert halted(shared).account_id == mine.id
    shared.run("resume", "--account", mine.id, "--yes")
    assert shared.json("halt") == []


def test_the_page_of_the_bots_can_be_typed_word_by_word_where_two_accounts_have_bots_of_the_same_name(
    terminal: Terminal,
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "bots.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
             for line in block.splitlines()]  # fmt: skip
    terminal.run("account", "add", "stocks")
    for timeframe in ("15 Min", "30 Min"):
        terminal.run("bot", "add", "--account", "stocks", "--symbol", "AAPL", "--timeframe", timeframe)

    for line in lines:
        name, *arguments = shlex.split(line)
        assert name == "tradecore"
        terminal.run(*arguments, typed="y\n")

    assert len(lines) > 7
    left = [one["label"] for one in terminal.json("bot", "list", "--account", "stocks")]
    assert left == ["AAPL 15 Min", "AAPL 30 Min"]
