"""Remember which of Alpaca's orders are which of ours.

An order carries our id; a bracket's legs carry ids that Alpaca makes, and only the entry's row tells whose they are.
"""

import re
from collections import OrderedDict
from threading import Lock
from typing import Final, final

from attrs import frozen

from tradecore.adapters.alpaca.reading import Raw, rows, text
from tradecore.domain.ids import OrderId, stop_leg_id, target_leg_id

# An id of ours is a plan's, with the numbers of step and attempt; a UUID, which others' orders have, never looks so.
_OURS: Final = re.compile(r"[0-9A-Za-z]{1,40}(-[0-9]{1,9}){1,3}")
_LEG: Final = re.compile(r"(?P<parent>.+)-(SL|TP)")
_REMEMBERED: Final = 1_000


@frozen
class Place:
    """Where one order stands: our id, and for a leg its entry's id at Alpaca."""

    order_id: OrderId
    parent: str | None = None


def is_ours(client_order_id: object) -> bool:
    """Tell whether an order's client id is one that tradecore gives."""
    return isinstance(client_order_id, str) and _OURS.fullmatch(client_order_id) is not None


def parent_of(order_id: OrderId) -> OrderId | None:
    """Return the entry's id for a leg's, and None for any other."""
    found = _LEG.fullmatch(order_id)
    return OrderId(found["parent"]) if found else None


def legs_of(raw: Raw) -> tuple[Raw, ...]:
    """Return the legs that an order's row brings along."""
    return rows(raw.get("legs") or [])


def has_legs(raw: Raw) -> bool:
    """Tell whether the order is one of several that belong together."""
    return raw.get("order_class") in {"bracket", "oto", "oco"}


def both_legs(raw: Raw) -> tuple[OrderId, ...]:
    """Return the ids of both legs of a bracket of ours; none of any other order."""
    order_id = raw.get("client_order_id")
    if raw.get("order_class") != "bracket" or not is_ours(order_id):
        return ()
    parent = OrderId(str(order_id))
    return stop_leg_id(parent), target_leg_id(parent)


@final
class Roster:
    """One account's orders, the newest of them; safe from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._ids: OrderedDict[OrderId, str] = OrderedDict()

    def learn(self, raw: Raw, order_id: OrderId | None = None) -> None:
        """Take note of an order of ours, and of the legs that its row brings along.

        Its *order_id* is given where the order was placed or found by it, whatever its row says.
        """
        named = order_id or raw.get("client_order_id")
        if order_id is None and not is_ours(named):
            return
        parent = OrderId(str(named))
        self._put(text(raw, "id"), Place(parent))
        # Those that were replaced come first, so that the ones in their place are the ones remembered.
        for leg in sorted(legs_of(raw), key=lambda leg: leg.get("status") != "replaced"):
            leg_id = target_leg_id(parent) if leg.get("type") == "limit" else stop_leg_id(parent)
            self._put(text(leg, "id"), Place(leg_id, text(raw, "id")))

    def move(self, old: str, new: str) -> None:
        """Take note that somebody replaced an order, which has a new id at Alpaca since."""
        place = self.place(old)
        if place is not None:
            self._put(new, place)

    def place(self, broker_order_id: str) -> Place | None:
        """Return what is known of one of Alpaca's orders."""
        with self._lock:
            return self._places.get(broker_order_id)

    def broker_id(self, order_id: OrderId) -> str | None:
        """Return Alpaca's id of an order of ours."""
        with self._lock:
            return self._ids.get(order_id)

    def name(self, raw: Raw) -> OrderId | None:
        """Return our id of the order in a row; None for an order that is not ours, or not known to be."""
        known = self.place(text(raw, "id"))
        if known is not None:
            return known.order_id
        client_order_id = raw.get("client_order_id")
        return OrderId(str(client_order_id)) if is_ours(client_order_id) else None

    def _put(self, broker_order_id: str, place: Place) -> None:
        with self._lock:
            self._places[broker_order_id] = place
            self._ids[place.order_id] = broker_order_id
            for kept in (self._places, self._ids):
                while len(kept) > _REMEMBERED:
                    kept.popitem(last=False)
