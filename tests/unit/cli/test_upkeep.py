"""Test the commands that keep an installation well: migrate, keygen, doctor, calendar, and what run refuses."""

import base64
import json
import socket

import pytest
from click.testing import CliRunner

from tests.unit.cli.terminal import Terminal
from tradecore.entrypoints.cli import main
from tradecore.entrypoints.runtime import premises
from tradecore.entrypoints.runtime.settings import Settings


def findings(terminal: Terminal, code: int = 0) -> dict[str, dict[str, object]]:
    done = CliRunner().invoke(main, ["doctor", "--json"])
    assert done.exit_code == code, done.output
    return {one["check"]: one for one in json.loads(done.stdout)}


def test_a_key_is_printed_that_the_settings_take(bare: Terminal) -> None:
    key = bare.run("keygen").strip()

    assert len(base64.urlsafe_b64decode(key)) == 32
    assert Settings.read({"ENCRYPTION_KEY": key}).encryption_key == key


def test_a_database_is_made_once_and_again_without_harm(bare: Terminal) -> None:
    assert "There is no database" in bare.run("user", "list", code=6)

    bare.run("migrate")
    bare.run("migrate")

    assert "There is no user yet" in bare.run("user", "list")
    assert bare.json("bot", "list") == []


def test_what_a_command_makes_is_its_owners_alone(bare: Terminal) -> None:
    (bare.here / "var").mkdir(mode=0o755)

    bare.run("migrate")

    assert (bare.here / "var" / "tradecore.db").stat().st_mode & 0o077 == 0


def test_the_folder_can_be_named_on_the_command_line(bare: Terminal) -> None:
    bare.run("--folder", "elsewhere", "migrate")

    assert (bare.here / "elsewhere" / "tradecore.db").exists()
    assert not (bare.here / "var").exists()


@pytest.mark.parametrize("command", [("run",), ("web",), ("migrate",), ("user", "list"), ("explain", "x")])
def test_wrong_settings_stop_every_command_by_name(
    command: tuple[str, ...], terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TV_PORT", "x")

    assert "TV_PORT must be" in terminal.run(*command, code=5)


def test_run_is_refused_where_another_one_runs(terminal: Terminal) -> None:
    lock = premises.lock(Settings(folder=terminal.here / "var"))

    said = terminal.run("run", "--port", "0", code=3)
    lock.release()

    assert "Another tradecore (process" in said
    assert not (terminal.here / "var" / "logs").exists()


def test_run_is_refused_where_the_port_is_taken(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = terminal.run("run", "--port", str(port), code=4)

    assert f"Port {port} is in use" in said


def test_run_is_refused_where_the_file_of_the_first_run_is_damaged(terminal: Terminal) -> None:
    (terminal.here / "var" / "first-run.json").write_text("{")

    assert "first-run.json cannot be read" in terminal.run("run", "--port", "0", code=6)


@pytest.mark.parametrize("command", [("web", "--port", "0"), ("worker",)])
def test_web_and_workers_of_their_own_need_a_database_for_many(command: tuple[str, ...], bare: Terminal) -> None:
    assert "need PostgreSQL" in bare.run(*command, code=6)

    assert list(bare.here.iterdir()) == []


def test_a_database_that_is_none_is_said_so(bare: Terminal) -> None:
    (bare.here / "var").mkdir()
    (bare.here / "var" / "tradecore.db").write_text("this is no database " * 100)

    assert "no SQLite database" in bare.run("user", "list", code=6)


def test_all_is_well_in_an_empty_folder_and_in_a_furnished_one(bare: Terminal, terminal: Terminal) -> None:
    found = findings(terminal)

    assert all(one["good"] for one in found.values()), found
    assert list(found) == [
        "python", "settings", "folder", "disk", "engine", "database", "keys", "exchange", "port",
        "calendar us-equities", "calendar cme-futures", "money", "brokers", "books",
    ]  # fmt: skip
    assert str(found["database"]["detail"]).endswith("1 user")
    assert terminal.run("doctor").count("ok   ") == len(found)


def test_the_doctor_changes_nothing(bare: Terminal) -> None:
    bare.run("doctor")

    assert list(bare.here.iterdir()) == []


def test_the_doctor_names_what_is_wrong_and_what_to_do(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    (terminal.here / "var" / "tradecore.db").write_text("this is no database " * 100)
    monkeypatch.setenv("WEBHOOK_SECRET", "short")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("TV_PORT", str(taken.getsockname()[1]))
        found = findings(terminal, code=1)
        said = terminal.run("doctor", code=1)

    bad = {name for name, one in found.items() if not one["good"]}
    assert bad == {"settings", "database", "keys", "port", "money"}
    assert all(found[name]["todo"] for name in bad)
    assert said.count("FAIL") == 5
    assert "away, or put a backup in its place" in str(found["database"]["todo"])


def test_a_lock_that_cannot_be_opened_is_not_taken_for_a_tradecore_that_runs(terminal: Terminal) -> None:
    # As in a folder that may only be read; that itself says nothing to an administrator of the machine.
    (terminal.here / "var" / "tradecore.lock").unlink(missing_ok=True)
    (terminal.here / "var" / "tradecore.lock").mkdir()

    found = findings(terminal, code=1)

    assert "runs on this folder" not in str(found["engine"]["detail"])
    assert "cannot be opened" in str(found["engine"]["detail"])
    assert "cannot be opened" in terminal.run("run", "--port", "0", code=6)


def test_the_doctor_goes_on_where_settings_are_wrong(bare: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "loud")

    found = findings(bare, code=1)

    assert "LOG_LEVEL" in str(found["settings"]["detail"])
    assert found["disk"]["good"]


def test_the_doctor_knows_who_runs(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = premises.lock(Settings(folder=terminal.here / "var"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("TV_PORT", str(taken.getsockname()[1]))
        found = findings(terminal)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    monkeypatch.setenv("TV_PORT", port)
    elsewhere = findings(terminal)
    lock.release()
    idle = findings(terminal)

    assert "runs on this folder" in str(found["engine"]["detail"])
    assert "taken, probably by the tradecore that runs" in str(found["port"]["detail"])
    assert str(elsewhere["port"]["detail"]).endswith("is free: a tradecore runs, but not at this port of this machine")
    assert str(idle["port"]["detail"]).endswith("is free: no tradecore runs here")
    assert elsewhere["exchange"]["detail"] == "inside the service, which runs"
    assert idle["exchange"]["detail"] == "inside the service, which does not run now"


def test_the_calendar_shows_holidays_and_early_closes(bare: Terminal) -> None:
    said = bare.run("calendar", "us-equities", "--from", "2026-11-25", "--to", "2026-11-28")
    days = bare.json("calendar", "us-equities", "--from", "2026-11-25", "--to", "2026-11-28")

    lines = [line.split() for line in said.splitlines()[1:]]
    assert [line[:2] for line in lines] == [
        ["Wed", "2026-11-25"], ["Thu", "2026-11-26"], ["Fri", "2026-11-27"], ["Sat", "2026-11-28"],
    ]  # fmt: skip
    assert lines[1][2:] == ["-", "-", "closed"]
    assert "early" in said
    assert (days[2]["closes"], days[1]["opens"]) == ("2026-11-27T18:00:00Z", None)


def test_the_calendar_begins_today_and_always_markets_never_close(bare: Terminal) -> None:
    assert len(bare.json("calendar", "always")) == 15
    assert "closed" in bare.run("calendar", "cme-futures")


def test_days_that_nobody_knows_or_that_run_backwards_are_refused(bare: Terminal) -> None:
    assert "known from" in bare.run("calendar", "us-equities", "--from", "1999-01-01", "--to", "1999-01-02", code=6)
    bare.run("calendar", "us-equities", "--from", "2026-02-01", "--to", "2026-01-01", code=2)


def test_the_doctor_asks_the_exchange_that_is_shared(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADECORE_PAPER_URL", "http://127.0.0.1:9")

    said = terminal.run("doctor", code=1)

    assert "exchange" in said
    assert "tradecore venue paper" in said
