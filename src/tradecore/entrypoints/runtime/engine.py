"""Take events one book at a time: gather, decide, record, perform; the answer is the next event.

Many books are worked at once, each by one worker. A crash anywhere heals by starting again: what was not recorded
is still in the inbox, and what was recorded but not performed is an errand, looked up before it is repeated.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Lock
from typing import Final

import structlog
from attrs import Factory, define, field, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.deciding import awaits, decide, set_aside
from tradecore.domain.decisions import Decision
from tradecore.domain.errors import ConflictError, MalformedError, UnreachableError
from tradecore.domain.events import Event, OrderReported, Woken
from tradecore.domain.facts import Facts
from tradecore.domain.ids import AccountId, ErrandId, EventId
from tradecore.domain.opening import clock_alone, still_shut
from tradecore.domain.pacing import CLOCK_TIME
from tradecore.domain.records import Claim, Errand, Judged, Posted
from tradecore.domain.settling import says_nothing_new
from tradecore.entrypoints.runtime.doorstep import Doorstep
from tradecore.entrypoints.runtime.gathering import Gatherer
from tradecore.entrypoints.runtime.performing import Performer
from tradecore.ports.inbox import Inbox
from tradecore.ports.leases import Leases
from tradecore.ports.ledger import Ledger
from tradecore.ports.system import Clock, Mint

_log = structlog.get_logger()

# A book whose outcomes never end must not keep its worker from the others. What is left over is taken up again.
CHAIN_MAX: Final = 200

# How long a book is left alone in which something failed that the same again would only repeat.
REST: Final = timedelta(seconds=30)
# How long a worker sleeps at most when nothing is due: reminders are found by it.
IDLE_SECONDS: Final = 0.5
# Less is what two threads take from each other, or what a machine corrects in passing.
SET_BACK_MIN: Final = timedelta(seconds=1)
# How long a worker leaves a database alone that could not be had.
TROUBLE_SECONDS: Final = 1.0


@frozen(kw_only=True)
class _Next:
    """An event to judge: from the inbox, or the outcome of an errand."""

    event_id: EventId
    event: Event
    errand_id: ErrandId | None = None


@define
class _Rooms:
    """One lock an account."""

    locks: dict[AccountId, Lock] = Factory(dict)
    guard: Lock = Factory(Lock)

    def of(self, account_id: AccountId) -> Lock:
        """Return the account's lock, always the same one."""
        with self.guard:
            return self.locks.setdefault(account_id, Lock())


@define
class _Watch:
    """Sees that the clock was set back. Whoever takes a book over, or starts, has it looked at anyway."""

    latest: datetime | None = None
    turn: Lock = Factory(Lock)

    def was_set_back(self, now: datetime) -> bool:
        """Tell it until somebody takes *now* for the latest moment."""
        if self.latest is None or now > self.latest:
            self.latest = now
        return self.latest - now > SET_BACK_MIN


@frozen(kw_only=True)
class Engine:
    """The loop. Any number of threads may call `run` or `step` of one engine."""

    inbox: Inbox
    ledger: Ledger
    gatherer: Gatherer
    performer: Performer
    leases: Leases
    clock: Clock
    mint: Mint
    doorstep: Doorstep = field(factory=Doorstep)
    judge: Callable[[Book, Event, Facts], Decision] = decide
    _rooms: _Rooms = field(factory=_Rooms, init=False, repr=False)
    _watch: _Watch = field(factory=_Watch, init=False, repr=False)

    def step(self) -> bool:
        """Take one book's next event, with all that follows from it at once; False where nothing is due.

        Raises `UnreachableError` where the ledger cannot be had: nothing is lost, the same is due again; and
        `MalformedError` once for each book of which something stored cannot be read.
        """
        now = self.clock.now()
        if self._watch.was_set_back(now) and self._watch.turn.acquire(blocking=False):
            try:
                self._wake_all(now)
                self._watch.latest = now
            finally:
                self._watch.turn.release()
        claim = self.inbox.claim(now)
        if claim is None:
            return False
        rests_until = None
        self.doorstep.close(claim.key)
        try:
            self._work(claim)
        except ConflictError as error:
            # The book is another process's by now: its word stands, and what is left over is done there.
            _log.warning("book taken over by another process", book=str(claim.key), error=str(error))
        except UnreachableError:
            raise
        except Exception:  # noqa: BLE001 - a bug of ours, or something stored that this version cannot read
            # It would be the first in line again at once, and keep every other book from its exits.
            _log.exception("a book cannot be worked on; it rests, and is tried again", book=str(claim.key))
            rests_until = self.clock.now() + REST
        finally:
            # Before the release, for the next one closes the door again.
            said = self.doorstep.open(claim.key)
            try:
                self.inbox.release(claim, rests_until=rests_until)
            finally:
                for take in said:
                    take()
        return True

    def run(self, stopping: Signal) -> None:
        """Take events until told to stop; what is under way then is finished first."""
        while not stopping.is_set():
            try:
                if not self.step():
                    self.inbox.wait(IDLE_SECONDS)
            except UnreachableError as error:
                _log.error("the ledger cannot be had; trying again", error=str(error))
                stopping.wait(TROUBLE_SECONDS)
            except MalformedError as error:
                _log.error("what is stored cannot be read by this version", error=str(error))

    def _wake_all(self, now: datetime) -> None:
        """Have every book of ours judged by the new time: its reminder may lie as far ahead as the clock went back."""
        _log.warning("the clock was set back; every open book is woken", now=now.isoformat())
        for key in self.ledger.open_books():
            if self.leases.holds(key.account_id):
                self.inbox.post(key, Woken(), now)

    def _work(self, claim: Claim) -> None:
        line: deque[_Next] = deque()
        for errand in claim.left_over:
            line.extend(self._perform(errand, first=False))
        if claim.posted is not None and not self._is_passed_over(claim.posted):
            line.append(_Next(event_id=claim.posted.id, event=claim.posted.event))
        judged = 0
        while line:
            judged += 1
            if judged > CHAIN_MAX:
                message = f"{claim.key}: {CHAIN_MAX} outcomes in one go: the book is given back, and taken up again"
                _log.error(message)
                return
            following = line.popleft()
            errands = self._judge(claim.key, following)
            outcomes = [outcome for errand in errands for outcome in self._perform(errand, first=True)]
            # Outcomes go before what else is in line: they are already true.
            line.extendleft(reversed(outcomes))

    def _is_passed_over(self, posted: Posted) -> bool:
        """Let go what changes nothing: a reminder of what is over, and a report that only repeats what is known.

        Every order is to be looked up unless its news come first, and every stream says again what answers have said.
        """
        if isinstance(posted.event, Woken):
            book = self.ledger.book(posted.key)
            if awaits(book) and not self._is_shut_as_before(book):
                return False
            self.ledger.pass_over(posted.id)
            return True
        if not isinstance(posted.event, OrderReported) or posted.event.report.order_id is None:
            return False
        report = posted.event.report
        order = self.ledger.order(report.order_id) if report.order_id is not None else None
        if order is None or not says_nothing_new(order, report):
            return False
        self.ledger.pass_over(posted.id)
        return True

    def _is_shut_as_before(self, book: Book) -> bool:
        """Tell whether the book only waits for a market that is still closed, and see to the next look at its clock.

        A weekend has thousands of minutes, and a judgement of each would be written down whole.
        """
        now, moments = self.clock.now(), awaits(book)
        if not (clock_alone(book, moments, now) and still_shut(book, self.gatherer.hours(book))):
            return False
        if book.remind_at is None or book.remind_at <= now:  # Else a later reminder is on its way.
            due = min((moment for moment in moments if moment > now), default=now + CLOCK_TIME)
            self.inbox.post(book.key, Woken(), now, due=min(due, now + CLOCK_TIME))
        return True

    def _judge(self, key: BookKey, following: _Next) -> tuple[Errand, ...]:
        before = self.ledger.book(key)
        seen = self.gatherer.look(before, following.event)
        # Two books of one account must not pass the account's limits side by side, each unaware of the other.
        with self._rooms.of(key.account_id):
            facts = self.gatherer.with_standing(seen, before, following.event)
            judged = self._judged(before, following, facts)
            errands = self.ledger.record(judged, facts.now)
        _log_verdicts(judged, facts.now)
        return errands

    def _judged(self, before: Book, following: _Next, facts: Facts) -> Judged:
        try:
            decision = self.judge(before, following.event, facts)
        except Exception as error:  # noqa: BLE001 - a bug of ours: the same again would only fail again
            _log.exception("an event could not be judged, and was set aside", book=str(before.key))
            decision = set_aside(before, following.event, repr(error))
        return Judged(
            event_id=following.event_id,
            event=following.event,
            before=before,
            facts=facts,
            decision=decision,
            errand_id=following.errand_id,
        )

    def _perform(self, errand: Errand, *, first: bool) -> list[_Next]:
        """Perform *errand*; one whose outcome is no event is marked as done here."""
        if not self.leases.holds(errand.key.account_id):
            message = f"{errand.key}: the lease ran out, so {errand.id} is left to whoever has the account now"
            raise ConflictError(message)
        outcome = self.performer.perform(errand, first=first)
        if outcome is None:
            self.ledger.done([errand.id])
            return []
        return [_Next(event_id=EventId(self.mint.new()), event=outcome, errand_id=errand.id)]


def _log_verdicts(judged: Judged, now: datetime) -> None:
    """Write one line per alert that has come to its end."""
    for verdict in judged.decision.verdicts:
        _log.info(
            "alert judged",
            alert=verdict.alert_id,
            book=str(judged.before.key),
            status=verdict.status.value,
            refusal=verdict.refusal.code if verdict.refusal else None,
            outcome=verdict.outcome,
            at=now.isoformat(),
        )
