"""Keep what happens at the exchange for a while, numbered, so that clients can take up where they were."""

from collections import deque
from collections.abc import Callable
from threading import BoundedSemaphore, Condition
from typing import Final, final

from attrs import frozen

from tradecore.adapters.memory.exchange import Change, Exchange, Follower
from tradecore.adapters.paper.wire import Page, Told
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import AccountId

_KEPT_MAX: Final = 10_000
_PAGE_MAX: Final = 500
# Short enough that a client which has gone is not waited for long.
_WAIT_SECONDS: Final = 2.0
# Each one that waits takes a thread of the server; where so many do, the others ask more often instead.
_WAITING_MAX: Final = 32
_CROWDED_SECONDS: Final = 0.1


@final
class Reports:
    """The newest reports of every account that is followed. `epoch` must be another one in each life of the process."""

    def __init__(self, epoch: str, kept_max: int = _KEPT_MAX) -> None:
        self._epoch = epoch
        self._condition = Condition()
        self._kept: deque[Told] = deque(maxlen=kept_max)
        self._last = 0  # the number of the newest; the numbers of those that are kept end with it
        self._followed: set[AccountId] = set()
        self._seats = BoundedSemaphore(_WAITING_MAX)
        self._is_closed = False

    def follow(self, exchange: Exchange, account_id: AccountId) -> None:
        """Keep what happens in an account from now on. A repeat is harmless."""
        with self._condition:
            if account_id not in self._followed:
                self._followed.add(account_id)
                exchange.follow(account_id, _Follower(account_id, self._keep))

    def here(self) -> Page:
        """Return the place from which a client that comes now has to go on."""
        with self._condition:
            return Page(epoch=self._epoch, last=self._last)

    def after(self, epoch: str, number: int) -> Page:
        """Return what happened after *number*, and wait for it a while where it is nothing yet."""
        has_seat = self._seats.acquire(blocking=False)
        try:
            with self._condition:
                self._condition.wait_for(
                    lambda: self._is_closed or epoch != self._epoch or number != self._last,
                    _WAIT_SECONDS if has_seat else _CROWDED_SECONDS,
                )
                if self._is_closed:
                    raise UnreachableError("the exchange is being stopped")
                return self._page(epoch, number)
        finally:
            if has_seat:
                self._seats.release()

    def close(self) -> None:
        """Let nobody wait any more."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()

    def _page(self, epoch: str, number: int) -> Page:
        count = self._last - number
        if epoch != self._epoch or not 0 <= count <= len(self._kept):
            return Page(epoch=self._epoch, last=self._last, missed=True)
        first = len(self._kept) - count
        told = tuple(self._kept[first + index] for index in range(min(count, _PAGE_MAX)))
        return Page(epoch=self._epoch, last=number + len(told), told=told)

    def _keep(self, told: Told) -> None:
        with self._condition:
            self._kept.append(told)
            self._last += 1
            self._condition.notify_all()


@final
@frozen
class _Follower(Follower):
    """Hears the exchange for one account."""

    account_id: AccountId
    keep: Callable[[Told], None]

    def changed(self, change: Change) -> None:
        self.keep(Told(account_id=self.account_id, report=change.row.report()))

    def missed(self) -> None:
        self.keep(Told(account_id=self.account_id))
