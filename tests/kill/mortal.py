"""Be one of tradecore's processes, changed in nothing but that it names each boundary that it crosses."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, final

import httpx
from attrs import frozen
from sqlalchemy import Engine, event

from tests.kill.crossings import Fate, Watch, wrap
from tests.kill.naming import Names
from tradecore.entrypoints.runtime import process
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.venues.process import run_paper
from tradecore.entrypoints.web.app import create_app
from tradecore.ports.broker import Broker
from tradecore.ports.inbox import Inbox
from tradecore.ports.ledger import Ledger

# What the process does that serves the web; all else is done by the one that trades.
WEB: Final = ("store ", "answer ")


@frozen(kw_only=True)
class Life:
    """How a process is to live: which command, with which settings, and what becomes of it."""

    command: str
    environ: dict[str, str]
    log: str
    fate: Fate = Fate()


def live(life: Life, say: Callable[[str], None]) -> None:
    """Be that process until it is stopped, or meets its fate."""
    if life.command == "exchange":
        run_paper(Path(life.environ["FOLDER"]), "127.0.0.1", 0, still=True, say=say)
        return
    watch, names = Watch(Path(life.log), life.fate), Names()
    _watch_inbox(watch, names)
    _watch_ledger(watch, names)
    _watch_venue(watch, names)

    def create_watched(services: Services) -> Callable[..., Any]:
        return Door(create_app(services), watch, names)

    settings = Settings.load(life.environ)
    match life.command:
        case "run":
            process.run(settings, create_watched, say)
        case "web":
            process.run_web(settings, create_watched, say)
        case _:
            message = f"{life.command} is no process of tradecore's"
            raise ValueError(message)


def _watch_inbox(watch: Watch, names: Names) -> None:
    def claims(inner: Any) -> Callable[..., Any]:
        def claim(self: object, now: object) -> object:
            watch.looking_for_work()
            return inner(self, now)

        return claim

    event.listen(Engine, "commit", watch.committing)
    wrap(Inbox, "accept", _within(watch.writing, lambda delivery, _now: f"store {names.accepted(delivery)}"))
    wrap(Inbox, "claim", claims)
    wrap(Inbox, "post", _within(watch.writing, lambda _key, event, _now, **_: f"keep {names.event(event)}"))


def _watch_ledger(watch: Watch, names: Names) -> None:
    def records(inner: Any) -> Callable[..., Any]:
        def record(self: object, judged: Any, now: object) -> object:
            with watch.writing(f"judge {names.judged(judged)}"):
                errands = inner(self, judged, now)
                names.made(errands)
                return errands

        return record

    wrap(Ledger, "record", records)
    wrap(Ledger, "done", _within(watch.writing, lambda errand_ids: f"tick off {names.done(errand_ids)}"))


def _watch_venue(watch: Watch, names: Names) -> None:
    wrap(Broker, "submit", _within(watch.asking, lambda ticket: f"place {names.ticket(ticket)}"))
    wrap(Broker, "cancel", _within(watch.asking, lambda order_id: f"cancel {names.order(order_id)}"))
    wrap(Broker, "find", _within(watch.asking, lambda order_id: f"look up {names.order(order_id)}"))
    wrap(Broker, "survey", _within(watch.asking, lambda _symbol: "ask what is held"))
    inner = httpx.HTTPTransport.handle_request

    def hear(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        response = inner(self, request)
        watch.hearing()
        return response

    httpx.HTTPTransport.handle_request = hear  # type: ignore[method-assign] # it is the watched process's own


def _within(
    mark: Callable[[str], AbstractContextManager[None]], say: Callable[..., str]
) -> Callable[[Any], Callable[..., Any]]:
    """Return what makes a method be called within what marks its boundaries."""

    def around(inner: Any) -> Callable[..., Any]:
        def call(self: object, *arguments: Any, **named: Any) -> object:
            with mark(say(*arguments, **named)):
                return inner(self, *arguments, **named)

        return call

    return around


@final
@frozen
class Door:
    """The web application, with the boundary before an answer to an alert; the one after it is the sender's."""

    application: Callable[..., Iterable[bytes]]
    watch: Watch
    names: Names

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = self.application(environ, start_response)
        if environ["PATH_INFO"] == "/webhook":
            self.watch.reach(f"answer the sender of {self.names.latest}: not sent")
        return answer
