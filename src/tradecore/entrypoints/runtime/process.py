"""Be the whole service in one process: web, engine, prices and the watch over them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import structlog
from attrs import evolve

from tradecore.entrypoints.runtime import env_accounts, first_run, logs, premises, wiring
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.entrypoints.runtime.leaving import Leaving
from tradecore.entrypoints.runtime.rolling import RollWatch
from tradecore.entrypoints.runtime.rooms import Room, TradingRoom
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.stakes import stakes
from tradecore.entrypoints.runtime.starting import StartError
from tradecore.entrypoints.runtime.stopping import stopped_by_signals

_log = structlog.get_logger()

# A broker's call may take this long before it is given up at a stop; what it did is looked up at the next start.
_STOP_SECONDS: Final = 10
_TICK_SECONDS: Final = 1.0
_TEND_SECONDS: Final = 1.0
_ROLLS_SECONDS: Final = 600.0
# Often enough that one try that fails costs nothing.
_RENEWED_AFTER: Final = 0.2
# Threads here wait for disks and networks more than they compute. Who comes back from a wait asks for its turn after
# so long; Python's own 5 ms are longer than most of the waits.
_TURN_SECONDS: Final = 0.0005
_ONE_PROCESS: Final = (
    "Web and workers of their own need PostgreSQL, where many processes may write: set DATABASE_URL. On SQLite "
    "`tradecore run` is the whole service in one process."
)

Say = Callable[[str], None]
AppFactory = Callable[[Services], Callable[..., Any]]


def run(settings: Settings, create_app: AppFactory, say: Say = print) -> None:
    """Run until a signal asks to stop; `StartError` says why it does not start.

    What is said to the person who started it goes through *say*.
    """
    sys.setswitchinterval(_TURN_SECONDS)
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        # Where another one runs, nothing of ours may touch its folder: not even the log.
        premises.make_folders(settings)
        leaving.callback(premises.lock(settings).release)
        server = WebServer(settings.host, settings.port)
        leaving.callback(server.stop)
        logs.set_up(settings.folder, settings.log_level)
        leaving.callback(logs.take_down)
        leaving.callback(_log.info, "stopped")
        logs.redactor.learn(settings.secrets)
        premises.migrate(settings)
        room = wiring.paper(settings)
        leaving.callback(room.store.close)
        welcome = first_run.furnish(room, server.url)
        if welcome is not None:
            logs.redactor.learn(welcome.secrets)
            settings = welcome.applied_to(settings)
        env_accounts.keep_in_step(room.services.directory, settings)
        services = evolve(room.services, settings=settings)
        leaving.callback(_start_crew(room, settings))
        server.start(create_app(services))
        leaving.callback(server.stop)
        _log.info("ready", url=server.url, folder=str(settings.folder.absolute()), workers=settings.workers)
        for line in (*_at_stake(room), *_greeting(settings, server.url, welcome)):
            say(line)
        stopping.wait()
        _log.info("stopping")


def run_web(settings: Settings, create_app: AppFactory, say: Say = print) -> None:
    """Serve the web alone until a signal asks to stop; what comes in waits for the processes that trade."""
    if settings.database_path is not None:
        raise StartError(_ONE_PROCESS)
    sys.setswitchinterval(_TURN_SECONDS)
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        server = WebServer(settings.host, settings.port)
        leaving.callback(server.stop)
        # Several processes may share the folder, and two cannot rotate one file.
        logs.set_up(None, settings.log_level)
        leaving.callback(logs.take_down)
        logs.redactor.learn(settings.secrets)
        room = wiring.beside(settings)
        leaving.callback(room.store.close)
        room.store.ping()
        welcome = first_run.read(settings.folder / first_run.FILE_NAME)
        if welcome is not None:
            logs.redactor.learn(welcome.secrets)
            settings = welcome.applied_to(settings)
        server.start(create_app(evolve(room.services, settings=settings)))
        leaving.callback(server.stop)
        for line in (*_at_stake(room), f"tradecore's web service is ready at {server.url}"):
            say(line)
        stopping.wait()


def run_worker(settings: Settings, say: Say = print) -> None:
    """Trade, without the web, until a signal asks to stop; others may do the same on the same database."""
    if settings.database_path is not None:
        raise StartError(_ONE_PROCESS)
    sys.setswitchinterval(_TURN_SECONDS)
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        logs.set_up(None, settings.log_level)
        leaving.callback(logs.take_down)
        leaving.callback(_log.info, "stopped")
        logs.redactor.learn(settings.secrets)
        room = wiring.paper(settings)
        leaving.callback(room.store.close)
        room.store.ping()
        env_accounts.keep_in_step(room.services.directory, settings)
        leaving.callback(_start_crew(room, settings))
        for line in (*_at_stake(room), f"tradecore's worker is ready: {settings.workers} books at once"):
            say(line)
        stopping.wait()
        _log.info("stopping")


def _start_crew(room: TradingRoom, settings: Settings) -> Callable[[], None]:
    """Start every thread, and return what stops them."""
    room.leases.renew()
    for sentence in (*settings.idle, *room.venues.open_all()):
        _log.warning(sentence)
    room.tick()
    crew = Crew()
    for number in range(1, settings.workers + 1):
        crew.run(f"engine-{number}", room.services.engine.run)
    crew.repeat("prices", room.tick, every_seconds=_TICK_SECONDS)
    crew.repeat("leases", room.leases.renew, every_seconds=settings.lease_seconds * _RENEWED_AFTER)
    crew.repeat("venues", room.venues.tend, every_seconds=min(_TEND_SECONDS, settings.lease_seconds * _RENEWED_AFTER))
    leaving = Leaving.of(room.halting)
    crew.repeat("kill switch", lambda: _lead(room, room.halting.tend), every_seconds=_TEND_SECONDS)
    crew.repeat("bots that leave", lambda: _lead(room, leaving.tend), every_seconds=_TEND_SECONDS)
    watch = RollWatch(room.services)
    crew.repeat("rolls", lambda: _lead(room, watch.tend), every_seconds=_ROLLS_SECONDS)
    if room.hear is not None:
        crew.run("waker", room.hear)

    def stop() -> None:
        late = crew.stop(seconds=_STOP_SECONDS)
        if late:
            _log.warning("still at work when the service stopped; looked up at the next start", threads=late)
        room.venues.close()

    return stop


def _lead(room: TradingRoom, work: Callable[[], None]) -> None:
    """Do what one process is enough for."""
    if room.leases.leads:
        work()


def _at_stake(room: Room) -> Iterator[str]:
    """Say which accounts trade real money, in the log and to the person; nothing where none does."""
    found = stakes(room.services.keyring, room.services.directory.accounts())
    names = [stake.account.name for stake in found if stake.is_real]
    if names:
        _log.warning("REAL MONEY is traded here", accounts=names)
        yield f"REAL MONEY is traded in: {', '.join(names)}"


def _greeting(settings: Settings, url: str, welcome: first_run.Welcome | None) -> Iterator[str]:
    """Say where it is, and how to begin."""
    yield f"tradecore is ready at {url}"
    if welcome is None:
        yield "Make a webhook address with: tradecore token new"
        return
    body = '{"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}'
    command = sys.argv[0] if Path(sys.argv[0]).name == "tradecore" else "tradecore"
    if not welcome.is_demo:
        yield from _firms_greeting(settings, welcome)
        return
    yield f"The demo's user is {welcome.user}; password and tokens are in {settings.folder / first_run.FILE_NAME}"
    yield "Make a trade on paper:"
    yield f"  curl -d '{body}' '{welcome.webhook_url}'"
    yield "See what became of it:"
    yield f"  {command} explain last"
    yield "Stop with Ctrl-C."


def _firms_greeting(settings: Settings, welcome: first_run.Welcome) -> Iterator[str]:
    """Say what is traded at ProjectX, and how to try an alert that trades nothing."""
    names = ", ".join(settings.projectx_accounts) or "none: the settings name no account any more"
    test_url = welcome.webhook_url.replace("/webhook?", "/test-webhook?")
    yield f"The first user is {welcome.user}; password and tokens are in {settings.folder / first_run.FILE_NAME}"
    yield f"Accounts at ProjectX: {names}"
    yield "See what an alert would do there, without trading:"
    yield f"""  curl -d '{{"signal": "BUY", "symbol": "MES"}}' '{test_url}'"""
    yield "Stop with Ctrl-C."
