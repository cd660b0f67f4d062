"""Listen to a hub with tradecore's own client, and keep what it tells."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

from tests.integration.service import until
from tradecore.adapters.projectx.hub import Hub
from tradecore.adapters.projectx.listening import Subscription, Timing
from tradecore.adapters.projectx.signalr import Patience

TOKEN = "s3cr3t/t+ken"
# A connection that was lost is made again at once.
SOON = Timing(pauses=(0.02,), close=0.2)
IMPATIENT = Timing(pauses=(0.02,), close=0.2, open=2, patience=Patience(silence=2.5, answer=2.5))


def everything(account: int) -> list[Subscription]:
    one: tuple[object, ...] = (account,)
    return [("SubscribeAccounts", ()), *((f"Subscribe{kind}", one) for kind in ("Orders", "Positions", "Trades"))]


@final
class Heard:
    """What a hub told, and how often it said that everything must be looked at."""

    def __init__(self, wants: list[Subscription], token: str = TOKEN) -> None:
        self.wants = wants
        self.tokens = [token]
        self.asked = 0
        self.refused: list[str] = []
        self.events: list[tuple[str, list[Any]]] = []
        self.gaps = 0

    def token(self) -> str:
        self.asked += 1
        return self.tokens[-1]

    def connected(self) -> None:
        self.gaps += 1

    def hear(self, target: str, arguments: list[Any]) -> None:
        self.events.append((target, arguments))

    def until_gaps(self, number: int) -> None:
        until(lambda: self.gaps >= number)
        assert self.gaps == number

    def until_events(self, number: int) -> list[tuple[str, list[Any]]]:
        """Return the events once there are so many, and forget them."""
        until(lambda: len(self.events) >= number)
        found, self.events = self.events, []
        assert len(found) == number
        return found

    @contextmanager
    def listening(self, url: str, timing: Timing = SOON, **more: Any) -> Iterator[Hub]:
        own: dict[str, Any] = {
            "token": self.token, "hear": self.hear, "connected": self.connected, "refused": self.refused.append,
            "subscriptions": lambda: list(self.wants), "timing": timing,
        }  # fmt: skip
        hub = Hub(url, **{**own, **more})
        hub.start()
        try:
            yield hub
        finally:
            hub.stop()
        assert not hub._thread.is_alive()
