"""Answer for market data: the latest quotes, trades and bars, and bars of the past, page by page."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, request

from tradecore.entrypoints.venues.alpaca.engine.assets import Asset
from tradecore.entrypoints.venues.alpaca.engine.quotes import Quote
from tradecore.entrypoints.venues.alpaca.engine.refusals import Refusal
from tradecore.entrypoints.venues.alpaca.searching import QueryError, instant, whole
from tradecore.entrypoints.venues.alpaca.venue import Venue
from tradecore.entrypoints.venues.alpaca.writing import answer, moment, refused
from tradecore.entrypoints.venues.bars import Bar

_BARS: Final = 1000
_BARS_MAX: Final = 10_000
_SIP_EMBARGO: Final = timedelta(minutes=15)
_SIZE: Final = 100
_EXCHANGE: Final = "V"  # IEX


def bar_shape(bar: Bar) -> dict[str, Any]:
    """Write a bar. Market data, unlike all the rest, is in numbers."""
    prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close, "v": bar.volume, "vw": round(bar.average, 6)}
    return {"t": moment(bar.at), "n": bar.count, **{name: float(value) for name, value in prices.items()}}


def quote_shape(quote: Quote) -> dict[str, Any]:
    """Write a quote."""
    return {
        "t": moment(quote.at), "ap": float(quote.ask), "as": _SIZE, "ax": _EXCHANGE,
        "bp": float(quote.bid), "bs": _SIZE, "bx": _EXCHANGE, "c": ["R"], "z": "C",
    }  # fmt: skip


def trade_shape(quote: Quote) -> dict[str, Any]:
    """Write the trade that made the last price."""
    number = int(quote.at.timestamp() * 1000)
    return {
        "t": moment(quote.at),
        "p": float(quote.last),
        "s": _SIZE,
        "x": _EXCHANGE,
        "i": number,
        "c": ["@"],
        "z": "C",
    }


# What stands before and after the name of what is the latest.
_STOCKS: Final = "/v2/stocks", "", "/latest"
_CRYPTO: Final = "/v1beta3/crypto/us", "latest/", ""


def add_market_data(app: Flask, venue: Venue) -> None:
    """Add the addresses of market data, for shares and for coins."""
    _add(app, _Data(venue, is_crypto=False), *_STOCKS)
    _add(app, _Data(venue, is_crypto=True), *_CRYPTO)


class _Data:
    """Market data of shares, or of coins."""

    def __init__(self, venue: Venue, *, is_crypto: bool) -> None:
        self._venue = venue
        self._is_crypto = is_crypto

    def assets(self) -> list[Asset]:
        """Return what is asked for; what is not known is left out."""
        known = {asset.symbol: asset for asset in self._venue.floor.listing if asset.is_crypto == self._is_crypto}
        return [known[symbol] for symbol in request.args.get("symbols", "").split(",") if symbol in known]

    def latest(self, name: str, write: Callable[[str], dict[str, Any]]) -> Response:
        """Return the newest of each asset."""
        return self._embargo(None) or answer({name: {asset.symbol: write(asset.symbol) for asset in self.assets()}})

    def quote(self, symbol: str) -> dict[str, Any]:
        return quote_shape(self._venue.floor.quotes[symbol])

    def trade(self, symbol: str) -> dict[str, Any]:
        return trade_shape(self._venue.floor.quotes[symbol])

    def bar(self, symbol: str) -> dict[str, Any]:
        return bar_shape(self._venue.tape.last(symbol))

    def snapshot(self, symbol: str) -> dict[str, Any]:
        now = self._venue.floor.now()
        days = self._venue.tape.bars(symbol, "1Day", now - timedelta(days=10), now)
        return {
            "latestTrade": self.trade(symbol),
            "latestQuote": self.quote(symbol),
            "minuteBar": self.bar(symbol),
            "dailyBar": bar_shape(days[-1]) if days else None,
            "prevDailyBar": bar_shape(days[-2]) if len(days) > 1 else None,
        }

    def snapshots(self) -> Response:
        """Return everything that is the newest: of shares bare, of coins under a name."""
        found = {asset.symbol: self.snapshot(asset.symbol) for asset in self.assets()}
        return self._embargo(None) or answer({"snapshots": found} if self._is_crypto else found)

    def history(self) -> Response:
        """Return one page of bars; its limit counts over all symbols."""
        now = self._venue.floor.now()
        start = instant("start") or now.replace(hour=0, minute=0, second=0, microsecond=0)
        end = instant("end") or now
        timeframe, limit = request.args.get("timeframe", "1Min"), whole("limit", _BARS, _BARS_MAX)
        rows = [
            (asset.symbol, bar)
            for asset in sorted(self.assets(), key=lambda asset: asset.symbol)
            for bar in self._bars(asset.symbol, timeframe, start, end)
        ]
        first = _place(rows)
        page: dict[str, list[dict[str, Any]]] = {}
        for symbol, bar in rows[first : first + limit]:
            page.setdefault(symbol, []).append(bar_shape(bar))
        is_last = first + limit >= len(rows)
        token = None if is_last else _token(*rows[first + limit])
        return self._embargo(end) or answer({"bars": page, "next_page_token": token})

    def _bars(self, symbol: str, timeframe: str, start: datetime, end: datetime) -> tuple[Bar, ...]:
        try:
            bars = self._venue.tape.bars(symbol, timeframe, start, end)
        except ValueError as error:
            raise QueryError(str(error)) from error
        return bars[::-1] if request.args.get("sort") == "desc" else bars

    def _embargo(self, end: datetime | None) -> Response | None:
        """Refuse what a free subscription does not see: recent prices of all exchanges."""
        is_recent = end is None or end > self._venue.floor.now() - _SIP_EMBARGO
        if request.args.get("feed") != "sip" or self._venue.manners.sip or not is_recent:
            return None
        message = "subscription does not permit querying recent SIP data"
        return refused(Refusal(HTTPStatus.FORBIDDEN, None, message))


def _token(symbol: str, bar: Bar) -> str:
    """Return the mark of a row, from which the next page goes on."""
    return base64.urlsafe_b64encode(f"{symbol}|{bar.at.isoformat()}".encode()).decode()


def _place(rows: list[tuple[str, Bar]]) -> int:
    """Return where the page that is asked for begins."""
    token = request.args.get("page_token")
    if not token:
        return 0
    marks = [_token(*row) for row in rows]
    if token not in marks:
        raise QueryError("invalid page_token")
    return marks.index(token)


def _add(app: Flask, data: _Data, path: str, before: str, after: str) -> None:
    def add(rule: str, view: Callable[[], Response]) -> None:
        def told() -> Response:
            try:
                return view()
            except QueryError as error:
                return refused(Refusal(HTTPStatus.BAD_REQUEST, None, str(error)))

        app.add_url_rule(f"{path}/{rule}", f"{path}/{rule}", told)

    add("bars", data.history)
    add(f"{before}quotes{after}", lambda: data.latest("quotes", data.quote))
    add(f"{before}trades{after}", lambda: data.latest("trades", data.trade))
    add(f"{before}bars{after}", lambda: data.latest("bars", data.bar))
    add("snapshots", data.snapshots)
