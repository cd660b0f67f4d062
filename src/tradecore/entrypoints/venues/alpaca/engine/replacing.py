"""Replace an order by another one, which has a new id."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, final

from attrs import evolve, frozen

from tradecore.domain.money import is_multiple
from tradecore.entrypoints.venues.alpaca.engine import fields
from tradecore.entrypoints.venues.alpaca.engine.case import gather
from tradecore.entrypoints.venues.alpaca.engine.fields import FieldError
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.matching import Matcher
from tradecore.entrypoints.venues.alpaca.engine.orders import Order, Prices
from tradecore.entrypoints.venues.alpaca.engine.permissions import REPLACED
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, over, parameter, unprocessable
from tradecore.entrypoints.venues.alpaca.engine.rules import first_refusal, off_grid
from tradecore.entrypoints.venues.alpaca.engine.wishes import Exits, Wish
from tradecore.entrypoints.venues.alpaca.engine.words import OrderClass, Status, Tif, Type

# Alpaca takes no replacement while it is itself still waiting for an answer.
_TOO_EARLY: Final = frozenset({Status.ACCEPTED, Status.PENDING_NEW})
_ON_THEIR_WAY: Final = frozenset({Status.PENDING_CANCEL, Status.PENDING_REPLACE})


@frozen(kw_only=True)
class Amendment:
    """What is to be different; None leaves it as it is."""

    quantity: Decimal | None
    tif: Tif | None
    limit: Decimal | None
    stop: Decimal | None
    trail: Decimal | None
    client_order_id: str | None


def read_amendment(body: object) -> Amendment | Refusal:
    """Read the body of PATCH /v2/orders/{id}."""
    if not isinstance(body, dict):
        return parameter("request body format is invalid")
    try:
        amendment = _amendment(body)
    except FieldError as error:
        return parameter(str(error))
    if amendment.quantity is not None and not is_multiple(amendment.quantity, Decimal(1)):
        return parameter("qty must be a whole number")
    return amendment


def _amendment(body: Mapping[str, Any]) -> Amendment:
    return Amendment(
        quantity=fields.number(body, "qty"),
        tif=fields.word(body, "time_in_force", Tif, "invalid time_in_force") if body.get("time_in_force") else None,
        limit=fields.number(body, "limit_price"),
        stop=fields.number(body, "stop_price"),
        trail=fields.number(body, "trail"),
        client_order_id=fields.client_order_id(body),
    )


@final
class Replacer:
    """Replaces orders in two steps, between which the market may move."""

    def __init__(self, floor: Floor, matcher: Matcher) -> None:
        self._floor = floor
        self._matcher = matcher
        self._left: dict[str, Decimal] = {}  # of the old order, when the new one was asked for; by the new one's id

    def begin(self, old: Order, amendment: Amendment) -> Order | Refusal:
        """Return the new order; the old one goes on until `finish`, and may end before."""
        refusal = self._refusal(old, amendment)
        if refusal is not None:
            return refusal
        now = self._floor.now()
        new = evolve(
            old,
            id=self._floor.new_id(),
            client_order_id=amendment.client_order_id or self._floor.new_id(),
            quantity=amendment.quantity or old.left,
            filled=Decimal(0),
            paid=Decimal(0),
            tif=amendment.tif or old.tif,
            prices=_prices(old, amendment),
            status=Status.PENDING_NEW,
            is_awake=False,
            triggered=False,
            resting=False,
            replaces=old.id,
            created_at=now,
            updated_at=now,
        )
        self._floor.put(evolve(old, status=Status.PENDING_REPLACE, replaced_by=new.id, updated_at=now))
        self._floor.put(new, "pending_new")
        self._left[new.id] = old.left
        return new

    def finish(self, old: Order) -> None:
        """Put the new order in the place of the old one; where that has ended meanwhile, reject the new one."""
        assert old.replaced_by is not None, old
        new, now = self._floor.orders[old.replaced_by], self._floor.now()
        # What the old one has filled meanwhile, or lost to another exit, the new one must not trade once more.
        assert new.quantity is not None, new
        quantity = new.quantity - (self._left.pop(new.id) - old.left)
        if not old.is_live or quantity <= 0:
            self._floor.put(old, "order_replace_rejected")
            self._matcher.end(new, Status.REJECTED, alone=True)
            return
        replaced = evolve(old, status=Status.REPLACED, is_awake=False, updated_at=now, ended_at=now)
        self._floor.put(replaced, "replaced")
        new = evolve(new, quantity=quantity)
        for leg in self._floor.children(old):
            assert leg.quantity is not None, leg
            self._floor.put(evolve(leg, parent=new.id, quantity=leg.quantity - old.left + quantity))
        if old.is_awake:
            self._matcher.begin(new)
            self._matcher.match((new,))
        else:
            self._floor.put(evolve(new, status=Status.HELD), "held")

    def _refusal(self, old: Order, amendment: Amendment) -> Refusal | None:
        if old.status.is_over or old.status in _ON_THEIR_WAY:
            return over(old.status)
        if old.status in _TOO_EARLY:
            return unprocessable("unable to replace order, order isn't sent to exchange yet")
        if old.notional is not None or old.left % 1:
            return unprocessable("notional and fractional orders cannot be replaced")
        if message := _misfit(old, amendment):
            return parameter(message)
        account = self._floor.accounts[old.account_id]
        if (account.id, amendment.client_order_id) in self._floor.client_ids:
            return parameter("client_order_id must be unique")
        wish = _wish(old, amendment)
        case = gather(self._floor, account, self._floor.listing[old.symbol], wish, without=old.group)
        rules = REPLACED if old.parent is None and old.order_class is not OrderClass.OCO else ()
        return first_refusal(case, (off_grid, *rules))


def _misfit(old: Order, amendment: Amendment) -> str | None:
    is_exit = old.parent is not None or old.order_class is OrderClass.OCO
    if is_exit and amendment.quantity not in {None, old.left}:
        return "qty of an exit cannot be replaced"
    if amendment.limit is not None and old.prices.limit is None:
        return f"{old.type} orders must not have limit_price"
    if amendment.stop is not None and (old.prices.stop is None or old.type is Type.TRAILING_STOP):
        return f"{old.type} orders must not have stop_price"
    if amendment.trail is not None and old.type is not Type.TRAILING_STOP:
        return "only trailing stop orders take trail"
    return None


def _prices(old: Order, amendment: Amendment) -> Prices:
    trail = amendment.trail
    return evolve(
        old.prices,
        limit=amendment.limit or old.prices.limit,
        stop=amendment.stop or old.prices.stop,
        trail=trail if trail and old.prices.trail is not None else old.prices.trail,
        trail_percent=trail if trail and old.prices.trail_percent is not None else old.prices.trail_percent,
    )


def _wish(old: Order, amendment: Amendment) -> Wish:
    return Wish(
        name=old.symbol,
        side=old.side,
        type=old.type,
        tif=amendment.tif or old.tif,
        order_class=old.order_class,
        quantity=amendment.quantity or old.left,
        notional=None,
        prices=_prices(old, amendment),
        exits=Exits(),
        extended_hours=old.extended_hours,
    )
