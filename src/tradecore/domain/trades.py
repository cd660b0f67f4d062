"""Keep a bot's share of a position, and its trade from flat to flat, exact to the cent.

A share counts money twice, on purpose: the cost of what is held, for results along the way, and every cash flow of
the trade, for its result at the end. The two must agree, and a test holds them to it.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

from tradecore.domain.ids import AccountId, BotId, OrderId, PlanId, Symbol, TradeId
from tradecore.domain.money import ZERO, sign
from tradecore.domain.signals import Direction
from tradecore.domain.values import evolve

# Where a part of a position is closed, its part of the cost is rounded here; the last part takes the rest.
_COST_STEP: Final = Decimal("0.00000001")


@frozen(kw_only=True)
class Fill:
    """A change of one share: signed units, price per unit, commission in money.

    `crossed` marks what changed hands inside the account, without an order at the venue.
    """

    order_id: OrderId | None
    plan_id: PlanId
    bot_id: BotId | None
    symbol: Symbol
    quantity: Decimal
    price: Decimal
    at: datetime
    commission: Decimal = ZERO
    crossed: bool = False


@frozen(kw_only=True)
class Trade:
    """One trade from flat to flat. Prices per unit, `gross` and `commission` in money, `quantity` at its largest."""

    id: TradeId
    account_id: AccountId
    bot_id: BotId
    symbol: Symbol
    direction: Direction
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    gross: Decimal
    commission: Decimal
    opened_at: datetime
    closed_at: datetime
    opened_by: PlanId
    closed_by: PlanId

    @property
    def net(self) -> Decimal:
        """What is left after commissions."""
        return self.gross - self.commission


@frozen(kw_only=True, slots=False)
class OpenTrade:
    """A trade that is not flat yet: all its cash flows so far, in money before commissions."""

    id: TradeId
    opened_at: datetime
    opened_by: PlanId
    direction: Direction
    cash: Decimal = ZERO
    commission: Decimal = ZERO
    entered: Decimal = ZERO
    entered_value: Decimal = ZERO
    exited: Decimal = ZERO
    exited_value: Decimal = ZERO
    largest: Decimal = ZERO


@frozen(kw_only=True)
class Result:
    """What one fill won or lost, net of its commission, in money."""

    bot_id: BotId
    amount: Decimal
    at: datetime


@frozen(kw_only=True, slots=False)
class Share:
    """What one bot holds of a book: signed units, and their signed cost in money.

    `stop_price` and `target_price` are what protects it, per unit; None where the bot asked for nothing. They follow
    what rests at the venue. Where its stops stand at several prices, `stops_average` is their average.
    """

    bot_id: BotId
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    trade: OpenTrade | None = None
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    stops_average: Decimal | None = None
    cover_at: datetime | None = None  # when a lost stop may be placed anew: news of its sibling may be on the way
    stops_lost: int = 0  # how many of its stops the venue refused or let go without being asked
    lost_how: str = ""  # what became of the last of them
    lost_at: datetime | None = None  # when that was
    move_to: Decimal | None = None  # where a person wants its stop, until it stands there
    move_by: datetime | None = None  # when that is given up
    passed_at: datetime | None = None  # when the price was first seen past a stop that had not filled
    large_at: datetime | None = None  # when what protects it was first seen to be larger than it is
    watch_at: datetime | None = None  # when to look at the price again, for a target that rests at no venue
    tell_target_at: datetime | None = None  # when to tell that its target ended unasked, and not by its stop's fill

    def __attrs_post_init__(self) -> None:
        """Hold quantity, cost and trade together: all of them, or none."""
        assert (self.quantity == ZERO) == (self.trade is None), self
        assert self.quantity != ZERO or self.cost == ZERO, self

    @property
    def direction(self) -> Direction:
        """Which way it is held."""
        return Direction.of(self.quantity)

    def average_price(self, point_value: Decimal) -> Decimal:
        """Return the average entry price per unit of what is held now."""
        return self.cost / (self.quantity * point_value) if self.quantity else ZERO

    def unrealised(self, price: Decimal, point_value: Decimal) -> Decimal:
        """Return the open result in money at *price*, before commissions."""
        return self.quantity * price * point_value - self.cost

    def at_risk(self, price: Decimal, point_value: Decimal) -> Decimal:
        """Return what its stops would still lose from *price*, in money; nothing where there is none."""
        if self.stop_price is None:
            return ZERO
        stop_price = self.stops_average or self.stop_price
        return max(ZERO, (price - stop_price) * self.quantity * point_value)


@frozen
class Taken:
    """What a share became of a fill: itself, the result of what was closed, and the trade where it ended."""

    share: Share
    results: tuple[Result, ...] = ()
    trades: tuple[Trade, ...] = ()


def take(share: Share, fill: Fill, account_id: AccountId, point_value: Decimal) -> Taken:
    """Book *fill* to *share*; one that goes through zero ends a trade and begins another.

    *point_value* is money per unit when the price moves by one.
    """
    after = share.quantity + fill.quantity
    if share.quantity and sign(after) == -sign(share.quantity):
        closing = evolve(fill, quantity=-share.quantity)
        opening = evolve(fill, quantity=after, commission=ZERO)
        first = take(share, closing, account_id, point_value)
        second = take(first.share, opening, account_id, point_value)
        return Taken(second.share, first.results + second.results, first.trades + second.trades)
    if not share.quantity or sign(fill.quantity) == sign(share.quantity):
        return _add(share, fill, point_value)
    return _reduce(share, fill, account_id, point_value)


def _add(share: Share, fill: Fill, point_value: Decimal) -> Taken:
    cost = fill.quantity * fill.price * point_value
    trade = share.trade or OpenTrade(
        id=TradeId(fill.order_id or fill.plan_id), opened_at=fill.at, opened_by=fill.plan_id,
        direction=Direction.of(fill.quantity))  # fmt: skip
    quantity = share.quantity + fill.quantity
    trade = evolve(
        trade, cash=trade.cash - cost, commission=trade.commission + fill.commission,
        entered=trade.entered + abs(fill.quantity), entered_value=trade.entered_value + abs(fill.quantity) * fill.price,
        largest=max(trade.largest, abs(quantity)))  # fmt: skip
    results = (Result(bot_id=share.bot_id, amount=-fill.commission, at=fill.at),) if fill.commission else ()
    return Taken(evolve(share, quantity=quantity, cost=share.cost + cost, trade=trade), results)


def _reduce(share: Share, fill: Fill, account_id: AccountId, point_value: Decimal) -> Taken:
    assert share.trade is not None
    left = share.quantity + fill.quantity
    proceeds = -fill.quantity * fill.price * point_value
    part = share.cost if left == ZERO else (share.cost * -fill.quantity / share.quantity).quantize(_COST_STEP)
    trade = evolve(
        share.trade, cash=share.trade.cash + proceeds, commission=share.trade.commission + fill.commission,
        exited=share.trade.exited + abs(fill.quantity),
        exited_value=share.trade.exited_value + abs(fill.quantity) * fill.price)  # fmt: skip
    results = (Result(bot_id=share.bot_id, amount=proceeds - part - fill.commission, at=fill.at),)
    if left != ZERO:
        return Taken(evolve(share, quantity=left, cost=share.cost - part, trade=trade), results)
    ended = Trade(
        id=trade.id, account_id=account_id, bot_id=share.bot_id, symbol=fill.symbol, direction=trade.direction,
        quantity=trade.largest, entry_price=trade.entered_value / trade.entered,
        exit_price=trade.exited_value / trade.exited, gross=trade.cash, commission=trade.commission,
        opened_at=trade.opened_at, closed_at=fill.at, opened_by=trade.opened_by, closed_by=fill.plan_id)  # fmt: skip
    return Taken(Share(bot_id=share.bot_id), results, (ended,))


def charge(share: Share, commission: Decimal, at: datetime) -> Taken:
    """Book a *commission* that was told after its fill; to the open trade, or to the bot's results alone."""
    trade = evolve(share.trade, commission=share.trade.commission + commission) if share.trade else None
    return Taken(evolve(share, trade=trade), (Result(bot_id=share.bot_id, amount=-commission, at=at),))
