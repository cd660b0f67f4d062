"""Keep every open share covered by its stop, and leave no protection without a share.

A bracket does both at the venue; this is for what the venue could not take, has lost, or has left behind.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book
from tradecore.domain.commands import TakeSurvey, Urgency
from tradecore.domain.decisions import Decision
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId
from tradecore.domain.instruments import is_stoppable
from tradecore.domain.mending import trim, untie, wake
from tradecore.domain.money import ONE, ZERO, plain
from tradecore.domain.moving import tend_move
from tradecore.domain.ordering import call_off, place_stop
from tradecore.domain.orders import Order, OrderState, Purpose, Side
from tradecore.domain.pacing import LAG, SECOND_LOOK, STOPS_LOST_MAX
from tradecore.domain.planning import want
from tradecore.domain.resting import has_room, is_trading, protection_of, standing
from tradecore.domain.signals import Signal
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve
from tradecore.domain.watching import price_now, watch_stop, watch_target

# An average may have endless digits.
_PRICE_STEP: Final = Decimal("0.00000001")


def protect(decision: Decision, facts: Facts) -> Decision:
    """Put right what is not covered, covers nothing, or works without a plan; a plan under way minds its own bot."""
    book = decision.book
    busy, to_come = _busy(book, facts.now), book.legs_to_come
    idle = (order for order in book.orders if order.bot_id not in busy and order.id not in to_come)
    decision = call_off(decision, tuple(order for order in idle if _is_left_over(book, order)), facts)
    for share in decision.book.shares:
        if share.tell_target_at is not None and facts.now >= share.tell_target_at:
            decision = _tell_of_target(decision, share)
    for tend in (wake, watch_stop, watch_target, tend_move, trim, untie):
        for share in decision.book.shares:
            if share.bot_id not in busy:
                decision = tend(decision, share, facts)
    for share in decision.book.shares:
        if share.stop_price is not None and (share.bot_id not in busy or _is_filling(book, share)):
            decision = _cover(decision, share, share.stop_price, facts)
    return _count_stops(decision)


def _count_stops(decision: Decision) -> Decision:
    """Have each share know where its stops stand on average, where that is not all at one price: so much is at risk."""
    for share in decision.book.shares:
        average = _stops_average(decision.book, share)
        if average != share.stops_average:
            decision = decision.on(decision.book.with_share(evolve(share, stops_average=average)))
    return decision


def _stops_average(book: Book, share: Share) -> Decimal | None:
    if share.stop_price is None:
        return None
    to_come = book.legs_to_come
    stops = [(one.price, one.left) for one in protection_of(book, share.bot_id, Purpose.STOP) if one.id not in to_come]
    # What no stop covers yet gets one at the share's own price.
    stops.append((share.stop_price, max(ZERO, abs(share.quantity) - sum((left for _, left in stops), ZERO))))
    counted = [(price, left) for price, left in stops if price is not None and left]
    if all(price == share.stop_price for price, _ in counted):
        return None
    whole = sum((left for _, left in counted), ZERO)
    return (sum((price * left for price, left in counted), ZERO) / whole).quantize(_PRICE_STEP)


def _tell_of_target(decision: Decision, share: Share) -> Decision:
    """Tell once of a target that ended unasked: nobody places it again, its price is watched."""
    book = decision.book
    told = f"{book.key}: the target of {plain(share.quantity)} has ended unasked: its price is watched from here."
    return decision.on(book.with_share(evolve(share, tell_target_at=None))).tell(Urgency.NOTE, told)


def _is_filling(book: Book, share: Share) -> bool:
    """Tell whether the bot's own entry fills in parts: what has filled needs its stop, whatever becomes of the rest."""
    plan = book.plan
    return plan is not None and plan.wish.bot_id == share.bot_id and plan.entry_id is not None


def _busy(book: Book, now: datetime) -> frozenset[BotId | None]:
    """Return whose orders a plan under way, or an exit that waits, takes care of."""
    plan, wishes = book.plan, [wish for wish in book.waiting if wish.signal.is_exit]
    wishes += [plan.wish] if plan is not None else []
    clears = plan is not None and (plan.is_refused or (plan.clear_by is not None and now < plan.clear_by))
    if clears or any(wish.signal is Signal.FLAT for wish in wishes):
        return frozenset({None, *(share.bot_id for share in book.shares), *(order.bot_id for order in book.orders)})
    return frozenset(wish.bot_id for wish in wishes)


def _is_left_over(book: Book, order: Order) -> bool:
    """Tell whether *order* protects nothing any more, protects twice, or outlived its plan."""
    purpose = order.ticket.purpose
    if not purpose.protects:
        return True
    held = book.held_for_sure(order.bot_id)
    if held * order.ticket.side.sign >= ZERO:
        return True
    if purpose is not Purpose.STOP or book.share(order.bot_id).move_to is not None:
        return False  # While a stop is moved, two may rest.
    others, place = protection_of(book, order.bot_id, Purpose.STOP), standing(order)
    covered = sum((one.left for one in others if one is not order and standing(one) < place), ZERO)
    # Where somebody seems to have closed a part by hand, a stop for the whole would open the other side.
    too_large = book.drift != ZERO and covered + order.left > abs(held)
    return covered >= abs(held) or too_large


def uncovered(book: Book, share: Share) -> Decimal:
    """Return how many units of *share* no stop covers, as a positive number; those in doubt count as covering."""
    covered = sum((stop.left for stop in protection_of(book, share.bot_id, Purpose.STOP)), ZERO)
    return max(ZERO, abs(book.held_for_sure(share.bot_id)) - covered)


def _surely_bare(book: Book, share: Share) -> Decimal:
    """Return how many units get a stop now: no more than surely are there, while the broker seems to hold less.

    A larger stop would be refused, or open the other side. The rest follows when the suspicion has gone.
    """
    bare, sure = uncovered(book, share), abs(book.held_at_least(share.bot_id))
    suspected = abs(book.held_for_sure(share.bot_id)) - sure
    if suspected and book.instrument is not None and not is_stoppable(book.instrument, sure):
        suspected += sure % ONE
    return max(ZERO, bare - suspected)


def _was_looked_at(book: Book, share: Share, facts: Facts) -> bool:
    """Tell whether the broker has said what it holds since the share's last stop was lost, or long did not."""
    if share.lost_at is None or facts.now >= share.lost_at + LAG:
        return True
    return book.surveyed_at is not None and book.surveyed_at > share.lost_at and not book.in_doubt


def _cover(decision: Decision, share: Share, stop_price: Decimal, facts: Facts) -> Decision:
    book = decision.book
    bare = _surely_bare(book, share)
    if share.cover_at is not None and facts.now < share.cover_at:
        return decision
    if bare == ZERO or any(order.state is OrderState.CANCELLING for order in book.orders_of(share.bot_id)):
        return decision
    fits = has_room(book, Side.of(-share.quantity), bare, facts.rules)
    if not fits and (is_trading(book) or book.suspicion is not None or book.in_doubt):
        return decision  # There may be room in a moment.
    label = f"{book.key}: {plain(bare)} of {plain(abs(share.quantity))} had no stop"
    last = price_now(facts)
    passed = last is not None and (last - stop_price) * share.quantity <= ZERO
    odd = facts.instrument is not None and not is_stoppable(facts.instrument, bare)
    if share.stops_lost >= STOPS_LOST_MAX and not (passed or odd) and not _was_looked_at(book, share, facts):
        # More than the broker holds finds no room either: it is asked before the share is closed.
        waits = evolve(share, cover_at=facts.now + SECOND_LOOK)
        return decision.on(book.with_share(waits)).do(TakeSurvey())
    if passed or share.stops_lost >= STOPS_LOST_MAX or odd or not fits:
        why = "the price is past it" if passed else "the venue does not take one"
        decision = decision.tell(Urgency.ALARM, f"{label}, and {why}: closing the share.{_how_lost(share)}")
        return want(decision, facts, Signal.CLOSE, share.bot_id, "its stop was lost")
    armed = place_stop(decision, share, bare, stop_price, facts)
    # That a stop comes after its entry, or comes back after it has made way, is as it should be.
    told = f"{label}: a new one is placed.{_how_lost(share)}"
    return armed.tell(Urgency.WARNING, told) if share.stops_lost else armed


def _how_lost(share: Share) -> str:
    return f" The last was {share.lost_how}." if share.lost_how else ""
