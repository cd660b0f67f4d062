"""Run the paper exchange in a process of its own, trade there, and let it die."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.paper_exchange import ExchangeProcess
from tests.integration.service import COMMAND, SECONDS_MAX, environment, running, until
from tradecore.entrypoints.cli.exits import Exit

FOLDER = "exchange"


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[ExchangeProcess]:
    with closing(ExchangeProcess(tmp_path / FOLDER, "--still")) as exchange:
        yield exchange


def started(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [*COMMAND, "venue", "paper", *options]
    return subprocess.run(command, env=environment(), text=True, capture_output=True, check=False, timeout=SECONDS_MAX)


def test_the_service_trades_at_an_exchange_that_dies_and_comes_back(tmp_path: Path, exchange: ExchangeProcess) -> None:
    with running(tmp_path, TRADECORE_PAPER_URL=exchange.url) as service:
        alert = service.send("buy")
        assert service.ended(alert)["status"] == "done"
        account_id = service.get("/api/v1/accounts")["accounts"][0]["account_id"]
        (bought,) = exchange.orders(account_id)
        assert (bought["symbol"], bought["side"], bought["news"]) == ("AAPL", "BUY", "FILLED")
        assert bought["order_id"].startswith(alert)

        exchange.close()
        sold = service.send("close")
        with closing(ExchangeProcess(tmp_path / FOLDER, port=exchange.port)) as again:
            assert service.ended(sold)["status"] == "done"
            assert [order["side"] for order in again.orders(account_id)] == ["BUY", "SELL"]
            assert service.process.poll() is None


def test_a_command_beside_the_service_looks_at_the_same_exchange(tmp_path: Path, exchange: ExchangeProcess) -> None:
    with running(tmp_path, TRADECORE_PAPER_URL=exchange.url) as service:
        service.ended(service.send("buy"))

    told = subprocess.run(
        [*COMMAND, "account", "show", "paper"], cwd=tmp_path, text=True, capture_output=True, check=False,
        env=environment(TRADECORE_PAPER_URL=exchange.url), timeout=SECONDS_MAX)  # fmt: skip

    assert "AAPL" in told.stdout, told.stdout + told.stderr


def test_it_says_one_line_and_a_signal_stops_it(exchange: ExchangeProcess, tmp_path: Path) -> None:
    assert exchange.told["venue"] == "paper"
    assert exchange.told["folder"] == str(tmp_path / FOLDER)

    code, said = exchange.end(signal.SIGTERM)

    assert (code, said) == (0, "")


def test_a_second_one_on_the_same_folder_or_port_says_why_it_does_not_start(
    exchange: ExchangeProcess, tmp_path: Path
) -> None:
    same_folder = started("--folder", str(tmp_path / FOLDER), "--port", "0")
    same_port = started("--folder", str(tmp_path / "other"), "--port", str(exchange.port))
    (tmp_path / "file").write_text("")
    no_folder = started("--folder", str(tmp_path / "file" / "x"), "--port", "0")

    assert same_folder.returncode == Exit.RUNNING
    assert "is using the folder" in same_folder.stderr
    assert same_port.returncode == Exit.PORT
    assert f"127.0.0.1:{exchange.port}" in same_port.stderr
    assert "--port" in same_port.stderr
    assert no_folder.returncode == Exit.AWAY
    assert "--folder" in no_folder.stderr


def test_prices_move_unless_they_are_told_to_stand_still(tmp_path: Path) -> None:
    with closing(ExchangeProcess(tmp_path)) as exchange:
        first = exchange.get("/accounts/a/quote?symbol=AAPL")["last"]

        until(lambda: exchange.get("/accounts/a/quote?symbol=AAPL")["last"] != first)
