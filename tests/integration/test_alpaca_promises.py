"""Alpaca's adapter keeps the promises of every broker, over the wire, through unmodified alpaca-py."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from typing import final

import pytest

from tests.integration.alpaca_exchange import Alpaca
from tests.promises.broker import BrokerPromises, BrokerRig
from tests.promises.listening import Recorder
from tests.promises.vault import KeyCheckPromises
from tradecore.adapters.alpaca.broker import AlpacaBroker
from tradecore.adapters.alpaca.exchange import AlpacaKeyCheck
from tradecore.adapters.alpaca.hosts import Hosts
from tradecore.adapters.alpaca.line import Line
from tradecore.adapters.alpaca.stream import StreamAddress
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.credentials import Credentials, KeyMode
from tradecore.domain.ids import BrokerOrderId, Symbol
from tradecore.domain.money import plain
from tradecore.domain.orders import Side
from tradecore.ports.vault import KeyCheck

AAPL = Symbol("AAPL")


def credentials_of(alpaca: Alpaca) -> Credentials:
    return Credentials(key_id=alpaca.keys["key_id"], secret=alpaca.keys["secret_key"])


def broker_for(alpaca: Alpaca) -> AlpacaBroker:
    keys, clock = credentials_of(alpaca), SystemClock()
    address = StreamAddress(url=alpaca.told["trade_stream"], credentials=keys)
    return AlpacaBroker(Line(alpaca.url, keys, clock), address, clock)


@final
class AlpacaRig(BrokerRig):
    def __init__(self, alpaca: Alpaca) -> None:
        self.symbol = AAPL
        self.alpaca = alpaca
        self.broker = broker_for(alpaca)
        self.heard = Recorder()
        self.broker.listen(self.heard)
        assert self.broker._stream is not None
        self.broker._stream._reconnect_min_backoff = 0.05
        self.heard.until(lambda: self.heard.gaps == 1, "that it listens")

    def price(self, last: Decimal) -> None:
        self.alpaca.price(plain(last))

    def fill_in_parts(self, parts: Iterable[Decimal]) -> None:
        self.alpaca.sim("parts", symbol=self.symbol, parts=[plain(part) for part in parts])

    def place_by_hand(self, side: Side, quantity: Decimal, limit_price: Decimal) -> BrokerOrderId:
        order = {"symbol": self.symbol, "side": side.value, "qty": plain(quantity), "type": "limit",
                 "limit_price": plain(limit_price), "time_in_force": "day"}  # fmt: skip
        placed = self.alpaca.sim(f"accounts/{self.alpaca.keys['key_id']}/orders", **order)
        return BrokerOrderId(placed["id"])

    def reject_next(self) -> str:
        self.alpaca.fault("reject-next")
        return "rejected it after taking it"

    def lose_next_answer(self) -> None:
        self.alpaca.fault("reset-after", method="POST", path="/v2/orders")

    def garble_next_answer(self) -> None:
        self.alpaca.fault("invalid-json", method="POST", path="/v2/orders")

    def lose_next_request(self) -> None:
        self.alpaca.fault("reset", method="POST", path="/v2/orders")

    def cut_line(self) -> None:
        self.alpaca.fault("reset", times=None)

    def mend_line(self) -> None:
        self.alpaca.fault("clear")

    def cut_stream(self) -> None:
        self.alpaca.sim("streams", trades_max=0)
        self.alpaca.fault("cut")

    def mend_stream(self) -> None:
        self.alpaca.sim("streams", trades_max=None)

    def close(self) -> None:
        self.broker.close()


@pytest.fixture
def alpaca() -> Iterator[Alpaca]:
    with closing(Alpaca()) as alpaca:
        yield alpaca


class TestAlpacaBroker(BrokerPromises):
    @pytest.fixture
    def rig(self, alpaca: Alpaca) -> Iterator[BrokerRig]:
        with closing(AlpacaRig(alpaca)) as rig:
            yield rig


class TestAlpacaKeyCheck(KeyCheckPromises):
    @pytest.fixture
    def good(self, alpaca: Alpaca) -> Credentials:
        return credentials_of(alpaca)

    @pytest.fixture
    def number(self, alpaca: Alpaca) -> str:
        found: str = alpaca.rest("GET", "/v2/account").json()["account_number"]
        return found

    @pytest.fixture
    def check(self, alpaca: Alpaca) -> KeyCheck:
        return self.asking(alpaca.url)

    @pytest.fixture
    def away(self, alpaca: Alpaca) -> KeyCheck:
        alpaca.fault("server-error", times=None)
        return self.asking(alpaca.url)

    def asking(self, url: str) -> KeyCheck:
        # Keys that are called live are asked about here as well, and not at the real one.
        def hosts_for(_mode: KeyMode) -> Hosts:
            return Hosts(trading=url, data=url, stream="")

        return AlpacaKeyCheck(hosts_for, SystemClock())
