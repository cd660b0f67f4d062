"""Test that users, accounts, bots and tokens can be added, listed, changed and taken away."""

from datetime import timedelta

import pytest
from attrs import evolve

from tests.unit.cli.terminal import Terminal
from tradecore.domain.parties import Role, User
from tradecore.domain.people import Registration
from tradecore.entrypoints.runtime.people import Admitted
from tradecore.entrypoints.runtime.tokens import hash_of

PASSWORD = "correct horse"  # made up


def test_a_user_is_added_with_a_password_that_is_typed_twice(terminal: Terminal) -> None:
    terminal.run("user", "add", "ada", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert [(one["name"], one["role"]) for one in terminal.json("user", "list")] == [
        ("demo", "admin"), ("ada", "trader"),
    ]  # fmt: skip
    room = terminal.room()
    hashed = room.services.directory.users()[1].password_hash
    assert room.passwords.match(PASSWORD, hashed)
    room.store.close()


def test_a_user_who_is_there_a_short_password_and_an_unknown_name_are_refused(terminal: Terminal) -> None:
    assert "already" in terminal.run("user", "add", "DEMO", typed=f"{PASSWORD}\n{PASSWORD}\n", code=1)
    assert "10 to 500 characters" in terminal.run("user", "add", "ada", "--password-stdin", typed="short\n", code=1)
    assert "There is no user 'bob'. There is demo." in terminal.run("user", "off", "bob", code=1)
    assert "1 to 60" in terminal.run("user", "add", "x" * 61, "--password-stdin", typed=f"{PASSWORD}\n", code=1)


def test_a_user_is_switched_off_and_on_and_gets_a_new_password(terminal: Terminal) -> None:
    terminal.run("user", "password", "demo", "--password-stdin", typed=f"{PASSWORD}\n")
    terminal.run("user", "add", "ada", "--admin", "--password-stdin", typed=f"{PASSWORD}\n")
    terminal.run("user", "off", "demo")
    assert terminal.json("user", "list")[0]["active"] is False
    assert "last administrator" in terminal.run("user", "off", "ada", code=1)

    terminal.run("user", "on", "demo")

    assert "admin" in terminal.run("user", "list")


def test_a_person_is_invited_or_chooses_another_password_by_what_is_shown_once(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "TRADECORE_REGISTRATION" in terminal.run("user", "invite", code=1)
    monkeypatch.setenv("TRADECORE_REGISTRATION", "invitation")
    invitation = terminal.run("user", "invite", "--admin", "--life", "2d").split()[0]
    reset = terminal.run("user", "reset", "demo").split()[0]

    room = terminal.room()
    people = evolve(room.services.people, registration=Registration.INVITATION)
    made = people.register("cleo", PASSWORD, invitation)
    changed = people.reset(reset, "another horse entirely")
    signed_in = people.sign_in("demo", "another horse entirely", "here")
    room.store.close()

    assert isinstance(made, User)
    assert (made.role, isinstance(changed, User)) == (Role.ADMIN, True)
    assert isinstance(signed_in, Admitted)
    assert signed_in.sign_in.ends_at - signed_in.sign_in.at == timedelta(days=7)


@pytest.mark.parametrize(
    ("command", "typed"),
    [("sign-out", ""), ("off", ""), ("password", f"{PASSWORD}\n{PASSWORD}\n")],
)
def test_a_person_is_signed_out_everywhere(terminal: Terminal, command: str, typed: str) -> None:
    terminal.run("user", "add", "ada", typed=f"{PASSWORD}\n{PASSWORD}\n")
    room = terminal.room()
    admitted = room.services.people.sign_in("ada", PASSWORD, "here")
    assert isinstance(admitted, Admitted)
    assert room.services.people.signed_in(admitted.text) is not None

    said = terminal.run("user", command, "ada", typed=typed)

    if command == "sign-out":
        assert said == "ada was signed in at 1 place, and is at none.\n"
    assert room.services.people.access.sign_ins(admitted.user.id) == ()
    room.store.close()


def test_the_last_administrator_stays(terminal: Terminal) -> None:
    terminal.run("user", "add", "ada", "--password-stdin", typed=f"{PASSWORD}\n")

    assert "demo is the last administrator" in terminal.run("user", "off", "demo", code=1)
    terminal.run("user", "off", "ada")

    assert [one["active"] for one in terminal.json("user", "list")] == [True, False]


def test_an_account_is_added_with_limits_changed_shown_and_switched(terminal: Terminal) -> None:
    added = terminal.json("account", "add", "second", "--daily-loss", "-500", "--positions-max", "3")
    assert (added["limits"]["daily_loss"], added["limits"]["positions_max"]) == ("500", 3)

    terminal.run("account", "edit", "second", "--daily-loss", "0", "--losing-streak", "4")
    terminal.run("account", "off", "second")
    shown = terminal.json("account", "show", "second")
    terminal.run("account", "on", "second")

    assert (shown["account"]["limits"]["daily_loss"], shown["account"]["limits"]["losing_streak"]) == (None, 4)
    assert shown["account"]["active"] is False
    assert shown["books"] == []
    assert "losing streak: 4" in terminal.run("account", "show", "second")
    assert terminal.json("account", "show", "second")["account"]["streak_from"] is not None


def test_an_accounts_stop_and_target_are_those_of_bots_that_name_none(terminal: Terminal) -> None:
    added = terminal.json("account", "add", "second", "--stop", "$50/position", "--stop-min", "24 ticks")
    assert added["protection"]["stop"] == {"amount": "50", "unit": "position_dollars"}

    said = terminal.run("account", "edit", "second", "--target", "100 dollars per position", "--daily-loss", "300")
    kept = terminal.json("account", "show", "second")["account"]["protection"]
    risky = ("bot", "add", "--account", "second", "--symbol", "MSFT", "--timeframe", "1h", "--risk", "5")

    assert "stop 50 dollars per position, target 100 dollars per position, stop not within 24 ticks" in said
    assert (kept["stop"]["amount"], kept["target"]["amount"]) == ("50", "100")
    assert "does not depend on the size" in terminal.run(*risky, code=1)
    terminal.run("account", "edit", "second", "--stop", "2%", "--stop-min", "none", "--target", "none")
    assert "for bots that name none: stop 2 percent" in terminal.run("account", "show", "second")
    terminal.run(*risky)
    assert "depends" not in terminal.run("account", "edit", "second", "--stop", "none")
    assert "for bots" not in terminal.run("account", "show", "second")


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--stop", "5% a position", "only dollars are counted for a whole position"),
        ("--stop-min", "5 ticks", "smallest stop distance goes with"),
    ],
)
def test_a_template_that_makes_no_sense_is_refused(terminal: Terminal, option: str, value: str, said: str) -> None:
    assert said in terminal.run("account", "edit", "paper", option, value, code=2 if option == "--stop" else 1)


def test_an_account_elsewhere_or_with_a_name_that_is_taken_is_refused(terminal: Terminal) -> None:
    said = terminal.run("account", "add", "x", "--venue", "projectx", code=1)
    assert "Accounts at ProjectX are made from .env: set ACCOUNT_<NAME> to the number" in said
    assert "already" in terminal.run("account", "add", "Paper", code=1)


def test_drift_can_be_adopted_only_where_there_is_any(terminal: Terminal) -> None:
    assert "Nothing is in question" in terminal.run("drift", "assign", "paper", "AAPL", code=1)


def test_a_stop_that_protects_nothing_is_refused_by_its_option(terminal: Terminal) -> None:
    new = ("bot", "add", "--symbol", "MSFT", "--timeframe", "1h", "--target", "200%")

    assert "'--stop': a stop 200 % away protects nothing" in terminal.run(*new, "--stop", "200%", code=2)
    assert "MSFT" not in terminal.run("bot", "list")

    assert "MSFT" in terminal.run(*new, "--stop", "99%")
    assert "protects nothing" in terminal.run("bot", "edit", "MSFT 1 Hour", "--stop", "100%", code=2)


def test_a_bot_is_added_changed_switched_and_removed(terminal: Terminal) -> None:
    added = terminal.json(
        "bot", "add", "--symbol", "nasdaq:msft", "--timeframe", "1h", "--risk", "100", "--stop", "1.5%", "--target",
        "$4", "--max-age", "90s", "--window", "09:30-15:45 America/New_York", "--mode", "target")  # fmt: skip
    assert (added["symbol"], added["timeframe"], added["mode"]) == ("MSFT", "1 Hour", "target")
    assert added["sizing"] == {"kind": "risk_dollars", "amount": "100"}
    assert added["protection"]["stop"] == {"amount": "1.5", "unit": "percent"}
    assert added["limits"]["alert_age_max"] == 90
    assert added["window"]["opens"] == "09:30:00"

    terminal.run("bot", "edit", "MSFT 1 Hour", "--units", "7", "--stop", "20 ticks", "--window", "none")
    terminal.run("bot", "off", "msft 1 hour")
    changed = next(one for one in terminal.json("bot", "list") if one["symbol"] == "MSFT")
    assert changed["sizing"] == {"kind": "units", "amount": "7"}
    assert changed["protection"]["stop"]["unit"] == "ticks"
    assert changed["protection"]["target"]["amount"] == "4"
    assert (changed["window"], changed["active"], changed["limits"]["alert_age_max"]) == (None, False, 90)

    terminal.run("bot", "on", "MSFT 1 Hour")
    terminal.run("bot", "remove", "MSFT 1 Hour", typed="n\n", code=1)
    terminal.run("bot", "remove", "MSFT 1 Hour", typed="y\n")
    assert "MSFT" not in terminal.run("bot", "list", "--account", "paper")


def test_a_bot_is_copied_switched_off_and_listed_with_where_it_stands(terminal: Terminal) -> None:
    terminal.run("bot", "edit", "AAPL 15 Min", "--when-closed", "queue", "--max-age", "60s")

    said = terminal.run("bot", "clone", "AAPL 15 Min", "--name", "copy")

    assert "switched off" in said
    old, new = (
        next(one for one in terminal.json("bot", "list") if one["label"] == label) for label in ("AAPL 15 Min", "copy")
    )
    assert (old["active"], new["active"], new["when_closed"]) == (True, False, "queue")
    assert (new["limits"], new["sizing"]) == (old["limits"], old["sizing"])
    assert (old["state"]["status"], new["state"]["status"], old["totals"]["trades"]) == ("READY", "DISABLED", 0)
    assert "READY" in terminal.run("bot", "list")
    assert "trades AAPL 15 Min already" in terminal.run("bot", "on", "copy", code=1)


def test_a_copy_with_a_name_of_its_own_leaves_the_first_one_its_name(terminal: Terminal) -> None:
    terminal.run("bot", "clone", "AAPL 15 Min", "--name", "m2")

    assert "AAPL 15 Min is removed" in terminal.run("bot", "remove", "AAPL 15 Min", "--yes")
    assert "m2 is removed" in terminal.run("bot", "remove", "aapl 15 min", "--yes")


def test_only_where_two_bots_show_the_same_name_their_ids_are_asked_for(terminal: Terminal) -> None:
    terminal.run("bot", "clone", "AAPL 15 Min")
    ids = [one["bot_id"] for one in terminal.json("bot", "list") if one["label"] == "AAPL 15 Min"]

    said = terminal.run("bot", "off", "AAPL 15 Min", code=1)

    assert len(ids) == 2
    assert all(one in said for one in ids)
    assert "Say which" in said
    terminal.run("bot", "remove", ids[1], "--yes")
    assert [one["bot_id"] for one in terminal.json("bot", "list") if one["label"] == "AAPL 15 Min"] == ids[:1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--units", "1", "--risk-percent", "2"), "--units and --risk-percent both say how much"),
        (("--units", "0"), "must be above zero"), (("--stop", "5"), "write 1.5%, 20 ticks"),
        (("--stop", "0%"), "above zero"), (("--max-age", "soon"), "write 30s"), (("--window", "noon"), "09:30-15:45"),
        (("--window", "09:30-16:00 Mars/Base"), "Mars"), (("--percent", "NaN"), "not a number"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_reason(
    options: tuple[str, ...], words: str, terminal: Terminal
) -> None:
    said = terminal.run("bot", "add", "--symbol", "MSFT", "--timeframe", "1h", *options, code=2)

    assert words in " ".join(said.split())


def test_two_bots_on_one_symbol_and_timeframe_are_refused(terminal: Terminal) -> None:
    assert "already" in terminal.run("bot", "add", "--symbol", "AAPL", "--timeframe", "15", code=1)
    assert "15M" in terminal.run("bot", "add", "--symbol", "AAPL", "--timeframe", "15M", code=2)


def test_where_there_are_two_accounts_a_bots_must_be_named(terminal: Terminal) -> None:
    terminal.run("account", "add", "second")

    said = terminal.run("bot", "add", "--symbol", "MSFT", "--timeframe", "1h", code=1)

    assert "--account with one of paper, second" in said


def test_a_token_is_shown_once_narrowed_and_revoked(terminal: Terminal) -> None:
    made = terminal.json(
        "token", "new", "--account", "paper", "--symbol", "AAPL", "--signal", "buy", "--signal", "FLAT", "--expires",
        "30d", "--name", "chart")  # fmt: skip
    assert made["token"].startswith("usr_")

    listed = next(one for one in terminal.json("token", "list") if one["token_id"] == made["token_id"])
    assert (listed["symbols"], listed["signals"], listed["good"]) == (["AAPL"], ["BUY", "FLAT"], True)
    assert made["token"] not in terminal.run("token", "list")
    room = terminal.room()
    assert room.services.directory.token(hash_of(made["token"])) is not None
    room.store.close()

    terminal.run("token", "revoke", made["token_id"].lower())
    terminal.run("token", "revoke", made["token_id"])
    assert "ENDED" in terminal.run("token", "list", "--user", "demo")


def test_a_token_is_rotated_and_the_old_one_stays_good_for_a_while(terminal: Terminal) -> None:
    # The API's word for alerts does here, too.
    old = terminal.json("token", "new", "--for", "submit", "--account", "paper", "--signal", "buy", "--name", "chart")
    new = terminal.json("token", "rotate", old["token_id"].lower(), "--overlap", "2h")
    listed = {one["token_id"]: one for one in terminal.json("token", "list")}

    assert new["token"].startswith("usr_")
    assert new["power"] == "alerts"
    assert new["token"] != old["token"]
    assert (listed[new["token_id"]]["signals"], listed[new["token_id"]]["name"]) == (["BUY"], "chart")
    assert listed[old["token_id"]]["replaced_by"] == new["token_id"]
    assert all(listed[one["token_id"]]["good"] for one in (old, new))
    assert "rotated already" in terminal.run("token", "rotate", old["token_id"], code=1)
    said = terminal.run("token", "rotate", new["token_id"])
    assert "/webhook?token=usr_" in said
    assert "The old one is good until" in said
    assert "rotated" in terminal.run("token", "list")


def test_tokens_that_make_no_sense_are_refused(terminal: Terminal) -> None:
    assert "There is no token" in terminal.run("token", "revoke", "nothing", code=1)
    assert "There is no bot" in terminal.run("token", "new", "--bot", "MSFT 1 Hour", code=1)
    assert "write 30s" in terminal.run("token", "new", "--expires", "soon", code=2)


def test_a_token_for_people_says_where_it_goes(terminal: Terminal) -> None:
    said = terminal.run("token", "new")

    assert "/webhook?token=usr_" in said
    assert terminal.run("token", "new", "--for", "api", "--expires", "2030-01-31").startswith("api_")
