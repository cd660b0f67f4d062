"""Be the whole service in one process: web, engine, prices and the watch over them."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import structlog
from attrs import evolve

from tradecore.entrypoints.runtime import first_run, logs, wiring
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.entrypoints.runtime.rooms import TradingRoom
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.serving import WebServer
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.starting import check_database
from tradecore.entrypoints.runtime.stopping import stopped_by_signals

_log = structlog.get_logger()

# A broker's call may take this long before it is given up at a stop; what it did is looked up at the next start.
_STOP_SECONDS: Final = 10
_TICK_SECONDS: Final = 1.0
_TEND_SECONDS: Final = 1.0

Say = Callable[[str], None]
AppFactory = Callable[[Services], Callable[..., Any]]


def run(settings: Settings, create_app: AppFactory, say: Say = print) -> None:
    """Run until a signal asks to stop; `StartError` says why it does not start.

    What is said to the person who started it goes through *say*.
    """
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        # Where another one runs, nothing of ours may touch its folder: not even the log.
        wiring.make_folders(settings)
        leaving.callback(wiring.lock(settings).release)
        server = WebServer(settings.host, settings.port)
        leaving.callback(server.stop)
        logs.set_up(settings.folder, settings.log_level)
        leaving.callback(logs.take_down)
        leaving.callback(_log.info, "stopped")
        logs.redactor.learn(settings.secrets)
        wiring.migrate(settings)
        room = wiring.paper(settings)
        leaving.callback(room.store.close)
        welcome = first_run.furnish(room, server.url)
        if welcome is not None:
            logs.redactor.learn(welcome.secrets)
            settings = welcome.applied_to(settings)
        services = evolve(room.services, settings=settings)
        leaving.callback(_start_crew(room, settings))
        server.start(create_app(services))
        leaving.callback(server.stop)
        _log.info("ready", url=server.url, folder=str(settings.folder.absolute()), workers=settings.workers)
        for line in _greeting(settings, server.url, welcome):
            say(line)
        stopping.wait()
        _log.info("stopping")


def run_web(settings: Settings, create_app: AppFactory, say: Say = print) -> None:
    """Serve the web alone until a signal asks to stop; what comes in waits for the process that trades."""
    with ExitStack() as leaving, stopped_by_signals() as stopping:
        check_database(settings.database_path)
        server = WebServer(settings.host, settings.port)
        leaving.callback(server.stop)
        # The file of the log belongs to the process that trades; two cannot rotate it.
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
        say(f"tradecore's web service is ready at {server.url}")
        stopping.wait()


def _start_crew(room: TradingRoom, settings: Settings) -> Callable[[], None]:
    """Start every thread, and return what stops them."""
    for sentence in (*settings.idle, *room.venues.open_all()):
        _log.warning(sentence)
    room.tick()
    room.services.engine.heal()
    crew = Crew()
    for number in range(1, settings.workers + 1):
        crew.run(f"engine-{number}", room.services.engine.run)
    crew.repeat("prices", room.tick, every_seconds=_TICK_SECONDS)
    crew.repeat("venues", room.venues.tend, every_seconds=_TEND_SECONDS)
    crew.repeat("kill switch", room.halting.tend, every_seconds=_TEND_SECONDS)

    def stop() -> None:
        late = crew.stop(seconds=_STOP_SECONDS)
        if late:
            _log.warning("still at work when the service stopped; looked up at the next start", threads=late)
        room.venues.close()

    return stop


def _greeting(settings: Settings, url: str, welcome: first_run.Welcome | None) -> Iterator[str]:
    """Say where it is, and how to begin."""
    yield f"tradecore is ready at {url}"
    if welcome is None:
        yield "Make a webhook address with: tradecore token new"
        return
    body = '{"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}'
    command = sys.argv[0] if Path(sys.argv[0]).name == "tradecore" else "tradecore"
    yield f"The demo's user is {welcome.user}; password and tokens are in {settings.folder / first_run.FILE_NAME}"
    yield "Make a trade on paper:"
    yield f"  curl -d '{body}' '{welcome.webhook_url}'"
    yield "See what became of it:"
    yield f"  {command} explain last"
    yield "Stop with Ctrl-C."
