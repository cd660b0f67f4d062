"""Open accounts, change what they may do, and tell all that they ever had."""

from decimal import Decimal

from attrs import frozen
from flask import Flask, Response, jsonify
from werkzeug.exceptions import NotFound

from tradecore.entrypoints.venues.projectx.engine.accounts import Account
from tradecore.entrypoints.venues.projectx.engine.exchange import START_BALANCE
from tradecore.entrypoints.venues.projectx.shapes import account_shape, order_shape
from tradecore.entrypoints.venues.projectx.venue import Venue
from tradecore.entrypoints.venues.switching import done, named_flags, read


@frozen(kw_only=True)
class _NewAccount:
    """An account to be opened; a name that is not given is made."""

    name: str | None = None
    balance: Decimal = START_BALANCE


@frozen(kw_only=True)
class _Flags:
    """What is to be true of an account; null leaves it as it is."""

    balance: Decimal | None = None
    can_trade: bool | None = None
    is_visible: bool | None = None
    simulated: bool | None = None
    follower: bool | None = None
    order_brackets: bool | None = None
    locked: bool | None = None
    size_max: int | None = None


def add_account_switches(app: Flask, venue: Venue) -> None:
    """Add the addresses that move accounts by hand."""
    exchange, floor = venue.exchange, venue.exchange.floor

    @app.post("/sim/accounts")
    def open_account() -> Response:
        wanted = read(_NewAccount)
        return jsonify(account_shape(exchange.open_account(wanted.name, wanted.balance)))

    @app.post("/sim/accounts/<int:account_id>")
    def change_account(account_id: int) -> Response:
        account, flags = account_of(venue, account_id), named_flags(read(_Flags))
        with exchange.turn():
            for name, value in flags.items():
                setattr(account, name, value)
            floor.tell_account(account)
        return done()

    @app.post("/sim/accounts/<int:account_id>/flatten")
    def flatten(account_id: int) -> Response:
        exchange.flatten(account_of(venue, account_id))
        return done()

    @app.post("/sim/accounts/<int:account_id>/lock")
    def lock(account_id: int) -> Response:
        exchange.break_rule(account_of(venue, account_id))
        return done()

    @app.get("/sim/accounts/<int:account_id>/orders")
    def all_orders(account_id: int) -> Response:
        account = account_of(venue, account_id)
        with exchange.lock:
            return jsonify([order_shape(one) for one in floor.orders_of(account.id)])


def account_of(venue: Venue, account_id: int) -> Account:
    """Return the account under an id."""
    account = venue.exchange.floor.accounts.get(account_id)
    if account is None:
        raise NotFound(f"There is no account {account_id}.")
    return account
