"""ProjectX's adapter keeps the promises of every broker, over the wire, at an exchange that shares nothing with it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.integration.projectx_exchange import ProjectX
from tests.integration.projectx_rig import ProjectXRig, hosts_of
from tests.promises.broker import BrokerPromises, BrokerRig
from tests.promises.vault import KeyCheckPromises
from tradecore.adapters.projectx.exchange import ProjectXKeyCheck
from tradecore.adapters.system.clock import SystemClock
from tradecore.domain.credentials import Credentials
from tradecore.ports.vault import KeyCheck


@pytest.fixture
def projectx() -> Iterator[ProjectX]:
    with closing(ProjectX(accounts=1)) as projectx:
        yield projectx


class TestProjectXBroker(BrokerPromises):
    @pytest.fixture
    def rig(self, projectx: ProjectX) -> Iterator[BrokerRig]:
        with closing(ProjectXRig(projectx)) as rig:
            yield rig


class TestProjectXKeyCheck(KeyCheckPromises):
    @pytest.fixture
    def good(self, projectx: ProjectX) -> Credentials:
        return Credentials(key_id=projectx.told["user"], secret=projectx.told["key"])

    @pytest.fixture
    def number(self, projectx: ProjectX) -> str:
        return str(projectx.account)

    @pytest.fixture
    def check(self, projectx: ProjectX) -> KeyCheck:
        return ProjectXKeyCheck(hosts_of(projectx), SystemClock())

    @pytest.fixture
    def away(self, projectx: ProjectX) -> KeyCheck:
        projectx.sim("faults/server-error", times=None)
        return ProjectXKeyCheck(hosts_of(projectx), SystemClock())
