"""List the words of the alert dialects: which field names and which values mean the same.

Names are compared without case, ``_``, ``-`` and blanks, so that `orderType` and `order_type` are one name;
values likewise. A dot stands for nesting: `strategy_info.market_position`, spelt nested or with the dot.
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from tradecore.domain.signals import Direction, SizeUnit

TEMPLATE: Final = """{
  "action": "{{strategy.order.action}}",
  "symbol": "{{ticker}}",
  "timeframe": "{{interval}}",
  "market_position": "{{strategy.market_position}}",
  "market_position_size": "{{strategy.market_position_size}}",
  "prev_market_position": "{{strategy.prev_market_position}}",
  "price": "{{close}}",
  "timenow": "{{timenow}}"
}"""

_FILLERS: Final = str.maketrans("", "", "_- \t\r\n")


def plain(text: str) -> str:
    """Return what a name or a word is compared by."""
    return text.lower().translate(_FILLERS)


# ---------------------------------------------------------------- names, the preferred spelling first

SYMBOL: Final = ("symbol", "ticker", "tvinstrument", "pair", "instrument")
EXCHANGE: Final = ("exchange", "tvexchange")
SIDE: Final = ("side",)
ACTION: Final = ("action", "signal", "orderaction", "strategy.order.action", "data", "isbuy")
POSITION: Final = ("marketposition", "sentiment", "strategyinfo.marketposition", "strategy.marketposition")
PREVIOUS: Final = (
    "prevmarketposition",
    "prevposition",
    "strategyinfo.prevmarketposition",
    "strategy.prevmarketposition",
)
# TradingView's `position_size` is negative when short; its `market_position_size` never is.
SIGNED_POSITION_SIZE: Final = ("positionsize", "strategy.positionsize")
POSITION_SIZE: Final = (
    "marketpositionsize",
    "strategyinfo.marketpositionsize",
    "strategy.marketpositionsize",
)
QUANTITY: Final = (
    "quantity",
    "size",
    "qty",
    "contracts",
    "ordercontracts",
    "strategy.order.contracts",
    "order.amount",
    "amountpertrade",
    "units",
)
QUANTITY_TYPE: Final = ("quantitytype", "order.currencytype", "amountpertradetype", "unitstype")
PRICE: Final = ("price", "signalprice", "triggerprice", "strategy.order.price", "close")
TIMEFRAME: Final = ("timeframe", "interval", "tf")
# `time` is missing on purpose: it is when the bar opened, not when the alert fired.
FIRED_AT: Final = ("timenow", "timestamp", "date", "alerttimestamp")
SECRET: Final = ("secret", "passphrase", "token", "key", "apitoken")
COMMENT: Final = (
    "comment",
    "message",
    "strategy.order.comment",
    "alert",
    "orderid",
    "strategy.order.id",
    "id",
)
ACCOUNT: Final = ("account",)
ALERT_ID: Final = ("alertid",)
ORDER_TYPE: Final = ("ordertype",)

# Only these may hold other known names; what stands in `alert` or `extras` is the sender's own affair.
PARENTS: Final = frozenset({"strategy", "strategy.order", "strategyinfo", "order"})

# ---------------------------------------------------------------- what is refused where it is asked for

# Whatever such a name goes on with, as in "takeProfit2Percent"; what ends like a comment is one.
_NO_COMMENT: Final = r"(?!.*(?:comment|message|note|reason|text|label|id)\Z)"
PROTECTION: Final = re.compile(
    rf"{_NO_COMMENT}(?:stoploss|takeprofit|profittarget|targetprice|trail|breakeven).*"
    r"|(?:percentage|dollar|update)?(?:sl|tp)[0-9]*(?:price|percent|pct|points|ticks|pips)?|target"
)
ORDER_PRICE: Final = re.compile(
    rf"{_NO_COMMENT}(?:entry|order|buy|sell)?(?:limit|stop)(?:limit|offset|price)*|islimit|isstop"
)
# The rest of an order, with the words that change nothing about a plain market order.
USUAL_WORDS: Final[Mapping[str, frozenset[str]]] = MappingProxyType({
    "timeinforce": frozenset({"day", "gtc"}),
    "tif": frozenset({"day", "gtc"}),
    "orderclass": frozenset({"simple"}),
    "leverage": frozenset({"1", "1x"}),
    "extendedhours": frozenset(),
    "outsiderth": frozenset(),
    "notional": frozenset(),
    "riskpercentage": frozenset(),
    "riskpercent": frozenset(),
})  # fmt: skip
# What a field named no more than "type" must not say of an entry; "signal" and "alert" stand there as well.
OTHER_ORDERS: Final = re.compile(r"(?:buy|sell)?(?:limit|lmt|stop|stp|trailing|bracket|oco|oto|iceberg|twap|vwap).*")
OPTION: Final = (
    "optiontype",
    "intrinsicvalue",
    "expiration",
    "strikecount",
    "strikesaway",
    "strikeprice",
)


def _words(table: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {word: meaning for meaning, words in table.items() for word in words}


# ---------------------------------------------------------------- values


class Act(Enum):
    """What an action word asks for, before anyone looked at where the strategy stands."""

    BUY = auto()
    SELL = auto()
    CLOSE = auto()
    CLOSE_LONG = auto()
    CLOSE_SHORT = auto()
    FLAT = auto()
    HOLD = auto()
    OPEN = auto()
    ADD = auto()
    REVERSE = auto()
    CANCEL = auto()
    REDUCE = auto()


# "flat" is not among them: what it takes depends on the field it stands in.
ACTS: Final[Mapping[str, Act]] = MappingProxyType({
    word: Act[name]
    for word, name in _words({
        "BUY": ("buy", "long", "bullish", "enterlong", "entrylong", "longentry", "golong", "openlong",
                "buytoopen"),
        "SELL": ("sell", "short", "bearish", "entershort", "entryshort", "shortentry", "goshort", "openshort",
                 "selltoopen", "sellshort"),
        "CLOSE": ("close", "exit", "closeall", "exitall", "closeposition", "exitposition", "liquidate"),
        "CLOSE_LONG": ("closelong", "exitlong", "longexit", "selltoclose"),
        "CLOSE_SHORT": ("closeshort", "exitshort", "shortexit", "buytoclose", "buytocover", "cover"),
        "HOLD": ("hold", "none", "noposition", "wait"),
        "OPEN": ("open", "enter", "entry"),
        "ADD": ("add", "increase", "scalein"),
        "REVERSE": ("reverse", "flip"),
        "CANCEL": ("cancel", "cancelall", "cancelorder", "cancelorders"),
        "REDUCE": ("reduce", "decrease", "trim", "scaleout"),
    }).items()
})  # fmt: skip

DIRECTIONS: Final[Mapping[str, Direction]] = MappingProxyType({
    word: Direction[name]
    for word, name in _words({
        "LONG": ("long", "bullish", "buy"),
        "SHORT": ("short", "bearish", "sell"),
        "FLAT": ("flat", "neutral", "none", "noposition"),
    }).items()
})  # fmt: skip

SIZE_UNITS: Final[Mapping[str, SizeUnit]] = MappingProxyType({
    word: SizeUnit[name]
    for word, name in _words({
        "UNITS": ("fixedquantity", "units", "contracts", "shares", "base"),
        "DOLLARS": ("dollaramount", "dollars", "usd", "$", "quote"),
        "RISK_DOLLARS": ("riskdollaramount",),
        "PERCENT_OF_EQUITY": ("percentofequity",),
    }).items()
})  # fmt: skip

MARKET_ORDERS: Final = frozenset({"market", "mkt"})
# How TradingView and its users write a number that is not there.
NO_NUMBERS: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "undefined", "∞"})
YES: Final = frozenset({"true", "yes", "1"})
NO: Final = frozenset({"false", "no", "0"})

# ---------------------------------------------------------------- names whose values nobody may see

_SECRET_PARTS: Final = ("secret", "token", "passphrase", "password", "passwd", "credential", "authorization")
_SECRET_NAMES: Final = frozenset({"code", "auth", "pwd", "licenseid", "license"})
_ANY_SECRET_NAME: Final = re.compile("|".join((*_SECRET_PARTS, *_SECRET_NAMES, "key")))


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name may hold a secret; rather once too often."""
    whole = plain(name)
    word = whole.rpartition(".")[2]
    return word in _SECRET_NAMES or word.endswith("key") or any(part in whole for part in _SECRET_PARTS)


def may_hold_secret_name(text: str) -> bool:
    """Tell whether any part of *text* may be such a name; most texts have none, and that is quickly seen."""
    return _ANY_SECRET_NAME.search(plain(text)) is not None
