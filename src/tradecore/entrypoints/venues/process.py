"""Run the paper exchange in a process of its own, until a signal asks to stop."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import structlog

from tradecore.adapters.memory.paper import PaperVenue
from tradecore.adapters.sql import lease
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.domain.errors import UnreachableError
from tradecore.entrypoints.runtime import logs
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.entrypoints.runtime.starting import AlreadyRunningError, FolderError
from tradecore.entrypoints.runtime.stopping import stopped_by_signals
from tradecore.entrypoints.venues.listening import take_port
from tradecore.entrypoints.venues.paper import create_app
from tradecore.entrypoints.venues.reports import Reports

_log = structlog.get_logger()

# The name that the exchange inside `tradecore run` gives it too, so that a journal can be moved between the two.
_JOURNAL_NAME: Final = "paper.jsonl"
_TICK_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 5


def run_paper(folder: Path, host: str, port: int, *, still: bool, say: Callable[[str], None]) -> None:
    """Run until a signal asks to stop; `StartError` says why it does not start.

    *say* gets one line of JSON, as soon as it answers.
    """
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        leaving.callback(_locked(folder).release)
        server = take_port(host, port)
        leaving.callback(server.stop)
        logs.set_up(None, "info")
        leaving.callback(logs.take_down)
        clock = SystemClock()
        epoch = SystemMint(clock).new()
        venue, reports = PaperVenue(clock, folder / _JOURNAL_NAME), Reports(epoch)
        app = create_app(venue, reports, still=still)
        if not still:
            venue.tick()
            crew = Crew()
            crew.repeat("prices", venue.tick, every_seconds=_TICK_SECONDS)
            leaving.callback(crew.stop, seconds=_STOP_SECONDS)
        server.start(app)
        leaving.callback(server.stop)
        # Whoever waits for a report would hold the server up.
        leaving.callback(reports.close)
        say(json.dumps({"venue": "paper", "url": server.url, "folder": str(folder.absolute()), "epoch": epoch}))
        stopping.wait()
        _log.info("stopping")


def _locked(folder: Path) -> lease.FileLock:
    """Make the folder, and keep every other tradecore out of it."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return lease.lock_file(folder / _JOURNAL_NAME)
    except OSError as error:
        message = f"The folder {folder} cannot be made: {error.strerror}. Name another one with --folder."
        raise FolderError(message) from error
    except UnreachableError as error:
        if not isinstance(error.__cause__, BlockingIOError):
            raise FolderError(str(error)) from error
        message = f"Another tradecore is using the folder {folder}. Stop it, or name another folder with --folder."
        raise AlreadyRunningError(message) from error
