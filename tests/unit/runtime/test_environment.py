"""Test that what is set is collected from all its places, and in the right order."""

from pathlib import Path

import pytest

from tradecore.entrypoints.runtime.environment import collect
from tradecore.entrypoints.runtime.settings import Settings, SettingsError


def test_the_folders_file_stands_above_the_local_one_and_the_environment_above_both(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / ".env").write_text("TV_PORT=1\nTV_HOST=a\nLOG_LEVEL=debug\n")
    (tmp_path / "var" / ".env").write_text("TV_PORT=2\nTV_HOST=b\n")

    settings = Settings.load({"TV_PORT": "3"}, here=tmp_path)

    assert (settings.port, settings.host, settings.log_level) == (3, "b", "debug")


def test_the_local_file_may_say_where_the_folder_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".env").write_text("TRADECORE_FOLDER=data\n")
    (tmp_path / "data" / ".env").write_text("TV_PORT=2\n")

    settings = Settings.load({}, here=tmp_path)

    assert (settings.folder, settings.port) == (Path("data"), 2)


def test_an_empty_value_above_does_not_hide_one_below(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TV_PORT=1\n")

    assert Settings.load({"TV_PORT": ""}, here=tmp_path).port == 1


def test_quotes_comments_exports_and_dollars_are_read_as_people_mean_them(tmp_path: Path) -> None:
    lines = ["\ufeffexport TV_PORT=7  # the port", "WEBHOOK_SECRET='a # b ${HOME}'", "", "# nothing"]
    (tmp_path / ".env").write_text("\n".join(lines))

    settings = Settings.load({}, here=tmp_path)

    assert (settings.port, settings.webhook_secret) == (7, "a # b ${HOME}")


def test_a_line_that_cannot_be_read_is_named_beside_everything_else(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TV_PORT=x\n'oops\n")

    with pytest.raises(SettingsError) as caught:
        Settings.load({}, here=tmp_path)

    assert any(".env, line 2" in problem for problem in caught.value.problems)
    assert any(problem.startswith("TV_PORT") for problem in caught.value.problems)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")

    (problem,) = collect({}, tmp_path).problems

    assert ".env cannot be read" in problem


def test_the_folders_own_file_cannot_move_the_folder(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / ".env").write_text("TRADECORE_FOLDER=elsewhere\n")

    found = collect({}, tmp_path)

    assert "TRADECORE_FOLDER" in found.problems[0]
    assert "TRADECORE_FOLDER" not in found.values
