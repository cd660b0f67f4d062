"""Test that requests reach the application whole or not at all, and that nobody is kept waiting by another."""

import http.client
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from queue import SimpleQueue
from typing import Any

import pytest

from tradecore.entrypoints.runtime import answering
from tradecore.entrypoints.runtime.serving import WebServer

HOME = "127.0.0.1"
Seen = tuple[dict[str, Any], bytes]


class Echo:
    """An application that answers with the body, and keeps what it was asked."""

    def __init__(self) -> None:
        self.seen: SimpleQueue[Seen] = SimpleQueue()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read()
        self.seen.put((environ, body))
        if environ["PATH_INFO"] == "/fail":
            message = "a bug"
            raise RuntimeError(message)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def port(echo: Echo) -> Iterator[int]:
    server = WebServer(HOME, 0)
    server.start(echo)
    yield server.port
    server.stop()


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOME, port), timeout=10)


def everything(connection: socket.socket) -> bytes:
    """Return what comes until the server hangs up."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def status_of(port: int, path: str) -> int:
    with closing(http.client.HTTPConnection(HOME, port, timeout=10)) as connection:
        connection.request("POST", path, b"hello")
        return connection.getresponse().status


def test_the_application_is_told_what_was_asked(port: int, echo: Echo) -> None:
    with closing(http.client.HTTPConnection(HOME, port, timeout=10)) as connection:
        headers = {"Content-Type": "text/x", "X-One": "1", "X_One": "another", "Cookie": "a=1"}
        connection.request("POST", "/a%2Fb%C3%BC?token=x%26y", b"hello", headers)
        assert connection.getresponse().read() == b"hello"

    environ, body = echo.seen.get(timeout=10)
    assert body == b"hello"
    asked = {name: environ[name] for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE")}
    assert asked == {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/a/bü".encode().decode("latin-1"),
        "QUERY_STRING": "token=x%26y",
        "CONTENT_TYPE": "text/x",
    }
    assert (environ["REMOTE_ADDR"], environ["SERVER_PORT"]) == (HOME, str(port))
    assert (environ["HTTP_X_ONE"], environ["HTTP_COOKIE"], environ["CONTENT_LENGTH"]) == ("1", "a=1", "5")


def test_a_body_in_pieces_is_put_together(port: int, echo: Echo) -> None:
    with closing(http.client.HTTPConnection(HOME, port, timeout=10)) as connection:
        connection.request("POST", "/", iter([b"hel", b"lo"]), encode_chunked=True)
        assert connection.getresponse().read() == b"hello"

    environ, _ = echo.seen.get(timeout=10)
    assert environ["CONTENT_LENGTH"] == "5"
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_requests_sent_without_waiting_are_answered_in_their_order(port: int) -> None:
    with connect(port) as connection:
        for body, more in ((b"one", b""), (b"two", b"Connection: close\r\n")):
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n%bContent-Length: 3\r\n\r\n%b" % (more, body))
        answers = everything(connection)

    assert answers.count(b"200 OK") == 2
    assert answers.index(b"one") < answers.index(b"two")


def test_clients_that_send_slowly_keep_nobody_waiting(port: int, echo: Echo) -> None:
    with ExitStack() as slow:
        for _ in range(80):
            connection = slow.enter_context(connect(port))
            connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")

        assert status_of(port, "/") == 200

    # Neither was half a body taken for a whole one when they went away.
    assert status_of(port, "/") == 200
    assert [echo.seen.get(timeout=10)[1] for _ in range(2)] == [b"hello", b"hello"]
    assert echo.seen.empty()


def test_a_body_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(answering, "_BODY_SECONDS", 0.05)

    with connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel")

        assert everything(connection).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("before", [b"", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"])
@pytest.mark.parametrize("begun", [b"P", b"POST / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_never_comes_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, port: int, before: bytes, begun: bytes
) -> None:
    monkeypatch.setattr(answering, "_HEAD_SECONDS", 0.05)

    with connect(port) as connection:
        if before:
            connection.sendall(before)
            assert connection.recv(65536)
        connection.sendall(begun)

        assert everything(connection) in {b"", b"hi"}


def test_a_head_that_has_come_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setattr(answering, "_HEAD_SECONDS", 0.05)

    with closing(http.client.HTTPConnection(HOME, port, timeout=10)) as connection:
        for _ in range(2):
            connection.request("POST", "/", b"hello")
            assert connection.getresponse().read() == b"hello"
        hung_up, _, _ = select.select([connection.sock], [], [], 0.2)

    assert not hung_up


def test_a_head_that_is_too_long_is_refused(port: int, echo: Echo) -> None:
    with connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        connection.sendall(b"x" * 100_000)

        assert everything(connection).startswith(b"HTTP/1.1 400 ")
    assert echo.seen.empty()


def test_a_body_that_is_too_long_is_cut_and_the_connection_closed(port: int, echo: Echo) -> None:
    with connect(port) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 400_000)
        head = connection.recv(1000)

    environ, body = echo.seen.get(timeout=10)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in head
    assert 256 * 1024 < len(body) == int(environ["CONTENT_LENGTH"]) <= 400_000


def test_a_bug_is_answered_and_the_next_request_too(port: int) -> None:
    assert [status_of(port, path) for path in ("/fail", "/")] == [500, 200]


@pytest.mark.parametrize("head", [b"nonsense", b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked"])
def test_what_is_no_http_is_refused(port: int, head: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(head + b"\r\n\r\n")

        assert everything(connection).startswith(b"HTTP/1.1 400 ")
