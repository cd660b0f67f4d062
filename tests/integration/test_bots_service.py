"""Let the running service close and delete a bot, with nobody to push it on."""

from pathlib import Path

import httpx

from tests.integration.service import SECONDS_MAX, running, until


def test_a_bot_that_holds_something_is_closed_and_deleted_by_the_service_itself(tmp_path: Path) -> None:
    with running(tmp_path) as service:
        alert = service.ended(service.send("buy"))
        path = f"/api/v1/bots/{alert['bot_id']}"
        assert service.get(path)["state"]["status"] == "FILLED"

        answer = httpx.delete(
            f"{service.first_run['url']}{path}?close=true", headers=service.bearer, timeout=SECONDS_MAX)  # fmt: skip

        def is_gone() -> bool:
            return alert["bot_id"] not in {one["bot_id"] for one in service.get("/api/v1/bots")["bots"]}

        assert (answer.status_code, answer.json()["active"]) == (202, False)
        until(is_gone)
        (trade,) = service.get(f"/api/v1/trades?bot_id={alert['bot_id']}")["trades"]
        assert trade["opened_by"] == alert["alert_id"]
        assert service.get("/positions")["total_positions"] == 0
