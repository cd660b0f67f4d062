"""Run what `make test` has no time for: the whole matrix with its page, or a long soak.

python -m tests.kill matrix                                            kills at every boundary, and writes the page
python -m tests.kill soak [--seconds 3600] [--seed 7] [--on SQLite]    kills at random moments
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Final

from tests.kill import page
from tests.kill.matrix import COLUMNS, Finding, kinds, laboratories
from tests.kill.page import NONE, Line
from tests.kill.processes import Zygote
from tests.kill.soak import soak

_AT_ONCE: Final = 6
_SEEDS: Final = 1_000_000
# One soak after the other, each on an empty database, so that what is compared at the end stays small.
_SOAK_SECONDS: Final = 60.0


def matrix() -> int:
    """Kill a process at every boundary, in every column, and write the page; return how many deaths did harm."""
    with TemporaryDirectory() as folder, laboratories(Path(folder)) as columns, ThreadPoolExecutor(_AT_ONCE) as pool:
        lives: dict[str, str] = {}
        found: dict[tuple[str, str], Finding] = {}
        for name in COLUMNS:
            own = columns[name].boundaries()
            lives |= {one: life for one, life in own.items() if one not in lives}
            findings = pool.map(columns[name].disturbed, own.values(), own)
            for boundary, finding in zip(own, findings, strict=True):
                found[name, boundary] = finding
                _tell(f"{name}: {boundary}: {finding.outcome}", *finding.problems)
    page.write(_line(life, boundary, found) for boundary, life in lives.items())
    return sum(1 for finding in found.values() if finding.problems)


def _line(life: str, boundary: str, found: dict[tuple[str, str], Finding]) -> Line:
    own = {name: found.get((name, boundary)) for name in COLUMNS}
    first = next(finding for finding in own.values() if finding is not None)
    call, _, moment = boundary.rpartition(": ")
    return Line(
        life=life, call=call, moments=(moment,), on_disk=first.on_disk, at_venue=first.at_venue,
        outcomes=tuple((name, finding.outcome if finding else NONE) for name, finding in own.items()))  # fmt: skip


def soaks(seconds: float, seed: int, only: str | None) -> int:
    """Soak each kind of database in turn for so many *seconds* in all; return 1 as soon as anything is wrong."""
    with TemporaryDirectory() as folder, Zygote.living(Path(folder) / "zygote.stderr") as zygote:
        databases = {name: one for name, one in kinds(Path(folder)).items() if only in {None, name}}
        end = monotonic() + seconds
        for number in count():
            for name, one in databases.items():
                left = end - monotonic()
                if left <= 0:
                    return 0
                place = Path(folder) / f"{name}-{number}"
                soaked = soak(zygote, one, place, seconds=min(_SOAK_SECONDS, left), seed=seed + number)
                _tell(f"{name}: {soaked}")
                if soaked.problems:
                    return 1
    raise AssertionError


def _tell(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - it talks to the person who runs it


def main() -> int:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill")
    parser.add_argument("what", choices=("matrix", "soak"))
    parser.add_argument("--seconds", type=float, default=3600.0, help="how long to soak")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(_SEEDS), help="of the first soak")
    parser.add_argument("--on", help="the one kind of database to soak")
    asked = parser.parse_args()
    return matrix() if asked.what == "matrix" else soaks(asked.seconds, asked.seed, asked.on)


if __name__ == "__main__":
    sys.exit(main())
