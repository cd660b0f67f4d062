"""Listen to the hubs of the ProjectX exchange: whatever becomes of a connection, there is another one."""

import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from threading import Event
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from tests.integration.hub_rig import IMPATIENT, SOON, Heard, everything
from tests.integration.projectx_exchange import ProjectX
from tests.integration.service import until
from tests.stream_proxy import HANDSHAKE, Break, StreamProxy
from tradecore.adapters.projectx.hub import Hub
from tradecore.adapters.projectx.listening import Timing

# The answers to the greeting and to four subscriptions, and what is told of a market order.
LOGIN: Final = 5
LIFE: Final = 5
TOLD: Final = ["GatewayUserOrder", "GatewayUserOrder", "GatewayUserTrade", "GatewayUserPosition", "GatewayUserAccount"]


@pytest.fixture(scope="module")
def shared() -> Iterator[ProjectX]:
    with closing(ProjectX()) as px:
        yield px


@pytest.fixture
def px(shared: ProjectX) -> ProjectX:
    shared.sim("hubs", framing="whole", ping_seconds=15)
    return shared


@pytest.fixture
def heard(px: ProjectX) -> Heard:
    return Heard(everything(px.account), px.token)


@pytest.fixture
def proxy(px: ProjectX) -> Iterator[StreamProxy]:
    with closing(StreamProxy(urlsplit(px.told["user_hub"]).port or 0)) as proxy:
        yield proxy


def through(proxy: StreamProxy) -> str:
    return proxy.url.replace("/stream", "/hubs/user")


def hears_an_order(px: ProjectX, heard: Heard) -> None:
    """Say that all that is told of a new order is heard once, and nothing else."""
    order_id = px.placed()
    found = heard.until_events(LIFE)
    assert [target for target, _ in found] == TOLD
    assert found[1][1][0]["data"]["id"] == order_id
    assert found[1][1][0]["data"]["status"] == 2


def nobodys_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_all_that_is_wanted_is_heard_and_said_once(px: ProjectX, heard: Heard) -> None:
    heard.wants += heard.wants
    with heard.listening(px.told["user_hub"]) as hub:
        heard.until_gaps(1)
        assert (hub.is_listening, dict(hub.refusals)) == (True, {})

        hears_an_order(px, heard)
    assert (heard.gaps, heard.asked, heard.events) == (1, 1, [])


@pytest.mark.parametrize("framing", ["merged", "split"])
def test_frames_may_hold_several_records_or_half_of_one(px: ProjectX, heard: Heard, framing: str) -> None:
    px.sim("hubs", framing=framing)
    with heard.listening(px.told["user_hub"]):
        heard.until_gaps(1)
        orders = [px.placed() for _ in range(20)]

        found = heard.until_events(20 * LIFE)
    assert [target for target, _ in found] == TOLD * 20
    filled = [told[0]["data"]["id"] for target, told in found if target == TOLD[0] and told[0]["data"]["status"] == 2]
    assert filled == orders


def test_what_is_told_twice_late_or_never_is_passed_on_as_it_came(px: ProjectX, heard: Heard) -> None:
    with heard.listening(px.told["user_hub"]):
        heard.until_gaps(1)
        px.sim(f"accounts/{px.account}/events/double-events", times=LIFE)
        px.placed()
        assert [target for target, _ in heard.until_events(2 * LIFE)[::2]] == TOLD
        px.sim(f"accounts/{px.account}/events/hold")
        px.placed()
        px.sim(f"accounts/{px.account}/events/release")
        heard.until_events(LIFE)
        px.sim(f"accounts/{px.account}/events/drop-events", times=LIFE - 1)
        px.placed()
        assert heard.until_events(1)[0][0] == "GatewayUserAccount"


# ---------------------------------------------------------------- lines that break


@pytest.mark.parametrize("how", [Break.CUT, Break.TORN, Break.RESTART])
@pytest.mark.parametrize("frame", range(HANDSHAKE, LOGIN + LIFE))
def test_a_line_that_breaks_before_any_frame_is_made_again(
    px: ProjectX, heard: Heard, proxy: StreamProxy, frame: int, how: Break
) -> None:
    proxy.break_before(frame, how)
    with heard.listening(through(proxy)):
        heard.until_gaps(1)
        gaps = 1
        if frame >= LOGIN:
            px.placed()
            gaps = 2
            heard.until_gaps(gaps)
            assert [target for target, _ in heard.events] == TOLD[: frame - LOGIN]
            heard.events.clear()
        hears_an_order(px, heard)

    assert (heard.gaps, proxy.breaks, len(proxy.came)) == (gaps, 1, 2)


@pytest.mark.parametrize("frame", [HANDSHAKE, 0, 1, LOGIN - 1, LOGIN, LOGIN + 2])
def test_a_line_that_is_open_and_mute_is_noticed(px: ProjectX, heard: Heard, proxy: StreamProxy, frame: int) -> None:
    px.sim("hubs", ping_seconds=1)
    proxy.break_before(frame, Break.MUTE)
    with heard.listening(through(proxy), IMPATIENT):
        heard.until_gaps(1)
        if frame >= LOGIN:
            px.placed()
            heard.until_gaps(2)
            heard.events.clear()
        hears_an_order(px, heard)

    assert proxy.breaks == 1


@pytest.mark.parametrize("how", ["cut", "close", "close-with-error"])
def test_a_server_that_ends_it_in_one_of_its_ways_is_heard_again(px: ProjectX, heard: Heard, how: str) -> None:
    with heard.listening(px.told["user_hub"]):
        heard.until_gaps(1)
        for gaps in (2, 3, 4):
            px.sim(f"hubs/{how}")
            heard.until_gaps(gaps)
        hears_an_order(px, heard)


def test_a_server_that_is_silent_is_given_up(px: ProjectX, heard: Heard) -> None:
    px.sim("hubs", ping_seconds=1)
    with capture_logs() as said, heard.listening(px.told["user_hub"], IMPATIENT):
        heard.until_gaps(1)
        px.sim("hubs/silent")
        heard.until_gaps(2)
        hears_an_order(px, heard)
    assert "nothing for 2.5 seconds" in str(said)


def test_pings_keep_a_connection_that_tells_nothing(px: ProjectX, heard: Heard) -> None:
    px.sim("hubs", ping_seconds=1, silent_seconds=3)
    try:
        pings = Timing(pauses=(0.02,), ping=0.5, patience=IMPATIENT.patience)
        with heard.listening(px.told["user_hub"], pings) as hub:
            heard.until_gaps(1)
            conversation = hub._listening._conversation  # type: ignore[union-attr]
            until(lambda: conversation._heard_at > 6)
            hears_an_order(px, heard)
        assert heard.gaps == 1
    finally:
        px.sim("hubs", silent_seconds=30)


def test_it_is_tried_ever_more_slowly_and_for_ever(heard: Heard) -> None:
    paused: list[float] = []
    enough, go_on = Event(), Event()

    def wait(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 8:
            enough.set()
            go_on.wait()

    with heard.listening(f"http://127.0.0.1:{nobodys_port()}/hubs/user", Timing(), wait=wait) as hub:
        enough.wait()
        hub._stopped.set()
        go_on.set()
    assert paused == [0, 2, 10, 30, 60, 60, 60, 60]
    assert heard.gaps == 0


@pytest.mark.parametrize(("steady", "expected"), [(0.0, [0, 0, 0]), (3600.0, [0, 2, 10])])
def test_a_connection_that_held_begins_the_waits_anew(
    px: ProjectX, heard: Heard, steady: float, expected: list[float]
) -> None:
    paused: list[float] = []
    with heard.listening(px.told["user_hub"], Timing(steady=steady), wait=paused.append):
        for gaps in (1, 2, 3):
            heard.until_gaps(gaps)
            px.sim("hubs/cut")
        heard.until_gaps(4)
    assert paused == expected


# ---------------------------------------------------------------- tokens


def test_a_token_that_is_not_taken_is_told_and_another_one_is_used(px: ProjectX, heard: Heard) -> None:
    stale = "not.a/token+"
    heard.tokens = [stale]

    def refused(token: str) -> None:
        heard.refused.append(token)
        heard.tokens.append(px.token)

    with heard.listening(px.told["user_hub"], refused=refused):
        heard.until_gaps(1)
        hears_an_order(px, heard)
    assert (heard.refused, heard.asked) == ([stale], 2)


def test_another_token_is_used_before_the_last_one_ends(px: ProjectX, heard: Heard) -> None:
    lives = iter([timedelta(seconds=0.2), None])
    with heard.listening(px.told["user_hub"], Timing(pauses=(3600,), renew=0), life=lambda: next(lives)):
        heard.until_gaps(2)
        hears_an_order(px, heard)
    assert (heard.asked, heard.refused) == (2, [])


def test_whoever_wants_to_connects_again(px: ProjectX, heard: Heard) -> None:
    with heard.listening(px.told["user_hub"], Timing(pauses=(3600,))) as hub:
        heard.until_gaps(1)
        hub.renew()
        heard.until_gaps(2)
        hears_an_order(px, heard)
    assert heard.asked == 2


@pytest.mark.parametrize("path", ["hubs/user", "hubs/nowhere"])
def test_the_token_is_told_to_nobody(px: ProjectX, heard: Heard, caplog: pytest.LogCaptureFixture, path: str) -> None:
    caplog.set_level(logging.DEBUG)
    heard.tokens = ["s3cr3t/t+ken.x"]
    with (
        capture_logs() as said,
        heard.listening(f"http://127.0.0.1:{urlsplit(px.told['user_hub']).port}/{path}") as hub,
    ):
        until(lambda: said and heard.asked > 2)
        told = repr(hub)
    with (
        capture_logs() as refused,
        heard.listening(f"http://127.0.0.1:{nobodys_port()}/hubs/user"),
    ):
        until(lambda: refused)
    assert {line["error"] for line in said} == {"it answers 401" if path == "hubs/user" else "it answers 404"}
    assert "refused" in refused[0]["error"]
    assert "s3cr3t" not in f"{said} {refused} {caplog.text} {told}"


# ---------------------------------------------------------------- listeners


def test_who_listens_and_raises_is_told_that_something_was_missed(px: ProjectX, heard: Heard) -> None:
    def hear(target: str, arguments: list[Any]) -> None:
        heard.hear(target, arguments)
        if len(heard.events) == 1:
            message = "a bug of ours"
            raise ValueError(message)

    timing = Timing(pauses=(3600,), missed=0)
    with capture_logs() as said, heard.listening(px.told["user_hub"], timing, hear=hear):
        heard.until_gaps(1)
        px.placed()
        heard.until_gaps(2)
        until(lambda: len(heard.events) == LIFE)
    assert [(line["log_level"], line["exc_info"]) for line in said] == [("error", True)]
    assert heard.asked == 1


def test_who_cannot_look_everything_up_is_connected_again(px: ProjectX, heard: Heard) -> None:
    def connected() -> None:
        heard.connected()
        if heard.gaps == 1:
            message = "a bug of ours"
            raise ValueError(message)

    with heard.listening(px.told["user_hub"], connected=connected) as hub:
        heard.until_gaps(2)
        until(lambda: hub.is_listening)
        hears_an_order(px, heard)
    assert heard.asked == 2


def test_what_is_newly_wanted_is_subscribed_on_the_open_connection(px: ProjectX, heard: Heard) -> None:
    wants, heard.wants = heard.wants, []
    with heard.listening(px.told["user_hub"]) as hub:
        heard.until_gaps(1)
        heard.wants = wants
        hub.resubscribe()
        heard.until_gaps(2)
        hears_an_order(px, heard)
    assert heard.asked == 1


def test_a_subscription_that_is_refused_is_said_loudly_and_asked_again_and_harms_no_other(
    px: ProjectX, heard: Heard
) -> None:
    wrong = ("SubscribeOrders", ("text",))
    heard.wants.append(wrong)
    timing = Timing(pauses=(3600,), refused=0, ping=0.05)
    with capture_logs() as said, heard.listening(px.told["user_hub"], timing) as hub:
        heard.until_gaps(1)
        assert set(hub.refusals) == {wrong}
        assert not hub.is_listening
        until(lambda: len(said) > 2)
        hears_an_order(px, heard)
    assert {(line["log_level"], line["subscription"]) for line in said} == {("error", wrong)}
    assert heard.gaps == 1


# ---------------------------------------------------------------- stopping, and many events


def test_it_stops_in_the_middle_of_a_wait(heard: Heard) -> None:
    waiting = Timing(pauses=(3600,))
    with capture_logs() as said, heard.listening(f"http://127.0.0.1:{nobodys_port()}/hubs/user", waiting):
        until(lambda: said)


@pytest.mark.parametrize("frame", [HANDSHAKE, 0, 2, LOGIN])
def test_it_stops_while_the_line_is_mute(px: ProjectX, heard: Heard, proxy: StreamProxy, frame: int) -> None:
    proxy.break_before(frame, Break.MUTE)
    with heard.listening(through(proxy)):
        if frame >= LOGIN:
            heard.until_gaps(1)
            px.placed()
        until(lambda: proxy.breaks)


def test_it_stops_from_within_and_before_it_began(px: ProjectX, heard: Heard) -> None:
    hubs: list[Hub] = []

    def connected() -> None:
        heard.connected()
        hubs[0].stop()

    hub = Hub(
        px.told["user_hub"], token=heard.token, subscriptions=lambda: heard.wants, hear=heard.hear,
        connected=connected, timing=SOON)  # fmt: skip
    hub.stop()
    hub = Hub(
        px.told["user_hub"], token=heard.token, subscriptions=lambda: heard.wants, hear=heard.hear,
        connected=connected, timing=SOON)  # fmt: skip
    hubs.append(hub)
    hub.start()
    until(lambda: not hub._thread.is_alive())
    hub.stop()
    assert heard.gaps == 1


def test_a_burst_is_heard_whole_and_in_order_and_what_comes_after_it(px: ProjectX) -> None:
    heard = Heard([("SubscribeContractTrades", (px.mes,))], px.token)
    wanted = [6400 + number % 40 / 4 for number in range(10_000)]
    with heard.listening(px.told["market_hub"]):
        heard.until_gaps(1)
        px.sim("prices", contract="MES", last=[str(price) for price in wanted])

        assert [prints[0]["price"] for _, (_, prints) in heard.until_events(10_000)] == wanted
        px.price("6399", volume=1)
        assert heard.until_events(1)[0][1][1][0]["price"] == 6399
    assert heard.gaps == 1
