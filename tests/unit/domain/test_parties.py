"""Say who may do what, and which bot takes an alert that no bot was made for."""

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import AAPL, ACCOUNT, BOT, MONDAY, USER, a_bot, a_user, an_account
from tests.unit.domain.examples import BUY, CLOSE, FLAT, D
from tradecore.domain.ids import BotId, Symbol, TokenId
from tradecore.domain.parties import Power, Token, automation_for, automation_of
from tradecore.domain.sizing import Units

SECOND = timedelta(seconds=1)


def a_token(**changes: Any) -> Token:
    usual = {"id": TokenId("t"), "user_id": USER, "hash": "5ecret", "power": Power.SUBMIT, "created_at": MONDAY}
    return Token(**{**usual, **changes})


@pytest.mark.parametrize("end", ["expires_at", "revoked_at"])
def test_a_token_is_good_until_the_moment_of_its_end(end: str) -> None:
    token = a_token(**{end: MONDAY})

    assert [token.good(MONDAY - SECOND), token.good(MONDAY)] == [True, False]
    assert a_token().good(MONDAY + timedelta(days=9999))


@pytest.mark.parametrize(
    ("scope", "may"),
    [
        ({}, False), ({"account_id": ACCOUNT}, True), ({"account_id": ACCOUNT, "bot_id": BOT}, False),
        ({"bot_id": BOT}, False),
    ],
)  # fmt: skip
def test_flat_needs_a_token_for_the_whole_account(scope: dict[str, Any], may: bool) -> None:
    assert a_token(**scope).may_send(FLAT) is may


def test_a_token_sends_only_the_signals_it_names_and_all_where_it_names_none() -> None:
    narrow, wide = a_token(signals=[CLOSE]), a_token()

    assert [narrow.may_send(signal) for signal in (BUY, CLOSE)] == [False, True]
    assert [wide.may_send(signal) for signal in (BUY, CLOSE)] == [True, True]


def test_secrets_are_not_written_out() -> None:
    written = repr(a_token()) + repr(a_user(password_hash="argon2-5ecret"))

    assert "5ecret" not in written


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_name_that_nobody_could_call_it_by_is_refused(name: str) -> None:
    for make in (a_user, an_account):
        with pytest.raises(ValueError, match="a name has 1 to 60 characters"):
            make(name=name)


@pytest.mark.parametrize(("name", "label"), [("Trend", "Trend"), ("", "AAPL 15 Min")])
def test_a_bot_is_called_by_its_name_or_by_what_it_trades(name: str, label: str) -> None:
    assert a_bot(name=name).label == label


def test_an_accounts_automation_is_found_again_by_its_id() -> None:
    account = an_account(automation=Units(D(1)))

    bot = automation_for(account, AAPL.symbol)

    assert bot is not None
    assert (bot.symbol, bot.sizing, bot.timeframe, bot.account_id) == (AAPL.symbol, Units(D(1)), None, ACCOUNT)
    assert automation_of(account, bot.id) == bot


def test_an_account_without_automation_has_none_and_other_ids_are_not_its() -> None:
    assert automation_for(an_account(), Symbol("AAPL")) is None
    assert automation_of(an_account(automation=Units(D(1))), BOT) is None
    assert automation_of(an_account(automation=Units(D(1))), BotId("auto.other.AAPL")) is None
