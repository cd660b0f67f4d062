"""Run every calendar, clock and mint against the promises of its port."""

import pytest

from tests.promises.calendar import CalendarPromises
from tests.promises.system import ClockPromises, MintPromises
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.calendar import MemoryCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.mint import SystemMint
from tradecore.ports.calendar import Calendar
from tradecore.ports.system import Clock, Mint


class TestExchangeCalendar(CalendarPromises):
    @pytest.fixture
    def calendar(self) -> Calendar:
        return ExchangeCalendar()


class TestMemoryCalendar(CalendarPromises):
    @pytest.fixture
    def calendar(self) -> Calendar:
        return MemoryCalendar()


class TestSystemClock(ClockPromises):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestMemoryClock(ClockPromises):
    @pytest.fixture
    def clock(self) -> Clock:
        return MemoryClock()


class TestSystemMint(MintPromises):
    @pytest.fixture
    def mint(self) -> Mint:
        return SystemMint(SystemClock())


class TestMemoryMint(MintPromises):
    @pytest.fixture
    def mint(self) -> Mint:
        return MemoryMint()
