"""Lend databases for houses to stand on: for one house after the other, and empty for each."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Protocol, final

import psycopg
from attrs import frozen

from tests.databases import postgres
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.tables import METADATA

# Returns the address of an empty database for the house in that folder; what another house had is gone then.
Emptied = Callable[[Path], str]
_EMPTY: Final = f"TRUNCATE {', '.join(table.name for table in METADATA.sorted_tables)} RESTART IDENTITY"


class Databases(Protocol):
    """A kind of database, and which processes are at work on it."""

    @property
    def commands(self) -> tuple[str, ...]:
        """The processes, in the order of their start: of those that do the same, the first one gets to do it."""
        ...

    def lent(self) -> AbstractContextManager[Emptied]:
        """Lend what empties one for each house."""
        ...


@final
@frozen
class Sqlite:
    """One process does everything."""

    template: Path
    commands: tuple[str, ...] = ("run",)

    @classmethod
    def prepared(cls, folder: Path) -> "Sqlite":
        """Return the way to make them; *folder* keeps one to copy."""
        template = folder / "template.db"
        migrate(f"sqlite:///{template}")
        return cls(template)

    @contextmanager
    def lent(self) -> Iterator[Emptied]:
        """Lend what makes a copy."""

        def copied(folder: Path) -> str:
            shutil.copy(self.template, folder / "tradecore.db")
            return f"sqlite:///{folder}/tradecore.db"

        yield copied


@final
@frozen
class Postgres:
    """One process takes alerts, and two trade: the second one waits until it may have what the first one had."""

    commands: tuple[str, ...] = ("web", "worker", "worker")

    @contextmanager
    def lent(self) -> Iterator[Emptied]:
        """Lend what empties one and the same database: to make another one takes longer than a life."""
        with postgres() as url:

            def emptied(_folder: Path) -> str:
                with psycopg.connect(url) as connection:
                    connection.execute(_EMPTY)
                return url

            yield emptied
