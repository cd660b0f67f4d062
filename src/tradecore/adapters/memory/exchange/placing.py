"""Bring new orders to the floor, and change those that are there."""

from collections import deque
from decimal import Decimal

from attrs import evolve, frozen

from tradecore.adapters.memory.exchange.brackets import Offsets, legs_of
from tradecore.adapters.memory.exchange.floor import Floor
from tradecore.adapters.memory.exchange.rows import Row
from tradecore.adapters.memory.exchange.rules import refusal
from tradecore.domain.ids import AccountId
from tradecore.domain.instruments import Instrument
from tradecore.domain.money import plain
from tradecore.domain.orders import Bracket, News, Ticket


@frozen(kw_only=True)
class Amendment:
    """What is to be different about a live order; None leaves it as it is."""

    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None


class Desk:
    """Where orders come in."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._rejections: deque[tuple[AccountId | None, str]] = deque()

    def reject_next(self, reason: str, account_id: AccountId | None) -> None:
        """Refuse the next order, of *account_id* where one is named, for *reason*."""
        self._rejections.append((account_id, reason))

    def place(
        self,
        account_id: AccountId,
        ticket: Ticket,
        wanted: Bracket | Offsets | None,
        *,
        is_open: bool,
        by_hand: bool,
    ) -> Row:
        """Judge a new order, let it trade as far as it can, and return where it stands."""
        row, legs = self._rows(account_id, ticket, wanted, by_hand=by_hand)
        reason = self._refusal(row, legs, is_open=is_open)
        news = News.ACCEPTED if reason is None else News.REJECTED
        self._floor.put(evolve(row, news=news, reason=reason or ""))
        for leg in legs:
            # As Alpaca has it: a leg was never judged, so it cannot have been rejected.
            self._floor.put(leg if reason is None else evolve(leg, news=News.CANCELLED))
        if is_open:
            self._floor.match((row, *legs))
        return self._floor.rows[row.id]

    def amend(self, row: Row, amendment: Amendment, *, is_open: bool) -> str:
        """Change a live order in place; return "" or why it was not changed."""
        reason = _amendment_refusal(row, amendment, self._floor.instruments[row.symbol])
        if reason:
            return reason
        self._floor.put(
            evolve(
                row,
                quantity=amendment.quantity or row.quantity,
                limit_price=amendment.limit_price or row.limit_price,
                stop_price=amendment.stop_price or row.stop_price,
                resting=False,
                changed_at=self._floor.clock.now(),
            )
        )
        if is_open:
            self._floor.match((row,))
        return ""

    def _rows(
        self, account_id: AccountId, ticket: Ticket, wanted: Bracket | Offsets | None, *, by_hand: bool
    ) -> tuple[Row, tuple[Row, ...]]:
        now = self._floor.clock.now()
        row = Row(
            id=self._floor.new_id(),
            account_id=account_id,
            order_id=None if by_hand else ticket.id,
            symbol=ticket.symbol,
            side=ticket.side,
            quantity=ticket.quantity,
            type=ticket.type,
            limit_price=ticket.limit_price,
            stop_price=ticket.stop_price,
            news=News.ACCEPTED,
            placed_at=now,
            changed_at=now,
            reduce_only=ticket.reduce_only,
        )
        if wanted is None:
            return row, ()
        legs = legs_of(row, wanted, self._floor.new_id)
        return evolve(row, legs=tuple(leg.id for leg in legs)), legs

    def _refusal(self, row: Row, legs: tuple[Row, ...], *, is_open: bool) -> str | None:
        for scripted in self._rejections:
            if scripted[0] in {None, row.account_id}:
                self._rejections.remove(scripted)
                return scripted[1]
        if row.symbol not in self._floor.instruments:
            return f"{row.symbol} is not known"
        if any((row.account_id, leg.order_id) in self._floor.ids for leg in legs if leg.order_id is not None):
            return "a leg's id is taken"
        return refusal(self._floor.case(row, legs, is_open=is_open))


def _amendment_refusal(row: Row, amendment: Amendment, instrument: Instrument) -> str:
    pairs = ((row.limit_price, amendment.limit_price), (row.stop_price, amendment.stop_price))
    if any(old is None and new is not None for old, new in pairs):
        return "the order has no such price"
    try:
        for _, price in pairs:
            if price is not None:
                instrument.check_price(price)
        if amendment.quantity is not None:
            instrument.check_quantity(amendment.quantity)
    except ValueError as error:
        return str(error)
    if amendment.quantity is not None and amendment.quantity <= row.filled:
        return f"{plain(row.filled)} filled already"
    return ""
