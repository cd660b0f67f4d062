"""Know passwords at once, for tests: nothing here is safe."""

from typing import final

from attrs import define

from tradecore.ports.passwords import Passwords


@final
@define
class MemoryPasswords(Passwords):
    """Counts in `work` how often the work of one check was done."""

    work: int = 0
    _salts: int = 0

    def hash(self, password: str) -> str:
        self.work += 1
        self._salts += 1
        return f"{self._salts}:{password[::-1]}"

    def match(self, password: str, hashed: str) -> bool:
        self.work += 1
        return hashed.partition(":")[1:] == (":", password[::-1])
