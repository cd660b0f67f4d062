"""Keep on disk what an exchange must still know after it was killed."""

import json
import os
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Protocol, final

from cattrs import Converter

from tradecore.adapters.memory.exchange.records import Record
from tradecore.domain.errors import MalformedError


class Journal(Protocol):
    """Keeps records, in order."""

    def read(self) -> tuple[Record, ...]:
        """Return every record that was written whole."""
        ...

    def write(self, record: Record) -> None:
        """Add *record*; when this returns, it outlives the process and the power."""
        ...

    def replace(self, record: Record) -> None:
        """Put *record* in the place of all others, or leave all as it was."""
        ...


@final
class FileJournal(Journal):
    """A journal of JSON lines in one file. One process at a time may have it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[Record, ...]:
        if not self._path.exists():
            return ()
        lines = self._path.read_bytes().split(b"\n")
        records = []
        # What follows the last line break was never answered for: the write was cut short.
        for number, line in enumerate(lines[:-1], start=1):
            try:
                records.append(_CONVERTER.structure(json.loads(line), Record))
            except Exception as error:
                # The last line may also have been cut inside: its end can reach the disk before its middle.
                if number == len(lines) - 1:
                    break
                raise MalformedError(f"{self._path}:{number}: no record of the exchange: {error!r}") from error
        return tuple(records)

    def write(self, record: Record) -> None:
        with self._path.open("ab") as file:
            size = file.tell()
            try:
                _write(file.fileno(), record)
            except OSError:
                # Half a line in the middle of the file would make all of it unreadable.
                os.ftruncate(file.fileno(), size)
                raise

    def replace(self, record: Record) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(self._path.name + ".new")
        with fresh.open("wb") as file:
            _write(file.fileno(), record)
        fresh.replace(self._path)
        _sync_folder(self._path.parent)


def _write(descriptor: int, record: Record) -> None:
    line = json.dumps(_CONVERTER.unstructure(record), separators=(",", ":")).encode() + b"\n"
    while line:
        line = line[os.write(descriptor, line) :]
    os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make sure that the file's new name is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_converter() -> Converter:
    converter = Converter(omit_if_default=True)
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, _read_decimal)
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_structure_hook(datetime, lambda text, _: datetime.fromisoformat(text))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    return converter


def _read_decimal(text: Any, _: type[Decimal]) -> Decimal:  # noqa: ANN401  JSON may hold anything here.
    if not isinstance(text, str):
        raise TypeError(f"{text!r} is no number in quotes, so it may not be exact")
    return Decimal(text)


_CONVERTER: Final = _make_converter()
