"""Make ids by counting, the same in every run."""

from itertools import count
from typing import Final, final

from tradecore.ports.system import Mint

ID_CHARACTERS: Final = 26
SECRET_CHARACTERS: Final = 43  # as many as 256 bits have in base 64


@final
class MemoryMint(Mint):
    def __init__(self) -> None:
        # One step of `count` is atomic, so that threads never get the same number.
        self._ids = count(1)
        self._secrets = count(1)

    def new(self) -> str:
        return f"{next(self._ids):0{ID_CHARACTERS}d}"

    def secret(self) -> str:
        return f"secret-{next(self._secrets):0{SECRET_CHARACTERS - len('secret-')}d}"
