"""Open accounts, trade in them as a person does, and tell all that they ever had."""

from flask import Flask, Response

from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal
from tradecore.entrypoints.venues.alpaca.engine.wishes import read_wish
from tradecore.entrypoints.venues.alpaca.orders import shaper
from tradecore.entrypoints.venues.alpaca.positions import position_shape
from tradecore.entrypoints.venues.alpaca.switches import AccountFlags, NewAccount, account_of
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import answer, body, either
from tradecore.entrypoints.venues.switching import done, mistakes_told, named_flags, read
from tradecore.ports.system import Mint


def add_account_switches(app: Flask, venue: Venue, mint: Mint) -> None:
    """Add the addresses that open accounts, move them by hand, and tell all that they ever had."""
    exchange, shape = venue.exchange, shaper(venue, nested=False)

    @app.post("/sim/accounts")
    def open_account() -> Response:
        wanted = read(NewAccount)
        with mistakes_told():
            account = exchange.open_account(
                wanted.key_id or f"PK{mint.new()[-18:]}", wanted.secret_key or mint.secret(), wanted.cash
            )
        return answer({"id": account.id, "key_id": account.key_id, "secret_key": account.secret_key})

    @app.post("/sim/accounts/<key_id>")
    def change_account(key_id: str) -> Response:
        account, flags = account_of(venue, key_id), named_flags(read(AccountFlags))
        with exchange.turn():
            for name, value in flags.items():
                setattr(account, name, value)
        return done()

    @app.post("/sim/accounts/<key_id>/orders")
    def place_by_hand(key_id: str) -> Response:
        wish = read_wish(body())
        account = account_of(venue, key_id)
        return either(wish if isinstance(wish, Refusal) else exchange.submit(account, wish, by_hand=True), shape)

    @app.get("/sim/accounts/<key_id>/orders")
    def all_orders(key_id: str) -> Response:
        account = account_of(venue, key_id)
        with exchange.lock:
            return answer([shape(one) for one in venue.floor.orders.values() if one.account_id == account.id])

    @app.get("/sim/accounts/<key_id>/positions")
    def all_positions(key_id: str) -> Response:
        account = account_of(venue, key_id)
        with exchange.lock:
            held = account.holdings.items()
            return answer([position_shape(venue.floor, account, symbol, each) for symbol, each in held])
