"""Take the ports of a venue, or say which option names another one."""

from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.runtime.starting import PortTakenError


def take_port(host: str, port: int) -> WebServer:
    """Return a server that listens; `PortTakenError` where it cannot."""
    try:
        return WebServer(host, port)
    except PortTakenError as error:
        raise port_taken(host, port, "--port", error.__cause__ or error) from error


def port_taken(host: str, port: int, option: str, error: BaseException) -> PortTakenError:
    """Say that a port cannot be listened on, and why."""
    why = getattr(error, "strerror", None) or error
    return PortTakenError(f"{host}:{port} cannot be listened on: {why}. Name another one with --host and {option}.")
