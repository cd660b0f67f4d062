"""Send alerts as TradingView does."""

from typing import Final, final

import httpx
from attrs import frozen

from tests.kill.house import House
from tests.kill.inspection import Sent
from tests.kill.processes import until
from tradecore.domain.ids import AlertId, Symbol
from tradecore.domain.signals import Signal

# It hangs up after three seconds, and sends four times at most, with a pause between.
_SENDS_MAX: Final = 4
_ANSWER_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 5.0


@final
@frozen
class Sender:
    """Sends to whoever serves the house's web just now, as a proxy before it would."""

    house: House
    token: str

    def send(self, name: str, signal: Signal, symbol: Symbol, timeframe: str = "15 Min") -> Sent:
        """Send an alert, again where that is in vain; its *name* makes every delivery the same alert."""
        body = {"signal": signal.value, "symbol": symbol, "timeframe": timeframe, "alert_id": name, "comment": name}
        url = ""
        for tries in range(1, _SENDS_MAX + 1):
            url = self._next_url(url)
            try:
                answer = self.house.http.post(f"{url}/webhook?token={self.token}", json=body, timeout=_ANSWER_SECONDS)
            except httpx.TransportError:
                continue
            if answer.is_success:
                return Sent(name=name, alert_id=AlertId(answer.json()["alert_id"]), tries=tries)
            assert answer.is_server_error, f"{name}: {answer.text}"
        return Sent(name=name, alert_id=None, tries=_SENDS_MAX)

    def _next_url(self, last: str) -> str:
        """Return where to send to: at once where that is somewhere else than the last time, else after the pause."""

        def look() -> str | None:
            server = self.house.server
            return server.url if server is not None and server.url != last else None

        try:
            return until(look, "a web service should be there", seconds=_PAUSE_SECONDS)
        except AssertionError:
            return last
