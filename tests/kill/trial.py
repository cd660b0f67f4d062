"""Live a trading life from alert to alert, whoever dies on the way, and see whether anything came of the death."""

from decimal import Decimal
from typing import Final, final

import httpx
from attrs import define, field, frozen

from tests.kill import inspection
from tests.kill.crossings import AWAKE, Fate
from tests.kill.house import House
from tests.kill.processes import until
from tradecore.domain.ids import AccountId, AlertId, Symbol

SYMBOL: Final = Symbol("AAPL")
_SENDS_MAX: Final = 4
_ANSWER_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 5.0


@frozen
class Send:
    """An alert is sent, as TradingView does: again where no 2xx comes within 3 seconds, four times at most."""

    action: str


@frozen
class Move:
    """The price moves to so many parts of what it was."""

    factor: Decimal


Step = Send | Move


@final
@define(eq=False)
class Trial:
    """One account in a house, and the exchange that it trades at."""

    house: House
    account_id: AccountId
    token: str
    fate: Fate = Fate()
    sends_again: int = 0
    crossed: list[str] = field(factory=list)
    accepted: list[AlertId] = field(factory=list)
    problems: list[str] = field(factory=list)

    def live(self, steps: tuple[Step, ...]) -> None:
        """Take each step, and wait until nothing is left to do; what is wrong then becomes a problem."""
        for number, step in enumerate(steps):
            match step:
                case Send(action=action):
                    self._send(action, f"{action}-{number}")
                case Move(factor=factor):
                    self._move(factor)
            self._rest()
            self._see_fate()
        rows = self.house.venue.orders(self.account_id)
        self.problems += inspection.doublings(self.house.store, self.account_id, rows)
        self.problems += inspection.bad_ends(self.house.store, self.account_id, self.accepted)

    def _send(self, action: str, name: str) -> None:
        body = {"action": action, "symbol": SYMBOL, "timeframe": "15 Min", "alert_id": name}
        url = ""
        for number in range(_SENDS_MAX):
            self.sends_again += bool(number)
            url = self._next_url(url)
            try:
                answer = self.house.http.post(f"{url}/webhook?token={self.token}", json=body, timeout=_ANSWER_SECONDS)
            except httpx.TransportError:
                continue
            if answer.is_success:
                self.accepted.append(AlertId(answer.json()["alert_id"]))
                self._reach(f"answer the sender of {action.upper()} {SYMBOL}: sent")
                return
            if not answer.is_server_error:
                self.problems.append(f"{name}: {answer.status_code} {answer.text}")
                return
        self.problems.append(f"{name} was not taken in {_SENDS_MAX} tries")

    def _reach(self, name: str) -> None:
        """Note a boundary that only the sender knows of; whose fate it is meets it by the sender's hand."""
        self.crossed.append(name)
        server = self.house.server
        if name == self.fate.at and server is not None:
            server.send(self.fate.by)

    def _next_url(self, last: str) -> str:
        """Return where to send to: at once where that is somewhere else than the last time, else after the pause."""

        def look() -> str | None:
            server = self.house.server
            return server.url if server is not None and server.url != last else None

        try:
            return until(look, "a web service should be there", seconds=_PAUSE_SECONDS)
        except AssertionError:
            return last

    def _move(self, factor: Decimal) -> None:
        prices = [
            row.average_price for row in self.house.venue.orders(self.account_id) if row.average_price is not None
        ]
        self.house.venue.price(SYMBOL, round(prices[0] * factor, 2))

    def _rest(self) -> None:
        store, left = self.house.store, [""]

        def is_at_rest() -> bool:
            self.house.tend()
            left[:] = inspection.unfinished(store, self.account_id)
            if not left:
                left[:] = inspection.disagreements(store, self.account_id, self.house.venue.orders(self.account_id))
            return not left

        try:
            until(is_at_rest, "all should be done")
        except AssertionError:
            self.problems += left

    def _see_fate(self) -> None:
        """Wait for a death that is under way; let a frozen process go on with what it was doing, and see no change."""
        for process in tuple(self.house.processes):
            crossed = process.crossed
            if process.fate.at in crossed and AWAKE not in crossed:
                process.wait_until_gone()
                self._rest()
            if process.state == "frozen":
                process.wake()
                self._rest()
