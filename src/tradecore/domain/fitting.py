"""Find the size of an entry: what is wanted, and what positions and grid leave of it."""

from decimal import Decimal
from typing import Final

from tradecore.domain.book import Book, Wish
from tradecore.domain.facts import Facts
from tradecore.domain.instruments import Instrument, Kind
from tradecore.domain.limits import Judgement, clip, clipped_words
from tradecore.domain.money import ZERO, plain
from tradecore.domain.orders import Bracket
from tradecore.domain.parties import Account, Bot
from tradecore.domain.refusals import Refusal
from tradecore.domain.sizing import asked_for, quantity_for, too_small

WHOLE_ONLY: Final = {
    Kind.EQUITY: "it trades in whole shares only",
    Kind.FUTURE: "it trades in whole contracts only",
    Kind.CRYPTO: "it trades in whole units only",
}


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


def fit(
    book: Book, bot: Bot, account: Account, wanted: Decimal, instrument: Instrument, *, long: bool
) -> Decimal | Refusal:
    """Clip *wanted* by the bot's and the account's largest position."""
    mine = clip(wanted, held=abs(book.held(bot.id)), position_max=bot.limits.position_max)
    if isinstance(mine, Refusal):
        return mine
    net = book.net if long else -book.net
    both = clip(mine, held=net, position_max=account.limits.position_max)
    if isinstance(both, Refusal):
        return both
    # A stop or target is held by a venue for whole shares only, so a bot that asks for one trades whole shares.
    whole = instrument.kind is Kind.EQUITY and (bot.protection.stop or bot.protection.target)
    fitting = instrument.lots(both, long=long and not whole)
    return fitting if fitting > ZERO else too_small(instrument, both)


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
