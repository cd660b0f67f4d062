"""Tell orders and trades, and how well it went."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Final

from attrs import fields, frozen
from flask import Response

from tradecore.domain.ids import OrderId
from tradecore.domain.performance import curve, grouped, measure
from tradecore.domain.trades import Trade
from tradecore.entrypoints.web import present
from tradecore.entrypoints.web import views as v
from tradecore.entrypoints.web.api.asking import PLAN_ROWS_MAX, CausedRows, Rows, asked_of, next_before
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.giving import json_of
from tradecore.entrypoints.web.routing import Call, Routes
from tradecore.ports.history import Asked

ROUTES: Final = Routes()
_TRADES_MAX: Final = 10_000
_GROUPS: Final[Mapping[str, Callable[[Trade], str]]] = {
    "account": lambda trade: trade.account_id,
    "bot": lambda trade: trade.bot_id,
    "symbol": lambda trade: trade.symbol,
    "day": lambda trade: trade.closed_at.date().isoformat(),
    "direction": lambda trade: trade.direction.value,
}


@frozen(kw_only=True)
class ResultRows(Rows):
    """Which trades are measured, at most ten thousand; `by` groups them by account, bot, symbol, day or direction."""

    limit: int = _TRADES_MAX
    by: str = "bot"


@ROUTES.on("GET /api/v1/orders", v.OrdersView, asks=CausedRows)
def orders(call: Call) -> v.OrdersView:
    """Tell orders, newest first; those of one alert in the order in which they were made."""
    rows = call.asked(CausedRows)
    found = call.services.history.orders(asked_of(call, rows))
    before = None if rows.caused_by else next_before([record.order.created_at for record in found], rows)
    return v.OrdersView(orders=tuple(map(present.order_view, found)), next_before=before)


@ROUTES.on("GET /api/v1/orders/<order_id>", v.OrderView)
def order(call: Call) -> v.OrderView:
    """Tell one order."""
    found = call.services.ledger.order(OrderId(call.place["order_id"]))
    if found is None:
        raise not_found("order")
    asked = call.viewer.narrowed(Asked(plan_id=found.plan_id, limit=PLAN_ROWS_MAX))
    for record in call.services.history.orders(asked):
        if record.order.id == found.id:
            return present.order_view(record)
    raise not_found("order")


@ROUTES.on("GET /api/v1/trades", v.TradesView, asks=CausedRows)
def trades(call: Call) -> v.TradesView:
    """Tell trades from flat to flat, newest first."""
    rows = call.asked(CausedRows)
    found = call.services.history.trades(asked_of(call, rows))
    before = next_before([trade.closed_at for trade in found], rows)
    return v.TradesView(trades=tuple(map(present.trade_view, found)), next_before=before)


@ROUTES.on("GET /api/v1/trades.csv", {200: None}, asks=CausedRows, text="text/csv")
def trades_csv(call: Call) -> Response:
    """Tell trades as a table, for a spreadsheet."""
    found = call.services.history.trades(asked_of(call, call.asked(CausedRows)))
    names = [field.name for field in fields(v.TradeView)]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(names)
    for trade in found:
        row = json_of(present.trade_view(trade))
        assert isinstance(row, dict)
        table.writerow([_cell(row[name]) for name in names])
    headers = {"Content-Disposition": 'attachment; filename="trades.csv"'}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)


def _cell(value: object) -> str:
    """Return *value* as text that no spreadsheet takes for a formula; a minus sign is a number's here."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "@"} else text


@ROUTES.on("GET /api/v1/performance", v.ResultsView, asks=ResultRows)
def performance(call: Call) -> v.ResultsView:
    """Measure trades: in all, per group, and summed up along the way."""
    rows = call.asked(ResultRows)
    if rows.by not in _GROUPS:
        raise ProblemError(422, "unknown-value", f"`by` must be one of {', '.join(_GROUPS)}.", "by")
    found = call.services.history.trades(asked_of(call, rows, most=_TRADES_MAX))
    return v.ResultsView(
        total=present.performance_view(measure(found)),
        groups={key: present.performance_view(one) for key, one in grouped(found, _GROUPS[rows.by]).items()},
        curve=tuple(map(present.point_view, curve(found))),
        complete=len(found) < rows.limit,
    )
