"""Find the size of an entry: what is wanted, and what positions and grid leave of it."""

from decimal import Decimal
from typing import Final

from attrs import frozen

from tradecore.domain.book import Book, Wish
from tradecore.domain.ceilings import reach_of, room_for
from tradecore.domain.facts import Facts
from tradecore.domain.instruments import Instrument, Kind
from tradecore.domain.limits import Judgement, clip, clipped_words
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Bracket
from tradecore.domain.parties import Account, Bot
from tradecore.domain.protection import Protection
from tradecore.domain.refusals import Refusal
from tradecore.domain.sizing import asked_for, quantity_for, too_small

WHOLE_ONLY: Final = {
    Kind.EQUITY: "it trades in whole shares only",
    Kind.FUTURE: "it trades in whole contracts only",
    Kind.CRYPTO: "it trades in whole units only",
}


def guard_around(
    price: Decimal, protection: Protection, instrument: Instrument, *, long: bool, quantity: Decimal | None = None
) -> Bracket:
    """Return the stop and target that *protection* asks for around an entry at *price*.

    *quantity* is what is held after it; without it, what depends on it is left out.
    """
    stop = protection.stop_at(price, instrument, long=long, quantity=quantity)
    target = protection.target_at(price, instrument, long=long, quantity=quantity)
    if stop is None and target is None:
        return Bracket()
    # A price may lie between two ticks, as the middle of bid and ask does; distances are whole ticks.
    return Bracket(stop_price=stop, target_price=target, reference=instrument.stop_price(price, long=long))


def risk_of(quantity: Decimal, price: Decimal, guard: Bracket, instrument: Instrument) -> Decimal:
    """Return what the entry loses when its stop is hit, in money; without a stop it counts zero."""
    return ZERO if guard.stop_price is None else abs(price - guard.stop_price) * quantity * instrument.point_value


def wanted(
    book: Book, wish: Wish, bot: Bot, facts: Facts, guard: Bracket, *, long: bool, to: Decimal | None
) -> Decimal | Refusal:
    """Return what is wanted, before any limit takes from it."""
    assert facts.instrument is not None
    assert facts.quote is not None
    if to is not None:
        missing = to - book.held(bot.id)
        lots = facts.instrument.lots(max(ZERO, missing if long else -missing), long=long)
        return lots if lots > ZERO else too_small(facts.instrument, missing if long else -missing)
    sizing = asked_for(wish.alert.size if wish.alert else None, bot.sizing)
    equity = facts.state.equity if facts.state else None
    price = facts.quote.last
    return quantity_for(sizing, facts.instrument, price=price, stop_price=guard.stop_price, equity=equity, long=long)


@frozen
class Room:
    """How many more units the contracts of all products let through, and what the gate says of it."""

    gate: Judgement
    units: Decimal


def contract_room(book: Book, wish: Wish, account: Account, facts: Facts, *, long: bool) -> Room | None:
    """Return the room beside everything that is held and about to open; None where nothing limits it."""
    limit = account.limits.contracts
    weight = limit.weight(facts.instrument) if limit is not None else ZERO
    if limit is None or weight == ZERO:
        return None
    if facts.contracts_elsewhere is None:
        unknown = Judgement("contracts", "what the account holds is not known", Refusal.ACCOUNT_UNKNOWN_STATE)
        return Room(unknown, ZERO)
    # An order of the same wish is this very entry, judged again before it is handed over again.
    coming = (order.ticket.side.sign * order.left for order in book.entries if order.plan_id != wish.id)
    here = reach_of((book.external, book.drift, *(share.quantity for share in book.shares), *coming))
    profit = account.limits.profit(facts.equity_ended)
    ceiling = limit.ceiling(profit)
    units = room_for(ceiling, elsewhere=facts.contracts_elsewhere, here=here, weight=weight, long=long)
    words = f"{plain(facts.contracts_elsewhere + here.most * weight)} of {plain(ceiling)} minis over all products"
    full = Refusal.SCALING_LEVEL_FULL if ceiling < limit.minis else Refusal.TOO_MANY_CONTRACTS
    assert facts.instrument is not None
    return Room(Judgement("contracts", words, full if units < facts.instrument.lot_step else None), units)


def fit(
    book: Book, bot: Bot, account: Account, wanted: Decimal, instrument: Instrument, room: Room | None, *, long: bool
) -> Decimal | Refusal:
    """Clip *wanted* by the bot's and the account's largest position, and by the *room* for contracts."""
    mine = clip(wanted, held=abs(book.held(bot.id)), position_max=bot.limits.position_max)
    if isinstance(mine, Refusal):
        return mine
    net = book.net if long else -book.net
    both = clip(mine, held=net, position_max=account.limits.position_max)
    if isinstance(both, Refusal):
        return both
    if room is not None:
        if room.gate.refusal is not None:
            return room.gate.refusal
        both = min(both, room.units)
    # A stop or target is held by a venue for whole shares only, so a bot that asks for one trades whole shares.
    whole = instrument.kind is Kind.EQUITY and bot.protection.is_asked_for
    fitting = instrument.lots(both, long=long and not whole)
    return fitting if fitting > ZERO else too_small(instrument, both)


def keep_off(
    left: Decimal | Refusal, book: Book, bot: Bot, instrument: Instrument, price: Decimal, *, long: bool
) -> Decimal | Refusal:
    """Clip what is *left* so far, so that the stop of all that is held then comes not too near to *price*."""
    most = bot.protection.quantity_max(price, instrument)
    if isinstance(left, Refusal) or most is None:
        return left
    whole = instrument.kind is Kind.EQUITY  # As its stop is.
    fitting = instrument.lots(min(left, max(ZERO, most - abs(book.held(bot.id)))), long=long and not whole)
    return fitting if fitting > ZERO else Refusal.STOP_TOO_NEAR


def size_gate(
    found: Decimal | Refusal, left: Decimal | Refusal, instrument: Instrument, *, by_alert: bool, to: Decimal | None
) -> Judgement:
    """Say what was wanted, and what is left of it; *by_alert* where the alert said how much, without a *to*."""
    # What is missing from a side that is reached is nothing, however the instrument trades.
    if Refusal.TOO_SMALL in {found, left} and to is None and not instrument.fractionable:
        return Judgement("size", WHOLE_ONLY[instrument.kind], Refusal.TOO_SMALL)
    if isinstance(found, Refusal):
        return Judgement("size", "nothing is left to trade", found)
    if isinstance(left, Refusal):
        return Judgement("size", f"none of the {plain(found)} wanted", left)
    whose = ", as the alert says" if by_alert and to is None else ""
    return Judgement("size", clipped_words(found, left) + whose)
