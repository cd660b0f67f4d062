"""Say which of our orders rest in the way of another, and whether there is room for one more, by the venue's rules.

Two rules make it necessary. Where shares are held, an order that would close takes what it would close away from every
other one. And where wash trades are refused, no order is taken while another works on the other side; a bracket and
its legs are exempt.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tradecore.domain.book import Book, Plan
from tradecore.domain.ids import BotId, OrderId
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Bracket, Order, OrderState, Purpose, Side
from tradecore.domain.protection import Protection, is_out_of_reach
from tradecore.domain.trades import Share
from tradecore.domain.venues import VenueRules


def only_reduces(book: Book, change: Decimal) -> bool:
    """Tell whether signed *change* brings the net position nearer to zero, and not past it."""
    return book.net * change < ZERO and abs(change) <= abs(book.net)


def in_the_way(book: Book, plan: Plan, change: Decimal, rules: VenueRules) -> tuple[Order, ...]:
    """Return what must go before the venue takes the plan's next order, of signed *change*.

    After a refusal that may be more than the rules say: venues are not always as they are described.
    """
    side, way = Side.of(change), []
    # Where an exit is only ever refused for what is held, nothing of ours is in its way.
    knows_better = rules.reduce_only and not (rules.holds_shares or rules.refuses_wash_trades)
    in_question = plan.is_refused and not knows_better
    if rules.refuses_wash_trades:
        surprised = plan.is_refused or plan.alone
        way += [order for order in _on(book, side.opposite) if surprised or _is_plain(order)]
    if in_question or (rules.holds_shares and min(abs(change), abs(book.net)) > room(book, side)):
        way += [order for order in _on(book, side) if order.ticket.purpose.protects]
    return tuple(way)


def room(book: Book, side: Side) -> Decimal:
    """Return how many units one more order on *side* could close; what would open finds room without end."""
    if book.net * side.sign >= ZERO:
        return Decimal("Infinity")
    return abs(book.net) - _held(order for order in _on(book, side))


def has_room(book: Book, stop: Side, quantity: Decimal, rules: VenueRules) -> bool:
    """Tell whether the venue would take one more resting stop on side *stop* for *quantity* units."""
    if rules.refuses_wash_trades and any(map(_is_plain, _on(book, stop.opposite))):
        return False
    if rules.holds_shares:
        return quantity <= room(book, stop)
    return rules.crosses_zero or book.net * stop.sign >= ZERO or quantity <= abs(book.net)


def takes_bracket(book: Book, rules: VenueRules, guard: Bracket | None) -> bool:
    """Tell whether the venue takes the stop and target together with an entry."""
    if guard is None or (guard.stop_price is None and guard.target_price is None):
        return False
    from_flat = book.net == ZERO and not book.orders and not book.strays
    return rules.brackets and (from_flat or not rules.brackets_from_flat)


def has_way_back(book: Book, side: Side, rules: VenueRules, guard: Bracket) -> bool:
    """Tell whether the venue would take the stop and the exit of an entry on *side* beside what people have working.

    They would trade against orders on the entry's own side; only what came with a bracket may rest beside those.
    """
    return not rules.refuses_wash_trades or side not in book.stray_sides or takes_bracket(book, rules, guard)


def protection_of(book: Book, bot_id: BotId | None, purpose: Purpose) -> list[Order]:
    """Return what protects the bot's share as *purpose*: what is in doubt included, what is leaving not."""
    orders = [order for order in book.orders if order.bot_id == bot_id and order.ticket.purpose is purpose]
    return [order for order in orders if order.state is not OrderState.CANCELLING]


def untargeted(book: Book, share: Share) -> Decimal:
    """Return how many units of *share* no target at the venue would close, where its entry asked for one."""
    if share.target_price is None:
        return ZERO
    kept = sum((order.left for order in protection_of(book, share.bot_id, Purpose.TARGET)), ZERO)
    return max(ZERO, abs(share.quantity) - kept)


def say_untargeted(book: Book, share: Share, protection: Protection, why: str = "") -> str:
    """Say that the target of *share* is not kept at the venue, and *why*; nothing where it is, or none is asked for."""
    held, bare = abs(share.quantity), untargeted(book, share)
    if share.quantity < ZERO and protection.target is not None and is_out_of_reach(protection.target):
        return "Its target is not kept at the venue: no price falls so far."
    if not bare:
        return ""
    because = f": {why}" if why else ""
    if bare < held:
        return f"Its target is kept at the venue for {plain(held - bare)} of {plain(held)} only{because}."
    return f"Its target is not kept at the venue{because}. Its price is watched here instead."


def standing(order: Order) -> tuple[bool, datetime, OrderId]:
    """Return which of several that protect the same counts first: what rests at the venue, then the older one."""
    return order.state not in {OrderState.WORKING, OrderState.HELD}, order.created_at, order.id


def is_trading(book: Book) -> bool:
    """Tell whether any order of ours is about to change what is held, or to leave: soon there may be more room."""
    leaving = OrderState.CANCELLING
    return any(order.state is leaving or not order.ticket.purpose.protects for order in book.orders)


def _on(book: Book, side: Side) -> list[Order]:
    """Return our orders on *side*; legs that still sleep are no orders yet."""
    asleep = book.legs_to_come
    return [order for order in book.orders if order.ticket.side is side and order.id not in asleep]


def _is_plain(order: Order) -> bool:
    """Tell whether *order* is no part of a bracket."""
    return order.parent_id is None and order.ticket.bracket is None


def _held(orders: Iterable[Order]) -> Decimal:
    """Return how many units *orders* hold; the legs of one bracket hold the same ones."""
    groups: dict[OrderId, Decimal] = {}
    for order in orders:
        group = order.parent_id or order.id
        groups[group] = max(groups.get(group, ZERO), order.left)
    return sum(groups.values(), ZERO)
