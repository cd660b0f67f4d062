"""Answer for accounts and contracts."""

from collections.abc import Iterable

from flask import Flask, Response

from tradecore.entrypoints.venues.projectx.answering import failure, success
from tradecore.entrypoints.venues.projectx.engine.contracts import Contract
from tradecore.entrypoints.venues.projectx.reading import body
from tradecore.entrypoints.venues.projectx.shapes import Shape, account_shape, contract_shape
from tradecore.entrypoints.venues.projectx.venue import Venue

_CONTRACT_NOT_FOUND = 1


def add_accounts(app: Flask, venue: Venue) -> None:
    """Add the address of accounts."""
    exchange = venue.exchange

    @app.post("/api/account/search")
    def accounts() -> Response:
        asked = body()
        only_active = asked.need(asked.flag, "onlyActiveAccounts")
        with exchange.lock:
            found = [one for one in exchange.floor.accounts.values() if one.can_trade or not only_active]
            return success(accounts=[account_shape(account) for account in found])


def add_contracts(app: Flask, venue: Venue) -> None:
    """Add the addresses of contracts. There is no live subscription: who asks for one finds nothing."""
    exchange, listing = venue.exchange, venue.exchange.floor.listing

    def shapes(contracts: Iterable[Contract]) -> list[Shape]:
        return [contract_shape(one, active=listing.is_active(one)) for one in contracts]

    @app.post("/api/contract/search")
    def search_contracts() -> Response:
        asked = body()
        is_live = asked.need(asked.flag, "live")
        with exchange.lock:
            return success(contracts=[] if is_live else shapes(listing.search(asked.text("searchText") or "")))

    @app.post("/api/contract/available")
    def available() -> Response:
        asked = body()
        is_live = asked.need(asked.flag, "live")
        with exchange.lock:
            return success(contracts=[] if is_live else shapes(listing.active()))

    @app.post("/api/contract/searchbyid")
    def find_contract() -> Response:
        asked = body()
        contract_id = asked.need(asked.text, "contractId")
        with exchange.lock:
            found = listing.find(contract_id)
            return (
                failure(_CONTRACT_NOT_FOUND, contract=None) if found is None else success(contract=shapes([found])[0])
            )
