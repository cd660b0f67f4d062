"""Describe what is traded, and put prices and quantities on its grid."""

import re
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from attrs import frozen

from tradecore.domain.ids import Symbol
from tradecore.domain.money import ONE, ZERO, ceil_to, down_to, floor_to, is_multiple

MONTH_LETTERS: Final = "FGHJKMNQUVXZ"
_CONTINUOUS: Final = re.compile(r"(?P<root>[A-Z0-9]{1,6}?)(?P<n>[0-9]+)!")
_DATED: Final = re.compile(rf"(?P<root>[A-Z0-9]{{1,6}}?)(?P<month>[{MONTH_LETTERS}])(?P<year>(20)?[0-9]{{2}}|[0-9])")
_SHORT_YEAR: Final = 2
_CONTRACT_ID: Final = "CON."


class Kind(Enum):
    """What sort of thing is traded."""

    EQUITY = "equity"
    FUTURE = "future"
    CRYPTO = "crypto"


class Market(Enum):
    """Whose hours count."""

    US_EQUITIES = "us-equities"
    CME_FUTURES = "cme-futures"
    ALWAYS = "always"


@frozen(kw_only=True)
class Instrument:
    """One thing that has a position of its own at a venue.

    `tick_size` is in price, `tick_value` in money per tick and unit, `lot_step` the smallest change of a
    long quantity. `root` is what a bot and an alert name (``MES``); `symbol` is the thing itself (``MESZ2026``).
    `hard_to_borrow` says why it is not `shortable`: the venue lends it for a day at most.
    """

    symbol: Symbol
    root: Symbol
    kind: Kind
    market: Market
    tick_size: Decimal
    tick_value: Decimal
    lot_step: Decimal = ONE
    tradable: bool = True
    shortable: bool = True
    hard_to_borrow: bool = False
    active: bool = True
    expires: date | None = None
    venue_id: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a grid that no price or quantity can lie on."""
        for name in ("tick_size", "tick_value", "lot_step"):
            if getattr(self, name) <= 0:
                message = f"{self.symbol}: {name} must be above zero, not {getattr(self, name)}"
                raise ValueError(message)

    @property
    def short_name(self) -> str:
        """What the exchange calls a month, with one digit of its year (``MESZ6``); the symbol of all else."""
        dated = _DATED.fullmatch(self.symbol)
        return (
            f"{dated['root']}{dated['month']}{dated['year'][-1]}" if dated and self.root != self.symbol else self.symbol
        )

    def is_called(self, name: str) -> bool:
        """Tell whether *name* is the venue's own for it, in any case: its id, or its short name."""
        return name.upper() in {self.venue_id.upper(), self.short_name}

    @property
    def point_value(self) -> Decimal:
        """Money per unit when the price moves by one."""
        return self.tick_value / self.tick_size

    @property
    def fractionable(self) -> bool:
        """Whether less than one can be held."""
        return self.lot_step < 1

    def lots(self, quantity: Decimal, *, long: bool) -> Decimal:
        """Round *quantity* towards zero to what may be held; a short is always whole."""
        return down_to(quantity, self.lot_step if long else max(ONE, self.lot_step))

    def stop_price(self, price: Decimal, *, long: bool) -> Decimal:
        """Put a protective stop on the grid, away from the entry."""
        return floor_to(price, self.tick_size) if long else ceil_to(price, self.tick_size)

    def target_price(self, price: Decimal, *, long: bool) -> Decimal:
        """Put a profit target on the grid, towards the entry."""
        return floor_to(price, self.tick_size) if long else ceil_to(price, self.tick_size)

    def check_price(self, price: Decimal) -> None:
        """Raise `ValueError` where *price* is not positive or lies between two ticks."""
        if price <= ZERO or not is_multiple(price, self.tick_size):
            message = f"{price} is no price of {self.symbol}: it must be a positive multiple of {self.tick_size}"
            raise ValueError(message)

    def check_quantity(self, quantity: Decimal) -> None:
        """Raise `ValueError` where *quantity* is not positive or lies between two lots."""
        if quantity <= ZERO or not is_multiple(quantity, self.lot_step):
            message = f"{quantity} is no quantity of {self.symbol}: it must be a positive multiple of {self.lot_step}"
            raise ValueError(message)


def is_stoppable(instrument: Instrument, quantity: Decimal) -> bool:
    """Tell whether a venue holds a stop for *quantity* units: of shares, none takes one for a fraction."""
    return instrument.kind is not Kind.EQUITY or is_multiple(quantity, ONE)


@frozen
class Named:
    """An instrument as an alert names it: a root, and the month where one was given.

    `month` is the dated symbol (``MESZ2026``), or None for the active one. What only the venue's list can tell stays
    as it was written: a month with one digit of its year (``MESZ6``), and a contract's id, which is the `root` as well.
    """

    root: Symbol
    month: Symbol | None = None


def is_dated(symbol: Symbol) -> bool:
    """Tell whether *symbol* names one month of a future: ``MESZ2026``, ``MESZ6``."""
    return _DATED.fullmatch(symbol) is not None


def is_venues_own(symbol: str) -> bool:
    """Tell whether only a venue's list can say what *symbol* is: a contract's id, or one digit of a year."""
    dated = _DATED.fullmatch(symbol.upper())
    return symbol.upper().startswith(_CONTRACT_ID) or (dated is not None and len(dated["year"]) < _SHORT_YEAR)


def name_of(symbol: str) -> Named:
    """Read the name that an alert or a bot gives an instrument.

    Takes ``AAPL``, ``NASDAQ:AAPL``, ``MES``, ``MES1!``, ``MESZ2026``, ``MESZ6``, ``CON.F.US.MES.Z26``, ``BTCUSD``,
    ``BTC/USD``. A contract's id is not taken apart: its month may be another than the one of delivery.
    `ValueError` for what cannot be traded: delayed feeds, the second continuous month, odd characters.
    """
    exchange, _, rest = symbol.strip().rpartition(":")
    exchange, rest = exchange.upper(), rest.upper() if rest.isascii() else rest
    if exchange.endswith(("_DL", "_DLY")):
        message = f"{symbol!r} is a delayed feed ({exchange}): its prices are too old to trade on"
        raise ValueError(message)
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9./_^-]{0,28}!?", rest) or ":" in exchange:
        message = f"{symbol!r} is not a symbol"
        raise ValueError(message)
    if rest.startswith(_CONTRACT_ID):
        return Named(Symbol(rest), Symbol(rest))
    if continuous := _CONTINUOUS.fullmatch(rest):
        if continuous["n"] != "1":
            message = f"{symbol!r} is not the front month: only {continuous['root']}1! can be traded"
            raise ValueError(message)
        return Named(Symbol(continuous["root"]))
    if rest.endswith("!"):
        message = f"{symbol!r} is not a symbol: a continuous contract is written {rest.rstrip('!')}1!"
        raise ValueError(message)
    if dated := _DATED.fullmatch(rest):
        # MESZ26 and MESZ2026 are one month.
        year = f"20{dated['year']}" if len(dated["year"]) == _SHORT_YEAR else dated["year"]
        return Named(Symbol(dated["root"]), Symbol(f"{dated['root']}{dated['month']}{year}"))
    return Named(Symbol(rest))


def root_of(symbol: str) -> Symbol:
    """Read the root that a bot or a token names; `ValueError` as `name_of`, and for the id of one month."""
    named = name_of(symbol)
    if named.root == named.month:
        message = f"{symbol!r} is one month's id: write the root, such as MES"
        raise ValueError(message)
    return named.root
