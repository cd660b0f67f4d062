"""Check that everything is as it should be, and say what to do where it is not."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import click

from tradecore.domain.errors import UnreachableError, WorldError
from tradecore.domain.instruments import Market
from tradecore.domain.parties import Venue
from tradecore.entrypoints.cli.engines import engine_runs
from tradecore.entrypoints.cli.examples import examples
from tradecore.entrypoints.cli.exits import Exit
from tradecore.entrypoints.cli.findings import Finding, accounts_found, firms_found
from tradecore.entrypoints.cli.opening import as_json, load_settings
from tradecore.entrypoints.cli.showing import print_json
from tradecore.entrypoints.runtime import premises, wiring
from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.runtime.settings import Settings, SettingsError
from tradecore.entrypoints.runtime.starting import PortTakenError

_PYTHON_MIN: Final = (3, 11)
_DISK_BYTES_MIN: Final = 500 * 1024 * 1024
_CALENDAR_DAYS_MIN: Final = 60
_SECRET_CHARACTERS_MIN: Final = 16
_SQLITE_BEGINS: Final = b"SQLite format 3\x00"


@click.command(epilog=examples("tradecore doctor"))
@as_json
def doctor(*, as_json: bool) -> None:
    """Check that everything is as it should be, and say what to do. Changes nothing."""
    findings = tuple(_findings())
    if as_json:
        print_json(findings)
    else:
        for one in findings:
            mark = click.style("ok  ", fg="green") if one.good else click.style("FAIL", fg="red", bold=True)
            click.echo(f"{mark} {one.check}: {one.detail}" + (f" -> {one.todo}" if one.todo else ""))
    if not all(one.good for one in findings):
        raise SystemExit(Exit.NO)


def _findings() -> Iterator[Finding]:
    yield _python()
    try:
        settings = load_settings()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(check="settings", good=False, detail=problem, todo="Set it right, or take it away.")
        settings = Settings()
    else:
        yield _settings(settings)
    is_running = engine_runs(settings)
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: _folder(settings.folder),
        lambda: _disk(settings.folder),
        lambda: _workers(settings) if settings.database_path is None else _engine(settings, is_running=is_running),
        lambda: _database(settings),
        lambda: _keys(settings),
        lambda: _exchange(settings, is_running=is_running),
        lambda: _port(settings, is_running=is_running),
        *((lambda market=market: _calendar(market)) for market in (Market.US_EQUITIES, Market.CME_FUTURES)),
    )
    for check in checks:
        yield check()
    yield from firms_found(settings)
    yield from accounts_found(settings)


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= _PYTHON_MIN
    return Finding(check="python", good=good, detail=version, todo="" if good else "Install Python 3.11 or newer.")


def _settings(settings: Settings) -> Finding:
    secret = settings.webhook_secret
    if secret is not None and len(secret) < _SECRET_CHARACTERS_MIN:
        detail = f"WEBHOOK_SECRET has {len(secret)} characters"
        todo = f"Make it {_SECRET_CHARACTERS_MIN} or longer: whoever guesses it can trade."
        return Finding(check="settings", good=False, detail=detail, todo=todo)
    return Finding(check="settings", good=True, detail=" ".join(settings.idle) or "every value can be used")


def _folder(folder: Path) -> Finding:
    where = folder.absolute()
    nearest = next(path for path in (where, *where.parents) if path.exists())
    if not os.access(nearest, os.W_OK | os.X_OK):
        todo = f"Let this user write to {nearest}, or set TRADECORE_FOLDER to another folder."
        return Finding(check="folder", good=False, detail=f"{nearest} may not be written to", todo=todo)
    return Finding(
        check="folder", good=True, detail=str(where) if where.exists() else f"{where} (made at the first run)"
    )


def _disk(folder: Path) -> Finding:
    where = folder.absolute()
    nearest = next(path for path in (where, *where.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    good = free >= _DISK_BYTES_MIN
    todo = "" if good else "Make room: alerts that cannot be written down are turned away."
    return Finding(check="disk", good=good, detail=f"{free // 1024**2} MiB free", todo=todo)


def _engine(settings: Settings, *, is_running: bool | None) -> Finding:
    if settings.database_path is None:
        return _workers(settings)
    folder = settings.folder
    detail = "a tradecore runs on this folder" if is_running else "nothing runs"
    if is_running is None and folder.exists():
        detail = f"nobody can tell whether one runs: the lock in {folder.absolute()} cannot be opened"
        todo = f"Let this user write to {folder.absolute()}, and to the lock in it."
        return Finding(check="engine", good=False, detail=detail, todo=todo)
    return Finding(check="engine", good=True, detail=detail)


def _workers(settings: Settings) -> Finding:
    room = wiring.beside(settings)
    try:
        room.store.ping()
        alive = room.services.engine.leases.alive() or {}
    except UnreachableError:
        return Finding(check="workers", good=False, detail="nobody can tell", todo="Mend the database first.")
    finally:
        room.store.close()
    detail = "; ".join(f"{name} has {count} account{'s' * (count != 1)}" for name, count in alive.items())
    todo = "" if alive else "tradecore worker"
    return Finding(check="workers", good=bool(alive), detail=detail or "none runs: what comes in waits", todo=todo)


def _database(settings: Settings) -> Finding:
    path = settings.database_path
    if path is not None and not path.exists():
        return Finding(check="database", good=True, detail=f"{path} is made at the first run")
    room = wiring.beside(settings)
    try:
        room.store.ping()
        users = len(room.services.directory.users())
    except UnreachableError as error:
        todo = "tradecore migrate" if "migrate" in str(error) else "Start the database, or set DATABASE_URL."
        if path is not None and not _begins_as_sqlite(path):
            todo = f"Move {path.absolute()} away, or put a backup in its place."
        return Finding(check="database", good=False, detail=str(error), todo=todo)
    finally:
        room.store.close()
    detail = f"{premises.shown(settings)}, up to date, {users} user{'s' * (users != 1)}"
    return Finding(check="database", good=True, detail=detail)


def _keys(settings: Settings) -> Finding:
    """Look whether every account's keys open, and whether the old encryption key is still needed."""
    path = settings.database_path
    if path is not None and not path.exists():
        return Finding(check="keys", good=True, detail="none is stored yet")
    room = wiring.beside(settings)
    try:
        looked = room.services.keyring.looked_over()
    except UnreachableError:
        return Finding(check="keys", good=False, detail="nobody can tell", todo="Mend the database first.")
    finally:
        room.store.close()
    if looked.shut:
        return Finding(check="keys", good=False, detail=" ".join(looked.shut), todo="Set ENCRYPTION_KEY right.")
    count = looked.newest + looked.older
    detail = f"{count} account{'s' * (count != 1)} with keys, which open"
    todo = "tradecore keys rotate" if looked.older else ""
    if looked.older:
        detail += f"; {looked.older} with an older encryption key"
    return Finding(check="keys", good=True, detail=detail, todo=todo)


def _exchange(settings: Settings, *, is_running: bool | None) -> Finding:
    """Ask the paper exchange something for one of the accounts that trade there."""
    if not settings.paper_url:
        runs = {True: ", which runs", False: ", which does not run now", None: ""}[is_running]
        return Finding(check="exchange", good=True, detail=f"inside the service{runs}")
    room = wiring.beside(settings)
    try:
        accounts = [one for one in room.services.directory.accounts() if one.venue is Venue.PAPER]
        for account in accounts[:1]:
            room.services.venues.broker(account).positions()
    except WorldError as error:
        todo = "Start `tradecore venue paper`, or set TRADECORE_PAPER_URL to where it runs."
        return Finding(check="exchange", good=False, detail=str(error), todo=todo)
    finally:
        room.store.close()
    detail = f"{settings.paper_url} answers" if accounts else "no account trades on paper yet, so it was not asked"
    return Finding(check="exchange", good=True, detail=detail)


def _begins_as_sqlite(path: Path) -> bool:
    """Tell whether the file is empty, or begins as every SQLite file does; one that cannot be read is no garbage."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_BEGINS)) in {b"", _SQLITE_BEGINS}
    except OSError:
        return True


def _port(settings: Settings, *, is_running: bool | None) -> Finding:
    name = f"{settings.host}:{settings.port}"
    try:
        WebServer(settings.host, settings.port).stop()
    except PortTakenError as error:
        if is_running:
            return Finding(check="port", good=True, detail=f"{name} is taken, probably by the tradecore that runs")
        return Finding(check="port", good=False, detail=name, todo=str(error))
    told = "a tradecore runs, but not at this port of this machine" if is_running else "no tradecore runs here"
    return Finding(
        check="port", good=True, detail=f"{name} is free" if is_running is None else f"{name} is free: {told}"
    )


def _calendar(market: Market) -> Finding:
    """Look for the last day known, two months ahead: a calendar that ends stops all entries."""
    today = wiring.clock().now().date()
    check = f"calendar {market.value}"
    try:
        wiring.calendar().sessions(market, today, today + timedelta(days=_CALENDAR_DAYS_MIN))
    except WorldError as error:
        return Finding(check=check, good=False, detail=str(error), todo="Install a newer version of tradecore.")
    return Finding(check=check, good=True, detail=f"known for {_CALENDAR_DAYS_MIN} days and more")
