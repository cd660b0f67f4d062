"""Every broker keeps the list of promises."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import final

import pytest

from tests.promises.broker import PRICE, BrokerPromises, BrokerRig
from tests.promises.listening import Recorder
from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.exchange import AccountTerms, Exchange, FileJournal
from tradecore.adapters.memory.exchange.listing import listed
from tradecore.domain.ids import AccountId, BrokerOrderId, Symbol
from tradecore.domain.orders import OrderType, Side
from tradecore.domain.venues import VenueRules

ACCOUNT = AccountId("desk")
CASH = Decimal(1_000_000)


@final
class MemoryRig(BrokerRig):
    def __init__(self, terms: AccountTerms, symbol: str, journal: FileJournal | None = None) -> None:
        self.symbol = Symbol(symbol)
        self.exchange = Exchange(MemoryClock(), journal=journal)
        self.exchange.list(*listed(date(2026, 1, 5)))
        self.exchange.open_account(ACCOUNT, terms)
        self.exchange.price(self.symbol, PRICE)
        self.faults = self.exchange.faults(ACCOUNT)
        self.broker = MemoryBroker(self.exchange, ACCOUNT)
        self.heard = Recorder()
        self.broker.listen(self.heard)

    def price(self, last: Decimal) -> None:
        self.exchange.price(self.symbol, last)

    def fill_in_parts(self, parts: Iterable[Decimal]) -> None:
        self.exchange.fill_in_parts(self.symbol, parts)

    def place_by_hand(self, side: Side, quantity: Decimal, limit_price: Decimal) -> BrokerOrderId:
        row = self.exchange.place_by_hand(
            ACCOUNT, self.symbol, side, quantity, OrderType.LIMIT, limit_price=limit_price
        )
        return row.id

    def reject_next(self) -> str:
        self.exchange.reject_next("not today")
        return "not today"

    def lose_next_answer(self) -> None:
        self.faults.lose_answers()

    def garble_next_answer(self) -> None:
        self.faults.talk_nonsense()

    def lose_next_request(self) -> None:
        self.faults.lose_requests()

    def cut_line(self) -> None:
        self.faults.be_unreachable(times=None)

    def mend_line(self) -> None:
        self.faults.clear()

    def cut_stream(self) -> None:
        self.faults.disconnect()

    def mend_stream(self) -> None:
        self.faults.reconnect()

    def close(self) -> None:
        self.broker.close()


LIKE_ALPACA = AccountTerms(
    cash=CASH,
    rules=VenueRules(
        crosses_zero=False, brackets_from_flat=True, reduce_only=True, holds_shares=True, refuses_wash_trades=True
    ),
)
LIKE_PROJECTX = AccountTerms(
    cash=CASH, queues_when_closed=False, legs_end_together=False, commission_per_unit=Decimal("0.37")
)
VARIANTS = {
    "plain": (AccountTerms(cash=CASH), "AAPL"),
    "like alpaca": (LIKE_ALPACA, "AAPL"),
    "like projectx": (LIKE_PROJECTX, "MESH2026"),
}


class TestMemoryBroker(BrokerPromises):
    @pytest.fixture(params=VARIANTS)
    def rig(self, request: pytest.FixtureRequest) -> Iterator[BrokerRig]:
        terms, symbol = VARIANTS[request.param]
        rig = MemoryRig(terms, symbol)
        yield rig
        rig.close()


class TestMemoryBrokerWithJournal(BrokerPromises):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[BrokerRig]:
        rig = MemoryRig(AccountTerms(cash=CASH), "AAPL", FileJournal(tmp_path / "exchange.jsonl"))
        yield rig
        rig.close()
