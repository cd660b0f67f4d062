"""Answer for positions and trades: list them, and close positions."""

from datetime import UTC, datetime
from typing import Final

from flask import Flask, Response

from tradecore.entrypoints.venues.projectx.answering import either, failure, success
from tradecore.entrypoints.venues.projectx.engine.words import Refusal
from tradecore.entrypoints.venues.projectx.reading import body
from tradecore.entrypoints.venues.projectx.shapes import position_shape, trade_shape
from tradecore.entrypoints.venues.projectx.venue import Venue

_ACCOUNT_NOT_FOUND: Final = 1
_END: Final = datetime.max.replace(tzinfo=UTC)


def add_positions(app: Flask, venue: Venue) -> None:
    """Add the addresses of positions and trades."""
    exchange, floor = venue.exchange, venue.exchange.floor

    @app.post("/api/position/searchopen")
    def positions() -> Response:
        asked = body()
        account_id = asked.need(asked.whole, "accountId")
        with exchange.lock:
            account = floor.accounts.get(account_id)
            if account is None:
                return failure(_ACCOUNT_NOT_FOUND, positions=None)
            return success(positions=[position_shape(held) for held in account.holdings.values()])

    @app.post("/api/position/closecontract")
    def close() -> Response:
        asked = body()
        closed = exchange.close(asked.need(asked.whole, "accountId"), asked.need(asked.text, "contractId"))
        return either(closed if isinstance(closed, Refusal) else None)

    @app.post("/api/position/partialclosecontract")
    def close_part() -> Response:
        asked = body()
        account_id, contract_id = asked.need(asked.whole, "accountId"), asked.need(asked.text, "contractId")
        closed = exchange.close(account_id, contract_id, asked.need(asked.whole, "size"))
        return either(closed if isinstance(closed, Refusal) else None)

    @app.post("/api/trade/search")
    def trades() -> Response:
        asked = body()
        account_id = asked.need(asked.whole, "accountId")
        start, end = asked.need(asked.moment, "startTimestamp"), asked.moment("endTimestamp") or _END
        with exchange.lock:
            if account_id not in floor.accounts:
                return failure(_ACCOUNT_NOT_FOUND, trades=None)
            found = [one for one in reversed(floor.trades) if one.account_id == account_id and start <= one.at <= end]
            return success(trades=[trade_shape(trade) for trade in found])
