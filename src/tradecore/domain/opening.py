"""Let an entry wait for its market to open, where its bot asks for that.

Only the market's hours may stand in its way: what a gate before them refuses, is refused at once. At the opening
every gate judges it anew. When that is, the venue's clock is asked again and again: what it said may have changed.
"""

from collections.abc import Iterable
from datetime import datetime

from tradecore.domain.book import Book, Wish
from tradecore.domain.decisions import Decision, Status, Verdict
from tradecore.domain.entering import Entrance
from tradecore.domain.facts import Facts
from tradecore.domain.pacing import CLOCK_TIME
from tradecore.domain.parties import WhenClosed
from tradecore.domain.refusals import Refusal
from tradecore.domain.sessions import Hours
from tradecore.domain.values import evolve


def waits_for_opening(wish: Wish, facts: Facts) -> bool:
    """Tell whether the market is closed, will open, and the bot lets its entries wait for that."""
    bot, hours = facts.bot(wish.bot_id), facts.hours
    if bot is None or bot.when_closed is not WhenClosed.QUEUE or hours is None or hours.now is not None:
        return False
    return hours.next is not None and hours.next.opens > facts.now


def wait_for_opening(decision: Decision, wish: Wish, entrance: Entrance, facts: Facts) -> Decision | None:
    """Put *wish* in line for the opening; None where it may not wait, or more than the hours is in its way."""
    if entrance.refusal is not Refusal.MARKET_CLOSED or not waits_for_opening(wish, facts):
        return None
    assert facts.hours is not None
    assert facts.hours.next is not None
    book, opens = decision.book, facts.hours.next.opens
    queued = evolve(wish, queued_until=opens, clock_at=facts.now + CLOCK_TIME)
    return _told(decision.on(evolve(book, waiting=(*book.waiting, queued))), wish, opens)


def look_at_clock(decision: Decision, facts: Facts) -> Decision:
    """Let whatever waits for an opening have its turn once the market is open, whatever was said of that before."""
    for wish in decision.book.waiting:
        if not wish.is_queued(facts.now) or facts.hours is None:
            continue
        opens = wish.queued_until
        if facts.hours.now is not None:
            opens = facts.now
        elif facts.hours.next is not None and facts.hours.next.opens > facts.now:
            opens = facts.hours.next.opens
        is_due = wish.clock_at is None or wish.clock_at <= facts.now
        looked = evolve(wish, queued_until=opens, clock_at=facts.now + CLOCK_TIME if is_due else wish.clock_at)
        waiting = tuple(looked if other is wish else other for other in decision.book.waiting)
        decision = decision.on(evolve(decision.book, waiting=waiting))
        if opens is not None and facts.now < opens != wish.queued_until:
            decision = _told(decision, wish, opens)
    return decision


def clock_alone(book: Book, moments: Iterable[datetime], now: datetime) -> bool:
    """Tell whether looking at the venue's clock is all that *book* has to do at *now*, of the *moments* it awaits."""
    looks = {wish.clock_at for wish in book.waiting}
    was_set_back = book.judged_at is not None and book.judged_at > now
    return not was_set_back and bool(looks - {None}) and all(moment in looks for moment in moments if moment <= now)


def still_shut(book: Book, hours: Hours | None) -> bool:
    """Tell whether the market opens just when the entries that wait in *book* were told."""
    if hours is None or hours.now is not None or hours.next is None:
        return False
    return {wish.queued_until for wish in book.waiting} - {None} == {hours.next.opens}


def _told(decision: Decision, wish: Wish, opens: datetime) -> Decision:
    """Return the decision with until when *wish* waits told, where anybody reads it."""
    if wish.alert is None:
        return decision
    words = f"Waits until {opens:%Y-%m-%d %H:%M} UTC, when the market opens; it is judged then."
    return decision.verdict(Verdict(alert_id=wish.alert.id, status=Status.PENDING, outcome=words))


def released(wish: Wish) -> Wish:
    """Return *wish* as its turn comes: what waited for an opening is as old as that opening."""
    if wish.queued_until is None:
        return wish
    return evolve(wish, came_at=wish.queued_until, queued_until=None, clock_at=None)
