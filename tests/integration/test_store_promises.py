"""Every store keeps the lists of promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import postgres
from tests.promises.access import AccessPromises
from tests.promises.directory import DirectoryPromises
from tests.promises.history import HistoryPromises
from tests.promises.inbox import InboxPromises
from tests.promises.ledger import LedgerPromises
from tests.promises.standing import StandingPromises
from tests.promises.store import Store
from tests.promises.vault import SafePromises
from tradecore.adapters.memory.store import MemoryStore
from tradecore.adapters.sql.migrating import migrate
from tradecore.adapters.sql.store import SqlStore
from tradecore.ports.access import Access
from tradecore.ports.vault import Safe


class InMemory:
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class OnSqlite:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        url = f"sqlite:///{tmp_path}/tradecore.db"
        migrate(url)
        store = SqlStore(url)
        yield store
        store.close()


class OnPostgres:
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with postgres() as url:
            store = SqlStore(url)
            yield store
            store.close()


class TestMemoryInbox(InMemory, InboxPromises): ...


class TestMemoryLedger(InMemory, LedgerPromises): ...


class TestMemoryStanding(InMemory, StandingPromises): ...


class TestMemoryHistory(InMemory, HistoryPromises): ...


class TestMemoryDirectory(InMemory, DirectoryPromises): ...


class TestSqliteInbox(OnSqlite, InboxPromises): ...


class TestSqliteLedger(OnSqlite, LedgerPromises): ...


class TestSqliteStanding(OnSqlite, StandingPromises): ...


class TestSqliteHistory(OnSqlite, HistoryPromises): ...


class TestSqliteDirectory(OnSqlite, DirectoryPromises): ...


class TestPostgresInbox(OnPostgres, InboxPromises): ...


class TestPostgresLedger(OnPostgres, LedgerPromises): ...


class TestPostgresStanding(OnPostgres, StandingPromises): ...


class TestPostgresHistory(OnPostgres, HistoryPromises): ...


class TestPostgresDirectory(OnPostgres, DirectoryPromises): ...


class TestMemorySafe(SafePromises):
    @pytest.fixture
    def safe(self) -> Safe:
        return MemoryStore().safe


class TestSqliteSafe(OnSqlite, SafePromises):
    @pytest.fixture
    def safe(self, store: SqlStore) -> Safe:
        return store.safe


class TestPostgresSafe(OnPostgres, SafePromises):
    @pytest.fixture
    def safe(self, store: SqlStore) -> Safe:
        return store.safe


class TestMemoryAccess(AccessPromises):
    @pytest.fixture
    def access(self) -> Access:
        return MemoryStore().access


class TestSqliteAccess(OnSqlite, AccessPromises):
    @pytest.fixture
    def access(self, store: SqlStore) -> Access:
        return store.access


class TestPostgresAccess(OnPostgres, AccessPromises):
    @pytest.fixture
    def access(self, store: SqlStore) -> Access:
        return store.access
