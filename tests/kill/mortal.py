"""Be one of tradecore's processes, changed in nothing but that it names each boundary that it crosses."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, final

import httpx
from attrs import frozen
from sqlalchemy import Engine, event

from tests.kill.crossings import Fate, Watch, wrap
from tests.kill.naming import Names
from tradecore.entrypoints.runtime import process
from tradecore.entrypoints.runtime.answering import Words
from tradecore.entrypoints.runtime.services import Services
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.venues.process import run_paper
from tradecore.entrypoints.web.app import create_door
from tradecore.entrypoints.web.lane import Lane
from tradecore.ports.broker import Broker
from tradecore.ports.inbox import Inbox
from tradecore.ports.ledger import Ledger

# What the process does that serves the web; all else is done by the one that trades.
WEB: Final = ("store ", "answer ")
# What else these ports can do: it reads, waits or listens.
QUIET: Final[Mapping[type, tuple[str, ...]]] = MappingProxyType({
    Inbox: ("accept", "claim", "release", "wait", "waiting"),
    Ledger: ("book", "books_entering", "open_books", "order"),
    Broker: ("account", "clock", "close", "instruments", "listen", "positions", "rules", "working_symbols"),
})  # fmt: skip
# Methods of ports, each with what makes the words for a call of its arguments.
Calls = Mapping[tuple[type, str], Callable[..., str]]


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
    _watch_all(watch, names)

    def create_watched(services: Services) -> Door:
        return Door(create_door(services), watch, names)

    settings = Settings.load(life.environ)
    match life.command:
        case "run":
            process.run(settings, create_watched, say)
        case "web":
            process.run_web(settings, create_watched, say)
        case "worker":
            process.run_worker(settings, say)
        case _:
            message = f"{life.command} is no process of tradecore's"
            raise ValueError(message)


def writes(names: Names) -> Calls:
    """Return each call of a port that writes what an alert's way depends on, and what it is called."""
    return {
        (Inbox, "accept_all"): lambda deliveries, _now: f"store {names.accepted(deliveries)}",
        (Inbox, "post"): lambda _key, event, _now, **_: f"keep {names.event(event)}",
        (Ledger, "record"): lambda judged, _now: f"judge {names.judged(judged)}",
        (Ledger, "pass_over"): lambda event_id: f"pass over {names.posted(event_id)}",
        (Ledger, "done"): lambda _errand_ids: "tick off what has no answer",
    }


def questions(names: Names) -> Calls:
    """Return each call to the venue about orders and positions, and what it is called."""
    return {
        (Broker, "submit"): lambda ticket: f"place {names.ticket(ticket)}",
        (Broker, "cancel"): lambda order_id: f"cancel {names.order(order_id)}",
        (Broker, "cancel_stray"): lambda _order_id: "cancel a stranger's order",
        (Broker, "find"): lambda order_id: f"look up {names.order(order_id)}",
        (Broker, "survey"): lambda _symbol: "ask what is held",
    }


def _watch_all(watch: Watch, names: Names) -> None:
    event.listen(Engine, "commit", watch.committing)
    for (port, method), say in writes(names).items():
        wrap(port, method, _within(watch.writing, say))
    for (port, method), say in questions(names).items():
        wrap(port, method, _within(watch.asking, say))

    def claims(inner: Any) -> Callable[..., Any]:
        def claim(self: object, now: object) -> object:
            watch.at_leisure()
            return names.claimed(inner(self, now))

        return claim

    wrap(Inbox, "claim", claims)
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

    lane: Lane
    watch: Watch
    names: Names

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.lane(environ, start_response)

    def hurries(self, environ: dict[str, Any]) -> bool:
        return self.lane.hurries(environ)

    def answer_all(self, environs: list[dict[str, Any]]) -> list[Words]:
        words = self.lane.answer_all(environs)
        self.watch.reach(f"answer the sender of {self.names.latest}: not sent")
        self.watch.at_leisure()
        return words
