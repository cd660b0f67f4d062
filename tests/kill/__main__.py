"""Run what `make test` has no time for: the whole matrix with its page, and a long soak."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.kill import page
from tests.kill.matrix import COLUMNS, Finding, laboratories
from tests.kill.page import NONE, Line

_AT_ONCE: Final = 6


def matrix() -> int:
    """Kill a process at every boundary, in every column, and write the page; return how many did harm."""
    with TemporaryDirectory() as folder, laboratories(Path(folder)) as columns, ThreadPoolExecutor(_AT_ONCE) as pool:
        lives: dict[str, str] = {}
        for name in COLUMNS:
            lives |= {one: life for one, life in columns[name].boundaries().items() if one not in lives}
        found: dict[tuple[str, str], Finding] = {}
        for name in COLUMNS:
            own = columns[name].boundaries()
            findings = pool.map(columns[name].disturbed, own.values(), own)
            for boundary, finding in zip(own, findings, strict=True):
                found[name, boundary] = finding
                print(name, boundary, finding.outcome, *finding.problems, sep=" | ", flush=True)  # noqa: T201 - told to who waits
    page.write(_line(life, boundary, found) for boundary, life in lives.items())
    return sum(1 for finding in found.values() if finding.problems)


def _line(life: str, boundary: str, found: dict[tuple[str, str], Finding]) -> Line:
    own = {name: found.get((name, boundary)) for name in COLUMNS}
    first = next(finding for finding in own.values() if finding is not None)
    call, _, moment = boundary.rpartition(": ")
    return Line(
        life=life, call=call, moments=(moment,), on_disk=first.on_disk, at_venue=first.at_venue,
        outcomes=tuple((name, finding.outcome if finding else NONE) for name, finding in own.items()))  # fmt: skip


if __name__ == "__main__":
    sys.exit(matrix())
