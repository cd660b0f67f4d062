"""Start venues in processes of their own, as people do."""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from tests.integration.service import COMMAND, SECONDS_MAX, environment
from tradecore.entrypoints.cli.exits import Exit

HOME = "127.0.0.1"


@contextmanager
def started(venue: str, *options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """Start a venue, and return it with what it says."""
    command = [*COMMAND, "venue", venue, *options]
    with subprocess.Popen(command, env=environment(), text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def check_that_a_taken_port_is_named(venue: str, *ports: str) -> None:
    """Take each of two ports away from a venue, and look at what it says."""
    with closing(socket.create_server((HOME, 0))) as taken:
        port = str(taken.getsockname()[1])
        for option, other in (ports, ports[::-1]):
            done = subprocess.run(
                [*COMMAND, "venue", venue, option, port, other, "0"], env=environment(), text=True,
                capture_output=True, check=False, timeout=SECONDS_MAX)  # fmt: skip

            assert done.returncode == Exit.PORT
            assert port in done.stderr
            assert option in done.stderr
