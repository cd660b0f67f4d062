"""Close what is held in a month that has rolled away: the Gateway takes no order of ours there, only its own close.

The market order that its close sends has no tag, so that it is known again by what it is: contract, side and size, and
made since. It is ours from the moment at which it is over, and nothing is said of it before: who starts anew finds the
same, or that nothing is known. What was asked for is remembered in this process alone; after a restart the ticket,
handed over again, finds its order.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final, final

from attrs import frozen

from tradecore.adapters.projectx import reading, refusals
from tradecore.adapters.projectx.contracts import Contract
from tradecore.adapters.projectx.envelope import Raw
from tradecore.adapters.projectx.line import Line
from tradecore.adapters.projectx.orders import SKEW_MAX, Orders, made_at
from tradecore.adapters.projectx.pace import Lane
from tradecore.adapters.projectx.refusals import Refused, Why
from tradecore.adapters.projectx.writing import MARKET, SIDES
from tradecore.domain.errors import OutcomeUnknownError, UnreachableError, WorldError
from tradecore.domain.ids import OrderId
from tradecore.domain.money import plain
from tradecore.domain.orders import OrderType, Purpose, Report, Ticket

# By how much the Gateway's clock may be behind ours. More would take an earlier close of the same size for ours.
_SKEW: Final = timedelta(seconds=10)
_EXITS: Final = frozenset({Purpose.EXIT, Purpose.FLATTEN})


def closes(ticket: Ticket) -> bool:
    """Tell whether the Gateway's own close can stand for *ticket*: an exit at the market's price."""
    return ticket.purpose in _EXITS and ticket.type is OrderType.MARKET


@frozen
class _Asked:
    """A close that was asked for, and may have been done; its order is newer than `newest`."""

    ticket: Ticket
    contract_id: str
    newest: int


@final
class Closing:
    """The closes of one account."""

    def __init__(self, line: Line, account: int, orders: Orders) -> None:
        self._line = line
        self._account = account
        self._orders = orders
        self._asked: dict[OrderId, _Asked] = {}

    def may_have(self, order_id: OrderId) -> bool:
        """Tell whether a close was asked for in the order's name, and nobody knows yet what became of it."""
        return order_id in self._asked

    def close(self, ticket: Ticket, contract: Contract, closable: Decimal) -> Report | str:
        """Close what *ticket* asks for, once, of the *closable* units that are held; a refusal is its sentence.

        `OutcomeUnknownError` until the order is over.
        """
        asked = self._asked.get(ticket.id)
        rows = self._orders.since(made_at(ticket.id) - SKEW_MAX)
        if asked is None:
            # One that is there already was sent for this ticket by who died meanwhile, or by a person in its place.
            row = self._first(ticket, contract.id, [one for one in rows if _is_since(one, ticket.id)])
            newest = _id(row) - 1 if row is not None else max(map(_id, rows), default=0)
            asked = _Asked(ticket, contract.id, newest)
        row = self._newer(asked, rows)
        if row is None:
            if ticket.quantity > closable:
                self._asked.pop(ticket.id, None)
                return f"only {plain(closable)} {ticket.symbol} could be closed"
            self._asked[ticket.id] = asked
            refusal = self._send(ticket, contract.id, closable)
            if refusal is not None:
                self._asked.pop(ticket.id, None)
                return refusal.sentence
            row = self._sent(asked)
        if row is None or row.get("status") in reading.WORKING:
            self._asked[ticket.id] = asked
            raise OutcomeUnknownError(f"ProjectX was asked to close {plain(ticket.quantity)} {ticket.symbol}: not over")
        return self._own(ticket.id, row)

    def find(self, order_id: OrderId) -> Report | None:
        """Return what became of a close that `may_have` been done; `UnreachableError` while it works."""
        asked = self._asked[order_id]
        row = self._newer(asked, self._rows(asked))
        if row is None:
            return None
        if row.get("status") in reading.WORKING:
            raise UnreachableError(f"ProjectX's close for order {order_id} is not over yet")
        return self._own(order_id, row)

    # ---------------------------------------------------------------- within

    def _send(self, ticket: Ticket, contract_id: str, closable: Decimal) -> Refused | None:
        where = {"accountId": self._account, "contractId": contract_id}
        # The part even where it is the whole: so much is closed and no more, whatever fills meanwhile.
        answer = self._line.do(refusals.CLOSE_PART, {**where, "size": int(ticket.quantity)}, Lane.EXIT)
        if isinstance(answer, Refused) and answer.why is Why.CLOSE_SIZE and ticket.quantity == closable:
            answer = self._line.do(refusals.CLOSE, where, Lane.EXIT)
        return answer if isinstance(answer, Refused) else None

    def _sent(self, asked: _Asked) -> Raw | None:
        try:
            return self._newer(asked, self._rows(asked))
        except WorldError as error:
            # It was done: who cannot look now must not say that nothing was.
            raise OutcomeUnknownError(
                f"ProjectX was asked to close, and cannot be asked what it did: {error}"
            ) from error

    def _rows(self, asked: _Asked) -> tuple[Raw, ...]:
        return self._orders.since(made_at(asked.ticket.id) - SKEW_MAX)

    def _newer(self, asked: _Asked, rows: tuple[Raw, ...]) -> Raw | None:
        newer = [row for row in rows if _id(row) > asked.newest]
        return self._first(asked.ticket, asked.contract_id, newer)

    def _first(self, ticket: Ticket, contract_id: str, rows: list[Raw]) -> Raw | None:
        """Return the first order that is as the ticket's would be, and nobody else's; one that did nothing is none."""
        wanted = {"contractId": contract_id, "type": MARKET, "side": SIDES[ticket.side], "size": ticket.quantity}
        return next((
            row for row in sorted(rows, key=_id)
            if all(row.get(name) == value for name, value in wanted.items())
            and reading.text_or_none(row, "customTag") is None
            and self._orders.roster.name(row) is None
            and (row.get("fillVolume") or row.get("status") in reading.WORKING)
        ), None)  # fmt: skip

    def _own(self, order_id: OrderId, row: Raw) -> Report:
        self._orders.roster.put(order_id, _id(row))
        self._asked.pop(order_id, None)
        return self._orders.report(row, in_full=True)


def _id(row: Raw) -> int:
    return reading.whole(row, "id")


def _is_since(row: Raw, order_id: OrderId) -> bool:
    made = reading.moment(row, "creationTimestamp")
    return made is not None and made >= made_at(order_id) - _SKEW
