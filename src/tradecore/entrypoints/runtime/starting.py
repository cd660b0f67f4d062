"""Say why a start did not happen, each with a sentence that tells what to do."""

from pathlib import Path

from tradecore.domain.errors import TradecoreError


class StartError(TradecoreError):
    """The service was not started; nothing was changed."""


class AlreadyRunningError(StartError):
    """Another process runs on the same folder or database."""


class PortTakenError(StartError):
    """Somebody else listens on the port, or it may not be had."""


class FolderError(StartError):
    """The folder cannot be made or used, or what lies in it cannot be read."""


def check_database(path: Path | None) -> None:
    """Raise `FolderError` where there is no file at *path*; opening one that is not there would make it."""
    if path is not None and not path.exists():
        message = (
            f"There is no database at {path} yet. Begin with `tradecore run`, or make one with `tradecore migrate`."
        )
        raise FolderError(message)
