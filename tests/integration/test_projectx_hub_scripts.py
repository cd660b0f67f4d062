"""Listen to hubs that do what the ProjectX exchange of ours does not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from threading import Event

import pytest
from structlog.testing import capture_logs

from tests.integration.hub_rig import IMPATIENT, Heard
from tests.integration.service import until
from tests.integration.signalr_client import END
from tests.integration.signalr_server import Act, Caller, ScriptedHub, completed, record
from tradecore.adapters.projectx.hub import Hub
from tradecore.adapters.projectx.listening import Timing

EVENT = record(type=1, target="GatewayUserAccount", arguments=[{"id": 1}])


@pytest.fixture
def hub_of() -> Iterator[Callable[..., ScriptedHub]]:
    with ExitStack() as leaving:

        def make(*acts: Act) -> ScriptedHub:
            hub = ScriptedHub(*acts)
            leaving.callback(hub.close)
            return hub

        yield make


@pytest.fixture
def heard() -> Heard:
    return Heard([("SubscribeAccounts", ())])


def well(caller: Caller) -> None:
    caller.welcome(None)
    caller.say(EVENT)
    caller.stay()


def test_what_is_told_with_the_welcome_and_before_the_answers_is_heard(
    hub_of: Callable[..., ScriptedHub], heard: Heard
) -> None:
    def early(caller: Caller) -> None:
        caller.next()
        caller.say("{}" + END, EVENT)
        call = caller.call()
        caller.say(EVENT, completed(call), EVENT)
        caller.stay()

    with heard.listening(hub_of(early).url):
        heard.until_events(3)
        heard.until_gaps(1)


@pytest.mark.parametrize("said", [
    '{"error":"The protocol is not supported."}' + END, "nonsense" + END, record(type=6), record(type=7, error="no"),
])  # fmt: skip
def test_a_greeting_that_is_not_taken_is_said_and_tried_again(
    hub_of: Callable[..., ScriptedHub], heard: Heard, said: str
) -> None:
    def refuses(caller: Caller) -> None:
        caller.next()
        caller.say(said)
        caller.stay()

    with capture_logs() as lines, heard.listening(hub_of(refuses, well).url):
        heard.until_gaps(1)
        heard.until_events(1)
    assert [line["log_level"] for line in lines] == ["warning", "info"]


def test_a_call_that_is_never_answered_ends_the_connection_though_pings_come(
    hub_of: Callable[..., ScriptedHub], heard: Heard
) -> None:
    def ignores(caller: Caller) -> None:
        caller.welcome()
        while True:
            caller.next()
            caller.say(record(type=6))

    timing = Timing(pauses=(0.02,), ping=0.1, patience=IMPATIENT.patience)
    with capture_logs() as lines, heard.listening(hub_of(ignores, well).url, timing):
        heard.until_gaps(1)
    assert lines[0]["error"] == "the server has not answered SubscribeAccounts for 2.5 seconds"


def test_nonsense_ends_the_connection_after_what_came_before_it(
    hub_of: Callable[..., ScriptedHub], heard: Heard
) -> None:
    def errs(caller: Caller) -> None:
        caller.welcome(None)
        caller.say(EVENT, "nonsense" + END, EVENT)
        caller.stay()

    with heard.listening(hub_of(errs, well).url):
        heard.until_gaps(2)
        heard.until_events(2)


def test_a_session_that_is_ended_is_told_and_wants_another_token(
    hub_of: Callable[..., ScriptedHub], heard: Heard
) -> None:
    def ends(caller: Caller) -> None:
        caller.welcome(None)
        caller.say(record(type=1, target="GatewayLogout", arguments=[]))
        caller.stay()

    with heard.listening(hub_of(ends, well).url):
        heard.until_gaps(2)
        assert [target for target, _ in heard.until_events(2)] == ["GatewayLogout", "GatewayUserAccount"]
    assert (heard.refused, heard.asked) == (["s3cr3t/t+ken"], 2)


def test_what_was_refused_at_first_is_told_when_it_is_heard(hub_of: Callable[..., ScriptedHub], heard: Heard) -> None:
    def hesitates(caller: Caller) -> None:
        caller.welcome("not yet", "not yet", None)
        caller.stay()

    timing = Timing(pauses=(3600,), refused=0, ping=0.05)
    with heard.listening(hub_of(hesitates).url, timing) as hub:
        heard.until_gaps(2)
        until(lambda: hub.is_listening)
    assert heard.asked == 1


def test_a_mebibyte_in_one_frame_is_taken(hub_of: Callable[..., ScriptedHub], heard: Heard) -> None:
    def tells(caller: Caller) -> None:
        caller.welcome(None)
        caller.say(record(type=1, target="GatewayDepth", arguments=["x" * 3 * 2**20]))
        caller.stay()

    with heard.listening(hub_of(tells).url):
        assert len(heard.until_events(1)[0][1][0]) == 3 * 2**20
    assert heard.gaps == 1


def test_a_hub_that_is_open_and_tells_nothing_is_connected_anew_ever_more_rarely(
    hub_of: Callable[..., ScriptedHub], heard: Heard
) -> None:
    def pings(caller: Caller) -> None:
        caller.welcome(None)
        while True:
            caller.next()
            caller.say(record(type=6))

    hubs: list[Hub] = []
    borne: list[float] = []
    began = Event()

    def token() -> str:
        began.wait()
        borne.append(hubs[0]._quiet())
        return "a.token"

    timing = Timing(pauses=(3600,), ping=0.05)
    speaks_at_last = hub_of(pings, pings, pings, well)
    with heard.listening(speaks_at_last.url, timing, quiet_max=timedelta(seconds=0.2), token=token) as hub:
        hubs.append(hub)
        began.set()
        until(lambda: len(borne) > 4)
    assert borne[:5] == [0.2, 0.4, 0.8, 1.6, 0.4]


def test_nothing_need_be_told_while_nobody_trades(hub_of: Callable[..., ScriptedHub], heard: Heard) -> None:
    asked: list[bool] = []

    def is_busy() -> bool:
        asked.append(False)
        return False

    with heard.listening(hub_of(well).url, Timing(pauses=(3600,)), quiet_max=timedelta(seconds=0.05), is_busy=is_busy):
        until(lambda: len(asked) > 3)
    assert heard.asked == 1


def test_a_listener_who_takes_their_time_is_not_taken_for_dead(
    hub_of: Callable[..., ScriptedHub], heard: Heard
) -> None:
    """While they look everything up, pings go out; and what came meanwhile is no silence."""
    pinged: list[int] = []

    def counts(caller: Caller) -> None:
        caller.welcome(None)
        while True:
            if caller.next() == {"type": 6}:
                pinged.append(6)
            caller.say(EVENT)

    def connected() -> None:
        heard.connected()
        until(lambda: len(pinged) > 70)

    timing = Timing(pauses=(3600,), ping=0.05, patience=IMPATIENT.patience)
    with heard.listening(hub_of(counts).url, timing, connected=connected):
        until(lambda: len(heard.events) > 70)
    assert (heard.gaps, heard.asked) == (1, 1)
