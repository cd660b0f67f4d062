"""Test that each account says whether play money or real money is at stake there, and why it rests where it does."""

import pytest
from attrs import evolve

from tests.builders import an_account
from tests.unit.runtime.test_keyring import LIVE, PAPER, STOCKS, House
from tradecore.domain.errors import UnreachableError
from tradecore.entrypoints.runtime.keyring import Keyring
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.stakes import Stake, at_most, stakes


def stake(keyring: Keyring) -> Stake:
    (found,) = stakes(keyring, (STOCKS,))
    return found


def test_an_account_without_keys_of_a_broker_is_on_paper_here() -> None:
    (found,) = stakes(House().keyring(), (an_account(),))

    assert (found.money, found.rests, found.is_real) == ("paper", None, False)


def test_an_account_whose_keys_are_missing_rests_and_says_what_to_do() -> None:
    found = stake(House().keyring(live=True))

    assert (found.money, found.is_real) == (None, False)
    assert found.rests == "It has no keys yet: tradecore keys set paper"


def test_paper_keys_are_paper_wherever_real_money_is_allowed() -> None:
    keyring = House().keyring(live=True)
    keyring.put(STOCKS, PAPER)

    found = stake(keyring)

    assert (found.money, found.rests, found.is_real, at_most(keyring, Settings())) == ("paper", None, False, "paper")


def test_live_keys_are_real_money_and_rest_where_that_is_not_allowed_any_more() -> None:
    house = House()
    house.keyring(live=True).put(STOCKS, LIVE)
    allowed, forbidden = stake(house.keyring(live=True)), stake(house.keyring())

    assert (allowed.money, allowed.rests, allowed.is_real) == ("REAL MONEY", None, True)
    assert (forbidden.money, forbidden.is_real) == ("REAL MONEY", False)
    assert forbidden.rests is not None
    assert "TRADECORE_LIVE_TRADING" in forbidden.rests
    assert (at_most(house.keyring(live=True), Settings()), at_most(house.keyring(), Settings())) == (
        "REAL MONEY",
        "paper",
    )


def test_nobody_can_tell_without_the_database_unless_real_money_is_not_allowed_at_all() -> None:
    house = House()
    house.store.fail_next("all", times=3)

    with pytest.raises(UnreachableError):
        stake(house.keyring())
    assert at_most(house.keyring(live=True), Settings()) is None
    assert at_most(evolve(house.keyring(), live=False), Settings()) == "paper"
