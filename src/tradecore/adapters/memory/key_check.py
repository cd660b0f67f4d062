"""Know keys as a venue does that was told of them."""

from typing import final

from attrs import Factory, define

from tradecore.domain.credentials import Credentials, KeysConfirmed, KeysRefused
from tradecore.domain.errors import UnreachableError
from tradecore.ports.vault import KeyCheck


@final
@define
class MemoryKeyCheck(KeyCheck):
    """Confirms the keys that were put into `numbers`, each with what the venue calls its account; may be `away`."""

    numbers: dict[Credentials, str] = Factory(dict)
    away: bool = False

    def check(self, credentials: Credentials) -> KeysConfirmed | KeysRefused:
        if self.away:
            raise UnreachableError("the venue cannot be asked")
        number = self.numbers.get(credentials)
        if number is None:
            return KeysRefused(reason="The venue does not know these keys.")
        return KeysConfirmed(number=number)
