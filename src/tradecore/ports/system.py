"""Know the time, and make new ids."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only one who knows what time it is."""

    def now(self) -> datetime:
        """Return the moment as aware UTC.

        It may step back, as machines' clocks do: order is the ledger's business, and books go back with it.
        """
        ...


class Mint(Protocol):
    """Makes ids that nobody has had before: letters and digits, 26 of them, later ones sorting after earlier ones."""

    def new(self) -> str:
        """Return a new id, different from every other on any machine."""
        ...

    def secret(self) -> str:
        """Return a new secret of at least 256 bits that nobody can guess, fit for a URL."""
        ...
