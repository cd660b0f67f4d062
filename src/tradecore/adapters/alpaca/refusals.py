"""Say in a person's words what Alpaca refuses, and why: one table of what it is known to say.

One code stands for many reasons ("no money", "shares held", "wash trade" and "may not short" share one), so that the
message decides which sentence is told; Alpaca's own words always follow it.
"""

import json
import re
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from attrs import Factory, frozen


class Why(Enum):
    """What a refusal is about, and the sentence for it; ``{name}`` stands for what the refusal's body has there."""

    USED_ID = "the order's id was used before"
    OVER = "the order is over already"
    HELD = "{held_for_orders} of the {existing_qty} shares that are held are kept for working orders"
    SHORT_OF_SHARES = "not so many shares are free to be traded"
    WASH = "order {existing_order_id} is in the way"
    MONEY = "there is not enough buying power"
    COINS = "there is not enough of what it is paid with"
    INTENT = "it would open a position and was meant to close one, or the other way round"
    NO_SHORTS = "the account may not sell short"
    NOT_SHORTABLE = "the asset cannot be sold short"
    HARD_TO_BORROW = "the asset is hard to borrow: it cannot be sold short with protection that lasts over night"
    FRACTION_SHORT = "less than a whole share cannot be sold short, nor more than is held"
    FRACTION_DAY = "a fraction of a share is traded for one day only"
    FRACTION_SIMPLE = "a fraction of a share takes no bracket"
    WHOLE_ONLY = "the asset is traded in whole shares only"
    TOO_LITTLE = "it is worth less than Alpaca trades at least"
    UNKNOWN_ASSET = "Alpaca knows no such asset"
    NOT_ACTIVE = "the asset is not traded at Alpaca any more"
    NOT_TRADABLE = "the asset cannot be traded now"
    HALTED = "trading in the asset is halted"
    CLOSED = "the market is closed for such an order"
    BRACKET = "a bracket is taken only for an entry from flat"
    PRICE_SIDE = "its stop or target would be on the wrong side of the price, which has moved (now {base_price})"
    PRICE_GRID = "its price lies between two ticks"
    BLOCKED = "the account may not trade"
    LIQUIDATION = "the account may only close what it holds"
    DAY_TRADES = "the account has made too many day trades"
    NO_POSITION = "nothing is held"
    NO_ORDER = "Alpaca knows no such order"
    PARAMETER = "Alpaca does not take such an order"


# The first pattern that is found decides, so the narrower stand first. Where sources differ on a text, all are here.
_WORDS: Final[tuple[tuple[str, Why], ...]] = (
    (r"client_order_id must be unique", Why.USED_ID),
    (r"order is already in|order is not cancelable|order is not open", Why.OVER),
    (r"position intent mismatch", Why.INTENT),
    (r"potential wash trade", Why.WASH),
    (r"insufficient buying power|insufficient day trading buying power", Why.MONEY),
    (r"insufficient qty available", Why.SHORT_OF_SHARES),
    (r"insufficient balance", Why.COINS),
    (r"hard-to-borrow", Why.HARD_TO_BORROW),
    (r"fractional orders cannot be sold short", Why.FRACTION_SHORT),
    (r"fractional orders must be DAY", Why.FRACTION_DAY),
    (r"fractional orders must be simple", Why.FRACTION_SIMPLE),
    (r"is not fractionable|not enabled for fractional", Why.WHOLE_ONLY),
    (r"fractional trading is not allowed", Why.BLOCKED),
    (r"notional must be|cost basis must be|minimal amount of order", Why.TOO_LITTLE),
    (r"account is not allowed to short", Why.NO_SHORTS),
    (r"cannot be sold short", Why.NOT_SHORTABLE),
    (r"asset .*not found|could not find asset|invalid symbol", Why.UNKNOWN_ASSET),
    (r"asset .*is not active", Why.NOT_ACTIVE),
    (r"trading halt", Why.HALTED),
    (r"asset .*is not tradable", Why.NOT_TRADABLE),
    (r"liquidation only", Why.LIQUIDATION),
    (r"pattern day trading", Why.DAY_TRADES),
    (r"orders must be entry orders", Why.BRACKET),
    (r"(stop_loss|take_profit)\.\w+ must be", Why.PRICE_SIDE),
    (r"sub-penny|minimum pricing criteria", Why.PRICE_GRID),
    (r"extended hours order|during market hours|are rejected from|unable to open new notional", Why.CLOSED),
    (r"account is not active|trading is blocked|trade is suspended|not allowed for account|account is restricted",
     Why.BLOCKED),
    (r"position does not exist", Why.NO_POSITION),
    (r"order not found", Why.NO_ORDER),
)  # fmt: skip
_BY_CODE: Final = {40310100: Why.DAY_TRADES}
_GAP: Final = re.compile(r"\{(\w+)\}")


@frozen
class Refused:
    """One "no" of Alpaca's: status, code where it has one, and its message; `told` is the whole body."""

    status: int
    code: int | None
    message: str
    why: Why
    told: Mapping[str, Any] = Factory(dict)

    @property
    def sentence(self) -> str:
        """Say it to a person: what it means, then Alpaca's own words."""
        words = _GAP.sub(lambda gap: str(self.told.get(gap[1], "?")), self.why.value)
        return f"{words} (Alpaca: {self.message})"


def refused(status: int, text: str) -> Refused:
    """Read the answer of a refusal; it may have no code, or be a page of HTML."""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    told = body if isinstance(body, dict) else {}
    code = told.get("code")
    message = str(told.get("message") or f"status {status}")
    code = code if isinstance(code, int) else None
    return Refused(status, code, message, _why(status, code, message, told), told)


def _why(status: int, code: int | None, message: str, told: Mapping[str, Any]) -> Why:
    if status == HTTPStatus.CONFLICT:
        return Why.USED_ID  # Alpaca's own guide says so of a used id; what came back when it was tried was a 422.
    for pattern, why in _WORDS:
        if re.search(pattern, message, re.IGNORECASE):
            return Why.HELD if why is Why.SHORT_OF_SHARES and str(told.get("held_for_orders", "0")) != "0" else why
    if code in _BY_CODE:
        return _BY_CODE[code]
    return Why.NO_ORDER if status == HTTPStatus.NOT_FOUND else Why.PARAMETER
