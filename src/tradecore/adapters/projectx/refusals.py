"""Say in a person's words what ProjectX refuses, and what its codes mean: one table for each endpoint.

One number means another thing at each of them. A code that is in no table, or says that the Gateway itself does not
know, leaves open what was done. One code of placing stands for many reasons, so that the message decides which
sentence is told; ProjectX's own words always follow it.
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final

from attrs import Factory, frozen


class Why(Enum):
    """What a refusal is about, and the sentence for it."""

    USED_TAG = "the order's id was used before"
    BRACKET_MODE = (
        "the account takes no brackets with its orders, because its bracket mode is Position Brackets: in the trading "
        "platform, while nothing is held and no order works, open Settings, then Risk Settings, and choose Auto OCO "
        "Brackets"
    )
    BRACKET_SIDE = "its stop or target would be on the wrong side of the entry"
    PRICE_GRID = "its price lies between two ticks"
    PRICE_RANGE = "its price is on the wrong side of the market, which may have moved, or too far away"
    NO_PRICE = "ProjectX has no price for the contract"
    CLOSED = "the market is closed, halted, or not open to this account now"
    MONEY = "the account has not enough money for it"
    VIOLATION = "the account broke a rule of its firm and may not trade"
    MAY_NOT_TRADE = "the account may not place orders; the trading platform shows why"
    MAY_NOT_CANCEL = "the account may not cancel orders: only simulated accounts that follow no other may"
    FOLLOWER = "the account follows another one, and only the leader's orders can be cancelled"
    LIVE = "ProjectX cancels no orders of live accounts over its API: cancel it in the trading platform"
    TOO_MANY = (
        "the account would hold more contracts than it may: set its ceiling here too (tradecore account edit "
        "<account> --contracts-max), and entries are made smaller instead"
    )
    NO_ACCOUNT = "this login has no such account at ProjectX"
    NO_ORDER = "ProjectX knows no such order, or it is over"
    NO_POSITION = "nothing is held"
    NO_CONTRACT = "ProjectX knows no such contract"
    NOT_ACTIVE = "the contract is not the active month any more: close what is held of it in the trading platform"
    CLOSE_SIZE = "there is not so much to close"
    REJECTED = "ProjectX rejected it"
    NOT_TAKEN = "ProjectX does not take such a request"
    BARS = "ProjectX does not take such a question for bars"
    LOGIN = "ProjectX does not know the user name with this API key"
    AGREEMENTS = "agreements are not signed yet: log into the trading platform and accept them"
    SUBSCRIPTION = "the user has no subscription for API access, or it has ended"
    KEY_OFF = "access by API key is switched off for the user"


@frozen(kw_only=True)
class Endpoint:
    """One address of the Gateway's: what its codes refuse. Any other code leaves open what was done."""

    path: str
    codes: Mapping[int, Why] = Factory(dict)


_NO_ACCOUNT: Final = {1: Why.NO_ACCOUNT}

LOGIN: Final = Endpoint(
    path="/api/Auth/loginKey",
    codes={
        1: Why.LOGIN, 2: Why.LOGIN, 3: Why.LOGIN, 4: Why.LOGIN, 5: Why.LOGIN, 6: Why.LOGIN,
        7: Why.AGREEMENTS, 9: Why.SUBSCRIPTION, 10: Why.KEY_OFF,  # 8 is an error of its own, and no word on the key
    },
)  # fmt: skip
VALIDATE: Final = Endpoint(path="/api/Auth/validate", codes={1: Why.LOGIN, 2: Why.LOGIN, 3: Why.LOGIN})
ACCOUNTS: Final = Endpoint(path="/api/Account/search")
AVAILABLE: Final = Endpoint(path="/api/Contract/available")
CONTRACT: Final = Endpoint(path="/api/Contract/searchById", codes={1: Why.NO_CONTRACT})
BARS: Final = Endpoint(
    path="/api/History/retrieveBars", codes={1: Why.NO_CONTRACT, 2: Why.BARS, 3: Why.BARS, 4: Why.BARS}
)
ORDER: Final = Endpoint(path="/api/Order/searchById", codes={1: Why.NO_ORDER})
OPEN_ORDERS: Final = Endpoint(path="/api/Order/searchOpen", codes=_NO_ACCOUNT)
ORDERS: Final = Endpoint(path="/api/Order/search", codes=_NO_ACCOUNT)
QUERY: Final = Endpoint(path="/api/Order/v2/query", codes=_NO_ACCOUNT)
POSITIONS: Final = Endpoint(path="/api/Position/searchOpen", codes=_NO_ACCOUNT)
TRADES: Final = Endpoint(path="/api/Trade/search", codes=_NO_ACCOUNT)
PLACE: Final = Endpoint(
    path="/api/Order/place",
    codes={
        1: Why.NO_ACCOUNT, 2: Why.REJECTED, 3: Why.MONEY, 4: Why.VIOLATION, 5: Why.CLOSED,
        8: Why.NO_CONTRACT, 9: Why.NOT_ACTIVE, 10: Why.MAY_NOT_TRADE,  # 6 is pending, 7 unknown
    },
)  # fmt: skip
# 4 is pending, 5 unknown.
CANCEL: Final = Endpoint(
    path="/api/Order/cancel",
    codes={1: Why.NO_ACCOUNT, 2: Why.NO_ORDER, 3: Why.REJECTED, 6: Why.MAY_NOT_CANCEL},
)
# From the fifth on the two are shifted against one another: one refuses as rejected what the other says of a size.
# 6 is pending, 7 unknown.
CLOSE: Final = Endpoint(
    path="/api/Position/closeContract",
    codes={
        1: Why.NO_ACCOUNT, 2: Why.NO_POSITION, 3: Why.NO_CONTRACT, 4: Why.NOT_ACTIVE, 5: Why.REJECTED,
        8: Why.MAY_NOT_TRADE,
    },
)  # fmt: skip
# 7 is pending, 8 unknown.
CLOSE_PART: Final = Endpoint(
    path="/api/Position/partialCloseContract",
    codes={
        1: Why.NO_ACCOUNT, 2: Why.NO_POSITION, 3: Why.NO_CONTRACT, 4: Why.NOT_ACTIVE, 5: Why.CLOSE_SIZE,
        6: Why.REJECTED, 9: Why.MAY_NOT_TRADE,
    },
)  # fmt: skip

# What a message says more exactly than its code. The first pattern that is found decides, so the narrower stand first.
_WORDS: Final[tuple[tuple[str, Why], ...]] = (
    (r"tag.*(in use|already|exists|unique|duplicate|used)|duplicate.*tag", Why.USED_TAG),  # its exact words are unknown
    (r"position brackets|auto oco", Why.BRACKET_MODE),
    (r"invalid (stop loss|take profit) ticks", Why.BRACKET_SIDE),
    (r"not in an active trading status|trading is currently unavailable|outside.*trading hours|market.*closed",
     Why.CLOSED),  # people see a closed market as code 2, and never as 5
    (r"not aligned to tick", Why.PRICE_GRID),
    (r"outside allowed range", Why.PRICE_RANGE),
    (r"without a last price|invalid symbol", Why.NO_PRICE),
    (r"margin|insufficient|enough funds", Why.MONEY),
    (r"maximum position|position limit|max position", Why.TOO_MANY),
    (r"loss limit|violation|liquidat|locked", Why.VIOLATION),
    (r"follower accounts", Why.FOLLOWER),
    (r"live accounts", Why.LIVE),
)  # fmt: skip
# Of these codes the message may say more.
_COARSE: Final = frozenset({Why.REJECTED, Why.MAY_NOT_CANCEL, Why.MAY_NOT_TRADE, Why.VIOLATION})


@frozen
class Refused:
    """One "no" of ProjectX's. `order_id` is that of the rejected order, where there is one all the same."""

    code: int
    message: str
    why: Why
    order_id: int | None = None

    @property
    def sentence(self) -> str:
        """Say it to a person: what it means, then ProjectX's own words."""
        return f"{self.why.value} (ProjectX: {self.message.rstrip('.') or f'code {self.code}'})"


def refused(endpoint: Endpoint, code: int, message: str | None, order_id: int | None = None) -> Refused | None:
    """Return what *code* refuses at *endpoint*; None where it leaves open what was done."""
    why = endpoint.codes.get(code)
    if why is None:
        return None
    said = message or ""
    if why in _COARSE:
        why = next((found for pattern, found in _WORDS if re.search(pattern, said, re.IGNORECASE)), why)
    return Refused(code, said, why, order_id)
