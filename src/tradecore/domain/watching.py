"""Close a share by the price itself: past a stop that did not fill, or at a target that rests at no venue."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book
from tradecore.domain.commands import LookUp, Urgency
from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Order, OrderState, Purpose
from tradecore.domain.pacing import PASSED_TIME, REST_TIME, WATCH_TIME
from tradecore.domain.planning import want
from tradecore.domain.resting import protection_of
from tradecore.domain.signals import Signal
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve

# Beside its target, a stop sleeps at some venues as long as it works.
_AT_VENUE: Final = (OrderState.WORKING, OrderState.HELD)
# A price that is older than this says nothing of whether a stop should have filled.
FRESH_TIME: Final = timedelta(seconds=60)


def watch_stop(decision: Decision, share: Share, facts: Facts) -> Decision:
    """Close a share whose stop the price has jumped over: some venues make it a limit order, which then only rests."""
    book, last = decision.book, price_now(facts)
    passed = _passed(book, share, last) if last is not None else []
    if not passed or last is None:
        return decision if share.passed_at is None else decision.on(book.with_share(evolve(share, passed_at=None)))
    if share.passed_at is None:
        seen = decision.on(book.with_share(evolve(share, passed_at=facts.now)))
        return seen.do(*(LookUp(order_id=stop.id) for stop in passed))
    if facts.now < share.passed_at + PASSED_TIME:
        return decision
    stop = passed[0].price
    assert stop is not None
    told = f"the price is {plain(last)}, past the stop at {plain(stop)}, which has not filled: closing the share"
    decision = decision.on(book.with_share(evolve(share, passed_at=None))).tell(Urgency.ALARM, f"{book.key}: {told}.")
    return want(decision, facts, Signal.CLOSE, share.bot_id, "the price is past its stop")


def watch_target(decision: Decision, share: Share, facts: Facts) -> Decision:
    """Close a share whose target the price has reached and no order at the venue waits for.

    A lone target is never placed: beside a stop that knows nothing of it, both could fill.
    """
    book, last, target = decision.book, price_now(facts), share.target_price
    if target is None or protection_of(book, share.bot_id, Purpose.TARGET):
        return decision if share.watch_at is None else decision.on(book.with_share(evolve(share, watch_at=None)))
    if last is not None and (last - target) * share.quantity >= ZERO:
        told = f"the price is {plain(last)}, and the target at {plain(target)} is reached: closing the share"
        decision = decision.on(book.with_share(evolve(share, watch_at=None)))
        decision = decision.tell(Urgency.NOTE, f"{book.key}: {told}.")
        return want(decision, facts, Signal.CLOSE, share.bot_id, "its target is reached")
    if share.watch_at is not None and facts.now < share.watch_at:
        return decision
    is_open = facts.hours is not None and facts.hours.now is not None
    watch_at = facts.now + (WATCH_TIME if is_open else REST_TIME)
    return decision.on(book.with_share(evolve(share, watch_at=watch_at)))


def price_now(facts: Facts) -> Decimal | None:
    """Return the price of now in an open market; None where there is none that tells anything."""
    quote, hours = facts.quote, facts.hours
    if quote is None or hours is None or hours.now is None or abs(facts.now - quote.at) > FRESH_TIME:
        return None
    if quote.at < hours.now.opens:
        return None  # It is one of the session before.
    return quote.last


def _passed(book: Book, share: Share, last: Decimal) -> list[Order]:
    """Return the share's stops that the price is past: those at the venue, and those that could not be sent."""
    to_come = book.legs_to_come
    awake = [
        (order, order.price) for order in protection_of(book, share.bot_id, Purpose.STOP)
        if (order.state in _AT_VENUE or order.send_at is not None) and order.id not in to_come
    ]  # fmt: skip
    return [order for order, stop in awake if stop is not None and (last - stop) * share.quantity < ZERO]
