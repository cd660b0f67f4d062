"""Let requests go wrong on purpose, for one account at a time."""

from enum import Enum
from threading import Lock
from typing import Final, Generic, TypeVar, final

from attrs import define, frozen

_F = TypeVar("_F")

SECONDS: Final = 10


class Fault(Enum):
    """What can go wrong with a request, by the name of its switch; and whether it is carried out all the same."""

    RATE_LIMITED = "limit-rate", False
    NOT_FOUND = "not-found", False
    SERVER_ERROR = "server-error", False
    SERVER_ERROR_AFTER = "server-error-after", True
    GATEWAY_TIMEOUT = "gateway-timeout", False
    GATEWAY_TIMEOUT_AFTER = "gateway-timeout-after", True
    RESET = "reset", False
    RESET_AFTER = "reset-after", True
    HANG = "hang", False
    HANG_AFTER = "hang-after", True
    SLOW_BODY = "slow-body", True
    INVALID_JSON = "invalid-json", True

    def __init__(self, switch: str, is_done: bool) -> None:  # noqa: FBT001 - the rows above are read as a table
        self.switch = switch
        self.is_done = is_done


@frozen(kw_only=True)
class Aim:
    """Which requests a fault strikes: those whose method and path begin so, *times* of them; None is for ever."""

    method: str = ""
    path: str = ""
    times: int | None = 1
    seconds: int = SECONDS

    def meets(self, method: str, path: str) -> bool:
        """Tell whether it is aimed at such a request."""
        return method.startswith(self.method) and path.startswith(self.path)


@define
class _Switch(Generic[_F]):
    fault: _F
    aim: Aim
    left: int | None


@frozen
class Strike(Generic[_F]):
    """A fault that strikes a request; *seconds* is how long it takes, where it takes time."""

    fault: _F
    seconds: int


@final
class Faults(Generic[_F]):
    """The switches of every account, by its key."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._switches: dict[str, list[_Switch[_F]]] = {}
        self._lags: dict[str, int] = {}

    def turn(self, key_id: str, fault: _F, aim: Aim) -> None:
        """Let *fault* strike the account's requests from now on."""
        with self._lock:
            self._switches.setdefault(key_id, []).append(_Switch(fault, aim, aim.times))

    def strike(self, key_id: str, method: str, path: str) -> Strike[_F] | None:
        """Return what strikes this request, and use it up."""
        with self._lock:
            for switch in self._switches.get(key_id, []):
                if switch.left != 0 and switch.aim.meets(method, path):
                    if switch.left is not None:
                        switch.left -= 1
                    return Strike(switch.fault, switch.aim.seconds)
        return None

    def let_lag(self, key_id: str, seconds: int) -> None:
        """Let the account's positions be seen *seconds* late; 0 ends it."""
        with self._lock:
            self._lags[key_id] = seconds

    def lag(self, key_id: str) -> int | None:
        """Return how late the account's positions are seen."""
        with self._lock:
            return self._lags.get(key_id) or None

    def clear(self, key_id: str) -> None:
        """Turn everything off."""
        with self._lock:
            self._switches.pop(key_id, None)
            self._lags.pop(key_id, None)
