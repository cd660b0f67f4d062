"""Know what clients may ask a hub for."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from tradecore.entrypoints.venues.projectx.connections import Topic
from tradecore.entrypoints.venues.projectx.market_feed import DEPTH, QUOTES, TRADES

USER: Final = "/hubs/user"
MARKET: Final = "/hubs/market"


@frozen
class _Method:
    """A method by what it is about, and what it wants as its argument; None wants none."""

    kind: str
    wants: type[int | str] | None


_METHODS: Final[Mapping[str, Mapping[str, _Method]]] = {
    USER: {
        "accounts": _Method("Account", None),
        "orders": _Method("Order", int),
        "positions": _Method("Position", int),
        "trades": _Method("Trade", int),
    },
    MARKET: {
        "contractquotes": _Method(QUOTES, str),
        "contracttrades": _Method(TRADES, str),
        "contractmarketdepth": _Method(DEPTH, str),
    },
}
HUBS: Final = tuple(_METHODS)


class InvocationError(Exception):
    """A call that a hub cannot answer; the sentence is what it says."""


def asked(hub: str, target: str, arguments: list[Any]) -> tuple[bool, Topic]:
    """Return whether a call asks to hear of something from now on, and of what; `InvocationError` for no such call."""
    name = target.lower()
    begins = not name.startswith("un")
    method = _METHODS[hub].get(name.removeprefix("un").removeprefix("subscribe"))
    if method is None or "subscribe" not in name:
        words = "due to an error on the server. HubException: Method does not exist."
        raise InvocationError(f"Failed to invoke '{target}' {words}")
    wanted = [] if method.wants is None else [method.wants]
    if [type(argument) for argument in arguments] != wanted:
        raise InvocationError(f"Failed to invoke '{target}' due to an error on the server.")
    return begins, (method.kind, arguments[0] if arguments else None)
