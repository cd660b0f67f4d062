"""Keep passwords so that nobody can read them back."""

from typing import Protocol


class Passwords(Protocol):
    """Hashes passwords, and checks them. Slow on purpose: never called where an alert waits.

    Raises `UnreachableError` where so many wait already that the machine would do nothing else.
    """

    def hash(self, password: str) -> str:
        """Return a hash of *password* that carries its own salt; another one each time."""
        ...

    def match(self, password: str, hashed: str) -> bool:
        """Tell whether *hashed* was made of *password*.

        An empty or damaged hash matches nothing, and takes as long: nobody learns from it who has a password.
        """
        ...
