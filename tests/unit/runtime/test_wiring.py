"""Test that everything that is asked for by name is there, in every room."""

from pathlib import Path

import pytest
from attrs import evolve
from injector import Injector, Module, UnsatisfiedRequirement

from tests.rooms import a_demo
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.notifier import MemoryNotifier
from tradecore.adapters.memory.paper import PaperVenue
from tradecore.adapters.memory.store import MemoryStore
from tradecore.domain.errors import UnreachableError
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime import premises, wiring
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import AlreadyRunningError, FolderError


def modules(folder: Path) -> list[Module]:
    settings, clock = Settings(folder=folder / "not-there"), MemoryClock()
    memory = wiring.InMemory(settings, clock, MemoryStore(), MemoryNotifier(), PaperVenue(clock))
    shared = evolve(settings, paper_url="http://nobody.invalid")
    return [wiring.Paper(settings), wiring.Beside(settings), memory, wiring.Paper(shared), wiring.Beside(shared)]


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("root", wiring.ROOTS)
def test_every_root_resolves_in_every_room_once(index: int, root: type, tmp_path: Path) -> None:
    injector = Injector(modules(tmp_path)[index], auto_bind=False)

    assert injector.get(root) is injector.get(root)


def test_nothing_is_touched_before_it_is_used(tmp_path: Path) -> None:
    for module in modules(tmp_path):
        injector = Injector(module, auto_bind=False)
        for root in wiring.ROOTS:
            injector.get(root)

    assert list(tmp_path.iterdir()) == []


def test_nothing_is_built_by_accident(tmp_path: Path) -> None:
    injector = Injector(modules(tmp_path)[0], auto_bind=False)

    with pytest.raises(UnsatisfiedRequirement):
        injector.get(MemoryStore)


def test_a_sandbox_trades(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)

    demo.send(Signal.BUY)

    assert demo.book().share(demo.bot().id).quantity == 10


def test_a_database_that_is_not_there_yet_is_unreachable_and_then_migrated(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path / "var")
    with pytest.raises(UnreachableError):
        wiring.beside(settings).store.ping()

    premises.make_folders(settings)
    premises.migrate(settings)
    premises.migrate(settings)

    room = wiring.beside(settings)
    room.store.ping()
    room.store.close()
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(FolderError, match="TRADECORE_FOLDER"):
        premises.make_folders(Settings(folder=tmp_path / "file" / "var"))


@pytest.mark.parametrize("shared", ["folder", "database"])
def test_a_second_engine_is_kept_out_until_the_first_one_leaves(shared: str, tmp_path: Path) -> None:
    first = Settings(folder=tmp_path / "a", database_url=f"sqlite:///{tmp_path}/x/db")
    second = Settings(folder=tmp_path / "a", database_url=f"sqlite:///{tmp_path}/y/db")
    if shared == "database":
        second = Settings(folder=tmp_path / "b", database_url=first.database_url)
    for settings in (first, second):
        premises.make_folders(settings)

    lock = premises.lock(first)
    with pytest.raises(AlreadyRunningError, match="process"):
        premises.lock(second)
    lock.release()
    lock.release()

    again = premises.lock(second)
    again.release()
