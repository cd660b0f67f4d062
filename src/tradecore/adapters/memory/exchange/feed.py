"""Tell followers what happened on the exchange, one after the other and never under its lock."""

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from attrs import frozen

from tradecore.adapters.memory.exchange.faults import Faults
from tradecore.adapters.memory.exchange.rows import Change
from tradecore.domain.ids import AccountId


class Follower(Protocol):
    """Whom the exchange tells of an account. Never raises."""

    def changed(self, change: Change) -> None:
        """Take note of *change*."""
        ...

    def missed(self) -> None:
        """Take note that changes may have been missed."""
        ...


@frozen
class _Told:
    """Something for the followers of one account; without a change, that something was missed."""

    account_id: AccountId
    change: Change | None


class Feed:
    """What is to be told, and to whom.

    One thread at a time does the telling, so that everybody hears in order; a thread that finds another at it leaves
    what it has to the other and goes on.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._outbox: deque[_Told] = deque()
        self._followers: dict[AccountId, tuple[Follower, ...]] = {}
        self._is_telling = False

    def follow(self, account_id: AccountId, follower: Follower) -> Callable[[], None]:
        """Tell *follower* of the account from now on; call the result to stop."""
        with self._lock:
            self._followers[account_id] = (*self._followers.get(account_id, ()), follower)

        def stop() -> None:
            with self._lock:
                others = self._followers.get(account_id, ())
                self._followers[account_id] = tuple(one for one in others if one is not follower)

        return stop

    def publish(self, change: Change, faults: Faults) -> None:
        """Put *change* on its way, as far as *faults* let it through."""
        self._send(change.row.account_id, faults.pass_on(change))

    def release(self, account_id: AccountId, faults: Faults) -> None:
        """Put on its way what *faults* held back."""
        self._send(account_id, faults.let_go())

    def publish_gap(self, account_id: AccountId) -> None:
        """Say that something may have been missed."""
        with self._lock:
            self._outbox.append(_Told(account_id, None))

    def tell(self) -> None:
        """Tell everything that is on its way; the caller holds no lock."""
        with self._lock:
            if self._is_telling:
                return
            self._is_telling = True
        try:
            while (told := self._next()) is not None:
                for follower in self._followers.get(told.account_id, ()):
                    if told.change is None:
                        follower.missed()
                    else:
                        follower.changed(told.change)
        except BaseException:
            with self._lock:
                self._is_telling = False
            raise

    def _next(self) -> _Told | None:
        with self._lock:
            if self._outbox:
                return self._outbox.popleft()
            # Under the same lock as the last look, so that nothing is put in between and then left lying.
            self._is_telling = False
            return None

    def _send(self, account_id: AccountId, changes: tuple[Change, ...]) -> None:
        with self._lock:
            self._outbox.extend(_Told(account_id, change) for change in changes)
