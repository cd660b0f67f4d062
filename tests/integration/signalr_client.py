"""Speak SignalR's JSON protocol as a client does, by hand."""

import json
from contextlib import ExitStack
from typing import Any, final

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.integration.service import SECONDS_MAX

END = "\x1e"


@final
class HubClient:
    """A connection to a hub that has shaken hands; with an id it was negotiated."""

    def __init__(self, url: str, token: str, **query: str) -> None:
        more = "".join(f"&{name}={value}" for name, value in query.items())
        self._leaving = ExitStack()
        self._url = f"{url.replace('http', 'ws', 1)}?access_token={token}{more}"
        self._rest = ""
        self._records: list[dict[str, Any]] = []
        self.frames: list[str] = []
        self._last_id = 0

    def __enter__(self) -> "HubClient":
        self.socket: ClientConnection = self._leaving.enter_context(connect(self._url))
        self.send({"protocol": "json", "version": 1})
        assert self.next() == {}
        return self

    def __exit__(self, *_: object) -> None:
        self._leaving.close()

    def send(self, *records: dict[str, Any]) -> None:
        self.socket.send("".join(json.dumps(record) + END for record in records))

    def next(self, seconds: float = SECONDS_MAX) -> dict[str, Any]:
        """Return the next record, whatever frames it comes in."""
        while not self._records:
            frame = self.socket.recv(seconds)
            assert isinstance(frame, str)
            self.frames.append(frame)
            *whole, self._rest = (self._rest + frame).split(END)
            self._records = [json.loads(one) for one in whole]
        return self._records.pop(0)

    def events(self, number: int) -> list[tuple[str, list[Any]]]:
        """Return the next events, with their arguments."""
        found: list[tuple[str, list[Any]]] = []
        while len(found) < number:
            record = self.next()
            if record.get("type") == 1:
                assert "invocationId" not in record
                found.append((record["target"], record["arguments"]))
        return found

    def call(self, method: str, *arguments: Any) -> dict[str, Any]:
        """Call a method, and return its completion."""
        self._last_id += 1
        self.send({"type": 1, "invocationId": str(self._last_id), "target": method, "arguments": arguments})
        while (record := self.next()).get("type") != 3:
            pass
        assert record["invocationId"] == str(self._last_id)
        return record


def negotiated(url: str, token: str, query: str = "") -> httpx.Response:
    return httpx.post(f"{url}/negotiate?access_token={token}{query}")
