"""Run the Alpaca exchange on ports of this machine, and move it by hand."""

from decimal import Decimal
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
        self._http = httpx.Client(base_url=self.url, timeout=SECONDS_MAX)
        self.sim("session", phase="core")
        for asset in self.venue.exchange.floor.listing:
            self.venue.exchange.price(asset.symbol, Decimal(100))

    def close(self) -> None:
        self._http.close()
        self.venue.stop()

    def sim(self, path: str, /, **body: Any) -> Any:
        """Turn a switch."""
        answer = self._http.post(f"/sim/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def price(self, last: str | int, symbol: str = "AAPL", **sides: str) -> None:
        self.sim("price", symbol=symbol, last=str(last), **sides)

    def fault(self, name: str, /, **body: Any) -> None:
        self.sim(f"accounts/{self.keys['key_id']}/faults/{name}", **body)

    def ever(self) -> list[dict[str, Any]]:
        """Return every order that the account ever had."""
        found: list[dict[str, Any]] = self._http.get(f"/sim/accounts/{self.keys['key_id']}/orders").json()
        return found

    def rest(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request as no client of Alpaca's would."""
        headers = {"APCA-API-KEY-ID": self.keys["key_id"], "APCA-API-SECRET-KEY": self.keys["secret_key"]}
        return self._http.request(method, path, headers=headers, **options)


def trading_client(alpaca: Alpaca, *, raw: bool = False, account: int = 0) -> Any:
    """Return an unmodified client, which is not typed here: its answers are unions of everything."""
    from alpaca.trading.client import TradingClient  # noqa: PLC0415 - it takes long to import

    keys = alpaca.told["accounts"][account]
    return TradingClient(keys["key_id"], keys["secret_key"], url_override=alpaca.url, raw_data=raw)
