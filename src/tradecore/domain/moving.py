"""Move a share's stop to where a person wants it, so that the share is never without one for longer than need be.

Where two stops may rest for one share, the new one rests first, and the old one is called off then. Where shares are
held, or no order crosses zero, no second one finds room: the old one is called off, and its end makes the new one go
out; the share is bare for that long, as it is for an entry (ADR 21). A bracket's target goes with its stop.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book
from tradecore.domain.commands import Urgency
from tradecore.domain.decisions import Decision
from tradecore.domain.events import StopAsked
from tradecore.domain.facts import Facts
from tradecore.domain.ids import BotId
from tradecore.domain.instruments import Instrument, is_stoppable
from tradecore.domain.money import ZERO, plain
from tradecore.domain.ordering import call_off, place_stop
from tradecore.domain.orders import Order, OrderState, Purpose, Side
from tradecore.domain.resting import has_room
from tradecore.domain.signals import Signal
from tradecore.domain.trades import Share
from tradecore.domain.values import evolve
from tradecore.domain.venues import VenueRules

# How long a stop may take to be moved before it is left where it is.
MOVE_TIME: Final = timedelta(seconds=30)
_AT_VENUE: Final = (OrderState.WORKING, OrderState.HELD)


def judge_move(book: Book, asked: StopAsked, instrument: Instrument | None, last: Decimal | None) -> Decimal | str:
    """Return where on the grid the stop may be moved to at the *last* price, or a sentence that says why it may not."""
    share = book.share(asked.bot_id)
    if not share.quantity or not book.held_for_sure(asked.bot_id):
        return "the bot holds nothing here"
    if share.stop_price is None:
        return "the bot holds it without a stop: there is none to move"
    if instrument is None or last is None:
        return "there is no price to judge the stop by"
    long = share.quantity > ZERO
    price, side = instrument.stop_price(asked.price, long=long), 1 if long else -1
    if price <= ZERO or (last - price) * side <= ZERO:
        where = "below" if long else "above"
        return f"the last price is {plain(last)}, and the stop of what is held {where} it must stay {where} it"
    stands = (share.move_to or share.stop_price, *(order.price for order in _stops(book, asked.bot_id)))
    tightest = max((at for at in stands if at is not None), key=lambda at: at * side)
    if (price - tightest) * side < ZERO and not asked.loosen:
        return f"{plain(price)} is looser than the stop at {plain(tightest)}, and risks more: say so (loosen)"
    if book.suspicion is not None or book.in_doubt or _is_busy(book, asked.bot_id):
        return "an order is under way, or the broker is being asked what it holds: ask again in a moment"
    return price


def is_known(book: Book, asked: StopAsked) -> bool:
    """Tell whether the request was taken before."""
    return _name(asked) in book.adopted


def _name(asked: StopAsked) -> str:
    return f"stop:{asked.request_id}"


def move_stop(decision: Decision, asked: StopAsked, facts: Facts) -> Decision:
    """Begin to move the stop, each request once; a request that may not be done is told of and forgotten."""
    book = decision.book
    if is_known(book, asked):
        return decision
    decision = decision.on(book.with_request(_name(asked)))
    price = judge_move(book, asked, facts.instrument, facts.quote.last if facts.quote else None)
    share = book.share(asked.bot_id)
    if not isinstance(price, str) and not _finds_room(book, share, facts):
        price = "a new stop would find no room at the venue beside what works or is held there"
    if isinstance(price, str):
        told = f"{book.key}: {asked.by} wanted the stop at {plain(asked.price)}, and it was not moved: {price}."
        return decision.tell(Urgency.WARNING, told)
    if {price} == {share.move_to or share.stop_price, *(order.price for order in _stops(book, share.bot_id))}:
        return decision  # There it stands.
    told = f"{book.key}: {asked.by} moves the stop of {plain(share.quantity)} to {plain(price)}"
    bare = "" if _two_may_rest(facts.rules) else "; the share is without one until the old one has gone"
    moving = evolve(share, move_to=price, move_by=facts.now + MOVE_TIME)
    return decision.on(decision.book.with_share(moving)).tell(Urgency.NOTE, f"{told}{bare}.")


def tend_move(decision: Decision, share: Share, facts: Facts) -> Decision:
    """Take a stop that is being moved one step further: the new one, then the end of the old one."""
    book, to = decision.book, share.move_to
    if to is None or share.move_by is None:
        return decision
    stops = _stops(book, share.bot_id)
    new = [order for order in stops if _is_new(order, share) and order.state is not OrderState.CANCELLING]
    old = tuple(order for order in stops if order not in new)
    if facts.now >= share.move_by and any(order.state in _AT_VENUE for order in old):
        return _give_up(decision, share, old)
    if not _two_may_rest(facts.rules):
        # A target holds the shares that the new stop needs. It goes as well; its price is watched from here.
        old += _targets(book, share.bot_id)
    if share.stop_price != to:
        if old and _two_may_rest(facts.rules):
            missing = abs(book.held_at_least(share.bot_id)) - sum((order.left for order in new), ZERO)
            if missing > ZERO:
                return place_stop(decision, share, missing, to, facts)
            if any(order.state not in _AT_VENUE for order in new):
                return decision
        share = evolve(share, stop_price=to)
        decision = decision.on(book.with_share(share))
    if old:
        return call_off(decision, old, facts)
    return decision.on(decision.book.with_share(evolve(share, move_to=None, move_by=None)))


def _give_up(decision: Decision, share: Share, old: tuple[Order, ...]) -> Decision:
    """Leave the stop where it is: what was placed for the move is then one too many, and goes."""
    stays = old[0].price
    assert stays is not None
    told = f"{decision.book.key}: the stop at {plain(stays)} could not be moved in time: it stays there."
    left = evolve(share, stop_price=stays, move_to=None, move_by=None)
    return decision.on(decision.book.with_share(left)).tell(Urgency.ALARM, told)


def _stops(book: Book, bot_id: BotId | None) -> list[Order]:
    to_come = book.legs_to_come
    stops = (order for order in book.orders_of(bot_id) if order.ticket.purpose is Purpose.STOP)
    return [order for order in stops if order.id not in to_come]


def _targets(book: Book, bot_id: BotId | None) -> tuple[Order, ...]:
    to_come = book.legs_to_come
    targets = (order for order in book.orders_of(bot_id) if order.ticket.purpose is Purpose.TARGET)
    return tuple(order for order in targets if order.id not in to_come)


def _is_new(order: Order, share: Share) -> bool:
    """Tell whether *order* stands where the stop is moved to, or was sent there for the move: venues may round."""
    assert share.move_by is not None
    sent = order.ticket.stop_price == share.move_to and order.created_at >= share.move_by - MOVE_TIME
    return sent or order.price == share.move_to


def _two_may_rest(rules: VenueRules) -> bool:
    return rules.crosses_zero and not rules.holds_shares


def _finds_room(book: Book, share: Share, facts: Facts) -> bool:
    """Tell whether a plain stop for the whole share could rest once the old ones have gone."""
    quantity, side = abs(book.held_for_sure(share.bot_id)), Side.of(-share.quantity)
    if facts.instrument is None or not is_stoppable(facts.instrument, quantity):
        return False
    if facts.rules.refuses_wash_trades and side.opposite in book.stray_sides:
        return False
    others = (order for order in book.orders if order.bot_id != share.bot_id or not order.ticket.purpose.protects)
    without = evolve(book, orders=tuple(others))
    return has_room(without, side, quantity, facts.rules)


def _is_busy(book: Book, bot_id: BotId | None) -> bool:
    """Tell whether the bot trades, or everybody is about to be closed."""
    wishes = [wish for wish in book.waiting if wish.signal.is_exit] + ([book.plan.wish] if book.plan else [])
    if any(wish.signal is Signal.FLAT or wish.bot_id == bot_id for wish in wishes):
        return True
    return any(order.bot_id in {bot_id, None} and not order.ticket.purpose.protects for order in book.orders)
