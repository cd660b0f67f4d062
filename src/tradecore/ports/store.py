"""Be the one database behind inbox, ledger, standing, history and directory."""

from typing import Protocol


class Store(Protocol):
    """What is asked of the database as a whole."""

    def ping(self) -> None:
        """Do nothing, or raise `UnreachableError` where it cannot be had, or is of another version than we are."""
        ...

    def close(self) -> None:
        """Let go of it. A repeat is harmless."""
        ...
