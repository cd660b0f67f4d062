"""Be the command `tradecore` where it is another time: the seconds to add come first, then the command's own words."""

import sys
from datetime import timedelta

import pytest

from tradecore.adapters.system.clock import SystemClock
from tradecore.entrypoints.cli import main

if __name__ == "__main__":
    shift = timedelta(seconds=float(sys.argv.pop(1)))
    real = SystemClock.now
    pytest.MonkeyPatch().setattr(SystemClock, "now", lambda clock: real(clock) + shift)
    main(prog_name="tradecore")
