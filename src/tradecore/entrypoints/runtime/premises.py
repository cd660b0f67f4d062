"""Prepare what a process stands on: its folder, its database, and that it is alone where it must be."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import final

from tradecore.adapters.sql import engine, lease, migrating
from tradecore.domain.errors import UnreachableError
from tradecore.entrypoints.runtime.rooms import Lock
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import AlreadyRunningError, FolderError


def make_folders(settings: Settings) -> None:
    """Make the folder, and that of the database; `FolderError` says what is in the way."""
    for folder in settings.folders:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"The folder {folder} cannot be made: {error.strerror}. Set TRADECORE_FOLDER to another one."
            raise FolderError(message) from error


def shown(settings: Settings) -> str:
    """Return where the database is, without its password."""
    return str(settings.database_path or engine.shown(settings.database_url))


def migrate(settings: Settings) -> None:
    """Make the database's tables, or bring them up to date."""
    migrating.migrate(settings.store_url)


def lock(settings: Settings) -> Lock:
    """Keep every other engine away from the folder and the database; `AlreadyRunningError` where one is there."""
    # Two databases may share a folder, and with it the paper exchange; two folders may share a database.
    folders = dict.fromkeys(path.resolve() for path in settings.folders)
    with ExitStack() as held:
        for folder in folders:
            held.callback(_locked(folder).release)
        return _Locks(held.pop_all())


def locked_at(settings: Settings) -> datetime | None:
    """Return when an engine was the last to lock the folder; None where nobody can tell."""
    return lease.locked_at(settings.folder / "any")


def _locked(folder: Path) -> Lock:
    try:
        return lease.lock_file(folder / "any")
    except UnreachableError as error:
        # A lock that somebody holds is one thing; one that cannot be opened, as in a read-only folder, is another.
        kind = AlreadyRunningError if isinstance(error.__cause__, BlockingIOError) else FolderError
        raise kind(str(error)) from error


@final
class _Locks:
    def __init__(self, held: ExitStack) -> None:
        self._held = held

    def release(self) -> None:
        self._held.close()
