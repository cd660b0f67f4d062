"""Follow an order's life, as a table with the venues' oddities beside their rows.

A pair that is not in `LIFE` would be a contradiction: the state stays, and the order is looked up.
The picture in the docs is drawn from it.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final


class OrderState(Enum):
    """Where an order stands. The value is the word that people and scripts read."""

    INTENDED = "intended"  # written down; nobody has been asked yet
    UNKNOWN = "unknown"  # sent, and the answer was lost: it may live or not
    HELD = "held"  # a bracket's leg, asleep until its parent fills
    WORKING = "working"  # at the venue, perhaps partly filled
    CANCELLING = "cancelling"  # we asked for its end; it may still fill
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    NEVER_PLACED = "never placed"  # looked up by our id until sure: the venue never had it

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected of it."""
        return self in _OVER


class News(Enum):
    """What a venue can say of an order."""

    ACCEPTED = "accepted"
    HELD = "held"
    CANCEL_PENDING = "cancel pending"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    LOST = "lost"  # the venue said nothing that we could hear
    NEVER_PLACED = "never placed"  # our verdict, after looking often enough


_S, _N = OrderState, News
_OVER: Final = frozenset({_S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED, _S.NEVER_PLACED})

LIFE: Final[Mapping[tuple[OrderState, News], OrderState]] = MappingProxyType({
    (_S.INTENDED, _N.ACCEPTED): _S.WORKING,
    (_S.INTENDED, _N.HELD): _S.HELD,
    (_S.INTENDED, _N.FILLED): _S.FILLED,
    (_S.INTENDED, _N.CANCELLED): _S.CANCELLED,
    (_S.INTENDED, _N.REJECTED): _S.REJECTED,
    (_S.INTENDED, _N.EXPIRED): _S.EXPIRED,
    (_S.INTENDED, _N.CANCEL_PENDING): _S.CANCELLING,
    # Timeout, 5xx, a dropped line or an unreadable answer after sending: never a rejection.
    (_S.INTENDED, _N.LOST): _S.UNKNOWN,
    (_S.INTENDED, _N.NEVER_PLACED): _S.NEVER_PLACED,
    (_S.UNKNOWN, _N.LOST): _S.UNKNOWN,
    (_S.UNKNOWN, _N.ACCEPTED): _S.WORKING,
    (_S.UNKNOWN, _N.HELD): _S.HELD,
    (_S.UNKNOWN, _N.FILLED): _S.FILLED,
    (_S.UNKNOWN, _N.CANCELLED): _S.CANCELLED,
    (_S.UNKNOWN, _N.REJECTED): _S.REJECTED,
    (_S.UNKNOWN, _N.EXPIRED): _S.EXPIRED,
    (_S.UNKNOWN, _N.CANCEL_PENDING): _S.CANCELLING,
    (_S.UNKNOWN, _N.NEVER_PLACED): _S.NEVER_PLACED,
    (_S.HELD, _N.HELD): _S.HELD,
    (_S.HELD, _N.ACCEPTED): _S.WORKING,
    (_S.HELD, _N.FILLED): _S.FILLED,
    (_S.HELD, _N.CANCELLED): _S.CANCELLED,
    # ProjectX ends the legs of a rejected entry as rejected, Alpaca as cancelled.
    (_S.HELD, _N.REJECTED): _S.REJECTED,
    (_S.HELD, _N.EXPIRED): _S.EXPIRED,
    (_S.HELD, _N.CANCEL_PENDING): _S.CANCELLING,
    (_S.HELD, _N.LOST): _S.HELD,
    (_S.WORKING, _N.ACCEPTED): _S.WORKING,
    (_S.WORKING, _N.FILLED): _S.FILLED,
    (_S.WORKING, _N.CANCELLED): _S.CANCELLED,
    (_S.WORKING, _N.EXPIRED): _S.EXPIRED,
    (_S.WORKING, _N.CANCEL_PENDING): _S.CANCELLING,
    # A 200 is not the exchange's acceptance: the rejection may follow.
    (_S.WORKING, _N.REJECTED): _S.REJECTED,
    # An Alpaca stop leg goes back to "held" while its sibling partly fills.
    (_S.WORKING, _N.HELD): _S.HELD,
    # The question about a working order went unanswered: it is as working as before.
    (_S.WORKING, _N.LOST): _S.WORKING,
    (_S.CANCELLING, _N.CANCELLED): _S.CANCELLED,
    (_S.CANCELLING, _N.FILLED): _S.FILLED,
    (_S.CANCELLING, _N.EXPIRED): _S.EXPIRED,
    (_S.CANCELLING, _N.REJECTED): _S.REJECTED,
    (_S.CANCELLING, _N.CANCEL_PENDING): _S.CANCELLING,
    # The cancel was refused, or overtaken by an older report: it still works, and is asked to end again.
    (_S.CANCELLING, _N.ACCEPTED): _S.WORKING,
    (_S.CANCELLING, _N.HELD): _S.HELD,
    (_S.CANCELLING, _N.LOST): _S.CANCELLING,
    # The cancel and the last fill crossed on the wire. The fill is the truth.
    (_S.CANCELLED, _N.FILLED): _S.FILLED,
    (_S.EXPIRED, _N.FILLED): _S.FILLED,
    # Found after we had given it up: a venue that lists late. What it says now is the truth.
    (_S.NEVER_PLACED, _N.ACCEPTED): _S.WORKING,
    (_S.NEVER_PLACED, _N.HELD): _S.HELD,
    (_S.NEVER_PLACED, _N.FILLED): _S.FILLED,
    (_S.NEVER_PLACED, _N.CANCELLED): _S.CANCELLED,
    (_S.NEVER_PLACED, _N.REJECTED): _S.REJECTED,
    (_S.NEVER_PLACED, _N.EXPIRED): _S.EXPIRED,
        # Old or odd news of an order that has ended: streams repeat and reorder, and a later word about the end
        # changes nothing. What was filled counts by itself, whatever the word.
        **{
            (over, news): over
            for over in (_S.FILLED, _S.CANCELLED, _S.REJECTED, _S.EXPIRED)
            for news in News
            if news is not _N.FILLED or over is _S.FILLED
        },
        # Even a rejection can be overtaken by a fill that was on its way.
        (_S.REJECTED, _N.FILLED): _S.FILLED,
        (_S.NEVER_PLACED, _N.NEVER_PLACED): _S.NEVER_PLACED,
        (_S.NEVER_PLACED, _N.CANCEL_PENDING): _S.CANCELLING,
    (_S.NEVER_PLACED, _N.LOST): _S.NEVER_PLACED,
})  # fmt: skip
