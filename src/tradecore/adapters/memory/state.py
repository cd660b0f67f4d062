"""Hold what the parts of one memory store share: its tables, its lock, and its faults."""

from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from threading import Condition, RLock, local
from typing import final

from attrs import define, frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.credentials import SealedCredentials
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import (
    AccountId,
    AlertId,
    BotId,
    ErrandId,
    EventId,
    HaltId,
    InvitationId,
    OrderId,
    PlanId,
    SignInId,
    Symbol,
    TokenId,
    UserId,
)
from tradecore.domain.instruments import Instrument
from tradecore.domain.parties import Account, Bot, Halt, Token, User, Venue
from tradecore.domain.people import Invitation, SignIn
from tradecore.domain.records import AlertRecord, Claim, Errand, Judged, OrderRecord, Posted, Told
from tradecore.domain.trades import Fill, Trade


@frozen
class Letter:
    """An event with its place in the queue."""

    number: int
    due: datetime | None
    posted: Posted

    @property
    def moment(self) -> datetime:
        """From when on it is to be judged."""
        return self.due or self.posted.posted_at


@frozen
class Written:
    """A judgement as it was kept."""

    judged: Judged
    at: datetime
    plan_id: PlanId | None

    @property
    def key(self) -> BookKey:
        """The book that was judged."""
        return self.judged.before.key


@define
class Mark:
    """What an account was worth on one day."""

    high: Decimal
    last: Decimal


@final
class State:
    """The tables. Whoever reads or writes them holds `lock`; `news` wakes those who wait for events."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.news = Condition(self.lock)
        self.posts = 0  # how often anything came, so that nobody sleeps through it
        self.events = 0
        self.numbers = 0
        self.seen = local()
        self.failing: Counter[str] = Counter()

        self.mail: dict[BookKey, list[Letter]] = {}
        self.claims: dict[BookKey, Claim] = {}
        self.resting: dict[BookKey, datetime] = {}
        self.errands: dict[BookKey, dict[ErrandId, Errand]] = {}
        self.errand_places: dict[ErrandId, tuple[BookKey, int]] = {}

        self.alerts: dict[AlertId, AlertRecord] = {}
        self.accepted: dict[tuple[UserId, str], list[tuple[datetime, AlertId]]] = defaultdict(list)
        self.books: dict[BookKey, Book] = {}
        self.judged: dict[EventId, Written] = {}
        self.orders: dict[OrderId, OrderRecord] = {}
        self.fills: list[tuple[AccountId, Fill]] = []
        self.trades: list[Trade] = []
        self.told: list[Told] = []
        # Sorted by moment, so that a sum since this morning does not read last year.
        self.results: dict[AccountId, list[tuple[datetime, int, BotId, Decimal]]] = defaultdict(list)
        self.ends: dict[AccountId, list[tuple[datetime, int, Decimal]]] = defaultdict(list)
        self.entries: dict[AccountId, list[datetime]] = defaultdict(list)
        self.marks: dict[AccountId, dict[date, Mark]] = defaultdict(dict)

        self.users: dict[UserId, User] = {}
        self.accounts: dict[AccountId, Account] = {}
        self.bots: dict[BotId, Bot] = {}
        self.tokens: dict[TokenId, Token] = {}
        self.used: dict[TokenId, datetime] = {}
        self.halts: dict[HaltId, Halt] = {}
        self.sign_ins: dict[SignInId, SignIn] = {}
        self.invitations: dict[InvitationId, Invitation] = {}
        self.credentials: dict[AccountId, SealedCredentials] = {}
        self.instruments: dict[Venue, dict[Symbol, Instrument]] = {}

    def trip(self, call: str) -> None:
        """Fail where a test has asked for it, before anything is read or written."""
        if self.failing and self.failing[call] > 0:
            self.failing[call] -= 1
            message = f"the memory store was told to fail at {call!r}"
            raise UnreachableError(message)

    def next_event(self) -> int:
        """Return the number of the next event."""
        self.events += 1
        return self.events

    def next_number(self) -> int:
        """Return a number that is larger than all before it."""
        self.numbers += 1
        return self.numbers

    def put(self, letter: Letter) -> None:
        """Add an event to its book's, and wake somebody."""
        self.mail.setdefault(letter.posted.key, []).append(letter)
        self.wake()

    def wake(self) -> None:
        """Wake one of those who wait."""
        self.posts += 1
        self.news.notify()


def event_id(number: int) -> EventId:
    """Return the id of the event with this number: as long as a mint's, and like none of a mint's."""
    return EventId(f"E{number:025d}")
