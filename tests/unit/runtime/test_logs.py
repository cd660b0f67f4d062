"""Test that lines are written in the right form, and that no secret is ever in one."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tradecore.entrypoints.runtime import logs
from tradecore.entrypoints.runtime.logs import LOG_NAME, Redactor, redactor
from tradecore.entrypoints.runtime.settings import Settings

TOKEN = "usr_mmPLcVibZdI8RGWLRA3Hy_hyP-ry0wN-2bYv-244NuI"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[io.StringIO]:
    root, before = logging.getLogger(), logging.getLogger().level
    screen = io.StringIO()
    logs.set_up(tmp_path, "info", screen)
    yield screen
    logs.take_down()
    root.setLevel(before)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_is_json_in_the_file_and_where_nobody_looks(screen: io.StringIO, tmp_path: Path) -> None:
    structlog.get_logger("some.where").info("alert judged", alert="A-1", count=3)

    (line,) = lines((tmp_path / "logs" / LOG_NAME).read_text())
    assert list(line)[:3] == ["timestamp", "level", "event"]
    assert (line["event"], line["alert"], line["count"], line["level"]) == ("alert judged", "A-1", 3, "info")
    assert lines(screen.getvalue()) == [line]


def test_on_a_terminal_a_line_is_for_people(screen: io.StringIO, tmp_path: Path) -> None:
    terminal = Terminal()
    logs.set_up(None, "info", terminal)

    structlog.get_logger().warning("look at this", book="a/AAPL")

    structlog.get_logger().error("and this", exc_info=ValueError(f"bad {TOKEN}"))

    assert "look at this" in terminal.getvalue()
    assert "ValueError: bad usr_***" in terminal.getvalue()
    assert "{" not in terminal.getvalue()


def test_setting_up_again_does_not_double_lines(screen: io.StringIO, tmp_path: Path) -> None:
    logs.set_up(tmp_path, "info", screen)

    structlog.get_logger().info("once")

    assert len(lines(screen.getvalue())) == 1


def test_less_important_lines_are_left_out(screen: io.StringIO) -> None:
    structlog.get_logger().debug("not this")
    logging.getLogger("other").debug("nor this")
    logging.getLogger("other").warning("this")

    assert [line["event"] for line in lines(screen.getvalue())] == ["this"]


def test_a_traceback_is_in_the_line_without_what_the_variables_held(screen: io.StringIO) -> None:
    def fail(password: str) -> None:
        raise RuntimeError("it went wrong with token=" + TOKEN)

    try:
        fail(SECRET)
    except RuntimeError:
        structlog.get_logger().exception("a thread failed")

    (line,) = lines(screen.getvalue())
    assert "RuntimeError: it went wrong" in line["exception"]
    assert "battery" not in screen.getvalue()
    assert TOKEN not in screen.getvalue()


def test_what_libraries_log_is_masked_too(screen: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("bad request: POST /webhook?token=%s&x=1", TOKEN)

    assert lines(screen.getvalue())[0]["event"] == "bad request: POST /webhook?token=***&x=1"


SECRET = 'correct horse "battery" staple'


@pytest.mark.parametrize(
    "fields",
    [
        {"webhook_secret": SECRET}, {"password": SECRET}, {"api_key": SECRET}, {"token": SECRET},
        {"Authorization": SECRET}, {"headers": {"Cookie": SECRET}}, {"rows": [{"secret": SECRET}]},
        {"settings": Settings(webhook_secret=SECRET)},
    ],
)  # fmt: skip
def test_a_field_that_is_called_like_a_secret_is_masked_however_deep(
    fields: dict[str, Any], screen: io.StringIO
) -> None:
    structlog.get_logger().info("x", **fields)

    assert "battery" not in screen.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        TOKEN, f"http://a/webhook?token={TOKEN}", f"Authorization: Bearer {TOKEN}", TOKEN.replace("usr_", "api_"),
        TOKEN.replace("usr_", "read_"), f"wss://hub?access_token={TOKEN[4:]}", f"postgresql://u:{TOKEN[4:]}@h/db",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(text: str) -> None:
    assert "mmPLcVibZdI8" not in Redactor().text(f"before {text} after")


def test_what_is_no_secret_stays_as_it_is() -> None:
    event = {"event": "alert judged", "token_id": "01M7", "key": "a/AAPL", "tokens": 3, "password": "", "ok": True}

    assert Redactor()(None, "info", dict(event)) == event


@given(st.text(min_size=6).filter(lambda text: text.strip() == text), st.text(), st.text())
def test_a_secret_that_was_learnt_is_masked_in_every_value(secret: str, before: str, after: str) -> None:
    redactor = Redactor()
    redactor.learn([secret])

    masked = redactor.value("detail", [{"text": f"{before}{secret}{after}"}])

    assert secret not in str(masked[0]["text"]).replace("***", "")  # type: ignore[index] # it is a list


@given(st.lists(st.text(alphabet="ab", min_size=6, max_size=12), min_size=33, max_size=60, unique=True), st.data())
def test_many_secrets_are_masked_as_few_are(secrets: list[str], data: st.DataObject) -> None:
    parts = data.draw(st.lists(st.sampled_from([*secrets, " ", "c", "abba"]), max_size=5))
    text = " ".join(parts)
    few = text
    for secret in sorted(secrets, key=lambda one: (-len(one), one)):
        few = few.replace(secret, logs.MASK)

    assert Redactor(secrets).text(text) == few


def test_what_is_learnt_later_is_masked_from_then_on(screen: io.StringIO) -> None:
    redactor.learn(["gentle-otter-17"])

    structlog.get_logger().info("the gentle-otter-17 came", who="gentle-otter-17")

    assert "otter" not in screen.getvalue()
