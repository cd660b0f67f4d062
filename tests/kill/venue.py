"""Look at the exchange, and move its prices: it has a process of its own, which nothing kills."""

from decimal import Decimal
from typing import Final, final

import httpx
from attrs import frozen

from tradecore.adapters.encoding.codec import Form
from tradecore.adapters.memory.exchange import Row
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.money import ZERO, plain
from tradecore.domain.venues import AccountState

_ROWS: Final[Form[tuple[Row, ...]]] = Form(tuple[Row, ...])
_STATE: Final[Form[AccountState]] = Form(AccountState)
PAPER_CASH: Final = Decimal(100_000)


@final
@frozen
class Venue:
    """The exchange as those see it who trade by no tradecore."""

    url: str
    http: httpx.Client

    def orders(self, account_id: AccountId) -> tuple[Row, ...]:
        """Return every order that the account ever had, oldest first."""
        answer = self.http.get(f"{self.url}/sim/accounts/{account_id}/orders").raise_for_status()
        return _ROWS.read(answer.text)

    def won(self, account_id: AccountId) -> Decimal:
        """Return what the account is worth more than it began with."""
        answer = self.http.get(f"{self.url}/accounts/{account_id}/state").raise_for_status()
        return _STATE.read(answer.text).equity - PAPER_CASH

    def price(self, symbol: Symbol, price: Decimal) -> None:
        """Let *symbol* trade at *price*."""
        self.http.post(f"{self.url}/sim/quote", json={"symbol": symbol, "last": str(price)}).raise_for_status()


def net_of(rows: tuple[Row, ...]) -> dict[Symbol, Decimal]:
    """Return what an account with these orders holds."""
    held: dict[Symbol, Decimal] = {}
    for row in rows:
        held[row.symbol] = held.get(row.symbol, ZERO) + row.filled * row.side.sign
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def words_of(row: Row) -> str:
    """Say what an order is and where it stands, without what differs from one life to the next."""
    kind = "" if row.stop_price is None else f" stop {plain(row.stop_price)}"
    filled = f", {plain(row.filled)} filled" if row.filled and row.left else ""
    return f"{row.side.value} {plain(row.quantity)} {row.symbol}{kind}: {row.news.value}{filled}"
