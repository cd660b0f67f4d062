"""Test what is said of bots when they are added, changed, listed and removed."""

from tests.unit.cli.terminal import Terminal
from tradecore.entrypoints.runtime.logs import LOG_NAME


def test_that_a_bot_was_deleted_stands_in_the_log_and_not_among_the_answers(terminal: Terminal) -> None:
    place = terminal.here / "var" / "logs"
    place.mkdir(exist_ok=True)

    said = terminal.run("bot", "remove", "AAPL 15 Min", "--yes")

    assert said == "AAPL 15 Min is removed.\n"
    assert '"event": "bot deleted"' in (place / LOG_NAME).read_text()
