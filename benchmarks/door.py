"""Be the web service alone, on any database: what `tradecore web` is on PostgreSQL.

Run as a program it prints its port, and ends with its input.
"""

import os
import sys
from pathlib import Path

from attrs import evolve

from tradecore.entrypoints.runtime import first_run, logs, wiring
from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.web.app import create_door


def main(folder: str, url: str) -> None:
    """Serve the installation in *folder*, whose database is at *url*, until the input ends."""
    settings = Settings.load({"TRADECORE_FOLDER": folder, "DATABASE_URL": url})
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # A log is written, and nobody reads it.
        sys.stderr = nowhere
        logs.set_up(None, settings.log_level)
        room = wiring.beside(settings)
        welcome = first_run.read(settings.folder / first_run.FILE_NAME)
        assert welcome is not None
        server = WebServer("127.0.0.1", 0)
        server.start(create_door(evolve(room.services, settings=welcome.applied_to(settings))))
        print(server.port, flush=True)
        sys.stdin.read()
        server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
