"""Answer for positions: list them, and close them."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request

from tradecore.entrypoints.venues.alpaca.engine.accounts import Account, Holding
from tradecore.entrypoints.venues.alpaca.engine.closing import read_part
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.funds import held_for_orders
from tradecore.entrypoints.venues.alpaca.engine.orders import Order
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal, missing
from tradecore.entrypoints.venues.alpaca.orders import shaper
from tradecore.entrypoints.venues.alpaca.venue import Venue, caller
from tradecore.entrypoints.venues.alpaca.writing import answer, asked, either, named, number, refused


def position_shape(floor: Floor, account: Account, symbol: str, held: Holding) -> dict[str, Any]:
    """Write a position; of a short, quantity, value and cost are negative."""
    asset, quote, close = floor.listing[symbol], floor.quotes[symbol], floor.closes[symbol]
    value = held.quantity * quote.last
    gain, gain_today = value - held.cost, held.quantity * (quote.last - close)
    reserved = held_for_orders(held.quantity, floor.live(symbol, account.id), quote)
    free = (abs(held.quantity) - reserved).copy_sign(held.quantity)
    return {
        "asset_id": asset.id,
        "symbol": asset.compact,
        "exchange": asset.exchange,
        "asset_class": asset.asset_class.value,
        "asset_marginable": asset.marginable,
        "avg_entry_price": number(held.average_price),
        "qty": number(held.quantity),
        "qty_available": number(free),
        "side": "long" if held.quantity > 0 else "short",
        "market_value": number(value),
        "cost_basis": number(held.cost),
        "unrealized_pl": number(gain),
        "unrealized_plpc": number(_ratio(gain, abs(held.cost))),
        "unrealized_intraday_pl": number(gain_today),
        "unrealized_intraday_plpc": number(_ratio(gain_today, abs(held.quantity * close))),
        "current_price": number(quote.last),
        "lastday_price": number(close),
        "change_today": number(_ratio(quote.last - close, close)),
    }


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else Decimal(0)


def add_positions(app: Flask, venue: Venue) -> None:
    """Add the addresses of positions."""
    shape = shaper(venue, nested=False)

    @app.get("/v2/positions")
    def positions() -> Response:
        with venue.exchange.lock:
            held = venue.holdings(caller())
            return answer([position_shape(venue.floor, caller(), symbol, each) for symbol, each in held.items()])

    @app.get("/v2/positions/<name>")
    def position(name: str) -> Response:
        with venue.exchange.lock:
            asset, holdings = venue.floor.listing.find(named(name)), venue.holdings(caller())
            if asset is None or asset.symbol not in holdings:
                return refused(missing("position does not exist"))
            return answer(position_shape(venue.floor, caller(), asset.symbol, holdings[asset.symbol]))

    @app.delete("/v2/positions/<name>")
    def close_position(name: str) -> Response:
        part = read_part(request.args)
        if isinstance(part, Refusal):
            return refused(part)
        return either(venue.exchange.close(caller(), named(name), part), shape)

    @app.delete("/v2/positions")
    def close_positions() -> Response:
        closed = venue.exchange.close_all(caller(), cancel_orders=asked("cancel_orders"))
        return answer([ended(symbol, result) for symbol, result in closed], HTTPStatus.MULTI_STATUS)

    def ended(symbol: str, result: Order | Refusal) -> dict[str, Any]:
        name = venue.floor.listing[symbol].compact
        if isinstance(result, Refusal):
            return {"symbol": name, "status": result.status, "body": result.body()}
        return {"symbol": name, "status": HTTPStatus.OK.value, "body": shape(result)}
