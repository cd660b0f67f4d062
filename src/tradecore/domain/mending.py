"""Call off what rests at a venue and protects wrongly: asleep, larger than its share, or tied to nothing."""

from datetime import timedelta
from typing import Final

from tradecore.domain.book import Book
from tradecore.domain.commands import LookUp, Urgency
from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.money import ZERO, plain
from tradecore.domain.ordering import call_off
from tradecore.domain.orders import Order, OrderState, Purpose
from tradecore.domain.pacing import PASSED_TIME, STOPS_LOST_MAX, patience
from tradecore.domain.planning import want
from tradecore.domain.resting import protection_of, standing
from tradecore.domain.signals import Signal
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve

# So many looks in vain at a leg that still sleeps though its entry is over: half a minute.
ASLEEP_LOOKS: Final = 4
_AT_VENUE: Final = (OrderState.WORKING, OrderState.HELD)
_SOON: Final = timedelta(seconds=1)


def wake(decision: Decision, share: Share, facts: Facts) -> Decision:
    """Look at legs that still sleep though their entry is over; one that never wakes is called off, and replaced."""
    to_come = decision.book.legs_to_come
    for order in decision.book.orders_of(share.bot_id):
        if order.state is not OrderState.HELD or order.id in to_come:
            continue
        if order.looks >= ASLEEP_LOOKS:
            told = f"{decision.book.key}: the {order.ticket.purpose.value} of {plain(order.left)} has never woken"
            decision = call_off(decision, (order,), facts).tell(Urgency.WARNING, f"{told}: calling it off.")
            if order.ticket.purpose is Purpose.STOP:
                held = decision.book.share(share.bot_id)
                decision = decision.on(
                    decision.book.with_share(evolve(held, stops_lost=held.stops_lost + 1, lost_how="asleep"))
                )
                if held.stops_lost + 1 >= STOPS_LOST_MAX:
                    decision = want(decision, facts, Signal.CLOSE, share.bot_id, "its stop never woke")
        elif order.look_at is None or order.look_at > facts.now + patience(order.looks) + _SOON:
            decision = decision.order(evolve(order, look_at=facts.now + patience(order.looks)))
    return decision


def trim(decision: Decision, share: Share, facts: Facts) -> Decision:
    """Call off what rests for more than the share holds: filling, it would open the other side.

    A stop comes back in the size that fits. News of a fill may be on its way: it is looked up first.
    """
    book, large = decision.book, _too_large(decision.book, share)
    if not large:
        return decision if share.large_at is None else decision.on(book.with_share(evolve(share, large_at=None)))
    if share.large_at is None:
        seen = decision.on(book.with_share(evolve(share, large_at=facts.now)))
        return seen.do(*(LookUp(order_id=order.id) for order in large))
    if facts.now < share.large_at + PASSED_TIME:
        return decision
    names = " and ".join(f"a {order.ticket.purpose.value} for {plain(order.left)}" for order in large)
    told = f"{book.key}: {plain(abs(share.quantity))} are held, and {names} would trade more: calling it off."
    decision = decision.on(book.with_share(evolve(share, large_at=None))).tell(Urgency.WARNING, told)
    return call_off(decision, large, facts)


def untie(decision: Decision, share: Share, facts: Facts) -> Decision:
    """Call off a bracket's target whose own stop is gone, once another stop works: nothing ties the two together.

    Were both to fill while nobody looks, the second would open the other side.
    """
    book = decision.book
    if share.stop_price is None:
        return decision
    stops = protection_of(book, share.bot_id, Purpose.STOP)
    covered = sum((stop.left for stop in stops if stop.state is OrderState.WORKING), ZERO)
    if covered < abs(book.held_for_sure(share.bot_id)):
        return decision
    tied = {stop.parent_id for stop in stops}
    for target in protection_of(book, share.bot_id, Purpose.TARGET):
        if target.state in _AT_VENUE and target.parent_id not in {None, *tied}:
            told = f"{book.key}: the target of {plain(target.left)} has lost its own stop: calling it off, and watching"
            decision = call_off(decision, (target,), facts).tell(Urgency.NOTE, f"{told} its price from here.")
    return decision


def _too_large(book: Book, share: Share) -> tuple[Order, ...]:
    """Return what rests at the venue and, with what came before it, would trade more than the share."""
    held, to_come, large = abs(book.held_for_sure(share.bot_id)), book.legs_to_come, []
    for purpose in (Purpose.STOP, Purpose.TARGET):
        if purpose is Purpose.STOP and share.move_to is not None:
            continue  # While a stop is moved, two may rest.
        covered = ZERO
        for order in sorted(protection_of(book, share.bot_id, purpose), key=standing):
            if order.id in to_come:
                continue
            covered += order.left
            if covered > held and order.state in _AT_VENUE:
                large.append(order)
                covered -= order.left
    return tuple(large)
