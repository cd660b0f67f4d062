"""Let one process alone write to a SQLite database."""

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self, final

from tradecore.domain.errors import UnreachableError

LOCK_NAME: Final = "tradecore.lock"


@final
class FileLock:
    """A lock that lasts until it is released, or its process dies."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Give it back. A repeat is harmless."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def locked_at(path: Path) -> datetime | None:
    """Return when the folder of the database file *path* was locked last; None where nobody can tell."""
    try:
        return datetime.fromtimestamp((path.resolve().parent / LOCK_NAME).stat().st_mtime, UTC)
    except OSError:
        return None


def lock_file(path: Path) -> FileLock:
    """Lock the folder of the database file *path*; `UnreachableError` says who has it already."""
    lock_path = path.resolve().parent / LOCK_NAME
    try:
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"The lock {lock_path} cannot be opened: {error.strerror}."
        raise UnreachableError(message) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        message = (
            f"Another tradecore (process {owner}) is using the database in {lock_path.parent}. "
            "Stop it first: only one process may write to a SQLite file; many can share PostgreSQL."
        )
        raise UnreachableError(message) from error
    # For the sentence above, and for `locked_at`; the lock itself needs no content.
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return FileLock(descriptor)
