"""Keep events until they are judged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from tradecore.domain.book import BookKey
from tradecore.domain.events import Event
from tradecore.domain.records import Claim, Delivery, Receipt

# The longest that a book is left alone; one that would rest longer was put to rest before the clock was set back.
REST_MAX: Final = timedelta(minutes=1)


class Inbox(Protocol):
    """The one letterbox of all doors. What it has taken is on disk.

    Every method raises `UnreachableError` where the disk or database cannot be had: nothing was written, or nobody
    was told so, and the same again finds it.
    """

    def accept_all(self, deliveries: Sequence[Delivery], now: datetime) -> tuple[Receipt, ...]:
        """Take alerts, each once, with their events: all of them in one transaction, in this order, or none.

        Where an alert with the same user and identity came less than the delivery's window before *now* (for ever,
        where it is None), or stands before it in *deliveries*, nothing is written of it, and the receipt carries the
        first one's id. One that came as much after *now*, by a clock that was set back since, is another. Two
        deliveries at the same instant, in two threads or processes, are still one alert. With an alert goes its
        `flattening`, to each book in `also`.
        """
        ...

    def accept(self, delivery: Delivery, now: datetime) -> Receipt:
        """Take an alert once; see `accept_all`."""
        return self.accept_all((delivery,), now)[0]

    def post(self, key: BookKey, event: Event, now: datetime, *, due: datetime | None = None) -> None:
        """Take an event of the book *key*; from the moment *due* on, where it is named."""
        ...

    def claim(self, now: datetime) -> Claim | None:
        """Give one book to the caller alone: the one with the oldest event due at *now*, or with errands left over.

        A book that somebody else has is passed over. Events of a book come in the order in which they were posted
        (those with a due moment: in the order of that moment). None where nothing is due. `MalformedError`
        names a book of which something stored cannot be read: it is passed over from then on.
        """
        ...

    def release(self, claim: Claim, *, rests_until: datetime | None = None) -> None:
        """Give the book back. What was not recorded meanwhile is due again: at once, or from *rests_until* on."""
        ...

    def wait(self, seconds: float) -> None:
        """Return when something may be due, after *seconds* at the latest. May return for nothing."""
        ...

    def waiting(self, now: datetime) -> int:
        """Return how many events are not judged yet, those due after *now* not counted."""
        ...
