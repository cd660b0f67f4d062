"""Call commands as a person at a terminal does."""

import json
from pathlib import Path
from typing import Any

from attrs import frozen
from click.testing import CliRunner

from tradecore.entrypoints.cli import main
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.rooms import TradingRoom
from tradecore.entrypoints.runtime.settings import Settings


@frozen
class Terminal:
    """A terminal in a folder."""

    here: Path

    def run(self, *arguments: str, code: int = 0, typed: str = "") -> str:
        """Call a command, hold it to its exit code, and return all that it printed."""
        done = CliRunner().invoke(main, arguments, input=typed, prog_name="tradecore")
        assert done.exit_code == code, done.output + repr(done.exception)
        assert "Traceback" not in done.output
        return done.output

    def json(self, *arguments: str) -> Any:
        """Call a command with --json, and return what it printed to its output alone."""
        done = CliRunner().invoke(main, [*arguments, "--json"], prog_name="tradecore")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def room(self) -> TradingRoom:
        """Return the room of the process that would trade here; the caller closes its store."""
        return wiring.paper(Settings(folder=self.here / "var"))
