"""List what can be traded: one row a product, as a Gateway was seen to have it in August 2026."""

from decimal import Decimal
from typing import Final

from attrs import frozen

_QUARTERS: Final = "HMUZ"
_ALL: Final = "FGHJKMNQUVXZ"
_EVEN: Final = "GJMQVZ"


@frozen
class Product:
    """A product: its name at the exchange and at the Gateway, its grid, where its price begins, and what a side costs.

    `lead` is how many months the id of a contract is before its delivery.
    """

    symbol: str
    root: str
    title: str
    tick_size: Decimal
    tick_value: Decimal
    start: Decimal
    fees: Decimal
    commissions: Decimal = Decimal(0)
    months: str = _QUARTERS
    lead: int = 0

    def money(self, points: Decimal) -> Decimal:
        """Return what so many points of one contract are worth."""
        return points / self.tick_size * self.tick_value


def _product(row: str, months: str = _QUARTERS, lead: int = 0) -> Product:
    symbol, root, tick, value, start, fees, commissions, title = row.split(maxsplit=7)
    return Product(
        symbol, root, title, Decimal(tick), Decimal(value), Decimal(start), Decimal(fees), Decimal(commissions),
        months, lead)  # fmt: skip


PRODUCTS: Final = (
    _product("ES  EP   0.25    12.50 6400   1.40 0    E-mini S&P 500"),
    _product("MES MES  0.25    1.25  6400   0.36 0.25 Micro E-mini S&P 500"),
    _product("NQ  ENQ  0.25    5     23000  1.40 0    E-mini NASDAQ-100"),
    _product("MNQ MNQ  0.25    0.50  23000  0.36 0.25 Micro E-mini Nasdaq-100"),
    _product("RTY RTY  0.10    5     2300   1.40 0    E-mini Russell 2000"),
    _product("M2K M2K  0.10    0.50  2300   0.37 0    Micro E-mini Russell 2000"),
    _product("YM  YM   1       5     45000  1.40 0    Mini-DOW"),
    _product("MYM MYM  1       0.50  45000  0.37 0    Micro Mini-DOW"),
    _product("6E  EU6  0.00005 6.25  1.15   1.62 0    Euro FX"),
    _product("CL  CLE  0.01    10    65     1.52 0    Crude Light", _ALL, lead=1),
    _product("MCL MCLE 0.01    1     65     0.51 0    Micro Crude Oil", _ALL, lead=1),
    _product("QM  NQM  0.025   12.50 65     1.22 0    E-mini Crude Oil", _ALL, lead=1),
    _product("NG  NGE  0.001   10    3      1.60 0    Natural Gas", _ALL, lead=1),
    _product("QG  NQG  0.005   12.50 3      0.50 0    E-mini Natural Gas", _ALL, lead=1),
    _product("GC  GCE  0.10    10    3400   1.62 0    Gold", _EVEN),
    _product("MGC MGC  0.10    1     3400   0.62 0    E-Micro Gold", _EVEN),
    _product("SI  SIE  0.005   25    40     1.62 0    Silver", "HKNUZ"),
)
