"""One process alone writes to a SQLite file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tradecore.adapters.sql.lease import lock_file
from tradecore.domain.errors import UnreachableError

HOLDER = """
import sys
from pathlib import Path
from tradecore.adapters.sql.lease import lock_file

lock = lock_file(Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
"""


def test_the_second_is_told_who_the_first_is(tmp_path: Path) -> None:
    with lock_file(tmp_path / "tradecore.db"), pytest.raises(UnreachableError, match=f"process {os.getpid()}"):
        lock_file(tmp_path / "tradecore.db")


def test_a_lock_that_was_given_back_is_free(tmp_path: Path) -> None:
    lock = lock_file(tmp_path / "tradecore.db")
    lock.release()
    lock.release()

    lock_file(tmp_path / "tradecore.db").release()


def test_a_process_that_died_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "tradecore.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(UnreachableError, match=f"process {holder.pid}"):
            lock_file(path)
        holder.kill()
        holder.wait()

    lock_file(path).release()


def test_two_folders_are_two_databases(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()

    with lock_file(tmp_path / "a" / "tradecore.db"), lock_file(tmp_path / "b" / "tradecore.db"):
        pass


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="nowhere"):
        lock_file(tmp_path / "nowhere" / "tradecore.db")
