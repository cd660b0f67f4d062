"""Run a venue that speaks as a broker does, until a signal asks to stop."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final, Protocol

import structlog

from tradecore.entrypoints.runtime import logs
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.entrypoints.runtime.stopping import stopped_by_signals

_log = structlog.get_logger()

_TICK_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 5


class Venue(Protocol):
    """A whole exchange, with its doors."""

    def start(self) -> None:
        """Begin to answer; `PortTakenError` where a port cannot be had."""
        ...

    def stop(self) -> None:
        """End everything. A repeat is harmless."""
        ...

    def tick(self) -> None:
        """Let a second pass."""
        ...

    def told(self) -> dict[str, Any]:
        """Return where it is, and who may use it."""
        ...


def run_venue(make: Callable[[], Venue], say: Callable[[str], None]) -> None:
    """Run until a signal asks to stop; `StartError` says why it does not start.

    *say* gets one line of JSON, as soon as it answers.
    """
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        logs.set_up(None, "info")
        leaving.callback(logs.take_down)
        venue = make()
        leaving.callback(venue.stop)
        venue.start()
        crew = Crew()
        crew.repeat("prices", venue.tick, every_seconds=_TICK_SECONDS)
        leaving.callback(crew.stop, seconds=_STOP_SECONDS)
        say(json.dumps(venue.told()))
        stopping.wait()
        _log.info("stopping")
