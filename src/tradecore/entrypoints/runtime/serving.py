"""Serve the web application on a port, and stop without dropping what was begun."""

import errno
import socket
from collections.abc import Callable
from threading import Thread
from typing import Any, Final, final

import structlog
from uvicorn import Config, Server

from tradecore.entrypoints.runtime.answering import Answerer, Application, BoundedProtocol
from tradecore.entrypoints.runtime.starting import PortTakenError

_log = structlog.get_logger()

_CONNECTIONS_MAX: Final = 1000
# Longer than a proxy before us keeps its end, so that it never sends into a connection that we close.
_IDLE_SECONDS: Final = 75
_STOP_SECONDS: Final = 5


@final
class WebServer:
    """One listening server. The port is taken when this is made, and answered on from `start` on."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._host = host
        self._running: tuple[Server, Answerer, Thread] | None = None

    @property
    def url(self) -> str:
        """Where people find it."""
        # A server that listens everywhere is reached here at home.
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104 - only compared with
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"http://{host}:{self.port}"

    def start(self, application: Application, around: Callable[[Answerer], Any] = lambda inner: inner) -> None:
        """Begin to answer with *application*; *around* makes the ASGI application that stands before it."""
        answerer = Answerer(application)
        config = Config(
            around(answerer),
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS_MAX,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        config.load()
        server = Server(config)
        thread = Thread(target=server.run, args=([self._socket],), name="web", daemon=True)
        self._running = server, answerer, thread
        answerer.start()
        thread.start()

    def stop(self) -> None:
        """Take nothing more, finish what was begun, and close. A repeat is harmless."""
        if self._running is None:
            self._socket.close()
            return
        (server, answerer, thread), self._running = self._running, None
        server.should_exit = True
        thread.join(2 * _STOP_SECONDS)
        answerer.stop()
        if thread.is_alive() or server.server_state.tasks:
            _log.warning("requests were still being answered when the service stopped")


def _listen(host: str, port: int) -> socket.socket:
    """Take the port; `PortTakenError` says why it cannot be had, and what to do."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        message = f"TV_HOST: {host} is no address of this machine ({error.strerror})."
        raise PortTakenError(message) from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(1024)
    except OSError as error:
        taken.close()
        raise PortTakenError(_why(error, host, port)) from error
    return taken


def _why(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is in use by another program. Stop that one, or set TV_PORT to another port."
        case errno.EACCES:
            return f"Port {port} may not be taken by this user. Set TV_PORT to one above 1023."
        case errno.EADDRNOTAVAIL:
            return f"TV_HOST: {host} is no address of this machine."
        case _:
            return f"{host}:{port} cannot be listened on: {error.strerror}."
