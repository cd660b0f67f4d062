"""Run the Alpaca exchange on ports of this machine, and move it by hand."""

from typing import Any, final

import httpx

from tests.integration.service import SECONDS_MAX
from tradecore.entrypoints.venues.alpaca.process import AlpacaVenue, Options

HOME = "127.0.0.1"


@final
class Alpaca:
    """An exchange in this process, where everything costs 100 and the market is open, without a limit of requests."""

    def __init__(self, **options: Any) -> None:
        self.venue = AlpacaVenue(
            Options(**{"host": HOME, "port": 0, "stream_port": 0, "rate_limit": 0, "accounts": 2, **options})
        )
        self.venue.start()
        self.told = self.venue.told()
        self.url: str = self.told["rest"]
        self.keys: dict[str, str] = self.told["accounts"][0]
        self.sim("session", phase="core")
        for asset in self.venue.exchange.floor.listing:
            self.price(100, asset.symbol)

    def close(self) -> None:
        self.venue.stop()

    def sim(self, path: str, **body: Any) -> Any:
        """Turn a switch."""
        answer = httpx.post(f"{self.url}/sim/{path}", json=body, timeout=SECONDS_MAX)
        assert answer.is_success, answer.text
        return answer.json()

    def price(self, last: str | int, symbol: str = "AAPL", **sides: str) -> None:
        self.sim("price", symbol=symbol, last=str(last), **sides)

    def fault(self, name: str, **body: Any) -> None:
        self.sim(f"accounts/{self.keys['key_id']}/faults/{name}", **body)

    def ever(self) -> list[dict[str, Any]]:
        """Return every order that the account ever had."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/sim/accounts/{self.keys['key_id']}/orders").json()
        return found

    def rest(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as no client of Alpaca's would."""
        headers = {"APCA-API-KEY-ID": self.keys["key_id"], "APCA-API-SECRET-KEY": self.keys["secret_key"]}
        return httpx.request(method, self.url + path, headers=headers, timeout=SECONDS_MAX, **options)
