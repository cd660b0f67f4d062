"""Follow a page word by word, as somebody does who has never seen tradecore."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final, final

from tests.integration.service import SECONDS_MAX, command_at, environment, until

_BLOCK: Final = re.compile(r"^```sh\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_APART: Final = "# in a terminal of its own\n"
_BASH: Final = "/bin/bash"
_DOCS: Final = Path(__file__).parents[2] / "docs"


def blocks_of(page: str) -> list[str]:
    """Return what a page below `docs` lets people type."""
    return [found["code"] for found in _BLOCK.finditer((_DOCS / page).read_text(encoding="utf-8"))]


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@final
class Reader:
    """Somebody with the page and an empty folder, for whom it may be another time."""

    def __init__(self, here: Path, leaving: ExitStack, ports: tuple[str, ...], at: datetime | None = None) -> None:
        self.here = here
        self.leaving = leaving
        # Other tests may have the page's own ports.
        self.ports = {port: free_port() for port in ports}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.env = environment(PATH=path if at is None else f"{self._shifted(at)}{os.pathsep}{path}")
        self._begun: dict[str, subprocess.Popen[bytes]] = {}

    def do(self, code: str) -> str:
        """Type a block, and return what it prints."""
        for port, own in self.ports.items():
            code = code.replace(port, own)
        if code.startswith(_APART):
            self._begin(code.removeprefix(_APART))
            return ""
        done = subprocess.run(
            [_BASH, "-euo", "pipefail", "-c", code], cwd=self.here, env=self.env, text=True, capture_output=True,
            check=False, timeout=SECONDS_MAX)  # fmt: skip
        assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
        return done.stdout

    def interrupt(self, command: str) -> None:
        """Press Ctrl-C in the terminal of a command, and wait until it is over."""
        (process,) = (one for code, one in self._begun.items() if command in code)
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS_MAX)

    def _begin(self, code: str) -> None:
        """Type a block into a terminal of its own, and wait until it says that it is ready."""
        said = self.here / f"said-{len(code)}.txt"
        *first, last = code.splitlines()
        code = "\n".join((*first, f"exec {last}"))
        with said.open("w") as out:
            process = subprocess.Popen(
                [_BASH, "-c", code], cwd=self.here, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )
        self._begun[code] = process
        self.leaving.callback(process.wait, SECONDS_MAX)
        self.leaving.callback(process.terminate)
        ready = (self.here / "exchange.json") if "exchange.json" in code else said
        word = '"accounts"' if "exchange.json" in code else "Stop with"
        until(lambda: (ready.exists() and word in ready.read_text()) or process.poll() is not None)
        assert process.poll() is None, said.read_text()

    def _shifted(self, at: datetime) -> Path:
        """Return a folder whose `tradecore` believes that it is *at* now."""
        folder = self.here.with_name(f"{self.here.name}-command")
        folder.mkdir()
        command = folder / "tradecore"
        command.write_text(f'#!/bin/sh\nexec {shlex.join(command_at(at))} "$@"\n')
        command.chmod(0o700)
        return folder
