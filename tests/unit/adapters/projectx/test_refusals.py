"""Test what each code means at each endpoint: refused, or left open; and what a person is told."""

import json

import pytest

from tradecore.adapters.projectx import refusals
from tradecore.adapters.projectx.envelope import (
    NoSuchAddressError,
    TooManyRequestsError,
    UnauthorizedError,
    outcome,
)
from tradecore.adapters.projectx.refusals import Endpoint, Refused, Why
from tradecore.adapters.projectx.wire import Answer
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError, WorldError

PLACE, CANCEL = refusals.PLACE, refusals.CANCEL


def answered(
    endpoint: Endpoint, code: int | None, message: str | None = None, *, success: bool = False,
    unanswered: type[WorldError] = OutcomeUnknownError, **more: object,
) -> object:  # fmt: skip
    body = {"success": success, "errorCode": code, "errorMessage": message, **more}
    return outcome(endpoint, Answer(status=200, text=json.dumps(body)), unanswered)


def refusal(endpoint: Endpoint, code: int, message: str | None = None) -> Refused:
    found = answered(endpoint, code, message)
    assert isinstance(found, Refused)
    return found


@pytest.mark.parametrize(("endpoint", "code", "why"), [
    (PLACE, 1, Why.NO_ACCOUNT), (PLACE, 2, Why.REJECTED), (PLACE, 3, Why.MONEY), (PLACE, 4, Why.VIOLATION),
    (PLACE, 5, Why.CLOSED), (PLACE, 8, Why.NO_CONTRACT), (PLACE, 9, Why.NOT_ACTIVE), (PLACE, 10, Why.MAY_NOT_TRADE),
    (CANCEL, 1, Why.NO_ACCOUNT), (CANCEL, 2, Why.NO_ORDER), (CANCEL, 3, Why.REJECTED), (CANCEL, 6, Why.MAY_NOT_CANCEL),
])  # fmt: skip
def test_a_code_is_read_by_its_endpoint(endpoint: Endpoint, code: int, why: Why) -> None:
    assert refusal(endpoint, code).why is why


@pytest.mark.parametrize(("endpoint", "code"), [
    (PLACE, 6), (PLACE, 7), (PLACE, 11), (PLACE, 0), (PLACE, None), (CANCEL, 4), (CANCEL, 5), (CANCEL, 7),
])  # fmt: skip
def test_a_code_that_leaves_it_open_is_unknown(endpoint: Endpoint, code: int | None) -> None:
    with pytest.raises(OutcomeUnknownError):
        answered(endpoint, code, orderId=5)


@pytest.mark.parametrize(("message", "why", "words"), [
    ("Custom tag already in use.", Why.USED_TAG, "used before"),
    ("CustomTag must be unique", Why.USED_TAG, "used before"),
    ("Brackets cannot be used with Position Brackets. You must enable Auto OCO Brackets.", Why.BRACKET_MODE,
     "choose Auto OCO Brackets"),
    ("Invalid stop loss ticks (57). Ticks should be less than zero when longing.", Why.BRACKET_SIDE, "wrong side"),
    ("Trading is currently unavailable. The instrument is not in an active trading status.", Why.CLOSED, "closed"),
    ("Invalid stop price. Price is not aligned to tick size.", Why.PRICE_GRID, "two ticks"),
    ("Invalid price. Price is outside allowed range.", Why.PRICE_RANGE, "moved"),
    ("Cannot trail without a last price", Why.NO_PRICE, "no price"),
    ("Maximum position exceeded (5).", Why.TOO_MANY, "--contracts-max"),
    ("Something that nobody has seen", Why.REJECTED, "Something that nobody has seen"),
    (None, Why.REJECTED, "code 2"),
])  # fmt: skip
def test_one_code_of_placing_is_told_by_its_message(message: str | None, why: Why, words: str) -> None:
    found = refusal(PLACE, 2, message)

    assert found.why is why
    assert words in found.sentence
    assert (message or "ProjectX").removesuffix(".") in found.sentence
    assert ".)" not in found.sentence


@pytest.mark.parametrize(("message", "why"), [
    ("Follower accounts cannot cancel orders", Why.FOLLOWER), ("Live accounts not supported", Why.LIVE),
])  # fmt: skip
def test_who_cannot_cancel_is_told_what_to_do(message: str, why: Why) -> None:
    assert refusal(CANCEL, 6, message).why is why


def test_the_id_of_an_order_is_no_success() -> None:
    found = answered(PLACE, 2, "no", orderId=9057)

    assert isinstance(found, Refused)
    assert found.order_id == 9057


def test_success_with_a_code_is_a_contradiction() -> None:
    with pytest.raises(MalformedError):
        answered(PLACE, 2, success=True, orderId=5)


@pytest.mark.parametrize(("status", "error"), [
    (401, UnauthorizedError), (429, TooManyRequestsError), (500, OutcomeUnknownError), (502, OutcomeUnknownError),
    (504, OutcomeUnknownError), (408, OutcomeUnknownError), (404, NoSuchAddressError), (403, MalformedError),
    (302, MalformedError), (204, MalformedError),
])  # fmt: skip
def test_a_status_says_whether_it_may_have_been_done(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        outcome(PLACE, Answer(status=status, text="<html>no</html>"), OutcomeUnknownError)


def test_who_was_turned_away_at_the_door_has_done_nothing() -> None:
    for status in (401, 429):
        with pytest.raises(UnreachableError) as caught:
            outcome(PLACE, Answer(status=status, text="", retry_after=7), OutcomeUnknownError)
        assert caught.value.retry_after == (7 if status == 429 else None)


@pytest.mark.parametrize("text", [
    "<html>wait</html>", "", "[]", '"pong"', '{"orderId": 5}', '{"success": "true"}', '{"success": true, "x": NaN}',
])  # fmt: skip
def test_an_answer_without_an_envelope_is_never_read_as_success(text: str) -> None:
    with pytest.raises(MalformedError):
        outcome(PLACE, Answer(status=200, text=text), OutcomeUnknownError)


def test_a_request_that_could_not_be_read_was_not_done_and_says_why() -> None:
    problem = (
        '{"title": "One or more validation errors occurred.", "errors": {"size": ["The size field is required."]}}'
    )

    found = outcome(PLACE, Answer(status=400, text=problem), OutcomeUnknownError)

    assert isinstance(found, Refused)
    assert "The size field is required." in found.sentence
