"""Kill, or freeze, a process at one boundary of a trading life, and see whether anything came of it."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from itertools import count
from pathlib import Path
from shutil import rmtree
from threading import Lock
from types import MappingProxyType
from typing import Final, final

from attrs import define, field, frozen

from tests.kill import inspection
from tests.kill.crossings import Fate
from tests.kill.databases import Databases, Postgres, Sqlite
from tests.kill.house import House, Site, furnish, site
from tests.kill.mortal import WEB
from tests.kill.naming import TIME_PASSES
from tests.kill.processes import Zygote
from tests.kill.sender import Sender
from tests.kill.trial import PRICE, SYMBOL, Move, Send, Step, Trial
from tradecore.domain.ids import AccountId
from tradecore.domain.signals import Signal
from tradecore.ports.history import Asked

# Between them they cross every boundary between an alert and the end of its trade.
LIVES: Final[Mapping[str, tuple[Step, ...]]] = MappingProxyType({
    "opened, reversed, closed": (Send(Signal.BUY), Send(Signal.SELL), Send(Signal.CLOSE)),
    "opened, stopped out": (Send(Signal.SELL), Move(Decimal("1.1"))),
})  # fmt: skip
# What every outcome begins with where nothing is wrong.
DONE: Final = "done"
_LIVES_MAX: Final = 3
# The kind of database, and the fate of one process there, with its signal.
_COLUMNS: Final = {
    "SQLite, killed": signal.SIGKILL,
    "PostgreSQL, killed": signal.SIGKILL,
    "PostgreSQL, frozen and woken": signal.SIGSTOP,
}
COLUMNS: Final = tuple(_COLUMNS)


@frozen(kw_only=True)
class Finding:
    """What was found of one death: what lay where in the moment of it, what came of it, and what was wrong then."""

    on_disk: str
    at_venue: str
    outcome: str
    problems: tuple[str, ...] = ()


@frozen(kw_only=True)
class Life:
    """A life that nobody disturbed: what was crossed, and which orders the exchange had had after each step."""

    crossed: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...]


@final
@define(eq=False)
class Laboratory:
    """One column of the matrix: a kind of database, and the signal by which a process meets its fate there."""

    zygote: Zygote
    databases: Databases
    folder: Path
    by: signal.Signals
    _leaving: ExitStack
    _undisturbed: dict[str, Life] = field(factory=dict)
    _free: list[Site] = field(factory=list)
    _count: Iterator[int] = field(factory=count)
    _lock: Lock = field(factory=Lock)

    def undisturbed(self, life: str) -> Life:
        """Return what a life is like in which nobody dies."""
        with self._lock:
            known = self._undisturbed.get(life)
        if known is None:
            with self.trial(Fate()) as trial:
                trial.live(LIVES[life])
                assert not trial.problems, trial.problems
                lines = [line for process in trial.house.processes for line in process.crossed]
                # A reminder is judged only where the machine is slow, and is on no alert's way.
                crossed = [line for line in lines if TIME_PASSES not in line]
                known = Life(crossed=(*crossed, *trial.crossed), orders=tuple(trial.orders))
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
        """Return what comes of a death at *boundary*.

        A machine at its limit may let a life take another way, past the boundary: then it is lived again.
        """
        for _ in range(_LIVES_MAX):
            finding = self._disturbed(life, boundary)
            if finding is not None:
                return finding
        return Finding(on_disk="", at_venue="", outcome="", problems=(f"not reached in {_LIVES_MAX} lives",))

    def _disturbed(self, life: str, boundary: str) -> Finding | None:
        """Return what comes of it; None where the boundary was not reached, and nothing is wrong."""
        wanted = self.undisturbed(life).orders
        moments: list[tuple[str, str]] = []
        with self.trial(Fate(at=boundary, by=self.by)) as trial:
            trial.house.witness = lambda _dead: moments.append(trial.moment())
            trial.live(LIVES[life])
            problems = [*trial.problems, *_differences(trial, wanted)]
            if not problems and not trial.is_disturbed:
                return None
            if problems:
                problems += [f"{process.command} says: {process.errors}" for process in trial.house.processes]
            on_disk, at_venue = moments[0] if moments else ("", "")
            return Finding(on_disk=on_disk, at_venue=at_venue, outcome=_outcome(trial), problems=tuple(problems))

    @contextmanager
    def trial(self, fate: Fate) -> Iterator[Trial]:
        """Lend a life that has not begun, on a site where nobody else lives."""
        with self._lock:
            folder = self.folder / str(next(self._count))
            free = self._free.pop() if self._free else None
            if free is None:
                free = self._leaving.enter_context(site(self.zygote, self.databases, folder / "site"))
        with free.house(folder / "house") as house:
            yield _trial_in(house, AccountId(f"account-{folder.name}"), self.databases.commands, fate)
        rmtree(folder / "house")
        with self._lock:
            self._free.append(free)


def _trial_in(house: House, account_id: AccountId, commands: tuple[str, ...], fate: Fate) -> Trial:
    token = furnish(house.store, account_id, (SYMBOL, 15))
    house.venue.price(SYMBOL, PRICE)
    mortal = "web" if fate.at.startswith(WEB) else "worker"
    for command in commands:
        is_mortal = command in {mortal, "run"}
        house.start(command, fate if is_mortal else Fate())
        mortal = "nobody else" if is_mortal else mortal
    return Trial(house, account_id, Sender(house, token), fate)


def _differences(trial: Trial, wanted: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    if tuple(trial.orders) != wanted[: len(trial.orders)]:
        yield f"the exchange had had these orders after each step: {trial.orders}"
        records = trial.house.store.history.alerts(Asked(account_id=trial.account_id))
        yield from (f"{record.alert.comment}: {record.outcome}" for record in records)


def _outcome(trial: Trial) -> str:
    """Say what came of it, and at whose expense."""
    notes = ["its sender sends it again"] if any(sent.tries > 1 for sent in trial.sent) else []
    if inspection.hand_overs(trial.house.store, trial.account_id) > 1:
        notes.append("handed over again under its id")
    return ", ".join([DONE, *notes])


def kinds(folder: Path) -> Mapping[str, Databases]:
    """Return every kind of database, by its name."""
    return {"SQLite": Sqlite.prepared(folder), "PostgreSQL": Postgres()}


@contextmanager
def laboratories(folder: Path) -> Iterator[Mapping[str, Laboratory]]:
    """Lend what every column of the matrix is made with, by its name."""
    with ExitStack() as leaving:
        zygote = leaving.enter_context(Zygote.living(folder / "zygote.stderr"))
        databases = kinds(folder)
        yield {
            name: Laboratory(zygote, databases[name.partition(",")[0]], folder / name, by, leaving)
            for name, by in _COLUMNS.items()
        }
