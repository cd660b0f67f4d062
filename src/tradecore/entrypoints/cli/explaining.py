"""Tell what became of an alert, and why."""

from typing import TYPE_CHECKING

import click

from tradecore.domain.ids import PlanId
from tradecore.domain.records import AlertRecord
from tradecore.domain.stories import Node, tell
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.finding import alert_named
from tradecore.entrypoints.cli.opening import as_json, with_room
from tradecore.entrypoints.cli.showing import print_json, print_tree
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.ports.history import Asked

if TYPE_CHECKING:
    from tradecore.ports.history import History

_ROWS_MAX = 1000


@click.command(epilog=examples("tradecore explain last"))
@click.argument("alert")
@as_json
@with_room
def explain(room: Room, /, alert: str, *, as_json: bool) -> None:
    """Tell what became of an alert, and why, as one tree.

    ALERT is the id that the webhook answered with, or `last` for the newest.
    """
    history = room.services.history
    record = alert_named(history, alert)
    story = _story(history, record)
    if as_json:
        from tradecore.entrypoints.web.present import story_view

        print_json({"alert_id": record.alert.id, "status": record.status.value, "story": story_view(story)})
        return
    print_tree(Node(f"{story.title} [{record.alert.id}]", story.detail, story.children))


def _story(history: "History", record: AlertRecord) -> Node:
    asked = Asked(plan_id=PlanId(record.alert.id), limit=_ROWS_MAX)
    orders, fills, trades = history.orders(asked), history.fills(asked), history.trades(asked)
    return tell(record, orders, fills, trades, history.judgements(asked))
