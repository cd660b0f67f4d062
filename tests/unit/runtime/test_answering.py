"""Test that requests reach the application whole or not at all, and that nobody is kept waiting by another."""

import http.client
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from tradecore.entrypoints.runtime import answering
from tradecore.entrypoints.runtime.answering import Words
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


# ---------------------------------------------------------------- in a hurry


class Hall(Echo):
    """An application in a hurry with everything: it keeps the first who come until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.handfuls: SimpleQueue[int] = SimpleQueue()
        self.going_on = Event()

    def hurries(self, environ: dict[str, Any]) -> bool:
        return str(environ["PATH_INFO"]) != "/slow"

    def answer_all(self, environs: list[dict[str, Any]]) -> list[Words]:
        self.handfuls.put(len(environs))
        assert self.going_on.wait(10)
        if any(environ["PATH_INFO"] == "/fail" for environ in environs):
            message = "a bug"
            raise RuntimeError(message)
        bodies = [environ["wsgi.input"].read() for environ in environs]
        return [(202, [("Content-Length", str(len(body)))], body) for body in bodies]


@pytest.fixture
def hall() -> Iterator[tuple[Hall, int]]:
    server, hall = WebServer(HOME, 0), Hall()
    server.start(hall)
    yield hall, server.port
    hall.going_on.set()
    server.stop()


def test_who_comes_meanwhile_is_answered_together_and_others_by_themselves(hall: tuple[Hall, int]) -> None:
    application, port = hall
    with ExitStack() as open_:
        first = ask(open_, port, b"0")
        assert application.handfuls.get(timeout=10) == 1
        rest = [ask(open_, port, b"%d" % number) for number in range(1, 6)]
        # Its answer tells that the loop has read those before it.
        assert status_of(port, "/slow") == 200
        application.going_on.set()

        answers = [connection.recv(1000) for connection in (first, *rest)]

    assert application.handfuls.get(timeout=10) == 5
    assert [answer[-1:] for answer in answers] == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert all(answer.startswith(b"HTTP/1.1 202 ") for answer in answers)


def test_who_comes_when_too_many_wait_is_sent_away_at_once(
    hall: tuple[Hall, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    application, port = hall
    monkeypatch.setattr(answering, "HURRIED_MAX", 2)
    with ExitStack() as open_:
        served = [ask(open_, port, b"0")]
        application.handfuls.get(timeout=10)
        served += [ask(open_, port, b"1"), ask(open_, port, b"2")]

        answer = ask(open_, port, b"3").recv(1000)

        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: 1\r\n" in answer
        application.going_on.set()
        assert all(connection.recv(1000).startswith(b"HTTP/1.1 202 ") for connection in served)


def test_a_bug_in_a_hurry_is_answered_and_the_next_request_too(hall: tuple[Hall, int]) -> None:
    application, port = hall
    application.going_on.set()

    assert [status_of(port, path) for path in ("/fail", "/")] == [500, 202]


def ask(open_: ExitStack, port: int, body: bytes) -> socket.socket:
    connection = open_.enter_context(connect(port))
    connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    return connection
