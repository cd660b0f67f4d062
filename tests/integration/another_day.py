"""Be tradecore's command line so many seconds from now, as SECONDS_FROM_NOW says: markets close over the weekend."""

import os
from datetime import timedelta

from tradecore.adapters.system.clock import SystemClock
from tradecore.entrypoints.cli import main
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.venues.shifting import ShiftedClock


def _that_day() -> ShiftedClock:
    clock = ShiftedClock(SystemClock())
    clock.set(clock.now() + timedelta(seconds=int(os.environ["SECONDS_FROM_NOW"])))
    return clock


if __name__ == "__main__":
    wiring.SystemClock = _that_day  # type: ignore[assignment, attr-defined] # it makes a clock
    main(prog_name="tradecore")
