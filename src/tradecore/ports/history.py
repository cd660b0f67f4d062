"""Answer questions about the past."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from attrs import frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.ids import AccountId, AlertId, BotId, EventId, PlanId, Symbol, UserId
from tradecore.domain.performance import Totals
from tradecore.domain.records import AlertRecord, Judged, OrderRecord, Told
from tradecore.domain.trades import Fill, Trade


@frozen(kw_only=True)
class Asked:
    """Which rows are asked for: all that is named must match; newest first, `limit` of them, `before` a moment."""

    user_id: UserId | None = None
    account_id: AccountId | None = None
    bot_id: BotId | None = None
    symbol: Symbol | None = None
    status: Status | None = None
    plan_id: PlanId | None = None
    since: datetime | None = None
    before: datetime | None = None
    limit: int = 100


@frozen(kw_only=True)
class Place:
    """Where a reader of judgements stands: just behind one of them."""

    at: datetime
    number: int


@frozen(kw_only=True)
class Unreadable:
    """A judgement whose stored text this version cannot read, and why."""

    event_id: EventId
    key: BookKey
    at: datetime
    why: str


@frozen(kw_only=True)
class Kept:
    """A judgement as it was kept, with its place among all."""

    place: Place
    judged: Judged | Unreadable


class History(Protocol):
    """What API, dashboard and reports read; nothing here writes. Raises `UnreachableError` as the ledger does."""

    def alert(self, alert_id: AlertId) -> AlertRecord | None:
        """Return one alert with its end."""
        ...

    def alerts(self, asked: Asked) -> tuple[AlertRecord, ...]:
        """Return alerts, newest first by arrival."""
        ...

    def last_alerts(self, bot_ids: Collection[BotId]) -> Mapping[BotId, AlertRecord]:
        """Return the newest alert of each bot that the directory has; one without any is left out."""
        ...

    def totals(self, bot_ids: Collection[BotId]) -> Mapping[BotId, Totals]:
        """Add up each bot's trades, to the last digit; one without any is left out. No trade is read whole."""
        ...

    def orders(self, asked: Asked) -> tuple[OrderRecord, ...]:
        """Return orders, newest first; those of one plan (`plan_id`) in the order in which they were made."""
        ...

    def fills(self, asked: Asked) -> tuple[Fill, ...]:
        """Return fills, newest first; those of one plan in the order in which they came."""
        ...

    def trades(self, asked: Asked) -> tuple[Trade, ...]:
        """Return trades, newest first by their end; with `plan_id`, those that it opened or closed."""
        ...

    def judgements(self, asked: Asked) -> tuple[Judged, ...]:
        """Return judgements, oldest first; with `plan_id`, those that are about it."""
        ...

    def judgements_after(self, place: Place | None, asked: Asked) -> tuple[Kept, ...]:
        """Return the next `limit` judgements behind *place* by their moments, from the first on where it is None.

        All of them, page by page, cost one walk through the span; one that cannot be read hides no other.
        """
        ...

    def books(self, account_id: AccountId) -> tuple[Book, ...]:
        """Return every book of the account, idle ones included."""
        ...

    def told(self, asked: Asked) -> tuple[Told, ...]:
        """Return what people were told, newest first."""
        ...
