"""Keep events until they are judged, in memory."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import final

from tradecore.adapters.memory.state import Letter, State, event_id
from tradecore.domain.book import BookKey
from tradecore.domain.decisions import Status
from tradecore.domain.events import Event
from tradecore.domain.ids import AlertId
from tradecore.domain.records import AlertRecord, Claim, Delivery, Posted, Receipt
from tradecore.ports.inbox import REST_MAX, Inbox


@final
class MemoryInbox(Inbox):
    def __init__(self, state: State) -> None:
        self._state = state

    def accept_all(self, deliveries: Sequence[Delivery], now: datetime) -> tuple[Receipt, ...]:
        with self._state.lock:
            self._state.trip("accept")
            return tuple(self._accept(delivery, now) for delivery in deliveries)

    def _accept(self, delivery: Delivery, now: datetime) -> Receipt:
        if (first := self._first(delivery, now)) is not None:
            return Receipt(alert_id=first, duplicate=True)
        alert = delivery.alert
        self._state.alerts[alert.id] = AlertRecord(
            alert=alert, key=delivery.key, user_id=delivery.user_id, account_id=delivery.account_id,
            bot_id=delivery.arrived.bot_id, body=delivery.body, status=Status.PENDING)  # fmt: skip
        self._state.accepted[delivery.user_id, delivery.identity].append((now, alert.id))
        self._put(delivery.key, delivery.arrived, now, None)
        for key in delivery.also:
            self._put(key, delivery.flattening, now, None)
        return Receipt(alert_id=alert.id, duplicate=False)

    def _first(self, delivery: Delivery, now: datetime) -> AlertId | None:
        earlier = self._state.accepted.get((delivery.user_id, delivery.identity), ())
        window = delivery.window
        return next((alert_id for at, alert_id in sorted(earlier) if window is None or abs(now - at) < window), None)

    def post(self, key: BookKey, event: Event, now: datetime, *, due: datetime | None = None) -> None:
        with self._state.lock:
            self._state.trip("post")
            self._put(key, event, now, due)

    def _put(self, key: BookKey, event: Event, now: datetime, due: datetime | None) -> None:
        number = self._state.next_event()
        posted = Posted(id=event_id(number), key=key, event=event, posted_at=now)
        self._state.put(Letter(number, due, posted))

    def claim(self, now: datetime) -> Claim | None:
        state = self._state
        with state.lock:
            state.trip("claim")
            state.seen.posts = state.posts
            key = self._orphan(now)
            mail = state.mail if key is None else {key: state.mail.get(key, ())}
            first = _first_due((one for of, letters in mail.items() if self._is_free(of, now) for one in letters), now)
            if first is not None:
                key = first.posted.key
            elif key is None:
                state.seen.pause = self._pause(now)
                return None
            claim = Claim(
                key=key, left_over=tuple(state.errands.get(key, {}).values()),
                posted=first.posted if first is not None else None)  # fmt: skip
            state.claims[key] = claim
            return claim

    def _orphan(self, now: datetime) -> BookKey | None:
        """Find a book whose performer died, the one with the oldest errand; None where there is none."""
        state = self._state
        oldest = [next(iter(errands)) for key, errands in state.errands.items() if self._is_free(key, now)]
        if not oldest:
            return None
        key, _ = min((state.errand_places[errand_id] for errand_id in oldest), key=lambda place: place[1])
        return key

    def _is_free(self, key: BookKey, now: datetime) -> bool:
        until = self._state.resting.get(key)
        return key not in self._state.claims and (until is None or not now < until <= now + REST_MAX)

    def _pause(self, now: datetime) -> float:
        """Return the seconds until the next event falls due that nobody will wake us for."""
        later = [letter.due for letters in self._state.mail.values() for letter in letters if letter.due is not None]
        return min(((due - now).total_seconds() for due in later if due > now), default=float("inf"))

    def release(self, claim: Claim, *, rests_until: datetime | None = None) -> None:
        with self._state.lock:
            if self._state.claims.get(claim.key) is claim:
                del self._state.claims[claim.key]
                if rests_until is not None:
                    self._state.resting[claim.key] = rests_until
                self._state.wake()

    def wait(self, seconds: float) -> None:
        state = self._state
        with state.lock:
            posts = getattr(state.seen, "posts", state.posts)
            pause = getattr(state.seen, "pause", seconds)
            state.news.wait_for(lambda: state.posts != posts, timeout=max(0.0, min(seconds, pause)))

    def waiting(self, now: datetime) -> int:
        with self._state.lock:
            letters = [letter for letters in self._state.mail.values() for letter in letters]
            return sum(letter.due is None or letter.due <= now for letter in letters)


def _first_due(letters: Iterable[Letter], now: datetime) -> Letter | None:
    """Return the one that has waited longest: of those without a date the first that came, whatever the clock said."""
    undated: Letter | None = None
    dated: Letter | None = None
    for letter in letters:
        if letter.due is None:
            undated = letter if undated is None or letter.number < undated.number else undated
        elif letter.due <= now and (dated is None or (letter.due, letter.number) < (dated.moment, dated.number)):
            dated = letter
    found = [letter for letter in (undated, dated) if letter is not None]
    return min(found, key=lambda letter: (letter.moment, letter.number), default=None)
