"""Keep passwords so that nobody can read them back."""

from typing import Protocol


class Passwords(Protocol):
    """Hashes passwords, and checks them. Slow on purpose: never called where an alert waits."""

    def hash(self, password: str) -> str:
        """Return a hash of *password* that carries its own salt; another one each time."""
        ...

    def match(self, password: str, hashed: str) -> bool:
        """Tell whether *hashed* was made of *password*; an empty or damaged hash matches nothing."""
        ...
