"""Be the Alpaca exchange in a process of its own, and stamp each order with the moment at which it came in.

Run as a program it prints its port, and ends with its input. Beside the exchange's own addresses `/told` tells its
other addresses and keys, `/stamps` what came since it was asked last, `/counts` how often each kind of request came
and how many were too many, and `/peaks` how much an account has held at once since.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from threading import Lock
from typing import Any, Final, final

from attrs import define, field

from benchmarks.venue import Application, Stamped, answered
from tradecore.domain.money import ZERO
from tradecore.entrypoints.runtime.crew import Crew
from tradecore.entrypoints.venues.alpaca.engine.orders import Update
from tradecore.entrypoints.venues.alpaca.process import AlpacaVenue, Options

_HOST: Final = "127.0.0.1"
_TOO_MANY: Final = "429"
_PARTS: Final = 3  # of a path, as far as it says what is asked
_STOP_SECONDS: Final = 5


@final
@define
class Peaks:
    """The most that each account has held: units of one share, and units in all."""

    held: dict[str, dict[str, Decimal]] = field(factory=dict)
    units: dict[str, Decimal] = field(factory=dict)
    together: dict[str, Decimal] = field(factory=dict)

    def follow(self, update: Update) -> None:
        """Take note of what a fill leaves."""
        if update.fill is None:
            return
        account = update.order.account_id
        held = self.held.setdefault(account, {})
        held[update.order.symbol] = abs(update.fill.position)
        self.units[account] = max(self.units.get(account, ZERO), *held.values())
        self.together[account] = max(self.together.get(account, ZERO), sum(held.values()))

    def told(self) -> dict[str, object]:
        """Return the most of all accounts since it was told last."""
        told = {name: str(max(most.values(), default=ZERO)) for name, most in (
            ("units", self.units), ("together", self.together))}  # fmt: skip
        self.units.clear()
        self.together.clear()
        return told


@final
class Counted:
    """An application, with how often each kind of request came."""

    def __init__(self, application: Application, venue: AlpacaVenue) -> None:
        self._application = application
        self._venue = venue
        self._lock = Lock()
        self._counts: Counter[str] = Counter()
        self._peaks = Peaks()
        venue.exchange.follow(self._peaks.follow)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Count a request, and pass it on."""
        path = environ["PATH_INFO"]
        match path:
            case "/told":
                return answered(start, self._venue.told())
            case "/counts":
                with self._lock:
                    return answered(start, dict(self._counts))
            case "/peaks":
                with self._venue.exchange.lock:
                    return answered(start, self._peaks.told())
        kind = "/".join(path.split("/")[:_PARTS])

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - as WSGI has it
            with self._lock:
                self._counts[f"{environ['REQUEST_METHOD']} {kind}"] += 1
                self._counts[_TOO_MANY] += status.startswith(_TOO_MANY)
            return start(status, headers, *rest)

        return self._application(environ, begin)


def main(accounts: str, rate_limit: str) -> None:
    """Serve until the input ends; a limit of 0 takes any number of requests."""
    options = Options(host=_HOST, port=0, stream_port=0, accounts=int(accounts), rate_limit=int(rate_limit))
    venue = AlpacaVenue(options)
    venue.app.wsgi_app = Counted(Stamped(venue.app.wsgi_app), venue)  # type: ignore[method-assign]
    venue.start()
    crew = Crew()
    crew.repeat("prices", venue.tick, every_seconds=1.0)
    print(venue.told()["rest"].rpartition(":")[2], flush=True)
    sys.stdin.read()
    crew.stop(seconds=_STOP_SECONDS)
    venue.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
