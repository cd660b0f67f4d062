"""Write and read the records of SignalR's JSON protocol. Pure: what carries them is elsewhere."""

import json
from typing import Any, Final, final

END: Final = "\x1e"
INVOCATION: Final = 1
_COMPLETION: Final = 3
PING: Final = 6
CLOSE: Final = 7
READY: Final = "{}" + END


@final
class Records:
    """What came in pieces, as whole records."""

    def __init__(self) -> None:
        self._rest = ""

    def take(self, text: str) -> list[dict[str, Any]]:
        """Return the records that are whole by now; `ValueError` where one is none."""
        *whole, self._rest = (self._rest + text).split(END)
        records = [json.loads(each) for each in whole]
        if not all(isinstance(record, dict) for record in records):
            message = "a record is an object"
            raise ValueError(message)
        return records


def record(**fields: Any) -> str:  # noqa: ANN401 - anything that JSON takes
    """Write one record."""
    return json.dumps(fields, separators=(",", ":")) + END


def invocation(target: str, *arguments: Any) -> str:  # noqa: ANN401 - as above
    """Tell a client something; it does not answer."""
    return record(type=INVOCATION, target=target, arguments=arguments)


def completion(invocation_id: str, error: str | None = None) -> str:
    """Answer a client that wants an answer."""
    said = {"result": None} if error is None else {"error": error}
    return record(type=_COMPLETION, invocationId=invocation_id, **said)


def refused_handshake(asked: dict[str, Any]) -> str | None:
    """Return what a handshake is refused with, or None. Some clients say version 0, and mean 1."""
    protocol, version = asked.get("protocol"), asked.get("version")
    if protocol != "json":
        return record(error=f"The protocol '{protocol}' is not supported.")
    if version not in {0, 1}:
        return record(error=f"The server does not support version {version} of the 'json' protocol.")
    return None
