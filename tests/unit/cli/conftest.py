"""Give each test a furnished folder, and a terminal in it."""

import shutil
from pathlib import Path

import pytest

from tests.unit.cli.terminal import Terminal
from tradecore.entrypoints.runtime import premises, wiring
from tradecore.entrypoints.runtime.environment import collect
from tradecore.entrypoints.runtime.first_run import furnish
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.variables import VARIABLES


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder as the first run leaves it, made once: hashing the password takes its time."""
    folder = tmp_path_factory.mktemp("furnished") / "var"
    settings = Settings(folder=folder)
    premises.make_folders(settings)
    premises.migrate(settings)
    room = wiring.beside(settings)
    assert furnish(room, "http://127.0.0.1:5000") is not None
    room.store.close()
    return folder


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a terminal in an empty folder, without what the developer has set."""
    for name in [variable.name for variable in VARIABLES] + [name for name in collect({}).values if name]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return Terminal(tmp_path)


@pytest.fixture
def terminal(bare: Terminal, furnished: Path) -> Terminal:
    """Return a terminal in a folder that was furnished by a first run."""
    shutil.copytree(furnished, bare.here / "var")
    return bare
