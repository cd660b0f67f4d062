"""Write what came of each death into the page of promises, and read there what has been promised."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

PAGE: Final = Path(__file__).parents[2] / "docs" / "promises.md"
BEGIN: Final = "<!-- Written by a run: `make matrix` kills all of them again, and writes this part. -->"
END: Final = "<!-- The end of what a run has written. -->"
# The outcome of a boundary that a column does not cross.
NONE: Final = "not crossed"
_THEN: Final = (
    "What it was about to do, or had done",
    "How far it was",
    "In the database then",
    "At the exchange then",
)


@frozen(kw_only=True)
class Line:
    """Boundaries of one call at which all was the same: in the moment of the death, and in each column's outcome."""

    life: str
    call: str
    moments: tuple[str, ...]
    on_disk: str
    at_venue: str
    outcomes: tuple[tuple[str, str], ...]

    @property
    def boundaries(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(f"{self.call}: {moment}" for moment in self.moments)


def promised(column: str) -> dict[str, str]:
    """Return the boundaries of which the page promises something in *column*, each with its life."""
    lines = [line for line in read() if dict(line.outcomes)[column] != NONE]
    return {boundary: line.life for line in lines for boundary in line.boundaries}


def read() -> tuple[Line, ...]:
    """Return what the page tells."""
    return tuple(_lines(_part(PAGE.read_text(encoding="utf-8"))))


def write(lines: Iterable[Line]) -> None:
    """Put *lines*, of one moment each, in the place of those that the page tells."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(_part(text), f"{BEGIN}\n\n{_told(_merged(lines))}\n\n{END}"), encoding="utf-8")


def _merged(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the lines call by call, and as one where only the moment differs."""
    given = tuple(lines)
    calls = [(line.life, line.call) for line in given]
    in_order = sorted(given, key=lambda line: calls.index((line.life, line.call)))
    merged = []
    for alike, group in groupby(in_order, lambda line: evolve(line, moments=())):
        merged.append(evolve(alike, moments=tuple(moment for line in group for moment in line.moments)))
    return tuple(merged)


def _part(text: str) -> str:
    found = re.search(f"{re.escape(BEGIN)}.*?{re.escape(END)}", text, re.DOTALL)
    assert found is not None, f"{PAGE.name} has no place for the matrix"
    return found[0]


def _told(lines: tuple[Line, ...]) -> str:
    parts = []
    for life, group in groupby(lines, lambda line: line.life):
        own = list(group)
        heads = (*_THEN, *dict(own[0].outcomes))
        cells = [
            (one.call, ", ".join(one.moments), one.on_disk, one.at_venue, *dict(one.outcomes).values()) for one in own
        ]
        rows = [heads, tuple("---" for _ in heads), *cells]
        parts.append("\n".join([f"### {life}", "", *(f"| {' | '.join(row)} |" for row in rows)]))
    return "\n\n".join(parts)


def _lines(part: str) -> Iterator[Line]:
    for chapter in part.split("### ")[1:]:
        life, *rest = chapter.splitlines()
        heads, _, *rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in rest if line.startswith("|")
        ]
        for call, moments, on_disk, at_venue, *outcomes in rows:
            yield Line(
                life=life, call=call, moments=tuple(moments.split(", ")), on_disk=on_disk, at_venue=at_venue,
                outcomes=tuple(zip(heads[len(_THEN) :], outcomes, strict=True)))  # fmt: skip
