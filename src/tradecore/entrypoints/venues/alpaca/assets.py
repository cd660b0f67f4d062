"""Answer for what can be traded."""

from typing import Any

from flask import Flask, Response, request

from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.refusals import missing
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import answer, listed, named, refused


def asset_shape(asset: Asset, *, easy_to_borrow: bool) -> dict[str, Any]:
    """Write an asset; `easy_to_borrow` is said only where it still is."""
    shape = {
        "id": asset.id,
        "class": asset.asset_class.value,
        "exchange": asset.exchange,
        "symbol": asset.symbol,
        "name": asset.name,
        "status": "active" if asset.active else "inactive",
        "tradable": asset.tradable,
        "marginable": asset.marginable,
        "shortable": asset.shortable,
        "fractionable": asset.fractionable,
        "maintenance_margin_requirement": 30 if asset.marginable else 100,
        "margin_requirement_long": "30" if asset.marginable else "100",
        "margin_requirement_short": "30" if asset.marginable else "100",
        "attributes": list(asset.attributes),
    }
    if easy_to_borrow:
        shape["easy_to_borrow"] = asset.easy_to_borrow
    if asset.is_crypto:
        # The published least size is no minimum: an order of less than ten dollars is refused.
        return {
            **shape,
            "min_order_size": "0.000000001",
            "min_trade_increment": "0.000000001",
            "price_increment": "0.01",
        }
    return {**shape, "borrow_status": "easy_to_borrow" if asset.easy_to_borrow else "hard_to_borrow", "cusip": None}


def add_assets(app: Flask, venue: Venue) -> None:
    """Add the addresses of assets."""

    @app.get("/v2/assets")
    def search_assets() -> Response:
        wanted = {"status": request.args.get("status"), "class": request.args.get("asset_class")}
        wanted["exchange"] = request.args.get("exchange")
        attributes = listed("attributes")
        shapes = (shape(asset) for asset in venue.floor.listing if attributes <= set(asset.attributes))
        return answer([one for one in shapes if all(value in {None, one[name]} for name, value in wanted.items())])

    @app.get("/v2/assets/<name>")
    def find_asset(name: str) -> Response:
        asset = venue.floor.listing.find(named(name))
        return refused(missing(f"asset not found for {named(name)}")) if asset is None else answer(shape(asset))

    def shape(asset: Asset) -> dict[str, Any]:
        return asset_shape(asset, easy_to_borrow=venue.manners.easy_to_borrow)
