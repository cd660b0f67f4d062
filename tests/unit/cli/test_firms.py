"""Put a prop firm's rules on an account, and change each of them."""

import pytest

from tests.unit.cli.terminal import Terminal
from tradecore.domain.firms import PRESETS


def limits(terminal: Terminal) -> dict[str, object]:
    found: dict[str, object] = terminal.json("account", "show", "paper")["account"]["limits"]
    return found


def test_the_help_lists_every_preset(terminal: Terminal) -> None:
    told = "".join(terminal.run("account", "preset", "--help").split())

    assert [name for name in PRESETS if name not in told] == []


def test_a_dry_run_says_what_would_be_set_from_when_it_is_and_sets_nothing(terminal: Terminal) -> None:
    before = limits(terminal)

    told = terminal.run("account", "preset", "topstepx-combine-50k", "--account", "paper", "--dry-run")

    assert "would be set on paper" in told
    assert "profit target: 3000 (was none)" in told
    assert "drawdown: 2000 below the highest end of day, from 50000 on, no higher than 50000" in told
    assert "get flat: 15:07 America/Chicago" in told
    assert "As of 2026-09-01" in told
    assert "Firms change their rules" in told
    assert limits(terminal) == before


def test_a_preset_is_set_and_every_value_changed_afterwards(terminal: Terminal) -> None:
    terminal.run("account", "preset", "topstepx-express-50k", "--account", "paper")

    terminal.run(
        "account", "edit", "paper", "--paid-out", "--max-loss", "1800", "--contracts-max", "4", "--scaling",
        "0=1,1000=4", "--contract-weight", "sil=0.2", "--daily-loss", "700", "--profit-target", "500",
        "--consistency", "40", "--get-flat", "15:05", "--max-loss-form", "intraday",
    )  # fmt: skip

    found = terminal.json("account", "show", "paper")["account"]
    assert found["limits"]["drawdown"] == {
        "amount": "1800", "start": "0", "form": "intraday", "stops_at": "0", "paid_out": True}  # fmt: skip
    assert found["limits"]["contracts"] == {
        "minis": "4", "weights": [{"root": "SIL", "minis": "0.2"}],
        "scaling": [{"profit": "0", "minis": "1"}, {"profit": "1000", "minis": "4"}]}  # fmt: skip
    assert (found["limits"]["daily_loss"], found["limits"]["profit_target"]) == ("700", "500")
    assert (found["limits"]["consistency_percent"], found["get_flat"]["at"]) == ("40", "15:05:00")


def test_each_is_taken_away_again(terminal: Terminal) -> None:
    terminal.run("account", "preset", "topstepx-express-50k", "--account", "paper")

    terminal.run(
        "account", "edit", "paper", "--max-loss", "0", "--contracts-max", "0", "--get-flat", "none", "--daily-loss", "0"
    )

    found = terminal.json("account", "show", "paper")["account"]
    assert (found["limits"]["drawdown"], found["limits"]["contracts"]) == (None, None)
    assert (found["limits"]["daily_loss"], found["get_flat"]) == (None, None)


def test_a_maximum_loss_is_built_from_nothing(terminal: Terminal) -> None:
    terminal.run("account", "edit", "paper", "--start-balance", "25000", "--max-loss", "1500")

    assert limits(terminal)["drawdown"] == {
        "amount": "1500", "start": "25000", "form": "end_of_day", "stops_at": None, "paid_out": False}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--max-loss", "1500"), "--start-balance"), (("--paid-out",), "--max-loss"),
        (("--scaling", "0=2"), "--contracts-max"), (("--profit-target", "500"), "start_balance"),
        (("--contracts-max", "5", "--contract-weight", "SIL"), "SIL=0.2"),
        (("--contracts-max", "5", "--start-balance", "0", "--scaling", "9=2,1=3"), "rising profits"),
        (("--get-flat", "noon"), "noon"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(terminal: Terminal, options: tuple[str, ...], why: str) -> None:
    before = limits(terminal)

    assert why in terminal.run("account", "edit", "paper", *options, code=1)
    assert limits(terminal) == before


def test_a_preset_or_account_that_nobody_knows_is_refused(terminal: Terminal) -> None:
    assert "topstepx-combine-50k" in terminal.run("account", "preset", "mine", "--account", "paper", code=2)
    assert "There is no account" in terminal.run(
        "account", "preset", "topstepx-combine-50k", "--account", "none", code=1)  # fmt: skip
