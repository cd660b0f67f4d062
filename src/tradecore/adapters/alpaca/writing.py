"""Write an order as Alpaca wants it: numbers as text, and only what the order's kind may have."""

from typing import Final

from tradecore.domain.money import ONE, is_multiple, plain
from tradecore.domain.orders import Bracket, Ticket

Body = dict[str, str | dict[str, str]]

_CLASS: Final = {(True, True): "bracket", (True, False): "oto", (False, True): "oto"}


def body(ticket: Ticket) -> Body:
    """Return the body of the order; its id is ours, so that Alpaca takes it once.

    Nothing trades outside the regular session: `extended_hours` is never sent.
    """
    written: Body = {
        "symbol": ticket.symbol,
        "qty": plain(ticket.quantity),
        "side": ticket.side.value,
        "type": ticket.type.value,
        "time_in_force": _time_in_force(ticket),
        "client_order_id": ticket.id,
    }
    if ticket.limit_price is not None:
        written["limit_price"] = plain(ticket.limit_price)
    if ticket.stop_price is not None:
        written["stop_price"] = plain(ticket.stop_price)
    if ticket.reduce_only:
        # Alpaca refuses the order where it would open instead: a doubled exit never turns into a short.
        written["position_intent"] = f"{ticket.side.value}_to_close"
    if ticket.bracket is not None:
        written |= _exits(ticket.bracket)
    return written


def _time_in_force(ticket: Ticket) -> str:
    """Return how long it works: what protects, or brings its protection along, outlives the day.

    Fractions are taken for the day only, and have neither.
    """
    lasts = ticket.purpose.protects or ticket.bracket is not None
    return "gtc" if lasts and is_multiple(ticket.quantity, ONE) else "day"


def _exits(bracket: Bracket) -> Body:
    found = (bracket.stop_price is not None, bracket.target_price is not None)
    written: Body = {"order_class": _CLASS[found]}
    if bracket.stop_price is not None:
        written["stop_loss"] = {"stop_price": plain(bracket.stop_price)}
    if bracket.target_price is not None:
        written["take_profit"] = {"limit_price": plain(bracket.target_price)}
    return written
