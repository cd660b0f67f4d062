"""Move the paper exchange by hand: set prices, let it fail, and look at all that it knows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from attrs import frozen
from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from tradecore.adapters.encoding.codec import Form
from tradecore.adapters.memory.exchange import Call, Exchange, Faults, Row
from tradecore.adapters.paper import wire
from tradecore.domain.ids import AccountId, Symbol
from tradecore.entrypoints.venues.answering import answer, body
from tradecore.entrypoints.venues.switching import mistakes_told


@frozen(kw_only=True)
class _Price:
    """A price to be traded at."""

    symbol: Symbol
    last: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None


@frozen(kw_only=True)
class _Wish:
    """How a fault is to strike: which calls, how often (null is for ever), and what goes with it."""

    calls: tuple[Call, ...] = ()
    times: int | None = 1
    retry_after: int | None = None
    count: int = 1


_PRICE: Final[Form[_Price]] = Form(_Price)
_WISH: Final[Form[_Wish]] = Form(_Wish)
_ROWS: Final[Form[tuple[Row, ...]]] = Form(tuple[Row, ...])

_FAULTS: Final[dict[str, Callable[[Faults, _Wish], None]]] = {
    "lose-answers": lambda faults, wish: faults.lose_answers(*wish.calls, times=wish.times),
    "lose-requests": lambda faults, wish: faults.lose_requests(*wish.calls, times=wish.times),
    "talk-nonsense": lambda faults, wish: faults.talk_nonsense(*wish.calls, times=wish.times),
    "be-unreachable": lambda faults, wish: faults.be_unreachable(*wish.calls, times=wish.times),
    "limit-rate": lambda faults, wish: faults.limit_rate(*wish.calls, retry_after=wish.retry_after, times=wish.times),
    "hide-new-orders": lambda faults, _: faults.hide_new_orders(),
    "show-orders": lambda faults, _: faults.show_orders(),
    "race-cancels": lambda faults, wish: faults.race_cancels(wish.times),
    "double-changes": lambda faults, wish: faults.double_changes(wish.times),
    "reverse-changes": lambda faults, wish: faults.reverse_changes(wish.count),
    "delay-changes": lambda faults, _: faults.delay_changes(),
    "deliver": lambda faults, _: faults.deliver(),
    "disconnect": lambda faults, _: faults.disconnect(),
    "reconnect": lambda faults, _: faults.reconnect(),
    "clear": lambda faults, _: faults.clear(),
}


def add_switches(app: Flask, exchange: Callable[[], Exchange], open_account: Callable[[AccountId], Exchange]) -> None:
    """Add the addresses below ``/sim/``; no fault of an account strikes them."""

    @app.post("/sim/quote")
    def price() -> Response:
        wanted = body(_PRICE)
        with mistakes_told():
            exchange().price(wanted.symbol, wanted.last, wanted.bid, wanted.ask)
        return answer(wire.DONE.write("done"))

    @app.post("/sim/accounts/<path:account>/faults/<name>")
    def fault(account: str, name: str) -> Response:
        turn = _FAULTS.get(name)
        if turn is None:
            raise NotFound(f"There is no fault {name}; there are {', '.join(_FAULTS)}.")
        wish = body(_WISH) if request.content_length else _Wish()
        with mistakes_told():
            turn(open_account(AccountId(account)).faults(AccountId(account)), wish)
        return answer(wire.DONE.write("done"))

    @app.get("/sim/accounts/<path:account>/orders")
    def orders(account: str) -> Response:
        return answer(_ROWS.write(exchange().orders(AccountId(account))))

    @app.get("/sim/accounts/<path:account>/positions")
    def positions(account: str) -> Response:
        return answer(wire.POSITIONS.write(open_account(AccountId(account)).positions(AccountId(account))))
