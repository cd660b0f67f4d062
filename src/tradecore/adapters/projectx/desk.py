"""Share what all accounts of one login have in common: the line, the contracts and the prices."""

from collections.abc import Callable
from threading import Lock
from typing import final

import httpx

from tradecore.adapters.projectx.contracts import Contracts
from tradecore.adapters.projectx.hosts import Hosts
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.listening import Timing
from tradecore.adapters.projectx.prices import Prices
from tradecore.adapters.projectx.session import Login
from tradecore.ports.system import Clock


@final
class Desk:
    """One login at one firm. With the last broker that leaves, connections go; who asks again makes new ones.

    *transport* takes the place of the network; *is_open* tells whether the market trades now.
    """

    def __init__(
        self, hosts: Hosts, login: Login, clock: Clock, *,
        transport: httpx.BaseTransport | None = None, timing: Timing | None = None, hears_prices: bool = True,
        is_open: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self.hosts = hosts
        self.clock = clock
        self.timing = timing
        self.line = Line(hosts.rest, login, clock, transport)
        self.contracts = Contracts(self.line, clock)
        market_hub = hosts.market_hub if hears_prices else None
        self.prices = Prices(self.line, market_hub, clock, timing, is_open=is_open)
        self._lock = Lock()
        self._brokers = 0

    def join(self) -> None:
        """Count one broker more."""
        with self._lock:
            self._brokers += 1

    def leave(self) -> None:
        """Count one broker less."""
        with self._lock:
            self._brokers -= 1
            is_empty = not self._brokers
        if is_empty:
            self.rest()

    def rest(self) -> None:
        """Let go of every connection."""
        self.prices.rest()
        self.line.rest()
