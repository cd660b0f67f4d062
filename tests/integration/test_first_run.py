"""Test the first five minutes: start, send the printed line, understand it, stop, lose nothing."""

import json
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.service import COMMAND, SECONDS_MAX, Service, environment, running, until


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("first")) as service:
        yield service


def run_curl(line: str) -> dict[str, str]:
    """Run the printed line as it stands; where there is no curl, do what it says."""
    if shutil.which("curl"):
        done = subprocess.run(shlex.split(line), capture_output=True, text=True, check=True, timeout=SECONDS_MAX)
        answer: dict[str, str] = json.loads(done.stdout)
        return answer
    _, _, body, url = shlex.split(line)
    found: dict[str, str] = httpx.post(url, content=body, timeout=SECONDS_MAX).json()
    return found


def test_the_printed_line_makes_a_filled_order_that_explain_tells_as_a_tree(service: Service) -> None:
    answer = run_curl(service.curl)

    alert = service.ended(answer["alert_id"])
    assert answer["status"] == "accepted"
    assert (alert["status"], alert["refusal"]) == ("done", None)
    ((order),) = alert["orders"]
    assert (order["side"], order["status"], order["filled_quantity"]) == ("buy", "filled", "10")
    assert run_curl(service.curl) == {"alert_id": answer["alert_id"], "status": "duplicate"}
    told = service.tell("explain", answer["alert_id"])
    for word in ("read as", "gates", "passed: market hours", "orders", "filled 10", "bought 10"):
        assert word in told
    story = json.loads(service.tell("explain", "last", "--json"))
    assert (story["alert_id"], story["status"]) == (answer["alert_id"], "done")


def test_futures_trade_too_by_the_secret_of_the_first_run(service: Service) -> None:
    body = {"secret": service.first_run["webhook_secret"], "signal": "BUY", "symbol": "MES1!", "size": 1}

    answer = httpx.post(f"{service.first_run['url']}/webhook", json=body, timeout=SECONDS_MAX)

    assert answer.status_code == 202, answer.text
    alert = service.ended(answer.json()["alert_id"])
    assert (alert["status"], alert["orders"][0]["filled_quantity"]) == ("done", "1")


def test_prices_move_by_themselves(service: Service) -> None:
    service.ended(service.send("buy", "AAPL", "5 Min"))
    seen: set[str] = set()

    def look() -> bool:
        positions = service.get("/positions/summary")["accounts"]["paper"]["positions"]
        seen.update(one["current_price"] for one in positions if one["symbol"] == "AAPL")
        return len(seen) > 1

    assert until(look)


def test_a_second_run_on_the_folder_is_refused_with_a_sentence(service: Service) -> None:
    said = service.tell("run", "--port", "0", code=3)

    assert f"Another tradecore (process {service.process.pid})" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_refused_with_a_sentence(service: Service, tmp_path: Path) -> None:
    port = service.first_run["url"].rpartition(":")[2]

    done = subprocess.run(
        [*COMMAND, "run", "--port", port], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
        timeout=SECONDS_MAX)  # fmt: skip

    assert done.returncode == 4
    assert f"Port {port} is in use" in done.stderr
    assert not (tmp_path / "var" / "tradecore.db").exists()


def test_settings_that_are_wrong_stop_the_start_all_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "run"], cwd=tmp_path, env=environment(TV_PORT="x", MAX_DAILY_LOSS="y", TRADECORE_FOLDR="z"),
        capture_output=True, text=True, check=False, timeout=SECONDS_MAX)  # fmt: skip

    assert done.returncode == 5
    assert [line.split()[0] for line in done.stderr.splitlines()] == ["TV_PORT", "MAX_DAILY_LOSS", "TRADECORE_FOLDR"]
    assert not (tmp_path / "var").exists()


def test_commands_work_beside_the_running_service(service: Service) -> None:
    service.tell("bot", "add", "--symbol", "MSFT", "--timeframe", "1 Hour", "--units", "3")
    assert service.ended(service.send("buy", "MSFT", "1 Hour"))["orders"][0]["filled_quantity"] == "3"

    service.tell("halt", "--bot", "MSFT 1 Hour", "--yes")
    service.ended(service.send("close", "MSFT", "1 Hour"))
    refused = service.ended(service.send("buy", "MSFT", "1 Hour"))
    service.tell("resume", "--bot", "MSFT 1 Hour", "--yes")
    again = service.ended(service.send("buy", "MSFT", "1 Hour"))

    assert refused["refusal"]["code"] == "halted"
    assert again["status"] == "done"
    told = service.tell("flatten", "--account", "paper", "--yes", "--wait", "30")
    assert "the broker confirms that nothing is held" in told
    assert "It holds nothing" in service.tell("account", "show", "paper")


def test_an_account_that_is_added_later_trades(service: Service) -> None:
    service.tell("account", "add", "second")
    service.tell("bot", "add", "--account", "second", "--symbol", "TSLA", "--timeframe", "5m", "--units", "2")
    token = json.loads(service.tell("token", "new", "--account", "second", "--json"))["token"]

    alert = service.ended(service.send("sell", "TSLA", "5 Min", token=token))

    assert alert["orders"][0]["filled_quantity"] == "2"
    assert "second" in service.tell("account", "list")
    assert "-2" in service.tell("account", "show", "second")


def test_no_secret_is_in_any_log(service: Service) -> None:
    service.ended(service.send("close"))
    httpx.get(f"{service.first_run['url']}/health?token={service.first_run['webhook_secret']}", timeout=SECONDS_MAX)
    service.tell("doctor")

    written = "".join(path.read_text() for path in (service.here / "var" / "logs").iterdir()) + service.errors()
    told = service.first_run
    secrets = [told[name] for name in ("webhook_secret", "api_token", "read_token", "password")]
    secrets.append(told["webhook_url"].partition("token=")[2])

    assert "alert judged" in written
    assert [secret for secret in secrets if secret in written] == []
    assert not re.search(r"(usr|api|read)_[A-Za-z0-9_-]{20,}", written)


def essence(alert: dict[str, Any]) -> dict[str, Any]:
    """Return the alert without when its orders were last heard of, which may come again at any time."""
    orders = [{name: value for name, value in order.items() if name != "changed_at"} for order in alert["orders"]]
    return {**alert, "orders": orders}


def test_what_was_killed_is_all_there_after_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        before = service.ended(service.send("buy"))
        told = service.first_run
        service.end(signal.SIGKILL)

    with running(tmp_path) as service:
        assert {name for name in told if told[name] != service.first_run[name]} == {"url", "webhook_url"}
        assert essence(service.get(f"/api/v1/alerts/{before['alert_id']}")) == essence(before)
        closed = service.ended(service.send("close"))
        assert closed["orders"][0]["filled_quantity"] == "10"
        assert service.ended(service.send("close"))["orders"] == []


def test_an_alert_that_was_answered_is_traded_once_though_the_process_was_killed_at_once(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        alerts = [service.send("buy", "AAPL", "15 Min"), service.send("sell", "MES", "5 Min")]
        service.end(signal.SIGKILL)

    with running(tmp_path) as service:
        filled = [[order["filled_quantity"] for order in service.ended(alert)["orders"]] for alert in alerts]
        assert filled == [["10"], ["1"]]
        shown = json.loads(service.tell("account", "show", "paper", "--json"))
        assert {book["symbol"][:3]: book["net"] for book in shown["books"]} == {"AAP": "10", "MES": "-1"}


def test_a_stop_is_quick_clean_and_said(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        alert = service.send("buy")

        assert service.end(signal.SIGTERM) == 0

        assert '"event": "stopped"' in service.errors()
        assert '"level": "error"' not in service.errors()
        assert "Traceback" not in service.errors()

    with running(tmp_path) as service:
        assert service.ended(alert)["orders"][0]["filled_quantity"] == "10"
        assert service.end(signal.SIGINT) == 0


def test_the_readme_shows_what_the_program_says(service: Service) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()

    shown = re.search(r"```text\n(tradecore is ready at .*?)```", readme, re.DOTALL)

    assert shown is not None
    said = [line.rstrip("\n") for line in service.said if not line.startswith("Stop with")]
    assert [_without_own(line) for line in shown[1].splitlines()] == [_without_own(line) for line in said]


def _without_own(line: str) -> str:
    """Leave out what is each installation's own: its port, its token, its folder, and how it was started."""
    line = re.sub(r"127\.0\.0\.1:\d+|usr_[A-Za-z0-9_.-]+", "...", line)
    line = re.sub(r"in \S+first-run\.json", "in first-run.json", line)
    return re.sub(r"^ +\S*tradecore explain", "  tradecore explain", line)
