"""Hold what was measured beside its baseline, and print it as one table."""

import time
from collections.abc import Callable, Sequence
from statistics import median, quantiles
from typing import Self

from attrs import frozen
from rich.console import Console
from rich.table import Table

Action = Callable[[], object]

_TIMES = 300


@frozen(kw_only=True)
class Figures:
    """How fast something is; times in seconds."""

    per_second: float
    p50: float
    p99: float

    @classmethod
    def of(cls, latencies: Sequence[float], seconds: float | None = None) -> Self:
        """Return the figures of one round; done one after the other where it is not said how long all took."""
        p50, p99 = median(latencies), quantiles(latencies, n=100)[98] if len(latencies) > 1 else latencies[0]
        return cls(per_second=len(latencies) / seconds if seconds else 1 / p50, p50=p50, p99=p99)

    @classmethod
    def middle(cls, rounds: Sequence["Figures"]) -> Self:
        """Return the median of each figure."""
        return cls(
            per_second=median(one.per_second for one in rounds),
            p50=median(one.p50 for one in rounds),
            p99=median(one.p99 for one in rounds),
        )

    def told(self) -> tuple[str, str, str]:
        """Return what stands in the three columns."""
        return f"{self.per_second:,.0f}", f"{self.p50 * 1e3:,.3f}", f"{self.p99 * 1e3:,.3f}"


@frozen
class Size:
    """How much memory something holds."""

    mebibytes: float

    def told(self) -> tuple[str, str, str]:
        """Return what stands in the three columns."""
        return "", f"{self.mebibytes:,.1f} MiB", ""


@frozen(kw_only=True)
class Line:
    """One path beside the least that any way to do it must cost, or beside what is usual.

    What `note` says stands beneath the table.
    """

    name: str
    own: Figures | Size
    baseline: str
    base: Figures | Size
    is_paced: bool = False
    note: str = ""

    @property
    def times(self) -> float:
        """How often the baseline fits in: by the time where both were given the same load, else by the load."""
        if isinstance(self.own, Size):
            assert isinstance(self.base, Size)
            return self.own.mebibytes / self.base.mebibytes
        assert isinstance(self.base, Figures)
        if self.is_paced:
            return self.own.p50 / self.base.p50
        return self.base.per_second / self.own.per_second


def compared(name: str, own: Action, baseline: str, base: Action) -> Line:
    """Take both in turn, many times, so that a noisy moment of the machine meets both."""
    pairs = [(_timed(own), _timed(base)) for _ in range(_TIMES)]
    return Line(
        name=name,
        own=Figures.of([mine for mine, _ in pairs]),
        baseline=baseline,
        base=Figures.of([theirs for _, theirs in pairs]),
    )


def show(lines: Sequence[Line], title: str) -> None:
    """Print the table, and the notes beneath it."""
    table = Table(title=title, caption="ms; medians of the rounds; times: how often the baseline fits in")
    for column in ("path", "per s", "p50", "p99", "beside", "per s", "p50", "p99", "times"):
        table.add_column(column, justify="left" if column in {"path", "beside"} else "right")
    for line in lines:
        table.add_row(line.name, *line.own.told(), line.baseline, *line.base.told(), f"{line.times:,.2f}")
    console = Console(width=150)
    console.print(table)
    for line in lines:
        if line.note:
            console.print(f"{line.name}: {line.note}")


def _timed(action: Action) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
