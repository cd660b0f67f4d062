"""Test that an empty folder is furnished once, completely, and without overwriting what people changed."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve

from tests.rooms import URL, a_demo
from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import UserId
from tradecore.domain.parties import Power, Role
from tradecore.domain.signals import Signal
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.first_run import FILE_NAME, furnish, read
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import FolderError
from tradecore.entrypoints.runtime.tokens import hash_of


def told(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / FILE_NAME).read_text())
    return found


def test_the_file_tells_what_a_script_needs_and_is_its_owners_alone(tmp_path: Path) -> None:
    a_demo(tmp_path)

    found = told(tmp_path)
    assert {
        "url", "webhook_url", "webhook_secret", "api_token", "read_token", "user", "user_id", "account", "password",
    } <= found.keys()  # fmt: skip
    assert found["url"] == URL
    assert found["webhook_url"].startswith(f"{URL}/webhook?token=usr_")
    assert found["api_token"].startswith("api_")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_user_account_bots_and_tokens_are_as_the_file_tells(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)
    directory, welcome = demo.room.services.directory, demo.welcome

    user = directory.user(UserId(welcome.user_id))
    assert user is not None
    assert (user.name, user.role) == (welcome.user, Role.ADMIN)
    assert demo.room.passwords.match(welcome.password, user.password_hash)
    assert demo.account.name == welcome.account
    assert demo.account.get_flat is None
    assert {bot.label for bot in directory.bots()} == {"AAPL 15 Min", "AAPL 5 Min", "MES 5 Min"}
    powers = {}
    for text in (welcome.webhook_token, welcome.read_token, welcome.api_token):
        token = directory.token(hash_of(text))
        assert token is not None
        powers[token.power] = token.may_send(Signal.FLAT)
    assert powers == {Power.SUBMIT: True, Power.READ: False, Power.API: False}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)
    directory = demo.room.services.directory
    directory.forget_bot(demo.bot(index=1).id)
    before, tokens = told(tmp_path), directory.tokens(UserId(demo.welcome.user_id))

    again = furnish(demo.room, URL)

    assert again == demo.welcome
    assert told(tmp_path) == before
    assert {bot.label for bot in directory.bots()} == {"AAPL 15 Min", "MES 5 Min"}
    assert directory.tokens(UserId(demo.welcome.user_id)) == tokens


def test_another_port_changes_only_the_addresses(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)
    before = told(tmp_path)

    furnish(demo.room, "http://127.0.0.1:8080")

    after = told(tmp_path)
    assert {name for name in before if before[name] != after[name]} == {"url", "webhook_url"}
    assert after["webhook_url"] == before["webhook_url"].replace(":5000", ":8080")
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_secret_of_the_environment_takes_the_place_of_the_made_one(tmp_path: Path) -> None:
    demo = a_demo(tmp_path, webhook_secret="from-the-environment")

    assert told(tmp_path)["webhook_secret"] == "from-the-environment"
    assert demo.welcome.applied_to(Settings()).webhook_secret == "from-the-environment"
    assert demo.welcome.applied_to(Settings()).default_account == demo.account.id
    assert demo.welcome.applied_to(Settings(webhook_secret="other")).webhook_secret == "other"


@pytest.mark.parametrize("kept", range(8))
def test_what_was_killed_half_way_is_completed(kept: int, tmp_path: Path) -> None:
    room = wiring.in_memory(Settings(folder=tmp_path))
    directory = room.services.directory
    real = directory.keep
    left = [kept]

    def keep_some(entry: object) -> None:
        if not left[0]:
            raise UnreachableError("killed")
        left[0] -= 1
        real(entry)  # type: ignore[arg-type] # whatever the first run keeps

    _replace(directory, keep_some)
    with pytest.raises(UnreachableError):
        furnish(room, URL)
    first = told(tmp_path)
    _replace(directory, real)
    furnish(room, URL)

    assert told(tmp_path) == first
    assert len(directory.users()) == len(directory.accounts()) == 1
    assert len(directory.bots()) == 3
    assert len(directory.tokens(UserId(first["user_id"]))) == 3


def _replace(directory: object, keep: Callable[..., None]) -> None:
    object.__setattr__(directory, "keep", keep)


def test_where_somebody_set_up_their_own_no_demo_is_made(tmp_path: Path) -> None:
    demo = a_demo(tmp_path)
    (tmp_path / FILE_NAME).unlink()

    assert furnish(demo.room, URL) is None
    assert not (tmp_path / FILE_NAME).exists()


def test_a_damaged_file_stops_the_start_and_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('{"url": 1')

    with pytest.raises(FolderError, match=FILE_NAME):
        read(tmp_path / FILE_NAME)


def test_limits_of_the_environment_reach_the_demos_account_and_leave_others_alone(tmp_path: Path) -> None:
    demo = a_demo(tmp_path, max_daily_loss=Decimal(500), max_consecutive_losses=3)
    limits = demo.account.limits
    assert (limits.daily_loss, limits.losing_streak, limits.daily_profit) == (Decimal(500), 3, None)

    demo.room.services.directory.keep(evolve(demo.account, limits=evolve(limits, daily_profit=Decimal(9))))
    furnish(demo.room, URL)

    assert demo.account.limits.daily_profit == Decimal(9)


def test_no_secret_stands_in_a_repr(tmp_path: Path) -> None:
    welcome = a_demo(tmp_path).welcome

    assert not any(secret in repr(welcome) for secret in welcome.secrets)
