"""Hold what one account has open, and is about to open, at today's prices."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from attrs import field, frozen

from tradecore.domain.book import BookKey
from tradecore.domain.ceilings import ContractLimit, minis_in
from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.limits import Day
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Order
from tradecore.domain.records import Holding
from tradecore.domain.values import evolve
from tradecore.domain.venues import Position


@frozen(kw_only=True)
class Coming:
    """An entry that another book has sent and that is not over."""

    key: BookKey
    order: Order
    point_value: Decimal
    instrument: Instrument | None = None


@frozen(kw_only=True)
class Exposure:
    """The open shares, the entries under way, and the last prices; one that cannot be had is left out."""

    holdings: tuple[Holding, ...] = ()
    coming: tuple[Coming, ...] = ()
    prices: Mapping[BookKey, Decimal] = field(factory=dict)

    @property
    def positions(self) -> int:
        """How many shares are open, or about to be."""
        held = {(one.key, one.share.bot_id) for one in self.holdings}
        return len(held | {(one.key, one.order.bot_id) for one in self.coming})

    def of_bot(self, bot_id: BotId) -> "Exposure":
        """Return what is the bot's of it."""
        return evolve(
            self,
            holdings=tuple(one for one in self.holdings if one.share.bot_id == bot_id),
            coming=tuple(one for one in self.coming if one.order.bot_id == bot_id),
        )

    def day(self, realised: Decimal) -> Day:
        """Return the day's standing, where *realised* was won before; all amounts in money."""
        unrealised = at_risk = ZERO
        for holding in self.holdings:
            price, instrument = self.prices.get(holding.key), holding.instrument
            if price is not None and instrument is not None:
                unrealised += holding.share.unrealised(price, instrument.point_value)
                at_risk += holding.share.at_risk(price, instrument.point_value)
        for entry in self.coming:
            price = self.prices.get(entry.key)
            stop = entry.order.guard.stop_price if entry.order.guard is not None else None
            if price is not None and stop is not None:
                at_risk += abs(price - stop) * entry.order.left * entry.point_value
        known = all(holding.key in self.prices for holding in self.holdings)
        return Day(realised=realised, unrealised=unrealised, at_risk=at_risk, known=known)

    def minis(
        self, limit: ContractLimit, held: Iterable[Position], find: Callable[[Symbol], Instrument | None],
        but: Symbol | None = None,
    ) -> Decimal:  # fmt: skip
        """Count the contracts that are held and about to be, *but* those of one instrument, in minis.

        *held* is what the broker says, by which what people hold counts; *find* tells its instruments.
        """
        parts = [(one.key.symbol, one.share.quantity, one.instrument) for one in self.holdings]
        by_hand = {one.symbol: one.quantity for one in held}
        for symbol, quantity, _ in parts:
            by_hand[symbol] = by_hand.get(symbol, ZERO) - quantity
        parts += [(one.key.symbol, one.order.ticket.side.sign * one.order.left, one.instrument) for one in self.coming]
        parts += [(symbol, quantity, find(symbol)) for symbol, quantity in by_hand.items()]
        return minis_in((symbol, units, limit.weight(what)) for symbol, units, what in parts if symbol != but)
