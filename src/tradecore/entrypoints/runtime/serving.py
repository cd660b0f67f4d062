"""Serve the web application on a port, and stop without dropping what was begun."""

import errno
import socket
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Final, final

import structlog
import waitress
from waitress import wasyncore

from tradecore.entrypoints.runtime.starting import PortTakenError

_log = structlog.get_logger()

_THREADS: Final = 16
_STOP_SECONDS: Final = 5
_LOOK_SECONDS: Final = 0.02
_BODY_BYTES_MAX: Final = 1024 * 1024  # the webhook has its own, smaller limit


@final
class WebServer:
    """One listening server. The port is taken when this is made, and answered on from `start` on."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._host = host
        self._server: Any = None
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """Where people find it."""
        # A server that listens everywhere is reached here at home.
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._host, self._host)  # noqa: S104 - only compared with
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"http://{host}:{self.port}"

    def start(self, application: Callable[..., Any]) -> None:
        """Begin to answer with *application*."""
        self._server = waitress.create_server(
            application,
            sockets=[self._socket],
            threads=_THREADS,
            ident=None,
            max_request_body_size=_BODY_BYTES_MAX,
        )
        self._thread = Thread(target=self._server.run, name="web", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more, finish what was begun, and close. A repeat is harmless."""
        if self._server is None or self._thread is None:
            self._socket.close()
            return
        server, self._server = self._server, None
        # The loop's own thread must do it: it is the one that may be waiting on the socket.
        server.trigger.pull_trigger(lambda: wasyncore.dispatcher.close(server))
        _wait_until(lambda: not _is_busy(server))
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))  # noqa: SLF001 - it offers no other way
        self._thread.join(_STOP_SECONDS)
        server.task_dispatcher.shutdown(timeout=_STOP_SECONDS)


def _is_busy(server: Any) -> bool:  # noqa: ANN401 - waitress ships no types
    channels = tuple(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until *is_so*, but no longer than a stop may take."""
    pause = Event()
    for _ in range(round(_STOP_SECONDS / _LOOK_SECONDS)):
        if is_so():
            return
        pause.wait(_LOOK_SECONDS)
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
