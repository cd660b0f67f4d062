"""Share the accounts out among the processes on one PostgreSQL database.

A process lives as long as it says so, by the database's clock; its accounts are free when it has stopped saying so.
It counts the time itself, too, and stops a little earlier: one that was frozen finds that out before it sends anything.
"""

import os
import socket
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from secrets import token_hex
from threading import Lock
from typing import Any, Final, final

from sqlalchemy import Connection, Interval, bindparam, delete, func, literal, or_, select, union, update
from sqlalchemy.dialects.postgresql import insert

from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import ACCOUNTS, ERRANDS, EVENTS, LEASES, WORKERS
from tradecore.domain.ids import AccountId
from tradecore.ports.leases import Leases

LEASE_SECONDS: Final = 5.0
# What a process takes off for itself, as a part of the whole.
_EARLIER: Final = 0.2
_NOBODY: Final = ""
# So many accounts are begun with in one go: however many there are, the transaction must not be given up as too slow.
AT_ONCE: Final = 1_000

_NOW: Final[Any] = func.clock_timestamp()
_LIVES: Final = WORKERS.c.lives_until > _NOW
_LIVE: Final = select(WORKERS.c.id).where(_LIVES)
_LIFE: Final[Any] = _NOW + bindparam("life", type_=Interval())
_NEW_WORKER: Final = insert(WORKERS).values(id=bindparam("me"), lives_until=_LIFE)
_I_LIVE: Final = _NEW_WORKER.on_conflict_do_update(
    index_elements=["id"], set_={"lives_until": _NEW_WORKER.excluded.lives_until}
)
# Who lives until long after now has said so before the database's clock was set back: perhaps just then.
_IN_STEP: Final = (
    update(WORKERS)
    .where(WORKERS.c.lives_until > _LIFE + literal(timedelta(minutes=1), Interval))
    .values(lives_until=_LIFE)
)
_BURY: Final = delete(WORKERS).where(WORKERS.c.lives_until < _NOW - literal(timedelta(hours=1), Interval))
# An account without a line of its own yet; one that the directory does not know may still have something to do.
_KNOWN: Final = union(select(ACCOUNTS.c.id), select(EVENTS.c.account_id), select(ERRANDS.c.account_id)).subquery()
_NEW_LINES: Final = (
    insert(LEASES)
    .from_select(
        ["account_id", "holder"],
        select(_KNOWN.c[0], literal(_NOBODY))
        .where(~select(LEASES).where(LEASES.c.account_id == _KNOWN.c[0]).exists())
        .limit(bindparam("most")),
    )
    .on_conflict_do_nothing()
)
_NEWCOMER: Final = (
    select(EVENTS.c.seq).where(~select(LEASES).where(LEASES.c.account_id == EVENTS.c.account_id).exists()).limit(1)
)
_COUNTS: Final = select(
    select(func.count()).select_from(LEASES).scalar_subquery().label("accounts"),
    select(func.count()).select_from(_LIVE.subquery()).scalar_subquery().label("workers"),
    select(func.min(WORKERS.c.id)).where(_LIVES).scalar_subquery().label("first"),
)
_ALIVE: Final = (
    select(WORKERS.c.id, func.count(LEASES.c.account_id).label("accounts"))
    .join_from(WORKERS, LEASES, LEASES.c.holder == WORKERS.c.id, isouter=True)
    .where(_LIVES)
    .group_by(WORKERS.c.id)
    .order_by(WORKERS.c.id)
)
_MINE: Final = select(LEASES.c.account_id).where(LEASES.c.holder == bindparam("me")).order_by(LEASES.c.account_id)
_FREE: Final = (
    select(LEASES.c.account_id)
    .where(or_(LEASES.c.holder == _NOBODY, LEASES.c.holder.not_in(_LIVE)))
    .order_by(LEASES.c.account_id)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)
_TAKE: Final = (
    update(LEASES).where(LEASES.c.account_id.in_(_FREE)).values(holder=bindparam("me")).returning(LEASES.c.account_id)
)
_GIVE_BACK: Final = (
    update(LEASES)
    .where(LEASES.c.holder == bindparam("me"), LEASES.c.account_id.in_(bindparam("surplus", expanding=True)))
    .values(holder=_NOBODY)
)
_I_LEAVE: Final = delete(WORKERS).where(WORKERS.c.id == bindparam("me"))


def _since_boot() -> float:
    """Return seconds that also pass while the machine sleeps, where the system counts them."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@final
class SqlLeases(Leases):
    """What one process holds. `busy` tells in which accounts it is at work just now: those are not given back."""

    def __init__(self, database: Database, *, seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._seconds = seconds
        self._turn = Lock()
        self._mine: frozenset[AccountId] = frozenset()
        self._good_until = 0.0
        self._leads = False
        self.me: Final = f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(6)}"
        self.busy: Callable[[], Collection[AccountId]] = frozenset

    def renew(self) -> None:
        asked = _since_boot()
        # What an older view of the tables says must not be written over what a newer one has said.
        with self._turn:
            with self._database.write() as connection:
                # One after the other: who has just taken an account is not known to live by an older view.
                self._database.lock(connection, "leases")
                life = {"life": timedelta(seconds=self._seconds)}
                connection.execute(_IN_STEP, life)
                connection.execute(_I_LIVE, {"me": self.me, **life})
                connection.execute(_BURY)
                connection.execute(_NEW_LINES, {"most": AT_ONCE})
                counts = connection.execute(_COUNTS).one()
                mine = self._share(connection, -(-counts.accounts // max(1, counts.workers)))
            self._mine, self._leads = mine, counts.first == self.me
            self._good_until = asked + self._seconds * (1 - _EARLIER)

    def _share(self, connection: Connection, fair: int) -> frozenset[AccountId]:
        """Take or give back until *fair* accounts are this process's; return which are."""
        mine = {AccountId(account_id) for account_id in connection.execute(_MINE, {"me": self.me}).scalars()}
        room = fair - len(mine)
        if room > 0:
            taken = connection.execute(_TAKE, {"me": self.me, "room": min(room, AT_ONCE)}).scalars()
            mine |= {AccountId(account_id) for account_id in taken}
        elif room < 0:
            spare = sorted(mine - set(self.busy()))[room:]
            # First nothing is begun there any more, and then it is asked whether anything was.
            self._mine -= set(spare)
            surplus = sorted(set(spare) - set(self.busy()))
            connection.execute(_GIVE_BACK, {"me": self.me, "surplus": surplus})
            mine -= set(surplus)
        return frozenset(mine)

    def renew_if_old(self) -> None:
        """Renew where nobody has for half of the lease's time, as before the first time."""
        if _since_boot() > self._good_until - self._seconds / 2:
            self.renew()

    def take_newcomers(self) -> bool:
        """Renew where something is to be done for an account that nobody has had yet; tell whether that was so."""
        with self._database.read() as connection:
            is_new = connection.execute(_NEWCOMER).first() is not None
        if is_new:
            self.renew()
        return is_new

    def holds(self, account_id: AccountId) -> bool:
        return account_id in self._mine and _since_boot() < self._good_until

    @property
    def leads(self) -> bool:
        return self._leads and _since_boot() < self._good_until

    def alive(self) -> dict[str, int]:
        with self._database.read() as connection:
            return {row.id: row.accounts for row in connection.execute(_ALIVE)}

    def give_up(self) -> None:
        with self._turn:
            mine, self._mine, self._good_until = self._mine, frozenset(), 0.0
        if not mine:
            return
        with self._database.write() as connection:
            connection.execute(_GIVE_BACK, {"me": self.me, "surplus": sorted(mine)})
            connection.execute(_I_LEAVE, {"me": self.me})
