"""Test that the server takes its port, says why it cannot, and finishes what was begun when it stops."""

import http.client
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from typing import Any

import pytest

from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.runtime.starting import PortTakenError

HOME = "127.0.0.1"


def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def ask(port: int) -> bytes:
    with closing(http.client.HTTPConnection(HOME, port, timeout=10)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read()


@pytest.fixture
def server() -> Iterator[WebServer]:
    server = WebServer(HOME, 0)
    yield server
    server.stop()


def test_it_answers_on_the_port_that_it_names(server: WebServer) -> None:
    server.start(answer)

    assert server.url == f"http://{HOME}:{server.port}"
    assert ask(server.port) == b"hello"


def test_a_port_in_use_is_said_so(server: WebServer) -> None:
    with pytest.raises(PortTakenError, match=f"Port {server.port} is in use by another program.*TV_PORT"):
        WebServer(HOME, server.port)


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_that_is_not_ours_is_said_so(host: str) -> None:
    with pytest.raises(PortTakenError, match="TV_HOST"):
        WebServer(host, 0)


def test_a_server_that_listens_everywhere_is_found_at_home() -> None:
    server = WebServer("0.0.0.0", 0)  # noqa: S104 - only bound, never answered on

    assert server.url == f"http://{HOME}:{server.port}"
    server.stop()


def test_a_request_under_way_is_answered_before_the_server_stops(server: WebServer) -> None:
    begun, go_on = Event(), Event()

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        begun.set()
        assert go_on.wait(10)
        return answer(environ, start)

    server.start(slow)
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(ask, server.port)
        assert begun.wait(10)
        stopped = pool.submit(server.stop)
        go_on.set()

        assert asked.result(10) == b"hello"
        stopped.result(10)


def test_after_a_stop_nobody_answers_and_the_port_is_free(server: WebServer) -> None:
    server.start(answer)
    idle = http.client.HTTPConnection(HOME, server.port, timeout=10)
    idle.request("GET", "/")
    idle.getresponse().read()

    server.stop()
    server.stop()

    with pytest.raises(OSError, match="refused"):
        socket.create_connection((HOME, server.port), timeout=5)
    WebServer(HOME, server.port).stop()
    idle.close()
