"""Alerts that come together are taken together, and each sender gets the answer that it would have got alone."""

import json
from collections.abc import Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

import pytest
from attrs import evolve
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder

from tests.office import ADA, ADAS, BOB, Office
from tradecore.domain.errors import UnreachableError
from tradecore.domain.parties import Power
from tradecore.domain.records import Delivery, Receipt
from tradecore.entrypoints.runtime.answering import CAME
from tradecore.entrypoints.web.app import create_door
from tradecore.entrypoints.web.lane import Lane
from tradecore.ports.inbox import Inbox

BUY = {"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}


class Door:
    """The office's inbox as the lane knows it: `refusals` are raised first, and then nobody's alert that is poison."""

    def __init__(self, inner: Inbox) -> None:
        self.inner = inner
        self.refusals: list[Exception] = []
        self.handfuls: list[int] = []

    def accept_all(self, deliveries: Sequence[Delivery], now: datetime) -> tuple[Receipt, ...]:
        self.handfuls.append(len(deliveries))
        if self.refusals:
            raise self.refusals.pop()
        if any(one.alert.comment == "poison" for one in deliveries):
            raise OverflowError("no database takes this")
        return self.inner.accept_all(deliveries, now)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def inbox(office: Office) -> Door:
    return Door(office.store.inbox)


@pytest.fixture
def lane(office: Office, inbox: Any) -> Lane:
    return create_door(evolve(office.services, inbox=inbox))


def post(office: Office, body: object, token: str | None = None, came: float | None = None) -> dict[str, Any]:
    shown = office.texts[ADA, Power.SUBMIT] if token is None else token
    text = body if isinstance(body, str) else json.dumps(body)
    return EnvironBuilder("/webhook", method="POST", query_string={"token": shown}, data=text).get_environ() | (
        {} if came is None else {CAME: came}
    )


def statuses(answers: list[Any]) -> list[int]:
    return [status for status, _, _ in answers]


def test_each_sender_gets_an_answer_of_its_own(office: Office, lane: Lane, inbox: Door) -> None:
    bobs = office.texts[BOB, Power.SUBMIT]
    asked = [
        post(office, BUY), post(office, "no alert"), post(office, BUY, "usr_wrong"), post(office, BUY),
        post(office, BUY, bobs), post(office, BUY | {"symbol": ""}), post(office, "x" * 70_000),
    ]  # fmt: skip

    answers = lane.answer_all(asked)

    assert statuses(answers) == [202, 400, 401, 200, 202, 422, 413]
    told = [json.loads(body) for _, _, body in answers]
    assert told[3] == {"alert_id": told[0]["alert_id"], "status": "duplicate"}
    assert inbox.handfuls == [3]
    office.work()
    assert len(office.exchange.orders(ADAS)) == 1


def test_what_is_wrong_with_one_is_nobody_elses(office: Office, lane: Lane) -> None:
    asked = [post(office, BUY | {"alert_id": word, "comment": word}) for word in ("one", "poison", "two")]

    assert statuses(lane.answer_all(asked)) == [202, 500, 202]


def test_a_database_that_is_away_refuses_all_who_have_waited_and_nobody_who_comes_later(
    office: Office, lane: Lane, inbox: Door
) -> None:
    early = perf_counter()
    inbox.refusals = [UnreachableError("away")]

    first = lane.answer_all([post(office, BUY), post(office, "no alert")])
    waited = lane.answer_all([post(office, BUY, came=early), post(office, BUY, came=early)])
    later = lane.answer_all([post(office, BUY, came=early), post(office, BUY)])

    assert statuses(first) == [503, 400]
    assert statuses(waited) == [503, 503]
    assert statuses(later) == [202, 200]
    assert inbox.handfuls == [1, 2]
    assert all(dict(headers)["Retry-After"] for _, headers, _ in (first[0], *waited))


def test_a_directory_that_is_away_is_asked_once(office: Office, lane: Lane, inbox: Door) -> None:
    office.store.fail_next("token")

    assert statuses(lane.answer_all([post(office, BUY), post(office, BUY)])) == [503, 503]
    assert inbox.handfuls == []
    assert statuses(lane.answer_all([post(office, BUY)])) == [202]


def test_the_log_tells_of_each_how_long_it_took_since_it_came(office: Office, lane: Lane) -> None:
    came = perf_counter() - 2
    with capture_logs() as lines:
        lane.answer_all([post(office, BUY, came=came), post(office, BUY | {"action": "close"})])

    assert [line["status"] for line in lines] == [202, 202]
    assert [line["ms"] >= 2000 for line in lines] == [True, False]
