"""Run every calendar, clock, mint, password, seal and key check against the promises of its port."""

import pytest

from tests.promises.calendar import CalendarPromises
from tests.promises.system import ClockPromises, MintPromises, PasswordsPromises
from tests.promises.vault import KeyCheckPromises, SealPromises
from tradecore.adapters.calendar.exchange import ExchangeCalendar
from tradecore.adapters.memory.calendar import MemoryCalendar
from tradecore.adapters.memory.clock import MemoryClock
from tradecore.adapters.memory.key_check import MemoryKeyCheck
from tradecore.adapters.memory.mint import MemoryMint
from tradecore.adapters.memory.passwords import MemoryPasswords
from tradecore.adapters.system.clock import SystemClock
from tradecore.adapters.system.keys import new_key
from tradecore.adapters.system.mint import SystemMint
from tradecore.adapters.system.passwords import Argon2Passwords
from tradecore.adapters.system.sealing import AesSeal
from tradecore.domain.credentials import Credentials
from tradecore.ports.calendar import Calendar
from tradecore.ports.passwords import Passwords
from tradecore.ports.system import Clock, Mint
from tradecore.ports.vault import KeyCheck, Seal


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


class TestArgon2Passwords(PasswordsPromises):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return Argon2Passwords()


class TestMemoryPasswords(PasswordsPromises):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return MemoryPasswords()


OLD, NEW = new_key(), new_key()


class TestAesSeal(SealPromises):
    @pytest.fixture
    def seal(self) -> Seal:
        return AesSeal((OLD,))

    @pytest.fixture
    def newer(self) -> Seal:
        return AesSeal((NEW, OLD))

    @pytest.fixture
    def other(self) -> Seal:
        return AesSeal((NEW,))

    @pytest.fixture
    def none(self) -> Seal:
        return AesSeal()


class TestMemoryKeyCheck(KeyCheckPromises):
    @pytest.fixture
    def check(self, good: Credentials, number: str) -> KeyCheck:
        return MemoryKeyCheck({good: number})

    @pytest.fixture
    def away(self, good: Credentials, number: str) -> KeyCheck:
        return MemoryKeyCheck({good: number}, away=True)
