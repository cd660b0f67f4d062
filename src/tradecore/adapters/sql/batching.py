"""Let one thread at a time do for all what many of them want done: whoever comes meanwhile is next, together."""

from collections.abc import Callable
from threading import Lock
from typing import Final, Generic, TypeVar, final

from attrs import define, field

from tradecore.domain.errors import UnreachableError

# So many wait at most; who comes then is sent away at once, before memory grows.
WAITING_MAX: Final = 1_000
# So many are carried at once at most: the first of them waits for all the others.
BATCH_MAX: Final = 64

_Item = TypeVar("_Item")
Take = Callable[[], list[_Item]]


def _locked() -> Lock:
    lock = Lock()
    lock.acquire()
    return lock


@define(eq=False)
class _Parcel(Generic[_Item]):
    """What a thread has brought. `moved` opens when it is done with, or (`is_next`) its thread is the next to carry."""

    item: _Item
    is_next: bool = False
    is_done: bool = False
    is_carried: bool = False
    error: BaseException | None = None
    moved: Lock = field(factory=_locked)  # A lock wakes its thread with less ado than an event.


@final
class Batcher(Generic[_Item]):
    """Collects what threads bring, and has it carried in batches.

    *carry* gets a function that hands it everything that waits at that moment; so whoever comes while it still waits
    for its turn is in the batch. What it raises is raised in each thread whose item was in it.
    """

    def __init__(self, carry: Callable[[Take[_Item]], None], *, patience_seconds: float) -> None:
        self._carry = carry
        self._patience_seconds = patience_seconds
        self._lock = Lock()
        self._waiting: list[_Parcel[_Item]] = []
        self._is_carried = False

    def bring(self, item: _Item) -> None:
        """Return when *item* has been carried; `UnreachableError` where there is no room, or no end of the waiting."""
        parcel = _Parcel(item)
        with self._lock:
            if len(self._waiting) >= WAITING_MAX:
                message = f"{WAITING_MAX} wait for the database already: it is too slow for what comes in."
                raise UnreachableError(message, retry_after=1)
            self._waiting.append(parcel)
            is_next, self._is_carried = not self._is_carried, True
        if not is_next:
            self._wait(parcel)
        if not parcel.is_done:
            self._carry_all()
        if isinstance(parcel.error, UnreachableError):
            # Each thread raises its own: a traceback cannot be shared.
            raise UnreachableError(str(parcel.error), retry_after=parcel.error.retry_after) from parcel.error
        if parcel.error is not None:
            raise parcel.error
        assert parcel.is_carried, "what was not carried must not pass for done"

    def _wait(self, parcel: _Parcel[_Item]) -> None:
        if parcel.moved.acquire(timeout=self._patience_seconds):
            return
        with self._lock:
            if not parcel.is_next and parcel in self._waiting:
                self._waiting.remove(parcel)
                raise UnreachableError("The database is too slow for what comes in.", retry_after=1)
        parcel.moved.acquire()  # It is being carried, and that has an end of its own.

    def _carry_all(self) -> None:
        """Carry what waits, and leave the rest to the first of those who came meanwhile."""
        batch: list[_Parcel[_Item]] = []

        def take() -> list[_Item]:
            batch.extend(self._take())
            return [parcel.item for parcel in batch]

        try:
            self._carry(take)
            for parcel in batch:
                parcel.is_carried = True
        except BaseException as error:
            if not batch:
                take()  # Whoever has waited while the database refused another one has waited long enough.
            if len(batch) > 1 and isinstance(error, Exception) and not isinstance(error, UnreachableError):
                self._carry_each(batch)
            else:
                _fail(batch, error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._pass_on()
            for parcel in batch:
                parcel.is_done = True
                parcel.moved.release()

    def _carry_each(self, batch: list[_Parcel[_Item]]) -> None:
        """Carry one by one what cannot be carried together, so that what is wrong with one is nobody else's."""
        for parcel in batch:
            try:
                self._carry(lambda parcel=parcel: [parcel.item])  # type: ignore[misc]  # bound early
                parcel.is_carried = True
            except Exception as error:  # noqa: BLE001 - as above
                parcel.error = error

    def _take(self) -> list[_Parcel[_Item]]:
        with self._lock:
            taken, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
            return taken

    def _pass_on(self) -> None:
        with self._lock:
            self._is_carried = bool(self._waiting)
            if self._waiting:
                self._waiting[0].is_next = True
                self._waiting[0].moved.release()


def _fail(batch: list[_Parcel[_Item]], error: BaseException) -> None:
    for parcel in batch:
        parcel.error = error
