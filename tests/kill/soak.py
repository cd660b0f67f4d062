"""Let processes die at any moment, for as long as one likes, while alerts come for many bots; then compare."""

import signal
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Final, final

from attrs import define, field, frozen

from tests.kill import inspection
from tests.kill.databases import Databases
from tests.kill.house import House, furnish, site
from tests.kill.inspection import Sent
from tests.kill.processes import Zygote
from tests.kill.sender import Sender
from tradecore.domain.ids import AccountId, Symbol
from tradecore.domain.signals import Signal

_SYMBOLS: Final = (Symbol("AAPL"), Symbol("MSFT"))
_BOTS: Final = ((_SYMBOLS[0], 15), (_SYMBOLS[0], 5), (_SYMBOLS[1], 15))
_ACCOUNTS: Final = tuple(AccountId(f"account-{number}") for number in range(1, 4))
_SIGNALS: Final = (Signal.BUY, Signal.SELL, Signal.CLOSE, Signal.FLAT)
_WEIGHTS: Final = (5, 5, 3, 1)
_BETWEEN_ALERTS_SECONDS: Final = 0.3
_BETWEEN_DEATHS_SECONDS: Final = 1.0
_FROZEN_SECONDS_MAX: Final = 4.0
# After the last death; it includes every pause between tries, which grow.
_REST_SECONDS: Final = 180.0


@frozen(kw_only=True)
class Soaked:
    """What a soak came to."""

    seed: int
    alerts: int
    unanswered: int
    orders: int
    deaths: Counter[str]
    problems: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in one sentence, and then what was wrong."""
        deaths = ", ".join(f"{what} {count} times" for what, count in sorted(self.deaths.items()))
        alerts = f"{self.alerts} alerts, {self.unanswered} of them unanswered, {self.orders} orders"
        return "\n".join([f"seed {self.seed}: {alerts}; {deaths}", *self.problems])


@final
@define(eq=False)
class _Soak:
    house: House
    random: Random
    can_freeze: bool
    tokens: dict[AccountId, str]
    sent: dict[AccountId, list[Sent]]
    deaths: Counter[str] = field(factory=Counter)
    stopping: Event = field(factory=Event)

    def run(self, seconds: float) -> None:
        """Send and kill until the time is over, then let everybody live."""
        threads = [Thread(target=self._send, args=(one, Random(self.random.random()))) for one in _ACCOUNTS]
        for thread in threads:
            thread.start()
        end = monotonic() + seconds
        while monotonic() < end:
            self._let_one_die()
            self._move_a_price()
        self.stopping.set()
        for thread in threads:
            thread.join()
        for process in self.house.processes:
            process.send(signal.SIGCONT)

    def _send(self, account_id: AccountId, random: Random) -> None:
        sender = Sender(self.house, self.tokens[account_id])
        while not self.stopping.wait(random.expovariate(1 / _BETWEEN_ALERTS_SECONDS)):
            symbol, minutes = random.choice(_BOTS)
            (wanted,) = random.choices(_SIGNALS, _WEIGHTS)
            name = f"{account_id}-{len(self.sent[account_id])}"
            self.sent[account_id].append(sender.send(name, wanted, symbol, f"{minutes} Min"))

    def _let_one_die(self) -> None:
        self.stopping.wait(self.random.expovariate(1 / _BETWEEN_DEATHS_SECONDS))
        living = [process for process in self.house.processes if process.state == "running"]
        if not living:
            return
        process = self.random.choice(living)
        by = self.random.choice((signal.SIGKILL, signal.SIGSTOP)) if self.can_freeze else signal.SIGKILL
        self.deaths[f"{process.command} {'killed' if by == signal.SIGKILL else 'frozen'}"] += 1
        process.send(by)
        if by == signal.SIGSTOP:
            self.stopping.wait(self.random.uniform(0, _FROZEN_SECONDS_MAX))
            process.send(signal.SIGCONT)
        if process.state == "ended":
            self.house.start(process.command)

    def _move_a_price(self) -> None:
        price = Decimal(self.random.randint(18_000, 22_000)) / 100
        self.house.venue.price(self.random.choice(_SYMBOLS), price)

    def problems(self) -> Iterator[str]:
        """Say what is wrong once all is done, and again once everything is sold."""
        store = self.house.store
        for account_id in _ACCOUNTS:
            yield from self.house.rest(account_id, _REST_SECONDS)
            flat = [
                Sender(self.house, self.tokens[account_id]).send(f"{account_id}-{one}", Signal.FLAT, one)
                for one in _SYMBOLS
            ]
            yield from self.house.rest(account_id, _REST_SECONDS)
            rows = self.house.venue.orders(account_id)
            yield from (f"{row.symbol}: {row.order_id} still works" for row in rows if row.is_live)
            yield from inspection.doublings(store, account_id, rows)
            yield from inspection.bad_ends(store, account_id, [*self.sent[account_id], *flat])
            yield from inspection.bad_sums(store, account_id, self.house.venue.won(account_id))


def soak(zygote: Zygote, databases: Databases, folder: Path, *, seconds: float, seed: int) -> Soaked:
    """Live with death for so many *seconds*; *seed* chooses the alerts, the prices, and who dies when."""
    with site(zygote, databases, folder / "site") as place, place.house(folder / "house", workers=4) as house:
        tokens = {account_id: furnish(house.store, account_id, *_BOTS) for account_id in _ACCOUNTS}
        one = _Soak(house, Random(seed), len(databases.commands) > 1, tokens, {account_id: [] for account_id in tokens})
        for command in databases.commands:
            house.start(command)
        one.run(seconds)
        problems = tuple(one.problems())
        sent = [each for sent in one.sent.values() for each in sent]
        return Soaked(
            seed=seed, alerts=len(sent), unanswered=sum(1 for each in sent if each.alert_id is None), deaths=one.deaths,
            orders=sum(len(house.venue.orders(account_id)) for account_id in _ACCOUNTS), problems=problems)  # fmt: skip
