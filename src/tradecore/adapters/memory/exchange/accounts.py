"""Keep the cash and the positions of one account, exactly.

Whatever has to be rounded is only moved between what is realised and what is open, so that their sum stays exact.
"""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from attrs import Factory, define, frozen

from tradecore.adapters.memory.exchange.rows import shortened
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.instruments import Instrument, Kind
from tradecore.domain.money import ONE, ZERO, sign
from tradecore.domain.venues import Position, VenueRules

# Room for the product of the longest price and the longest quantity that `domain.money.exact` reads.
EXACT_DIGITS: Final = 60
_BASIS_STEP: Final = Decimal("1e-12")


@frozen(kw_only=True)
class AccountTerms:
    """What an account starts with, and what its venue allows and charges.

    `multiplier` is how much an equity account may hold per unit of equity; `margin` is money per contract of
    futures, where zero asks for nothing. `holds_shares` and `wash_trade_guard`: the venue has these two rules, even
    where `rules` does not tell of them. `legs_are_exempt`: what works against a bracket's leg is no wash trade.
    `legs_end_together`: cancelling one leg of a bracket ends the whole bracket.
    """

    cash: Decimal
    rules: VenueRules = VenueRules()
    commission_per_unit: Decimal = ZERO
    commission_per_order: Decimal = ZERO
    multiplier: Decimal = ONE
    margin: Decimal = ZERO
    fractional: bool = True
    wash_trade_guard: bool = False
    holds_shares: bool = False
    legs_are_exempt: bool = True
    queues_when_closed: bool = True
    legs_end_together: bool = True


@frozen(kw_only=True)
class Holding:
    """A net position: signed quantity, and what it cost in price times signed quantity."""

    quantity: Decimal = ZERO
    basis: Decimal = ZERO

    @property
    def average_price(self) -> Decimal:
        """The price per unit that the open quantity was bought or sold at; zero when flat."""
        return shortened(self.basis / self.quantity) if self.quantity else ZERO


_FLAT: Final = Holding()


@define(kw_only=True)
class Account:
    """One account: only `book` changes its money, and always together with a position."""

    id: AccountId
    terms: AccountTerms
    cash: Decimal
    realised: Decimal = ZERO
    commission: Decimal = ZERO
    blocked: str = ""
    holdings: dict[Symbol, Holding] = Factory(dict)

    def holding(self, symbol: Symbol) -> Holding:
        """Return what is held in *symbol*."""
        return self.holdings.get(symbol, _FLAT)

    def position(self, symbol: Symbol) -> Position:
        """Return what is held in *symbol*, as a broker says it."""
        held = self.holding(symbol)
        return Position(symbol=symbol, quantity=held.quantity, average_price=held.average_price)

    def book(self, instrument: Instrument, signed: Decimal, price: Decimal, commission: Decimal) -> Decimal:
        """Take a fill of *signed* units at *price*, and return the result that it realised, in money."""
        with localcontext(prec=EXACT_DIGITS):
            before = self.holding(instrument.symbol)
            closing = _closing(before.quantity, signed)
            released = _share(before.basis, closing, before.quantity)
            realised = (-closing * price - released) * instrument.point_value
            after = Holding(
                quantity=before.quantity + signed,
                basis=before.basis - released + (signed - closing) * price,
            )
            if instrument.kind is Kind.FUTURE:
                self.cash += realised
            else:
                self.cash -= signed * price * instrument.point_value
            self.cash -= commission
            self.commission += commission
            self.realised += realised
        if after.quantity:
            self.holdings[instrument.symbol] = after
        else:
            self.holdings.pop(instrument.symbol, None)
        return realised

    def worth(self, instrument: Instrument, last: Decimal) -> Decimal:
        """Return what the position in *instrument* adds to the cash when the price is *last*."""
        held = self.holding(instrument.symbol)
        with localcontext(prec=EXACT_DIGITS):
            if instrument.kind is Kind.FUTURE:
                return (held.quantity * last - held.basis) * instrument.point_value
            return held.quantity * last * instrument.point_value


def _closing(held: Decimal, signed: Decimal) -> Decimal:
    """Return the part of *signed* that brings *held* nearer to zero, with its sign."""
    if sign(held) * sign(signed) >= 0:
        return ZERO
    return -held if abs(signed) > abs(held) else signed


def _share(basis: Decimal, closing: Decimal, held: Decimal) -> Decimal:
    """Return the part of *basis* that goes with *closing*; the last to go takes all that is left."""
    if not closing:
        return ZERO
    if closing == -held:
        return basis
    return (basis * -closing / held).quantize(_BASIS_STEP, rounding=ROUND_HALF_EVEN)
