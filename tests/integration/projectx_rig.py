"""Trade at the ProjectX exchange of these tests, through tradecore's own adapter."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, final

from tests.integration.projectx_exchange import BUY, SELL, ProjectX
from tests.promises.broker import BrokerRig
from tests.promises.listening import Recorder
from tradecore.adapters.projectx.broker import ProjectXBroker
from tradecore.adapters.projectx.desk import Desk
from tradecore.adapters.projectx.hosts import Hosts
from tradecore.adapters.projectx.listening import Timing
from tradecore.adapters.projectx.session import Login
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.ids import BrokerOrderId, Symbol
from tradecore.domain.money import plain
from tradecore.domain.orders import Side
from tradecore.ports.system import Clock

# A connection that was lost is made again at once.
AT_ONCE = Timing(pauses=(0.02,))
PLACE = "/api/Order/place"


def hosts_of(projectx: ProjectX) -> Hosts:
    told = projectx.told
    return Hosts(rest=told["rest"], user_hub=told["user_hub"], market_hub=told["market_hub"])


def login_of(projectx: ProjectX) -> Login:
    return Login(user=projectx.told["user"], key=projectx.told["key"], account=projectx.account)


def desk_for(projectx: ProjectX, clock: Clock | None = None, *, hears_prices: bool = False) -> Desk:
    return Desk(
        hosts_of(projectx), login_of(projectx), clock or SystemClock(), timing=AT_ONCE, hears_prices=hears_prices
    )


def symbol_of(projectx: ProjectX, product: str = "MES") -> Symbol:
    """Return what people call the active month: its name has one digit of the year, and its description four."""
    found = projectx.found(product)
    return Symbol(f"{found['name'][:-1]}{found['description'][-4:]}")


@final
class ProjectXRig(BrokerRig):
    def __init__(self, projectx: ProjectX, *, desk: Desk | None = None) -> None:
        self.projectx = projectx
        self.symbol = symbol_of(projectx)
        self.desk = desk or desk_for(projectx)
        self.broker = ProjectXBroker(self.desk, projectx.account)
        self.heard = Recorder()
        projectx.price(100)
        self.broker.listen(self.heard)
        self.heard.until(lambda: self.heard.gaps > 0, "that it listens")

    def price(self, last: Decimal) -> None:
        self.projectx.price(plain(last))

    def fill_in_parts(self, parts: Iterable[Decimal]) -> None:
        self.projectx.sim("parts", contract="MES", parts=[int(part) for part in parts])

    def place_by_hand(self, side: Side, quantity: Decimal, limit_price: Decimal) -> BrokerOrderId:
        placed = self.projectx.placed(1, BUY if side is Side.BUY else SELL, int(quantity), limitPrice=int(limit_price))
        return BrokerOrderId(str(placed))

    def reject_next(self) -> str:
        self.fault("refuse", path=PLACE, code=4, message="The firm says no.")
        return "The firm says no"

    def lose_next_answer(self) -> None:
        self.fault("reset-after", path=PLACE)

    def garble_next_answer(self) -> None:
        self.fault("invalid-json", path=PLACE)

    def lose_next_request(self) -> None:
        self.fault("reset", path=PLACE)

    def cut_line(self) -> None:
        self.fault("reset", times=None)

    def mend_line(self) -> None:
        self.fault("clear")

    def cut_stream(self) -> None:
        self.projectx.sim(f"accounts/{self.projectx.account}/events/drop-events", times=1000)
        self.projectx.sim("hubs/cut", hub="user")

    def mend_stream(self) -> None:
        self.projectx.sim(f"accounts/{self.projectx.account}/events/clear")
        self.projectx.sim("hubs/cut", hub="user")

    def fault(self, name: str, **body: Any) -> None:
        self.projectx.sim(f"faults/{name}", **body)

    def close(self) -> None:
        self.broker.close()
        self.desk.rest()
