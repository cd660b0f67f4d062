"""Kill, or freeze, a process at one boundary of a trading life, and see whether anything came of it."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Final, final

from attrs import define, field, frozen

from tests.kill import inspection
from tests.kill.crossings import Fate
from tests.kill.house import House, Sqlite, furnish, opened
from tests.kill.mortal import WEB
from tests.kill.naming import TIME_PASSES
from tests.kill.processes import Zygote
from tests.kill.trial import SYMBOL, Move, Send, Step, Trial
from tests.kill.venue import words_of
from tradecore.domain.ids import AccountId

# Between them they cross every boundary between an alert and the end of its trade.
LIVES: Final[Mapping[str, tuple[Step, ...]]] = MappingProxyType({
    "opened, reversed, closed": (Send("buy"), Send("sell"), Send("close")),
    "opened, stopped out": (Send("sell"), Move(Decimal("1.1"))),
})  # fmt: skip
# What every outcome begins with where nothing is wrong.
DONE: Final = "done"
_ACCOUNT: Final = AccountId("account-1")


@frozen(kw_only=True)
class Finding:
    """What was found of one death: what lay where in the moment of it, what came of it, and what was wrong then."""

    on_disk: str
    at_venue: str
    outcome: str
    problems: tuple[str, ...] = ()


@frozen(kw_only=True)
class Life:
    """A life that nobody disturbed: what was crossed, and what stood at the exchange in the end."""

    crossed: tuple[str, ...]
    orders: tuple[str, ...]


@final
@define(eq=False)
class Laboratory:
    """One column of the matrix: a kind of database, and the signal by which a process meets its fate there."""

    zygote: Zygote
    databases: Sqlite
    folder: Path
    by: signal.Signals = signal.SIGKILL
    _undisturbed: dict[str, Life] = field(factory=dict)
    _count: int = 0
    _lock: Lock = field(factory=Lock)

    def undisturbed(self, life: str) -> Life:
        """Return what a life is like in which nobody dies."""
        with self._lock:
            known = self._undisturbed.get(life)
        if known is None:
            with opened(self.zygote, self.databases, self._new_folder()) as house:
                trial = self._trial(house, Fate())
                trial.live(LIVES[life])
                assert not trial.problems, trial.problems
                lines = [line for process in house.processes for line in process.crossed]
                # A reminder is judged only where the machine is slow, and is on no alert's way.
                crossed = [line for line in lines if TIME_PASSES not in line]
                known = Life(crossed=(*crossed, *trial.crossed), orders=_orders(house))
            with self._lock:
                self._undisturbed[life] = known
        return known

    def boundaries(self) -> dict[str, str]:
        """Return every boundary, with the first life that crosses it."""
        found: dict[str, str] = {}
        for life in LIVES:
            found |= {one: life for one in self.undisturbed(life).crossed if one not in found}
        return found

    def disturbed(self, life: str, boundary: str) -> Finding:
        """Return what comes of a death at *boundary*."""
        wanted = self.undisturbed(life).orders
        moments: list[tuple[str, str]] = []
        with opened(self.zygote, self.databases, self._new_folder()) as house:
            house.witness = lambda _dead: moments.append((
                inspection.in_hand(house.store, _ACCOUNT), inspection.at_venue(house.venue.orders(_ACCOUNT))
            ))  # fmt: skip
            trial = self._trial(house, Fate(at=boundary, by=self.by))
            trial.live(LIVES[life])
            problems = [*trial.problems, *_differences(trial, boundary, wanted)]
            if problems:
                problems += [f"{process.command} says: {process.errors}" for process in house.processes]
            on_disk, at_venue = moments[0] if moments else ("", "")
            return Finding(on_disk=on_disk, at_venue=at_venue, outcome=_outcome(trial), problems=tuple(problems))

    def _trial(self, house: House, fate: Fate) -> Trial:
        token = furnish(house.store, _ACCOUNT, SYMBOL)
        mortal = "web" if fate.at.startswith(WEB) else "worker"
        for command in self.databases.commands:
            if command in {mortal, "run"}:
                house.start(command, fate)
                mortal = "nobody else"
            else:
                house.start(command)
        return Trial(house, _ACCOUNT, token, fate)

    def _new_folder(self) -> Path:
        with self._lock:
            self._count += 1
            return self.folder / str(self._count)


def _orders(house: House) -> tuple[str, ...]:
    return tuple(sorted(words_of(row) for row in house.venue.orders(_ACCOUNT)))


def _differences(trial: Trial, boundary: str, wanted: tuple[str, ...]) -> Iterator[str]:
    crossed = [trial.crossed, *(process.crossed for process in trial.house.processes)]
    if not any(boundary in lines for lines in crossed):
        yield "the boundary was never reached"
    if (orders := _orders(trial.house)) != wanted:
        yield f"the exchange had these orders: {orders}"


def _outcome(trial: Trial) -> str:
    """Say what came of it, and at whose expense."""
    notes = ["its sender sends it again"] if trial.sends_again else []
    if inspection.hand_overs(trial.house.store, trial.account_id) > 1:
        notes.append("handed over again under its id")
    return ", ".join([DONE, *notes])


@contextmanager
def laboratories(folder: Path) -> Iterator[Mapping[str, Laboratory]]:
    """Lend what every column of the matrix is made with, by its name."""
    with ExitStack() as leaving:
        zygote = leaving.enter_context(Zygote.living(folder / "zygote.stderr"))
        sqlite = Sqlite.prepared(folder)
        yield {
            "SQLite, killed": Laboratory(zygote, sqlite, folder / "sqlite-killed", signal.SIGKILL),
        }


COLUMNS: Final = ("SQLite, killed",)
