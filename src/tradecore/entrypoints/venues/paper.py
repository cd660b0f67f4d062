"""Give the paper exchange a face on the wire, for those who trade there."""

from collections.abc import Callable
from typing import Final, final

from attrs import evolve
from flask import Flask, Response, request

from tradecore.adapters.memory.broker import MemoryBroker
from tradecore.adapters.memory.exchange import Exchange
from tradecore.adapters.memory.market_data import MemoryMarketData
from tradecore.adapters.memory.paper import PaperVenue
from tradecore.adapters.paper import wire
from tradecore.domain.ids import AccountId, BrokerOrderId, OrderId, Symbol
from tradecore.entrypoints.venues.answering import answer, body, handle_errors, query
from tradecore.entrypoints.venues.reports import Reports
from tradecore.entrypoints.venues.simulating import add_switches


def _cancel_stray(broker: MemoryBroker) -> str:
    broker.cancel_stray(BrokerOrderId(query("id")))
    return wire.DONE.write("done")


_ASKED: Final[dict[tuple[str, str], Callable[[MemoryBroker], str]]] = {
    ("GET", "rules"): lambda broker: wire.RULES.write(broker.rules),
    ("POST", "order"): lambda broker: wire.REPORT.write(broker.submit(body(wire.TICKET))),
    ("GET", "order"): lambda broker: wire.FOUND.write(broker.find(OrderId(query("id")))),
    ("DELETE", "order"): lambda broker: wire.REPORT.write(broker.cancel(OrderId(query("id")))),
    ("DELETE", "stray"): _cancel_stray,
    ("GET", "survey"): lambda broker: wire.SURVEY.write(broker.survey(Symbol(query("symbol")))),
    ("GET", "positions"): lambda broker: wire.POSITIONS.write(broker.positions()),
    ("GET", "working-symbols"): lambda broker: wire.SYMBOLS.write(broker.working_symbols()),
    ("GET", "state"): lambda broker: wire.STATE.write(broker.account()),
    ("GET", "instruments"): lambda broker: wire.INSTRUMENTS.write(broker.instruments()),
}


def create_app(venue: PaperVenue, reports: Reports, *, still: bool = False) -> Flask:
    """Return the application over *venue*; with *still*, a price that does not move counts as made just now."""
    app = Flask("tradecore-paper-exchange", static_folder=None)
    handle_errors(app)
    hall = _Hall(venue, reports, still=still)
    for (method, name), ask in _ASKED.items():
        _add(app, method, name, hall.to_broker(ask))
    _add(app, "GET", "quote", hall.quote)

    @app.get("/reports")
    def told() -> Response:
        after = request.args.get("after", -1, type=int)
        page = reports.after(query("epoch"), after) if "epoch" in request.args else reports.here()
        return answer(wire.PAGE.write(page))

    add_switches(app, venue.today, hall.open)
    return app


def _add(app: Flask, method: str, name: str, ask: Callable[[AccountId], str]) -> None:
    def view(account: str) -> Response:
        return answer(ask(AccountId(account)))

    app.add_url_rule(f"/accounts/<path:account>/{name}", f"{method} {name}", view, methods=[method])


@final
class _Hall:
    """The exchange with all who have an account there: whoever is new is opened, and followed."""

    def __init__(self, venue: PaperVenue, reports: Reports, *, still: bool) -> None:
        self._venue = venue
        self._reports = reports
        self._still = still
        for account_id in venue.exchange.accounts():
            self.open(account_id)

    def open(self, account_id: AccountId) -> Exchange:
        """Return the exchange, where the account is open now."""
        exchange = self._venue.open(account_id)
        self._reports.follow(exchange, account_id)
        return exchange

    def to_broker(self, ask: Callable[[MemoryBroker], str]) -> Callable[[AccountId], str]:
        """Return *ask* as a question to an account's broker."""
        return lambda account_id: ask(MemoryBroker(self.open(account_id), account_id))

    def quote(self, account_id: AccountId) -> str:
        """Return the last price, as the account's faults let it through."""
        exchange = self.open(account_id)
        quote = MemoryMarketData(exchange, exchange.faults(account_id)).quote(Symbol(query("symbol")))
        if quote is not None and self._still:
            quote = evolve(quote, at=exchange.now())
        return wire.QUOTE.write(quote)
