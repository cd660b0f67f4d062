"""Check bots over the API: where they stand, copies of them, their end, and entries that wait for an opening."""

from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from tests.office import ADAS, Office, problem
from tradecore.domain.ids import BotId
from tradecore.domain.orders import OrderState, Purpose
from tradecore.domain.parties import Bot, Venue
from tradecore.domain.sizing import RiskDollars
from tradecore.entrypoints.runtime.halting import Halting
from tradecore.entrypoints.runtime.leaving import Leaving

PATH = "/api/v1/bots/ada-aapl-15"


@pytest.fixture
def office() -> Office:
    return Office()


def made(answer: Any, status: int = 201) -> Any:
    assert answer.status_code == status, answer.text
    return answer.get_json()


def leaving(office: Office) -> Leaving:
    """Return the housekeeping as a process that has just started has it."""
    return Leaving.of(Halting.of(office.services))


def bot(office: Office) -> Bot | None:
    return office.store.directory.bot(BotId("ada-aapl-15"))


# ---------------------------------------------------------------- where it stands


def test_a_bot_tells_where_it_stands_and_what_it_has_won(office: Office) -> None:
    assert office.told(PATH)["state"] == {
        "status": "READY", "detail": "No alert has had its end yet.", "direction": "FLAT", "quantity": "0",
        "waits_until": None, "last_signal": None, "last_signal_at": None,
    }  # fmt: skip
    office.traded("buy")
    office.price(90)
    office.send({"action": "close", "symbol": "AAPL", "timeframe": "15"})
    while office.engine_step():
        pass

    (told,) = office.told("/api/v1/bots")["bots"]

    assert (told["state"]["status"], told["state"]["last_signal"]) == ("WAITING", "CLOSE")
    totals = {"trades": 1, "wins": 0, "losses": 1, "net": "-100", "best": "-100", "worst": "-100", "win_rate": "0"}
    assert told["totals"] == {**totals, "last_at": told["totals"]["last_at"]}


def test_an_order_whose_answer_was_lost_never_reads_as_filled(office: Office) -> None:
    office.exchange.faults(ADAS).lose_answers()
    office.send({"action": "buy", "symbol": "AAPL", "timeframe": "15"})
    seen = set()
    while office.engine_step():
        if any(order.state is OrderState.UNKNOWN for order in office.book().orders):
            seen.add(office.told(PATH)["state"]["status"])
    office.work()

    assert seen == {"UNCERTAIN"}
    assert office.told(PATH)["state"]["status"] == "FILLED"


def test_a_bot_whose_target_the_venue_does_not_keep_has_a_warning(office: Office) -> None:
    made(office.ask(PATH, method="PATCH", json={"protection": {"target": {"amount": 3, "unit": "percent"}}}), 200)
    office.traded("buy")
    assert office.told(PATH)["warning"] is None
    (target,) = (order for order in office.book().orders if order.ticket.purpose is Purpose.TARGET)
    assert target.broker_order_id is not None

    office.exchange.cancel(ADAS, target.broker_order_id)
    office.clock.advance(600)  # by then it is looked up
    office.work()

    assert office.told(PATH)["warning"] == "Its target is not kept at the venue. Its price is watched here instead."
    assert office.told(PATH)["state"]["status"] == "FILLED"


# ---------------------------------------------------------------- copies


def test_a_clone_is_set_alike_starts_switched_off_and_meets_no_alert(office: Office) -> None:
    settings = {"limits": {"daily_loss": "50"}, "when_closed": "queue", "name": "first"}
    old = made(office.ask(PATH, method="PATCH", json=settings), 200)
    office.traded("buy")

    new = made(office.ask(f"{PATH}/clone", method="POST", json={"name": "second"}))

    own = {"bot_id", "name", "label", "active", "made_at", "changed_at", "state", "totals"}
    assert {name: new[name] for name in new.keys() - own} == {name: old[name] for name in old.keys() - own}
    assert (new["name"], new["active"], new["state"]["quantity"]) == ("second", False, "0")
    assert office.told(f"/api/v1/alerts/{office.traded('close')}")["bot_id"] == "ada-aapl-15"


def test_a_clone_that_would_take_the_same_alerts_is_refused_as_a_new_bot_is(office: Office) -> None:
    new = made(office.ask(f"{PATH}/clone", method="POST", json={}))
    path = f"/api/v1/bots/{new['bot_id']}"

    assert problem(office.ask(path, method="PATCH", json={"active": True}))["code"] == "taken"
    assert office.ask(path, method="PATCH", json={"active": True, "timeframe": "1h"}).status_code == 200


def test_a_clones_name_has_an_end(office: Office) -> None:
    answer = office.ask(f"{PATH}/clone", method="POST", json={"name": "x" * 61})

    assert (answer.status_code, problem(answer)["field"]) == (422, "name")


# ---------------------------------------------------------------- its end


def test_a_bot_that_holds_something_is_closed_first_where_that_is_asked_for(office: Office) -> None:
    alert_id = office.traded("buy")
    assert problem(office.ask(PATH, method="DELETE"))["code"] == "still-holds"
    assert problem(office.ask(f"{PATH}?close=false", method="DELETE"))["code"] == "still-holds"

    told = made(office.ask(f"{PATH}?close=true", method="DELETE"), 202)
    leaving(office).tend()
    assert (told["active"], told["leaving_since"]) == (False, "2026-11-23T15:01:10Z")
    assert told["state"]["detail"].startswith("It is closed, and then deleted.")
    assert bot(office) is not None  # nothing was judged yet: it still holds

    office.work()
    assert bot(office) is not None
    leaving(office).tend()

    assert (bot(office), office.book().shares, office.exchange.positions(ADAS)) == (None, (), ())
    assert office.told(f"/api/v1/alerts/{alert_id}")["bot_id"] == "ada-aapl-15"
    assert len(office.told("/api/v1/trades?bot_id=ada-aapl-15")["trades"]) == 1
    assert office.told(f"/api/v1/alerts/{alert_id}/explain")


def test_a_bot_that_holds_nothing_is_deleted_at_once_closed_or_not(office: Office) -> None:
    assert office.ask(f"{PATH}?close=true", method="DELETE").status_code == 204
    assert bot(office) is None


def test_a_process_that_died_between_the_mark_and_the_close_is_finished_by_the_next(office: Office) -> None:
    office.traded("buy")
    marked = bot(office)
    assert marked is not None
    office.store.directory.keep(evolve(marked, active=False, leaving_since=office.clock.now()))

    heir = leaving(office)
    heir.tend()
    office.work()
    heir.tend()

    assert (bot(office), office.exchange.positions(ADAS)) == (None, ())


def test_while_the_venue_refuses_the_close_the_bot_stays_to_be_seen_and_is_asked_again(office: Office) -> None:
    office.traded("buy")
    office.exchange.reject_next("no", ADAS)
    made(office.ask(f"{PATH}?close=true", method="DELETE"), 202)
    while office.engine_step():
        pass
    heir = leaving(office)
    heir.tend()

    assert bot(office) is not None
    assert office.told(PATH)["state"]["status"] == "ORDER SUBMITTED"
    office.work()
    heir.tend()
    assert bot(office) is None


def test_a_bot_on_its_way_out_opens_nothing_and_changes_no_more(office: Office) -> None:
    office.traded("buy")
    made(office.ask(f"{PATH}?close=true", method="DELETE"), 202)

    assert problem(office.ask(PATH, method="PATCH", json={"active": True}))["code"] == "leaving"
    assert office.ask(f"{PATH}?close=true", method="DELETE").status_code == 202
    alert_id = office.traded("sell")
    assert office.told(f"/api/v1/alerts/{alert_id}")["refusal"]["code"] == "bot-inactive"
    assert office.book().shares == ()


def test_an_entry_that_waits_for_the_opening_is_let_go_with_its_bot(office: Office) -> None:
    made(office.ask(PATH, method="PATCH", json={"when_closed": "queue"}), 200)
    office.calendar.is_open = False
    alert_id = office.traded("buy")
    assert problem(office.ask(PATH, method="DELETE"))["code"] == "still-holds"

    made(office.ask(f"{PATH}?close=true", method="DELETE"), 202)
    office.work()
    leaving(office).tend()

    assert bot(office) is None
    assert office.told(f"/api/v1/alerts/{alert_id}")["refusal"]["code"] == "overtaken"


# ---------------------------------------------------------------- while the market is closed


def test_an_entry_that_waits_says_until_when_wherever_it_is_asked_for_and_enters_then(office: Office) -> None:
    made(office.ask(PATH, method="PATCH", json={"when_closed": "queue"}), 200)
    office.calendar.is_open = False
    body = {"action": "buy", "symbol": "AAPL", "timeframe": "15"}
    would = office.send(body, path="/test-webhook").get_json()["would"]
    alert_id = office.traded("buy")

    words = "Waits until 2026-11-24 00:00 UTC, when the market opens; it is judged then."
    assert would == f"Let it wait: {words}"
    told = office.told(f"/api/v1/alerts/{alert_id}")
    assert (told["status"], told["outcome"], told["ended_at"]) == ("pending", words, None)
    assert office.told(f"/api/v1/alerts/{alert_id}/explain")["detail"] == f"pending: {words}"
    state = office.told(PATH)["state"]
    assert (state["status"], state["waits_until"]) == ("WAITING", "2026-11-24T00:00:00Z")

    office.calendar.is_open = True
    office.clock.advance(9 * 3600)
    office.price()
    office.work()

    assert office.told(f"/api/v1/alerts/{alert_id}")["status"] == "done"
    assert office.told(PATH)["state"]["status"] == "FILLED"


def test_without_being_asked_for_it_nothing_waits(office: Office) -> None:
    office.calendar.is_open = False

    told = office.told(f"/api/v1/alerts/{office.traded('buy')}")

    assert (told["status"], told["refusal"]["code"]) == ("refused", "market-closed")


# ---------------------------------------------------------------- what can never trade


def test_a_bot_whose_venue_lists_no_such_instrument_is_made_with_a_warning(office: Office) -> None:
    draft = {"account_id": ADAS, "symbol": "MSFTX", "timeframe": "1h"}

    unknown = made(office.ask("/api/v1/bots", method="POST", json=draft))

    words = "paper lists no MSFTX: the bot's alerts are refused until it does."
    assert unknown["warning"].startswith(words)
    assert office.told(f"/api/v1/bots/{unknown['bot_id']}")["warning"] == unknown["warning"]
    assert office.told(PATH)["warning"] is None
    office.store.directory.list_instruments(Venue.PAPER, ())
    assert office.told(f"/api/v1/bots/{unknown['bot_id']}")["warning"] is None, "nobody has asked the venue yet"


def test_an_account_lends_its_protection_to_bots_that_ask_for_none(office: Office) -> None:
    path = f"/api/v1/accounts/{ADAS}"
    stop = {"amount": "50", "unit": "position_dollars"}
    draft = {"account_id": ADAS, "symbol": "MSFT", "timeframe": "1h", "sizing": {"kind": "risk_dollars", "amount": "5"}}

    lent = office.ask(path, method="PATCH", json={"protection": {"stop": {"amount": "1", "unit": "percent"}}})
    made(office.ask("/api/v1/bots", method="POST", json=draft))
    by_size = office.ask(path, method="PATCH", json={"protection": {"stop": stop}})

    assert lent.get_json()["protection"]["stop"] == {"amount": "1", "unit": "percent"}
    assert office.told(path)["protection"]["stop"] == stop
    assert by_size.status_code == 200
    assert problem(office.ask("/api/v1/bots", method="POST", json=draft | {"timeframe": "5m"}))["code"] == "no-stop"
    wrong = {"protection": {"stop_min": {"amount": "5", "unit": "ticks"}}}
    assert office.ask(path, method="PATCH", json=wrong).status_code == 422


@pytest.mark.parametrize("kind", ["risk_dollars", "risk_percent"])
def test_a_size_by_risk_without_a_stop_is_refused(office: Office, kind: str) -> None:
    sizing = {"sizing": {"kind": kind, "amount": "1"}}
    draft = {"account_id": ADAS, "symbol": "AAPL", "timeframe": "1h"} | sizing

    for answer in (
        office.ask("/api/v1/bots", method="POST", json=draft),
        office.ask(PATH, method="PATCH", json=sizing),
    ):
        assert problem(answer)["code"] == "no-stop"
        assert "has no stop" in answer.text
    old = bot(office)
    assert old is not None
    office.store.directory.keep(evolve(old, sizing=RiskDollars(Decimal(5))))  # as an earlier version took it
    assert office.ask(PATH, method="PATCH", json={"active": False}).status_code == 200, "it can still be switched off"
