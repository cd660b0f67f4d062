"""Run the ProjectX exchange on ports of this machine, and move it by hand."""

from typing import Any, final

import httpx

from tests.integration.service import SECONDS_MAX
from tradecore.entrypoints.venues.projectx.process import Options, ProjectXVenue

HOME = "127.0.0.1"
START = "2020-01-01T00:00:00Z"
BUY, SELL = 0, 1
LIMIT, MARKET, STOP, TRAILING, JOIN_BID, JOIN_ASK = 1, 2, 4, 5, 6, 7


@final
class ProjectX:
    """An exchange in this process, without a limit of requests, whose MES costs 6400; somebody is logged in."""

    def __init__(self, **options: Any) -> None:
        self.venue = ProjectXVenue(
            Options(**{"host": HOME, "port": 0, "hub_port": 0, "rate_limits": False, "accounts": 2, **options})
        )
        self.venue.start()
        self.told = self.venue.told()
        self.url: str = self.told["rest"]
        self.account: int = self.told["accounts"][0]["id"]
        self.http = httpx.Client(base_url=self.url, timeout=SECONDS_MAX)
        self.token: str = self.ask("Auth/loginKey", userName=self.told["user"], apiKey=self.told["key"])["token"]
        self.mes: str = self.found("MES")["id"]

    def close(self) -> None:
        self.http.close()
        self.venue.stop()

    def sim(self, path: str, /, **body: Any) -> Any:
        """Turn a switch."""
        answer = self.http.post(f"/sim/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def send(self, path: str, /, **body: Any) -> httpx.Response:
        """Send a request."""
        headers = {"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}
        return self.http.post(f"/api/{path}", json=body, headers=headers)

    def ask(self, path: str, /, **body: Any) -> Any:
        """Return what a request is answered with, which is an envelope."""
        answer = self.send(path, **body)
        assert answer.status_code == 200, answer.text
        assert {"success", "errorCode", "errorMessage"} <= set(answer.json())
        return answer.json()

    def own(self, path: str, /, **body: Any) -> Any:
        """Ask in the name of the account."""
        return self.ask(path, **{"accountId": self.account, **body})

    def found(self, symbol: str) -> dict[str, Any]:
        """Return the active contract of a product."""
        contracts = self.ask("Contract/available", live=False)["contracts"]
        (found,) = [one for one in contracts if one["name"][:-2] == symbol]
        return dict(found)

    def place(self, type_: int = MARKET, side: int = BUY, size: int = 1, **more: Any) -> dict[str, Any]:
        wish = {"contractId": self.mes, "type": type_, "side": side, "size": size, **more}
        answer: dict[str, Any] = self.own("Order/place", **wish)
        return answer

    def placed(self, *args: Any, **more: Any) -> int:
        """Place an order that is taken, and return its id."""
        answer = self.place(*args, **more)
        assert (answer["success"], answer["errorCode"], answer["errorMessage"]) == (True, 0, None)
        return int(answer["orderId"])

    def order(self, order_id: int) -> dict[str, Any]:
        return dict(self.own("Order/searchById", orderId=order_id)["order"])

    def every(self, *statuses: int) -> list[dict[str, Any]]:
        """Return every order of the account in one of the statuses, suspended ones too."""
        wanted = {"accountId": self.account, "statuses": list(statuses)}
        return list(self.ask("Order/v2/query", filter=wanted, pageSize=1000)["orders"])

    def open(self) -> list[int]:
        return [order["id"] for order in self.own("Order/searchOpen")["orders"]]

    def positions(self) -> list[tuple[int, int, float]]:
        """Return type, size and average of what is held."""
        held = self.own("Position/searchOpen")["positions"]
        return [(one["type"], one["size"], one["averagePrice"]) for one in held]

    def trades(self) -> list[dict[str, Any]]:
        return list(self.own("Trade/search", startTimestamp=START)["trades"])

    def balance(self) -> float:
        accounts = self.ask("Account/search", onlyActiveAccounts=False)["accounts"]
        return float(next(one["balance"] for one in accounts if one["id"] == self.account))

    def price(self, last: str | int, contract: str = "MES", **more: Any) -> None:
        self.sim("price", contract=contract, last=str(last), **more)
