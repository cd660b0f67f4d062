"""Be what the service is measured beside: a Flask view that does the least, on the service's own server.

It answers 202 at once (`answer`), after one durable insert (`insert`), or after that and with an order sent to a venue
behind it (`hop`). Run as a program it prints its port, and ends with its input.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

import httpx
from flask import Flask, request
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine, insert

from tradecore.entrypoints.runtime.serving import WebServer

Keep = Callable[[str], object]

# As many as one PostgreSQL on two processors has any use for.
_CONNECTIONS: Final = 16
_ALERT_ID: Final = re.compile(r'"alert_id": "(\w+)"')


def keeping(url: str) -> Keep:
    """Return what writes a text durably, as plainly as the database allows."""
    return _keeping_in_file(Path(url.removeprefix("sqlite:///"))) if url.startswith("sqlite:") else _keeping_at(url)


def _keeping_in_file(path: Path) -> Keep:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, body TEXT)")
    # Those who would write at once starve one another otherwise, and it would be no baseline.
    turn = Lock()

    def keep(body: str) -> None:
        with turn:
            connection.execute("INSERT INTO bare (body) VALUES (?)", (body,))

    return keep


def _keeping_at(url: str) -> Keep:
    address = url.replace("postgresql://", "postgresql+psycopg://").replace("postgres://", "postgresql+psycopg://")
    engine = create_engine(address, pool_size=_CONNECTIONS, max_overflow=0)
    metadata = MetaData()
    table = Table("bare", metadata, Column("id", Integer, primary_key=True), Column("body", Text))
    metadata.create_all(engine)
    statement = insert(table).inline()

    def keep(body: str) -> None:
        with engine.begin() as connection:
            connection.execute(statement, {"body": body})

    return keep


def application(keep: Keep, pass_on: Keep) -> Flask:
    """Return the application with its one view."""
    app = Flask("bare", static_folder=None)

    @app.post("/webhook")
    def take() -> tuple[str, int]:
        body = request.get_data(as_text=True)
        keep(body)
        pass_on(body)
        return "", 202

    return app


def passing_on(venue: str) -> Keep:
    """Return what has a thread of its own send an order for each alert, on a connection that is kept warm."""
    waiting: SimpleQueue[str] = SimpleQueue()
    client = httpx.Client(base_url=venue, trust_env=False)
    client.get("/stamps")

    def work() -> None:
        while True:
            found = _ALERT_ID.search(waiting.get())
            client.post("/accounts/bare/hop", content=json.dumps({"id": found[1] if found else ""}))

    Thread(target=work, daemon=True).start()
    return waiting.put


def main(kind: str, url: str = "", venue: str = "") -> None:
    """Serve until the input ends."""
    nothing: Keep = len
    server = WebServer("127.0.0.1", 0)
    server.start(application(
        nothing if kind == "answer" else keeping(url), passing_on(venue) if kind == "hop" else nothing))  # fmt: skip
    print(server.port, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
