"""Know the last price of each contract: from the market hub where it is fresh, else from the newest bar."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, final

from attrs import frozen

from tradecore.adapters.projectx import reading, refusals
from tradecore.adapters.projectx.contracts import Contract
from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.events import Kind, QuoteBook, read
from tradecore.adapters.projectx.hub import Hub
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.listening import Subscription, Timing
from tradecore.adapters.projectx.pace import Lane
from tradecore.domain.errors import MalformedError, WorldError
from tradecore.domain.ids import Symbol
from tradecore.domain.money import ZERO
from tradecore.domain.venues import Quote
from tradecore.ports.system import Clock

# One judgement asks several times, and the Gateway answers 50 questions for bars in 30 seconds.
FRESH: Final = timedelta(seconds=1)
AT_ONCE: Final = timedelta(0)
# What was heard so lately needs no question; in a market that is quiet the bars are asked too.
_HEARD_LATELY: Final = timedelta(seconds=5)
# A market that is open tells something every second: who hears nothing for so long hears nobody.
_QUIET_MAX: Final = timedelta(seconds=15)
# By how much the Gateway's clock may be ahead of ours.
_SKEW: Final = timedelta(minutes=5)


@frozen
class _Look:
    """Where to look for the newest bar: which unit, and how far back."""

    unit: int
    back: timedelta


# A bar is called by when it began. Seconds first, so that this is nearly when it was traded; where nothing was lately,
# as over a weekend, minutes of the days before.
_LOOKS: Final = (_Look(1, timedelta(minutes=10)), _Look(2, timedelta(days=7)))


@final
class Prices:
    """One login's prices; safe from any thread. Without the address of a market hub there are bars alone.

    *is_open* tells whether the market trades, so that a hub that tells nothing is one that fails.
    """

    def __init__(
        self, line: Line, market_hub: str | None, clock: Clock, timing: Timing | None = None, *,
        is_open: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._line = line
        self._clock = clock
        self._feed = Feed(line, market_hub, clock, timing, is_open) if market_hub is not None else None
        self._lock = Lock()
        self._known: dict[str, tuple[Quote | None, datetime]] = {}

    def quote(self, contract: Contract, *, within: timedelta = FRESH) -> Quote | None:
        """Return the last price, asked for where what is known is not from *within* so long ago.

        What cannot be asked for now is answered with an older price, which says how old it is.
        """
        now = self._clock.now()
        heard = self._feed.quote(contract) if self._feed is not None else None
        if heard is not None and abs(now - heard[1]) < _HEARD_LATELY:
            return heard[0]
        with self._lock:
            known = self._known.get(contract.id)
        if known is None or abs(now - known[1]) >= max(within, timedelta(microseconds=1)):
            try:
                known = self._newest(contract, now), now
            except WorldError:
                if known is None and heard is None:
                    raise
            else:
                with self._lock:
                    self._known[contract.id] = known
        quotes = [told[0] for told in (known, heard) if told is not None and told[0] is not None]
        return max(quotes, key=lambda quote: quote.at, default=None)

    def rest(self) -> None:
        """Hear no prices until one is asked for again."""
        if self._feed is not None:
            self._feed.rest()

    def _newest(self, contract: Contract, now: datetime) -> Quote | None:
        for look in _LOOKS:
            bars = self._line.listed(
                refusals.BARS, "bars", Lane.BARS, contractId=contract.id, live=False, unit=look.unit, unitNumber=1,
                startTime=(now - look.back).isoformat(), endTime=(now + _SKEW).isoformat(), limit=1,
                includePartialBar=True)  # fmt: skip
            quotes = [_of_bar(contract.symbol, bar) for bar in bars]
            if quotes:
                return max(quotes, key=lambda quote: quote.at)
        return None


def _of_bar(symbol: Symbol, bar: Raw) -> Quote:
    at, close = reading.moment(bar, "t"), reading.number(bar, "c")
    if at is None or close <= ZERO:
        raise MalformedError(f"ProjectX's bar of {symbol} has no time or no price")
    return Quote(symbol=symbol, last=close, at=at)


@final
class Feed:
    """The quotes that the market hub tells: what has changed, laid over what was known before.

    It begins to listen with the first contract that somebody asks for.
    """

    def __init__(self, line: Line, url: str, clock: Clock, timing: Timing | None, is_open: Callable[[], bool]) -> None:
        self._line = line
        self._url = url
        self._clock = clock
        self._timing = timing
        self._is_open = is_open
        self._lock = Lock()
        self._hub: Hub | None = None
        self._wanted: tuple[str, ...] = ()
        self._book = QuoteBook()
        self._heard_at: dict[str, datetime] = {}

    def quote(self, contract: Contract) -> tuple[Quote, datetime] | None:
        """Return the last quote and when it was heard, by our clock; from now on the contract is listened to."""
        with self._lock:
            self._want(contract.id)
        heard_at, told = self._heard_at.get(contract.id), self._book.quote(contract.id)
        if heard_at is None or told is None or told.last is None or told.last <= ZERO:
            return None
        quote = Quote(symbol=contract.symbol, last=told.last, at=told.at or heard_at, bid=told.bid, ask=told.ask)
        return quote, heard_at

    def rest(self) -> None:
        """Stop listening, until somebody asks again."""
        with self._lock:
            hub, self._hub, self._wanted = self._hub, None, ()
            self._book.clear()
        if hub is not None:
            hub.stop()

    def _want(self, contract_id: str) -> None:
        if contract_id in self._wanted:
            return
        self._wanted = (*self._wanted, contract_id)
        if self._hub is not None:
            self._hub.resubscribe()
            return
        self._hub = Hub(
            self._url, token=self._begin, refused=self._line.renewed, life=self._line.life,
            subscriptions=self._subscriptions, hear=self._hear, connected=lambda: None, timing=self._timing,
            quiet_max=_QUIET_MAX, is_busy=self._is_open,
        )  # fmt: skip
        self._hub.start()

    def _begin(self) -> str:
        """Begin a connection with nothing known: what has changed in between is never told."""
        self._book.clear()
        return self._line.token()

    def _subscriptions(self) -> tuple[Subscription, ...]:
        return tuple(("SubscribeContractQuotes", (contract_id,)) for contract_id in self._wanted)

    def _hear(self, target: str, arguments: list[object]) -> None:
        for told in read(target, arguments):
            if told.kind is Kind.QUOTE:
                quoted = self._book.take(told)
                self._heard_at[quoted.contract] = self._clock.now()
