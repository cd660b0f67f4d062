"""Test that the accounts of the settings are made once, follow the settings, and are never lost."""

from decimal import Decimal

import pytest
from attrs import evolve

from tradecore.adapters.memory.store import MemoryStore
from tradecore.domain.ids import AccountId, UserId
from tradecore.domain.limits import AccountLimits
from tradecore.domain.parties import Account, Role, User, Venue
from tradecore.domain.sessions import GetFlat
from tradecore.domain.sizing import Units
from tradecore.entrypoints.runtime.env_accounts import keep_in_step
from tradecore.entrypoints.runtime.projectx import number_of
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import StartError
from tradecore.ports.directory import Directory

OWNER = UserId("owner")
SEVEN, EIGHT = AccountId("projectx-7"), AccountId("projectx-8")


@pytest.fixture
def directory() -> Directory:
    directory = MemoryStore().directory
    directory.keep(User(id=UserId("ada"), name="ada"))
    directory.keep(User(id=OWNER, name="owner", role=Role.ADMIN))
    return directory


def in_step(directory: Directory, **environ: str) -> dict[str, tuple[str, bool]]:
    """Return the accounts by id, each with its name and whether it opens, after a start with such settings."""
    login = {"PROJECTX_USERNAME": "ada", "PROJECTX_API_KEY": "k"} if environ else {}
    keep_in_step(directory, Settings.read(login | environ))
    return {one.id: (one.name, one.opens) for one in directory.accounts()}


def test_each_account_is_made_as_the_futures_bot_had_it(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7", MAX_DAILY_LOSS="-500", DAILY_PROFIT_TARGET="1000", MAX_CONSECUTIVE_LOSSES="3")

    assert directory.accounts() == (
        Account(
            id=SEVEN, user_id=OWNER, name="eval", venue=Venue.PROJECTX, automation=Units(Decimal(1)),
            get_flat=GetFlat(), limits=AccountLimits(
                daily_loss=Decimal(500), daily_profit=Decimal(1000), losing_streak=3)),
    )  # fmt: skip


def test_without_a_name_the_default_is_called_projectx(directory: Directory) -> None:
    assert in_step(directory, ACCOUNT_EVAL="7", PROJECTX_ACCOUNT_ID="8") == {
        SEVEN: ("eval", True),
        EIGHT: ("projectx", True),
    }


def test_a_start_with_the_same_settings_changes_nothing(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7", MAX_DAILY_LOSS="500")
    before = directory.accounts()

    in_step(directory, ACCOUNT_EVAL="7", MAX_DAILY_LOSS="500")

    assert directory.accounts() == before


def test_another_name_renames_the_account(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7")

    assert in_step(directory, ACCOUNT_FUNDED="7") == {SEVEN: ("funded", True)}


def test_names_that_change_places_do(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7", ACCOUNT_MAIN="8")

    assert in_step(directory, ACCOUNT_EVAL="8", ACCOUNT_MAIN="7") == {SEVEN: ("main", True), EIGHT: ("eval", True)}


def test_a_line_that_is_gone_rests_its_account_and_one_that_is_back_wakes_it(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7", ACCOUNT_MAIN="8")

    assert in_step(directory, ACCOUNT_MAIN="8") == {SEVEN: ("eval", False), EIGHT: ("main", True)}
    assert in_step(directory) == {SEVEN: ("eval", False), EIGHT: ("main", False)}
    assert in_step(directory, ACCOUNT_EVAL="7", ACCOUNT_MAIN="8") == {SEVEN: ("eval", True), EIGHT: ("main", True)}


def test_a_name_goes_to_the_account_that_has_its_line_now(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7")

    assert in_step(directory, ACCOUNT_EVAL="8") == {SEVEN: ("eval-7", False), EIGHT: ("eval", True)}
    assert in_step(directory, ACCOUNT_EVAL="7") == {SEVEN: ("eval", True), EIGHT: ("eval-8", False)}


def test_an_account_that_a_person_switched_off_stays_off(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7")
    directory.keep(evolve(directory.accounts()[0], active=False))
    in_step(directory)

    assert in_step(directory, ACCOUNT_EVAL="7") == {SEVEN: ("eval", False)}


def test_what_people_set_stays_where_the_settings_say_nothing(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7", MAX_DAILY_LOSS="500", MAX_CONSECUTIVE_LOSSES="3")
    changed = evolve(
        directory.accounts()[0], get_flat=None, automation=None,
        limits=AccountLimits(daily_loss=Decimal(100), daily_profit=Decimal(50), losing_streak=2))  # fmt: skip
    directory.keep(changed)

    in_step(directory, ACCOUNT_EVAL="7", MAX_CONSECUTIVE_LOSSES="0", MAX_DAILY_LOSS="400")

    limits = AccountLimits(daily_loss=Decimal(400), daily_profit=Decimal(50))
    assert directory.accounts() == (evolve(changed, limits=limits),)


def test_a_name_that_another_account_has_stops_the_start(directory: Directory) -> None:
    directory.keep(Account(id=AccountId("p"), user_id=OWNER, name="Paper", venue=Venue.PAPER))

    with pytest.raises(StartError, match=r"ACCOUNT_PAPER cannot be used: .* already\. Give it another name"):
        in_step(directory, ACCOUNT_PAPER="7")


def test_without_an_administrator_nothing_is_made() -> None:
    assert in_step(MemoryStore().directory, ACCOUNT_EVAL="7") == {}


def test_only_an_account_of_the_settings_has_a_number(directory: Directory) -> None:
    in_step(directory, ACCOUNT_EVAL="7")
    account = directory.accounts()[0]

    assert number_of(account) == 7
    assert number_of(evolve(account, venue=Venue.PAPER)) is None
    assert number_of(evolve(account, id=AccountId("01ABC"))) is None
