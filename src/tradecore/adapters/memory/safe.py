"""Keep sealed credentials in memory."""

from typing import final

from tradecore.adapters.memory.state import State
from tradecore.domain.credentials import SealedCredentials
from tradecore.domain.ids import AccountId
from tradecore.ports.vault import Safe


@final
class MemorySafe(Safe):
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, sealed: SealedCredentials) -> None:
        with self._state.lock:
            self._state.trip("put")
            for other in self._state.credentials.values():
                same = (other.venue, other.number) == (sealed.venue, sealed.number)
                if same and other.account_id != sealed.account_id:
                    message = "another account here trades with what these keys open already"
                    raise ValueError(message)
            self._state.credentials[sealed.account_id] = sealed

    def get(self, account_id: AccountId) -> SealedCredentials | None:
        with self._state.lock:
            self._state.trip("get")
            return self._state.credentials.get(account_id)

    def all(self) -> tuple[SealedCredentials, ...]:
        with self._state.lock:
            self._state.trip("all")
            return tuple(sealed for _, sealed in sorted(self._state.credentials.items()))

    def swap(self, old: SealedCredentials, new: SealedCredentials) -> bool:
        with self._state.lock:
            self._state.trip("swap")
            if self._state.credentials.get(old.account_id) != old:
                return False
            self._state.credentials[old.account_id] = new
            return True

    def remove(self, account_id: AccountId) -> None:
        with self._state.lock:
            self._state.trip("remove")
            self._state.credentials.pop(account_id, None)
