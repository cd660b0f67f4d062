"""Say what one turn of the exchange left behind, so that it can be kept.

A record holds the state of everything that the turn changed, whole: reading all of them in order, the later word wins.
"""

from collections.abc import Iterable

from attrs import frozen

from tradecore.adapters.memory.exchange.accounts import Account
from tradecore.adapters.memory.exchange.rows import Row
from tradecore.domain.ids import AccountId, BrokerOrderId, Symbol
from tradecore.domain.instruments import Instrument
from tradecore.domain.venues import Quote


@frozen(kw_only=True)
class Record:
    """What one turn left behind."""

    accounts: tuple[Account, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    quotes: tuple[Quote, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to keep."""
        return not (self.accounts or self.instruments or self.quotes or self.rows)


def merged(records: Iterable[Record]) -> Record:
    """Return one record that says what *records* say together."""
    accounts: dict[AccountId, Account] = {}
    instruments: dict[Symbol, Instrument] = {}
    quotes: dict[Symbol, Quote] = {}
    rows: dict[BrokerOrderId, Row] = {}
    for record in records:
        accounts.update({account.id: account for account in record.accounts})
        instruments.update({instrument.symbol: instrument for instrument in record.instruments})
        quotes.update({quote.symbol: quote for quote in record.quotes})
        rows.update({row.id: row for row in record.rows})
    return Record(
        accounts=tuple(accounts.values()),
        instruments=tuple(instruments.values()),
        quotes=tuple(quotes.values()),
        rows=tuple(rows.values()),
    )
