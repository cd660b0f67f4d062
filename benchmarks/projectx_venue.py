"""Be the ProjectX exchange in a process of its own, and stamp each order with the moment at which it came in.

Run as a program it prints its port, and ends with its input. Beside the exchange's own addresses `/told` tells its
hubs, its user and the accounts, and `/stamps` what came since it was asked last. It is Monday morning there.
"""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.venue import Stamped, answered
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.entrypoints.venues.projectx.process import Options, ProjectXVenue

MONDAY: Final = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # when CME trades, whenever somebody measures
_HOST: Final = "127.0.0.1"
_STOP_SECONDS: Final = 5


def main(accounts: str) -> None:
    """Serve until the input ends, any number of requests."""
    venue = ProjectXVenue(Options(host=_HOST, port=0, hub_port=0, accounts=int(accounts), rate_limits=False))
    venue.clock.set(MONDAY)
    stamped = Stamped(venue.app)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        return answered(start, venue.told()) if environ["PATH_INFO"] == "/told" else stamped(environ, start)

    venue.app = application
    venue.start()
    crew = Crew()
    crew.repeat("prices", venue.tick, every_seconds=1.0)
    print(venue.told()["rest"].rpartition(":")[2], flush=True)
    sys.stdin.read()
    crew.stop(seconds=_STOP_SECONDS)
    venue.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
