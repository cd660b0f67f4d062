"""Check that alerts are taken at the door: whose they are, how often, and what becomes of what is wrong."""

import json
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from attrs import evolve
from structlog.testing import capture_logs
from werkzeug.test import EnvironBuilder, run_wsgi_app

from tests.office import ADA, ADAS, BOB, BOBS, OWNER, OWNERS, SECRET, Office, problem
from tradecore.domain.ids import BotId, Symbol
from tradecore.domain.parties import Mode, Power, Role
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.web.throttle import PER_SOURCE

BUY = {"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}


@pytest.fixture
def office() -> Office:
    return Office()


def end_of(office: Office, alert_id: str, user_id: Any = ADA) -> dict[str, Any]:
    office.work()
    told: dict[str, Any] = office.told(f"/api/v1/alerts/{alert_id}", user_id)
    return told


# ---------------------------------------------------------------- accepted


def test_the_equities_form_is_accepted_and_becomes_the_bots_order(office: Office) -> None:
    answer = office.send(BUY)

    assert answer.status_code == 202
    assert set(answer.get_json()) == {"alert_id", "status"}
    assert answer.get_json()["status"] == "accepted"
    told = end_of(office, answer.get_json()["alert_id"])
    assert (told["status"], told["bot_id"], told["symbol"], told["signal"]) == ("done", "ada-aapl-15", "AAPL", "BUY")
    assert [(order["side"], order["quantity"], order["status"]) for order in told["orders"]] == [
        ("buy", "10", "filled")
    ]
    assert told["refusal"] is None
    assert all(gate["passed"] for gate in told["gates"])


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain; charset=utf-8", "application/x-www-form-urlencoded", "", "nonsense"]
)
def test_any_content_type_is_read_by_content(office: Office, kind: str) -> None:
    assert office.send(BUY, content_type=kind).status_code == 202


def test_the_futures_form_reaches_the_owners_accounts_by_the_installations_secret(office: Office) -> None:
    office.account(OWNERS, automation=Units(Decimal(1)))
    body = {"secret": SECRET, "strategy": "bracket", "account": "OWNERS", "signal": "BUY", "symbol": "MES", "size": 2}

    answer = office.send(body, None)

    told = end_of(office, answer.get_json()["alert_id"], OWNER)
    assert (answer.status_code, told["status"]) == (202, "done")
    assert (told["symbol"], told["instrument"], told["account_id"]) == ("MES", "MESZ2026", OWNERS)
    assert [order["quantity"] for order in told["orders"]] == ["2"]


def test_the_futures_form_without_a_size_takes_the_accounts_own(office: Office) -> None:
    office.account(OWNERS, automation=Units(Decimal(3)))

    answer = office.send({"secret": SECRET, "signal": "SELL", "symbol": "MES1!"}, None)

    told = end_of(office, answer.get_json()["alert_id"], OWNER)
    assert [(order["side"], order["quantity"]) for order in told["orders"]] == [("sell", "3")]


@pytest.mark.parametrize("where", ["address", "header", "secret", "token"])
def test_a_token_is_taken_wherever_it_stands(office: Office, where: str) -> None:
    text = office.texts[ADA, Power.SUBMIT]
    body = BUY | ({where: text} if where in {"secret", "token"} else {})
    headers = {"Authorization": f"Bearer {text}"} if where == "header" else {}

    answer = office.send(body, text if where == "address" else None, headers=headers)

    assert answer.status_code == 202


def test_flat_with_a_token_scoped_to_the_account_closes_what_everybody_holds(office: Office) -> None:
    office.traded("buy")
    token = office.token(ADA, Power.SUBMIT, account_id=ADAS)

    answer = office.send({"signal": "FLAT", "symbol": "AAPL"}, token)

    told = end_of(office, answer.get_json()["alert_id"])
    assert (told["status"], told["bot_id"]) == ("done", None)
    assert office.book().net == 0


def test_hold_is_done_without_orders(office: Office) -> None:
    told = end_of(office, office.send(BUY | {"action": "hold"}).get_json()["alert_id"])

    assert (told["status"], told["orders"]) == ("done", [])


def test_an_alert_without_a_bot_is_accepted_and_then_refused_where_its_sender_sees_it(office: Office) -> None:
    answer = office.send(BUY | {"timeframe": "4 Hour"})

    told = end_of(office, answer.get_json()["alert_id"])
    assert (answer.status_code, told["status"], told["refusal"]["code"]) == (202, "refused", "no-bot")
    assert told["refusal"]["sentence"]


def test_an_alert_for_an_unknown_account_is_accepted_and_then_refused(office: Office) -> None:
    answer = office.send({"secret": SECRET, "account": "nobodys", "signal": "BUY", "symbol": "MES"}, None)

    told = end_of(office, answer.get_json()["alert_id"], OWNER)
    assert (answer.status_code, told["status"], told["refusal"]["code"]) == (202, "refused", "unknown-account")
    assert told["account_id"] is None


def test_a_bot_that_is_switched_off_refuses(office: Office) -> None:
    office.bot("ada-aapl-15", active=False)

    told = end_of(office, office.send(BUY).get_json()["alert_id"])

    assert (told["status"], told["refusal"]["code"]) == ("refused", "bot-inactive")


def test_an_alert_that_is_too_old_is_accepted_and_then_refused(office: Office) -> None:
    bot = office.store.directory.bot(BotId("ada-aapl-15"))
    assert bot is not None
    office.store.directory.keep(evolve(bot, limits=evolve(bot.limits, alert_age_max=60)))
    fired = office.clock.now() - timedelta(minutes=5)

    answer = office.send(BUY | {"timenow": fired.isoformat()})

    told = end_of(office, answer.get_json()["alert_id"])
    assert (answer.status_code, told["refusal"]["code"]) == (202, "too-old")
    assert told["fired_at"] == "2026-11-23T14:55:00Z"


# ---------------------------------------------------------------- refused


REFUSED = [
    (b"", 400, "empty", None),
    (b"{", 400, "bad-json", None),
    (b'{"action": "buy" "symbol": "AAPL"}', 400, "bad-json", None),
    (b"[]", 400, "array", None),
    (b"AAPL Crossing 150.00", 400, "default-prose", None),
    (b'{"action": "buy", "symbol": "{{ticker}}"}', 422, "placeholder", "symbol"),
    (b'{"action": "jump", "symbol": "AAPL", "timeframe": "15"}', 422, "unknown-value", "action"),
    (b'{"action": "buy", "symbol": "AAPL", "timeframe": "15 Parsecs"}', 422, "bad-timeframe", "timeframe"),
    (b'{"action": "buy", "timeframe": "15"}', 422, "missing-field", "symbol"),
    (b'{"action": "buy", "symbol": "AAPL", "size": "na"}', 422, "not-a-number", "size"),
    (b'{"action": "buy", "symbol": "AAPL", "size": NaN}', 422, "not-a-number", "size"),
    (b'{"action": "buy", "symbol": "AAPL", "size": 0}', 422, "bad-size", "size"),
    (b'{"action": "buy", "symbol": "AAPL", "size": -1}', 422, "bad-size", "size"),
    (b'{"action": "sell", "signal": "BUY", "symbol": "AAPL"}', 422, "conflict", "signal"),
]


@pytest.mark.parametrize(("body", "status", "code", "field"), REFUSED)
@pytest.mark.parametrize("path", ["/webhook", "/test-webhook"])
def test_what_is_wrong_is_refused_with_its_field_and_nothing_is_written(
    office: Office, path: str, body: bytes, status: int, code: str, field: str | None
) -> None:
    before = office.written()

    answer = office.send(body, path=path)

    error = problem(answer)
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)
    assert office.written() == before


def test_the_default_message_is_answered_with_the_template_to_use(office: Office) -> None:
    assert "{{strategy.order.action}}" in problem(office.send(b"AAPL Crossing 150.00"))["message"]


def test_a_body_that_is_too_large_is_refused(office: Office) -> None:
    answer = office.send(json.dumps(BUY | {"comment": "x" * 66_000}).encode())

    assert (answer.status_code, problem(answer)["code"]) == (413, "too-large")


def test_the_largest_body_is_taken(office: Office) -> None:
    body = json.dumps(BUY).encode()

    answer = office.send(body + b" " * (64 * 1024 - len(body)))

    assert answer.status_code == 202


def posted(office: Office, stream: object, **environ: object) -> str:
    """Post *stream* to the application itself, and return the status line."""
    query = {"token": office.texts[ADA, Power.SUBMIT]}
    whole = EnvironBuilder("/webhook", method="POST", query_string=query).get_environ()
    whole = {name: value for name, value in whole.items() if name != "CONTENT_LENGTH"}
    return run_wsgi_app(office.app, {**whole, "wsgi.input": stream, **environ})[1]


def test_a_body_that_says_that_it_is_too_large_is_not_read(office: Office) -> None:
    class Untouchable:
        def read(self, *_: object) -> bytes:
            raise AssertionError("the body was read")

    assert posted(office, Untouchable(), CONTENT_LENGTH="70000").startswith("413")


def test_a_body_without_a_length_is_cut_off_where_it_is_too_large(office: Office) -> None:
    stream = BytesIO(b"x" * 1_000_000)

    status = posted(office, stream, **{"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"})

    assert status.startswith("413")
    assert stream.tell() < 200_000


def test_several_bots_without_a_timeframe_are_refused_by_that_field(office: Office) -> None:
    office.bot("ada-aapl-5", timeframe=Timeframe(300))

    error = problem(office.send({"action": "buy", "symbol": "AAPL"}))

    assert (error["code"], error["field"]) == ("ambiguous", "timeframe")


@pytest.mark.parametrize(
    ("signal", "scope"),
    [("SELL", {"signals": {Signal.BUY}}), ("FLAT", {}), ("FLAT", {"account_id": ADAS, "bot_id": BotId("ada-aapl-15")})],
)
def test_a_token_may_send_only_what_it_is_for(office: Office, signal: str, scope: dict[str, Any]) -> None:
    token = office.token(ADA, Power.SUBMIT, **scope)

    answer = office.send({"signal": signal, "symbol": "AAPL"}, token)

    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (403, "token-scope", "signal")


# ---------------------------------------------------------------- who may not


@pytest.mark.parametrize("token", [None, "", "usr_wrong", "usr_" + "x" * 500, "usr_é\udc80"])
@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1]])
def test_a_wrong_token_or_secret_is_answered_401_and_costs_no_write(
    office: Office, token: str | None, secret: str | None
) -> None:
    before = office.written()
    body = BUY if secret is None else BUY | {"secret": secret}
    query = {} if token is None else {"token": token.encode(errors="surrogatepass")}

    answer = office.client.post("/webhook", query_string=query, data=json.dumps(body))

    assert (answer.status_code, problem(answer)["code"]) == (401, "unauthorised")
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert office.written() == before


@pytest.mark.parametrize("secret", [None, ""])
@pytest.mark.parametrize("sent", [None, "", "None", "null"])
def test_a_secret_that_is_not_set_is_nobodys(secret: str | None, sent: str | None) -> None:
    office = Office(secret=secret)

    answer = office.send({"secret": sent, "signal": "BUY", "symbol": "MES"}, None)

    assert answer.status_code == 401


def test_a_revoked_an_expired_and_an_inactive_users_token_are_wrong(office: Office) -> None:
    now = office.clock.now()
    user = office.store.directory.user(BOB)
    assert user is not None
    office.store.directory.keep(evolve(user, active=False))
    tokens = [
        office.token(ADA, Power.SUBMIT, revoked_at=now),
        office.token(ADA, Power.SUBMIT, expires_at=now),
        office.texts[BOB, Power.SUBMIT],
    ]

    assert [office.send(BUY, token).status_code for token in tokens] == [401, 401, 401]


@pytest.mark.parametrize("power", [Power.READ, Power.API])
def test_a_token_for_something_else_sends_no_alerts(office: Office, power: Power) -> None:
    answer = office.send(BUY, office.texts[ADA, power])

    assert (answer.status_code, problem(answer)["code"]) == (403, "token-power")


def test_an_installation_without_an_owner_takes_no_secret(office: Office) -> None:
    owner = office.store.directory.user(OWNER)
    assert owner is not None
    office.store.directory.keep(evolve(owner, role=Role.TRADER))

    assert office.send({"secret": SECRET, "signal": "BUY", "symbol": "MES"}, None).status_code == 401


def test_guessing_is_slowed_and_good_tokens_are_not(office: Office) -> None:
    guesses = [office.send(BUY, f"usr_{guess:08d}").status_code for guess in range(PER_SOURCE.burst + 2)]
    slowed = office.send(BUY, "usr_wrong")

    assert (guesses[0], guesses[-1]) == (401, 429)
    assert int(slowed.headers["Retry-After"]) > 0
    assert office.send(BUY).status_code == 202
    assert office.send({"secret": SECRET, "signal": "BUY", "symbol": "MES"}, None).status_code == 202


def test_a_header_that_names_another_address_frees_no_guesser(office: Office) -> None:
    for guess in range(PER_SOURCE.burst):
        office.send(BUY, f"usr_{guess:08d}")

    answer = office.send(BUY, "usr_another", headers={"X-Forwarded-For": "203.0.113.9"})

    assert answer.status_code == 429


# ---------------------------------------------------------------- once


def deliver(office: Office, body: object, token: str | None = "") -> tuple[int, str]:
    answer = office.send(body, token)
    return answer.status_code, answer.get_json()["alert_id"]


def test_four_deliveries_of_tradingviews_are_one_alert(office: Office) -> None:
    answers = []
    for _ in range(4):
        answers.append(deliver(office, BUY))
        office.clock.advance(5)

    assert [status for status, _ in answers] == [202, 200, 200, 200]
    assert len({alert_id for _, alert_id in answers}) == 1
    assert len(office.told("/api/v1/alerts")["alerts"]) == 1


def test_a_repeat_says_that_it_is_one(office: Office) -> None:
    office.send(BUY)

    assert office.send(BUY).get_json()["status"] == "duplicate"


@pytest.mark.parametrize(
    ("fields", "seconds", "status"),
    [
        ({}, 29, 200),
        ({}, 30, 202),
        ({"time": "2026-11-23T15:00:00Z"}, 30, 202),
        ({"timenow": "2026-11-23T15:00:00Z"}, 86_399, 200),
        ({"timenow": "2026-11-23T15:00:00Z"}, 86_400, 202),
        ({"alert_id": "mine"}, 10 * 86_400, 200),
    ],
)
def test_the_same_body_is_one_alert_within_its_window(
    office: Office, fields: dict[str, str], seconds: int, status: int
) -> None:
    office.send(BUY | fields)
    office.clock.advance(seconds)

    assert office.send(BUY | fields).status_code == status


def test_the_senders_alert_id_makes_different_bodies_one(office: Office) -> None:
    first = deliver(office, BUY | {"alert_id": "a1"})
    again = deliver(office, BUY | {"alert_id": "a1", "price": 100})
    other = deliver(office, BUY | {"alert_id": "a2"})

    assert (first[0], again, other[0]) == (202, (200, first[1]), 202)
    assert other[1] != first[1]


def test_two_different_alerts_in_one_second_are_two(office: Office) -> None:
    answers = [deliver(office, BUY | {"action": action}) for action in ("buy", "sell")]

    assert [status for status, _ in answers] == [202, 202]


@pytest.mark.parametrize("name", ["id", "order_id"])
def test_a_strategys_order_id_is_no_identity(office: Office, name: str) -> None:
    statuses = [office.send(BUY | {name: "Long", "price": price}).status_code for price in (100, 101)]

    assert statuses == [202, 202]


def test_two_users_with_the_same_body_and_alert_id_are_two(office: Office) -> None:
    body = BUY | {"alert_id": "a1"}

    assert deliver(office, body)[0] == 202
    assert deliver(office, body, office.texts[BOB, Power.SUBMIT])[0] == 202


# ---------------------------------------------------------------- when the database is away


@pytest.mark.parametrize("call", ["accept", "token", "user", "accounts", "bots", "instrument"])
def test_a_database_that_is_away_is_answered_503_and_it_recovers_by_itself(office: Office, call: str) -> None:
    before = office.written()
    office.store.fail_next(call)

    answer = office.send(BUY)

    assert (answer.status_code, problem(answer)["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert office.written() == before
    again = office.send(BUY)
    assert again.status_code == 202
    assert end_of(office, again.get_json()["alert_id"])["status"] == "done"


def test_nothing_that_fails_after_the_alert_is_stored_is_heard_by_its_sender(office: Office) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the disk of the side table is full")

    office.store.directory.used = fails  # type: ignore[method-assign, assignment] # a fault that no switch makes

    assert office.send(BUY).status_code == 202


def test_the_request_itself_asks_no_broker(office: Office) -> None:
    office.exchange.faults(ADAS).be_unreachable(times=None)

    assert office.send(BUY).status_code == 202


# ---------------------------------------------------------------- /test-webhook


def would(office: Office, body: object = BUY, token: str | None = "") -> dict[str, Any]:
    answer = office.send(body, token, path="/test-webhook")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_trying_an_alert_tells_how_it_is_read_who_takes_it_and_what_would_happen(office: Office) -> None:
    told = would(office, BUY | {"size": "2.50"})

    assert told["read"] == {"signal": "BUY", "symbol": "AAPL", "timeframe_minutes": 15, "size": "2.5"}
    assert told["bot"]["bot_id"] == "ada-aapl-15"
    assert told["would"].startswith("Open long: buy 2.5 AAPL at the market.")
    assert told["refusal"] is None


def test_trying_an_alert_leaves_no_trace(office: Office) -> None:
    before = office.written()

    would(office)
    would(office, BUY | {"action": "sell"})
    office.work()

    assert office.written() == before
    assert not office.exchange.orders(ADAS)


@pytest.mark.parametrize("token", [None, "usr_wrong"])
def test_without_a_good_token_only_the_reading_is_told(office: Office, token: str | None) -> None:
    before = office.written()

    told = would(office, BUY, token)

    assert told == {"read": {"signal": "BUY", "symbol": "AAPL", "timeframe_minutes": 15, "size": None}}
    assert office.written() == before


@pytest.mark.parametrize(
    ("held", "action", "sentence"),
    [
        ("buy", "buy", "Already long 10 AAPL: nothing to do."),
        ("buy", "sell", "Close the long, wait for its fill, open short: sell 10 AAPL at the market, then sell 10 AAPL"),
        ("sell", "buy", "Close the short, wait for its fill, open long: buy 10 AAPL at the market, then buy 10 AAPL"),
        ("buy", "close", "Close the bot's position: sell 10 AAPL at the market."),
        ("hold", "close", "Nothing to close"),
        ("hold", "hold", "The alert says to hold"),
    ],
)
def test_what_would_happen_depends_on_what_is_held(office: Office, held: str, action: str, sentence: str) -> None:
    office.traded(held)

    assert would(office, BUY | {"action": action})["would"].startswith(sentence)


def test_what_would_be_refused_is_told_with_the_gate_that_refuses(office: Office) -> None:
    office.calendar.is_open = False

    told = would(office)

    assert told["would"].startswith("Refuse it: The market is closed.")
    assert told["refusal"]["code"] == "market-closed"
    assert [gate["name"] for gate in told["gates"] if not gate["passed"]] == ["market hours"]


def test_a_reversal_whose_entry_would_be_refused_still_closes(office: Office) -> None:
    office.traded("buy")
    office.calendar.is_open = False

    told = would(office, BUY | {"action": "sell"})

    assert told["would"].startswith("Close what is held, but open nothing: The market is closed.")


def test_what_waits_in_line_says_so(office: Office) -> None:
    office.exchange.liquidity(Symbol("AAPL"), Decimal(0))
    office.exchange.fill_in_parts(Symbol("AAPL"), [Decimal(0)] * 5)
    office.send(BUY)
    while office.engine_step():
        pass

    assert "wait" in would(office, BUY | {"action": "sell"})["would"]


def test_trying_flat_says_what_it_closes(office: Office) -> None:
    office.traded("buy")
    token = office.token(ADA, Power.SUBMIT, account_id=ADAS)

    told = would(office, {"signal": "FLAT", "symbol": "AAPL"}, token)

    assert told["bot"] is None
    assert "sell 10 AAPL" in told["would"]


@pytest.mark.parametrize(
    ("mode", "fields", "sentence"),
    [
        (Mode.PYRAMID, {}, "Add to the long: buy 10 AAPL"),
        (Mode.TARGET, {"market_position": "long", "market_position_size": 25}, "Bring the bot from 10 to 25: buy 15"),
        (
            Mode.TARGET,
            {"market_position": "long", "market_position_size": 4, "action": "sell"},
            "Bring the bot from 10 to 4: sell 6",
        ),
    ],
)
def test_what_would_happen_depends_on_the_bots_mode(
    office: Office, mode: Mode, fields: dict[str, object], sentence: str
) -> None:
    office.bot("ada-aapl-15", mode=mode)
    office.traded("buy", market_position="long", market_position_size=10)

    assert would(office, BUY | fields)["would"].startswith(sentence)


def test_trying_what_nobody_takes_says_so(office: Office) -> None:
    told = would(office, BUY | {"symbol": "TSLA"})

    assert told["bot"] is None
    assert "No bot" in told["would"]


# ---------------------------------------------------------------- secrets stay


def test_no_token_or_secret_is_ever_logged_or_answered(office: Office) -> None:
    token, wrong = office.texts[ADA, Power.SUBMIT], "usr_" + "w" * 43
    bodies = [BUY | {"secret": SECRET, "comment": SECRET}, BUY | {"token": token, "note": token}, {"secret": SECRET}]
    told = []
    with capture_logs() as logged:
        for body, shown in product(bodies, (token, wrong, None)):
            told += [office.send(body, shown, path=path) for path in ("/webhook", "/test-webhook", f"/{token}")]
        office.store.fail_next("accept")
        told.append(office.send(BUY | {"token": token, "size": 7}))
        office.work()
        told += [office.ask("/api/v1/alerts"), office.ask("/api/v1/alerts", OWNER), office.ask("/api/v1/tokens")]
        mine = office.told("/api/v1/alerts")["alerts"]
        told += [office.ask(f"/api/v1/alerts/{one['alert_id']}") for one in mine]
        everybodys = office.told("/api/v1/alerts", OWNER)["alerts"]
        told += [office.ask(f"/api/v1/alerts/{one['alert_id']}/explain", OWNER) for one in everybodys]
    seen = repr(logged) + "".join(answer.text + str(answer.headers) for answer in told) + repr(office.services)

    assert logged
    for secret in (SECRET, token, wrong, office.texts[ADA, Power.API]):
        assert secret not in seen
        assert secret[8:] not in seen


def test_one_line_is_logged_for_each_request_without_its_query(office: Office) -> None:
    with capture_logs() as logged:
        alert_id = office.send(BUY).get_json()["alert_id"]
        office.send(BUY)

    assert [(line["method"], line["route"], line["status"], line["taken"]) for line in logged] == [
        ("POST", "/webhook", 202, "accepted"),
        ("POST", "/webhook", 200, "duplicate"),
    ]
    assert {(line["event"], line["alert"], line["book"]) for line in logged} == {("request", alert_id, f"{ADAS}/AAPL")}


def test_the_month_that_an_alert_names_is_its_instrument(office: Office) -> None:
    office.account(OWNERS, automation=Units(Decimal(1)))

    answer = office.send({"secret": SECRET, "signal": "BUY", "symbol": "MESU2026"}, None)

    told = end_of(office, answer.get_json()["alert_id"], OWNER)
    assert (told["symbol"], told["instrument"], told["refusal"]["code"]) == ("MES", "MESU2026", "stale-month")


def test_somebody_elses_account_is_never_reached_by_name(office: Office) -> None:
    answer = office.send({"signal": "BUY", "symbol": "AAPL", "account": "bobs"})

    assert end_of(office, answer.get_json()["alert_id"])["refusal"]["code"] == "unknown-account"
    assert not office.exchange.orders(BOBS)
