"""Test that brokers' keys are asked for, listed without what they are, deleted, and encrypted anew."""

import json
import socket

import pytest
from attrs import evolve
from click.testing import CliRunner

from tests.unit.cli.terminal import Terminal
from tradecore.adapters.memory.key_check import MemoryKeyCheck
from tradecore.adapters.system.keys import new_key
from tradecore.domain.credentials import Credentials, KeyMode
from tradecore.domain.parties import Venue
from tradecore.entrypoints.cli import main
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.keyring import KeyChecks
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.settings import Settings

PAPER = ("PKPAPERPAPERPAPER", "paper-secret-0123456789")
AGAIN = ("PKAGAINAGAINAGAIN", "again-secret-0123456789")
OTHER = ("PKOTHEROTHEROTHER", "other-secret-0123456789")
LIVE = ("AKLIVELIVELIVELIVE", "live-secret-0123456789")
OLD, NEW = new_key(), new_key()


@pytest.fixture
def broker(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal where accounts at Alpaca can be had."""
    venue = MemoryKeyCheck({
        Credentials(key_id=PAPER[0], secret=PAPER[1]): "PA1",
        Credentials(key_id=AGAIN[0], secret=AGAIN[1]): "PA1",
        Credentials(key_id=OTHER[0], secret=OTHER[1]): "PA2",
        Credentials(key_id=LIVE[0], secret=LIVE[1], mode=KeyMode.LIVE): "123",
    })  # fmt: skip
    usual = wiring.beside

    def beside(settings: Settings) -> Room:
        room = usual(settings)
        keyring = evolve(room.services.keyring, checks=KeyChecks({Venue.ALPACA: venue}))
        services = evolve(room.services, keyring=keyring)
        return evolve(room, services=services, reachable=frozenset({Venue.PAPER, Venue.ALPACA}))

    monkeypatch.setattr(wiring, "beside", beside)
    monkeypatch.setenv("ENCRYPTION_KEY", OLD)
    monkeypatch.setenv("TRADECORE_ALPACA_URL", "http://127.0.0.1:9")  # where nobody is
    return terminal


def lines(keys: tuple[str, str]) -> str:
    return f"{keys[0]}\n{keys[1]}\n"


def add(broker: Terminal, *options: str, keys: tuple[str, str] = PAPER, code: int = 0) -> str:
    return broker.run("account", "add", "stocks", "--venue", "alpaca", *options, typed=lines(keys), code=code)


def test_an_account_at_a_broker_is_added_with_keys_that_are_typed_unseen(broker: Terminal) -> None:
    said = add(broker) + broker.run("keys", "list") + broker.run("account", "show", "stocks")

    (listed,) = broker.json("keys", "list")
    assert (listed["mode"], listed["number"], listed["venue"]) == ("paper", "PA1", "alpaca")
    assert "PA1" in said
    assert not any(secret in said for secret in PAPER)


def test_keys_may_come_from_a_pipe(broker: Terminal) -> None:
    added = add(broker, "--keys-stdin", "--json")

    assert json.loads(added)["venue"] == "alpaca"


@pytest.mark.parametrize(
    ("options", "keys", "words"),
    [
        ((), ("PKPAPERPAPERPAPER", "wrong"), "does not know these keys"),
        (("--keys-stdin",), ("PK", "a b"), "without blanks"),
        (("--live",), LIVE, "TRADECORE_LIVE_TRADING"),
    ],
)
def test_keys_that_are_not_taken_add_no_account(
    broker: Terminal, options: tuple[str, ...], keys: tuple[str, str], words: str
) -> None:
    assert words in add(broker, *options, keys=keys, code=1)
    assert [one["name"] for one in broker.json("account", "list")] == ["paper"]


def test_an_account_on_paper_takes_none(broker: Terminal) -> None:
    assert "have no keys" in broker.run("account", "add", "x", "--live", code=1)
    assert "have no keys" in broker.run("keys", "set", "paper", typed=lines(PAPER), code=1)


def test_without_an_encryption_key_it_says_what_to_set(broker: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCRYPTION_KEY")

    assert "tradecore keygen" in add(broker, code=6)


def test_live_keys_are_taken_where_the_installation_says_so(broker: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADECORE_LIVE_TRADING", "yes")
    add(broker, "--live", keys=LIVE)

    assert "live" in broker.run("keys", "list")


def test_keys_are_replaced_and_removed(broker: Terminal) -> None:
    add(broker)

    assert "PA1 with paper keys" in broker.run("keys", "set", "stocks", typed=lines(AGAIN))
    broker.run("keys", "remove", "stocks", typed="n\n", code=1)
    assert [one["number"] for one in broker.json("keys", "list")] == ["PA1"]

    assert "The keys of stocks are deleted." in broker.run("keys", "remove", "stocks", typed="y\n")
    assert "No account has keys" in broker.run("keys", "list")
    assert broker.run("keys", "remove", "stocks") == "stocks has no keys.\n"
    broker.run("keys", "set", "stocks", typed=lines(PAPER))
    assert broker.run("keys", "remove", "stocks", "--yes") == "The keys of stocks are deleted.\n"


def test_the_key_is_rotated_in_steps_and_the_doctor_tells_how_far(
    broker: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(broker)
    monkeypatch.setenv("ENCRYPTION_KEY", f"{NEW},{OLD}")
    assert doctor()["todo"] == "tradecore keys rotate"

    assert "anew: 1. Were so already: 0. Cannot be opened: 0." in broker.run("keys", "rotate")
    assert "anew: 0. Were so already: 1. Cannot be opened: 0." in broker.run("keys", "rotate")

    monkeypatch.setenv("ENCRYPTION_KEY", NEW)
    assert doctor() == {
        "check": "keys", "good": True, "detail": "1 account with keys, which open", "todo": "",
    }  # fmt: skip
    monkeypatch.setenv("ENCRYPTION_KEY", OLD)
    assert "does not hold" in broker.run("keys", "rotate", code=1)
    assert doctor()["good"] is False


def test_the_doctor_asks_all_brokers_at_once_and_says_of_whose_accounts_they_do_not_answer(
    broker: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(broker)
    broker.run("user", "add", "ada", "--password-stdin", typed="correct horse\n")
    add(broker, "--user", "ada", keys=OTHER)
    monkeypatch.setattr("tradecore.entrypoints.cli.findings._BROKERS_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # It takes calls, and answers none.
        monkeypatch.setenv("TRADECORE_ALPACA_URL", f"http://127.0.0.1:{frozen.getsockname()[1]}")
        found = doctor("brokers")

    silent = "alpaca does not answer (it has not answered within 0.5 s)."
    assert found == {
        "check": "brokers", "good": False,
        "detail": f"Accounts demo/stocks, ada/stocks: {silent}",
        "todo": "See whether the venue is up, and its address right; the keys need no change.",
    }  # fmt: skip


def test_the_doctor_shows_a_trader_no_words_of_a_library(broker: Terminal) -> None:
    add(broker)

    said = str(doctor("brokers")["detail"])

    assert said.endswith("Alpaca at http://127.0.0.1:9 cannot be reached: [Errno 111] Connection refused).")


def doctor(check: str = "keys") -> dict[str, object]:
    done = CliRunner().invoke(main, ["doctor", "--json"])
    found: dict[str, object] = next(one for one in json.loads(done.stdout) if one["check"] == check)
    return found
