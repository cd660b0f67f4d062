"""Tell alerts with their ends, and why they ended so."""

from typing import Final

from tradecore.domain import stories
from tradecore.domain.ids import AlertId, PlanId
from tradecore.domain.records import AlertRecord
from tradecore.entrypoints.web import present
from tradecore.entrypoints.web import views as v
from tradecore.entrypoints.web.api.asking import PLAN_ROWS_MAX, AlertRows, asked_of, next_before
from tradecore.entrypoints.web.errors import not_found
from tradecore.entrypoints.web.routing import Call, Routes
from tradecore.ports.history import Asked

ROUTES: Final = Routes()


@ROUTES.on("GET /api/v1/alerts", v.AlertsView, asks=AlertRows)
def alerts(call: Call) -> v.AlertsView:
    """Tell alerts, newest first."""
    rows = call.asked(AlertRows)
    found = call.services.history.alerts(asked_of(call, rows))
    before = next_before([record.alert.received_at for record in found], rows)
    return v.AlertsView(alerts=tuple(map(present.alert_line_view, found)), next_before=before)


@ROUTES.on("GET /api/v1/alerts/<alert_id>", v.AlertView)
def alert(call: Call) -> v.AlertView:
    """Tell one alert with its end, its gates, its orders and its trades."""
    record = _record(call)
    asked = Asked(plan_id=PlanId(record.alert.id), limit=PLAN_ROWS_MAX)
    history = call.services.history
    return present.alert_view(record, history.orders(asked), history.trades(asked))


@ROUTES.on("GET /api/v1/alerts/<alert_id>/explain", v.StoryView)
def explain(call: Call) -> v.StoryView:
    """Tell an alert's whole story as one causal tree."""
    record = _record(call)
    asked = Asked(plan_id=PlanId(record.alert.id), limit=PLAN_ROWS_MAX)
    history = call.services.history
    return present.story_view(
        stories.tell(
            record, history.orders(asked), history.fills(asked), history.trades(asked), history.judgements(asked)
        )
    )


def _record(call: Call) -> AlertRecord:
    record = call.services.history.alert(AlertId(call.place["alert_id"]))
    if record is None or not call.viewer.sees(record.user_id, record.account_id):
        raise not_found("alert")
    return record
