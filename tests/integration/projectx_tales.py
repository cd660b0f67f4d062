"""Begin tales over ProjectX's adapter in which somebody could lose money: bots that hold something, and faults."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import httpx

from tests.builders import ACCOUNT, BOT, MES, OTHER_BOT, a_bot
from tests.projectx_desk import PLACE, ProjectXDesk
from tradecore.adapters.memory.exchange import Call
from tradecore.domain.protection import Distance, DistanceUnit, Protection
from tradecore.domain.signals import Signal
from tradecore.domain.sizing import Units
from tradecore.domain.timeframes import Timeframe

STOP: Final = Protection(stop=Distance(Decimal(40), DistanceUnit.TICKS))
BOTH: Final = Protection(
    stop=Distance(Decimal(2), DistanceUnit.DOLLARS), target=Distance(Decimal(3), DistanceUnit.DOLLARS)
)
Change = Callable[[httpx.Request, Callable[[httpx.Request], httpx.Response]], httpx.Response | None]


def run(desk: ProjectXDesk, seconds: int, price: Decimal | int | None = None) -> None:
    """Let time pass, second by second; with *price* the market says it again each second."""
    for _ in range(seconds):
        desk.run()
        desk.clock.advance(1)
        if price is not None:
            desk.price(price)
    desk.run()


def one_bot(protection: Protection = BOTH) -> ProjectXDesk:
    """Return a desk whose one bot trades one MES."""
    return ProjectXDesk(a_bot(symbol=MES.root, sizing=Units(Decimal(1)), protection=protection))


def two_bots(first: int, second: int) -> ProjectXDesk:
    """Return a desk whose bots trade so many MES each."""
    return ProjectXDesk(
        a_bot(id=BOT, symbol=MES.root, sizing=Units(Decimal(first)), protection=BOTH),
        a_bot(id=OTHER_BOT, symbol=MES.root, timeframe=Timeframe(300), sizing=Units(Decimal(second)), protection=BOTH),
    )


def answers(desk: ProjectXDesk, change: Change) -> None:
    """Let *change* answer requests; None leaves the answer to the exchange."""
    real = desk.world.wire.handle_request

    def handle(request: httpx.Request) -> httpx.Response:
        told = change(request, real)
        return told if told is not None else real(request)

    desk.world.wire.handle_request = handle  # type: ignore[method-assign] # every request passes here


def placing(request: httpx.Request) -> dict[str, Any] | None:
    """Return the body of a request that places an order; None for any other."""
    found: dict[str, Any] | None = json.loads(request.content) if request.url.path.lower() == PLACE else None
    return found


def no_stops(request: httpx.Request, _real: object) -> httpx.Response | None:
    """Answer every stop with "too many requests"."""
    body = placing(request)
    return httpx.Response(429) if body is not None and body["type"] == 4 else None


def no_markets(desk: ProjectXDesk) -> Change:
    """Refuse every market order."""

    def change(request: httpx.Request, _real: object) -> None:
        body = placing(request)
        if body is not None and body["type"] == 2:
            desk.world.refuse(2, Call.SUBMIT, is_done=False, message="rejected")

    return change


def no_cancels(desk: ProjectXDesk) -> Change:
    """Refuse every cancel."""

    def change(request: httpx.Request, _real: object) -> None:
        if request.url.path.lower() == "/api/order/cancel":
            desk.world.refuse(8, Call.CANCEL, is_done=False, message="not allowed")

    return change


def ten_long(protection: Protection = STOP, **bot: Any) -> ProjectXDesk:
    """Return a desk that is 10 MES long from 100, with its protection at the venue for a minute."""
    desk = ProjectXDesk(a_bot(symbol=MES.root, protection=protection, **bot))
    desk.send(Signal.BUY)
    desk.run()
    run(desk, 60, 100)
    return desk


def resting(desk: ProjectXDesk) -> list[str]:
    """Return the types of what works at the venue."""
    return sorted(row.type.value for row in desk.world.working(ACCOUNT, MES.symbol))


def alarms(desk: ProjectXDesk) -> list[str]:
    """Return what people were told as alarms."""
    return [told.text for told in desk.notifier.told if told.urgency == "alarm"]


def end_by_hand(desk: ProjectXDesk, kind: str) -> None:
    """End the working order of this type, as a person does in the platform."""
    desk.world.cancel(
        ACCOUNT, next(one.id for one in desk.world.working(ACCOUNT, MES.symbol) if one.type.value == kind)
    )
