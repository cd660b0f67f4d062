"""Test that the past is judged again from a terminal: the same, by other limits, and where it was tampered with."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import pytest
from click.testing import CliRunner

from tests.rooms import Demo
from tests.unit.cli.terminal import Terminal
from tradecore.domain.ids import AlertId
from tradecore.domain.signals import Signal
from tradecore.entrypoints.cli import main, replaying
from tradecore.entrypoints.cli.showing import watched
from tradecore.entrypoints.runtime.first_run import FILE_NAME, read


@pytest.fixture
def traded(terminal: Terminal) -> Iterator[AlertId]:
    """Let the demo's first bot buy, close, and buy again, beside the terminal; return the last alert."""
    room, welcome = terminal.room(), read(terminal.here / "var" / FILE_NAME)
    assert welcome is not None
    demo = Demo(room=room, welcome=welcome)  # type: ignore[arg-type] # a room on disk does here, too
    assert room.venues.open_all() == ()
    room.tick()
    last = AlertId("")
    for signal in (Signal.BUY, Signal.CLOSE, Signal.BUY):
        last = demo.hand_over(signal)
        while room.services.engine.step():
            pass
    yield last
    room.venues.close()
    room.store.close()


def change(terminal: Terminal, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(terminal.here / "var" / "tradecore.db")) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


def summary(terminal: Terminal, *arguments: str, code: int = 0) -> str:
    return terminal.run("replay", *arguments, code=code).splitlines()[-1]


def test_what_was_judged_is_judged_the_same_again(
    terminal: Terminal, traded: AlertId, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = terminal.json("replay")
    monkeypatch.setattr(replaying, "_PAGE_ROWS", 2)

    assert whole["judged"] > 5
    assert (whole["same"], whole["findings"]) == (whole["judged"], [])
    assert terminal.run("replay") == f"Judged {whole['judged']} again: {whole['judged']} the same, 0 different.\n"


def test_other_limits_are_answered_in_words(terminal: Terminal, traded: AlertId) -> None:
    told = terminal.run("replay", "--limit", "bot.position_max=4", "--alert", "last")

    assert f"UTC  paper AAPL  the alert came: BUY AAPL [{traded}]\n" in told
    assert "  then: entry: buy 10 AAPL market" in told
    assert "  now:  entry: buy 4 AAPL market" in told
    assert told.splitlines()[-1].endswith(", 1 different.")


def test_what_nobody_looked_up_then_is_counted_apart(terminal: Terminal, traded: AlertId) -> None:
    told = terminal.run("replay", "--limit", "losing-streak=1")

    assert "unless losing_streak was reached: no such limit was in force, so nobody looked" in told
    assert ", 0 different.\n" in told
    assert told.splitlines()[-1].startswith("Uncertain, because no such limit was in force")


def test_a_difference_without_other_limits_ends_with_1(terminal: Terminal, traded: AlertId) -> None:
    change(
        terminal,
        """UPDATE judgements SET decision = replace(decision, '"quantity":"10"', '"quantity":"11"')
        WHERE plan_id = ? AND decision LIKE '%"kind":"Submit"%'""",
        traded,
    )

    told = terminal.run("replay", "--alert", traded, code=1)

    assert "  then: entry: buy 11 AAPL market" in told
    assert "  now:  entry: buy 10 AAPL market" in told
    assert summary(terminal, code=1).endswith(", 1 different.")
    assert terminal.run("replay", "--limit", "daily_loss=0")


def test_a_row_that_cannot_be_read_is_named_and_hides_no_other(terminal: Terminal, traded: AlertId) -> None:
    change(terminal, "UPDATE judgements SET facts = '{' WHERE seq = (SELECT min(seq) FROM judgements)")

    document = json_with_code(terminal, 1)

    (finding,) = document["findings"]
    assert (finding["kind"], finding["then"], document["unreadable"]) == ("unreadable", [], 1)
    assert "what is stored is no Facts" in finding["what"]
    assert document["same"] == document["judged"] > 5
    told = terminal.run("replay", code=1)
    assert f"event {finding['event_id']}" in told
    assert told.splitlines()[-1] == "Not judged, because this version cannot read it: 1."


def json_with_code(terminal: Terminal, code: int) -> Any:
    done = CliRunner().invoke(main, ["replay", "--json"])
    assert done.exit_code == code
    return json.loads(done.stdout)


def test_a_span_is_half_open_and_narrowed_to_accounts_and_bots(terminal: Terminal, traded: AlertId) -> None:
    everything = terminal.json("replay")["judged"]

    assert terminal.json("replay", "--from", "2020-01-01", "--account", "paper")["judged"] == everything
    assert terminal.json("replay", "--bot", "AAPL 15 Min")["judged"] == everything
    assert terminal.json("replay", "--bot", "MES 5 Min")["judged"] == 0
    assert terminal.json("replay", "--to", "2020-01-01T12:00+02:00")["judged"] == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--from", "tomorrow"), 2, "write 2026-11-23 or 2026-11-23T14:30, in UTC, not 'tomorrow'"),
        (("--from", "2020-01-02", "--to", "2020-01-01"), 2, "--from 2020-01-02 00:00:00 is not before --to 2020"),
        (("--limit", "dayly_loss=5"), 2, "there is no limit 'dayly_loss'; there is daily_loss, daily_profit"),
        (("--limit", "daily_loss"), 2, "write NAME=VALUE, such as daily_loss=200"),
        (("--alert", "nothing"), 1, "There is no alert nothing."),
        (("--bot", "nobody"), 1, "There is no bot 'nobody'."),
        (("--account", "nowhere"), 1, "There is no account 'nowhere'."),
    ],
)
def test_what_makes_no_sense_is_said_so(terminal: Terminal, arguments: tuple[str, ...], code: int, said: str) -> None:
    assert said in terminal.run("replay", *arguments, code=code)


def test_a_folder_without_a_database_is_said_so(bare: Terminal) -> None:
    assert "tradecore run" in bare.run("replay", code=6)


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_is_counted_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream, told in ((Screen(), "3 rows"), (StringIO(), "")):
        monkeypatch.setattr("sys.stderr", stream)

        assert list(watched("abc", "rows")) == ["a", "b", "c"]

        assert told in stream.getvalue()
        assert bool(told) is bool(stream.getvalue())
