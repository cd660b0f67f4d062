"""Make the legs of a bracket."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal

from attrs import evolve, frozen

from tradecore.adapters.memory.exchange.rows import Row
from tradecore.domain.ids import BrokerOrderId, OrderId, stop_leg_id, target_leg_id
from tradecore.domain.instruments import Instrument
from tradecore.domain.orders import Bracket, News, OrderType


@frozen(kw_only=True)
class Offsets:
    """A bracket whose legs stand at a signed distance in price from where the parent filled."""

    stop: Decimal | None = None
    target: Decimal | None = None


def legs_of(parent: Row, wanted: Bracket | Offsets, new_id: Callable[[], BrokerOrderId]) -> tuple[Row, ...]:
    """Return the legs of *parent*, asleep, the stop first: at a doubtful tick the worse one wins."""
    stop, target = _as_asked(wanted)
    asleep = evolve(
        parent, side=parent.side.opposite, limit_price=None, stop_price=None, news=News.HELD, parent=parent.id
    )
    legs = []
    if stop is not None:
        price, offset = stop
        order_id = stop_leg_id(parent.order_id) if parent.order_id else None
        legs.append(_leg(asleep, new_id(), order_id, OrderType.STOP, offset, stop_price=price))
    if target is not None:
        price, offset = target
        order_id = target_leg_id(parent.order_id) if parent.order_id else None
        legs.append(_leg(asleep, new_id(), order_id, OrderType.LIMIT, offset, limit_price=price))
    return tuple(legs)


def awake(leg: Row, quantity: Decimal, entry: Decimal, instrument: Instrument) -> Row:
    """Return *leg* at work, for a parent that filled *quantity* at *entry*."""
    leg = evolve(leg, news=News.ACCEPTED, quantity=quantity)
    if leg.offset is None:
        return leg
    tick = instrument.tick_size
    price = ((entry + leg.offset) / tick).to_integral_value(rounding=ROUND_HALF_EVEN) * tick
    price = max(tick, price)
    return evolve(leg, stop_price=price) if leg.type is OrderType.STOP else evolve(leg, limit_price=price)


_Leg = tuple[Decimal | None, Decimal | None]


def _as_asked(wanted: Bracket | Offsets) -> tuple[_Leg | None, _Leg | None]:
    """Return price or offset of the stop and of the target."""
    if isinstance(wanted, Bracket):
        stop, target = wanted.stop_price, wanted.target_price
        return (stop, None) if stop is not None else None, (target, None) if target is not None else None
    return (
        (None, wanted.stop) if wanted.stop is not None else None,
        (None, wanted.target) if wanted.target is not None else None,
    )


def _leg(
    asleep: Row,
    leg_id: BrokerOrderId,
    order_id: OrderId | None,
    kind: OrderType,
    offset: Decimal | None,
    *,
    limit_price: Decimal | None = None,
    stop_price: Decimal | None = None,
) -> Row:
    return evolve(
        asleep,
        id=leg_id,
        order_id=order_id,
        type=kind,
        offset=offset,
        limit_price=limit_price,
        stop_price=stop_price,
    )
