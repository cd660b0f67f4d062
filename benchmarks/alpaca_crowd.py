"""Measure a hundred people with twenty bots each, who trade at the Alpaca exchange with its limit of requests on.

Each has an own account, own keys and an own token. The bots of an account share five shares, under limits that bite:
of four bots that would buy the same share three may, and of twenty bots twelve may hold anything.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from signal import SIGTERM
from threading import Thread
from typing import Any, Final

import httpx
from attrs import define, frozen

from benchmarks.alpaca_path import beside, settle_in
from benchmarks.lines import Figures, Line, Size
from benchmarks.load import PLACE, Job, Outcome, started
from benchmarks.memory import resident
from benchmarks.options import SQLITE, Options, lent
from benchmarks.order_path import alert_of, arrivals
from benchmarks.processes import program
from benchmarks.workers import TICKS_PER_SECOND, children, ticks
from tests.integration.service import Service, running
from tradecore.domain.credentials import Credentials, KeysConfirmed
from tradecore.domain.decisions import Status
from tradecore.domain.ids import AccountId, BotId, Symbol, UserId
from tradecore.domain.limits import AccountLimits, BotLimits
from tradecore.domain.parties import Account, Bot, Power, User, Venue
from tradecore.domain.records import AlertRecord
from tradecore.domain.timeframes import Timeframe
from tradecore.entrypoints.runtime import wiring
from tradecore.entrypoints.runtime.rooms import Room
from tradecore.entrypoints.runtime.settings import Settings
from tradecore.entrypoints.runtime.tokens import issue
from tradecore.ports.history import Asked

_SYMBOLS: Final = ("AAPL", "MSFT", "NVDA", "SPY", "QQQ")
_TIMEFRAMES: Final = ("5 Min", "15 Min", "1 Hour", "4 Hour")
_UNITS_MAX: Final = Decimal(3)
_POSITIONS_MAX: Final = 12
_LIMITS: Final = AccountLimits(position_max=_UNITS_MAX, positions_max=_POSITIONS_MAX)
_BOT_LIMITS: Final = BotLimits(position_max=Decimal(1))
_RATE_LIMIT: Final = 200
_PER_SECOND_EACH: Final = 0.5
_CONNECTIONS: Final = 16
# The script's accounts, none of which comes near the limit of requests either.
_SCRIPTS: Final = 10
_SCRIPT_SECONDS_MAX: Final = 20.0
# The processes that work, by a word of their commands.
_PARTS: Final = {"service": "run", "exchange": "benchmarks.alpaca_venue"}
# When memory is looked at, as parts of the whole: after one, three and five minutes.
_LOOKS: Final = (0.2, 0.6, 1.0)
# What still waits then is not lost, and is told.
_SETTLED_SECONDS_MAX: Final = 600.0
_LOOK_SECONDS: Final = 0.5
_ANSWER_SECONDS: Final = 60.0


def lines(options: Options) -> Iterator[Line]:
    """Yield how long orders take beside those of a script, and memory at the end beside the beginning."""
    with (
        lent(SQLITE) as (folder, _),
        program("alpaca_venue", str(options.users + _SCRIPTS), str(_RATE_LIMIT)) as port,
        _crowd(folder, f"http://127.0.0.1:{port}", options.users) as crowd,
    ):
        began = time.monotonic()
        with running(folder) as service:
            started_in = time.monotonic() - began
            seconds = min(_SCRIPT_SECONDS_MAX, options.crowd_seconds)
            base = beside(crowd.venue, crowd.scripts, _SYMBOLS, crowd.per_second, seconds)
            found = crowd.trade(service, options.crowd_seconds)
    name = f"{options.users} users at Alpaca, {crowd.per_second:g}/s"
    note = f"started in {started_in:.1f} s, {found.told}"
    yield Line(name=name, own=found.figures, baseline="alpaca-py itself", base=base, is_paced=True, note=note)
    first, *others = zip(_LOOKS, found.sizes, strict=True)
    for part, size in others:
        yield Line(
            name=f"memory, {part * options.crowd_seconds:g} s of that", own=size,
            baseline=f"after {first[0] * options.crowd_seconds:g} s", base=first[1])  # fmt: skip


@frozen(kw_only=True)
class _Found:
    """What came of it; `told` in words, and what was held in memory at each look."""

    figures: Figures
    sizes: tuple[Size, ...]
    told: str


@define(kw_only=True)
class _Crowd:
    """Everybody, with their exchange, their keys there and their tokens here, and the keys of the script."""

    venue: str
    room: Room
    keys: list[dict[str, str]]
    tokens: tuple[str, ...]
    scripts: list[dict[str, str]]

    @property
    def per_second(self) -> float:
        """How many alerts come in all."""
        return len(self.tokens) * _PER_SECOND_EACH

    def trade(self, service: Service, seconds: float) -> _Found:
        """Send everybody's alerts, wait for their ends, and count."""
        for path in ("stamps", "peaks"):  # Those of the script are not asked for.
            self._ask(path)
        job = Job(
            port=int(service.first_run["url"].rpartition(":")[2]), target="/webhook", bodies=_bodies(self.tokens),
            connections=_CONNECTIONS, seconds=seconds, per_second=self.per_second)  # fmt: skip
        sizes: list[Size] = []
        before, began = _spent(), time.monotonic()
        with started(job) as load:
            watch = Thread(target=_look, args=(service, seconds, sizes))
            watch.start()
            outcome = load.go()
            watch.join()
        print(f"crowd: answers {outcome.statuses}", file=sys.stderr)
        settled_in = self._settled()
        spent = _spent() - before
        busy = {part: took / TICKS_PER_SECOND / (time.monotonic() - began) for part, took in spent.items()}
        at_work = ", ".join(f"{part} {share:.2f}" for part, share in busy.items())
        told = f"settled {settled_in:.1f} s after the last; processors at work: {at_work}"
        return self._found(outcome, tuple(sizes), told)

    def _settled(self) -> float:
        """Wait until no alert is pending, but not for ever; return how long it took."""
        began = time.monotonic()
        while self.room.store.history.alerts(Asked(status=Status.PENDING, limit=1)):
            if time.monotonic() - began > _SETTLED_SECONDS_MAX:
                break
            time.sleep(_LOOK_SECONDS)
        return time.monotonic() - began

    def _found(self, outcome: Outcome, sizes: tuple[Size, ...], ended: str) -> _Found:
        due = {alert_of(sent): sent.due for sent in outcome.sent if sent.status == httpx.codes.ACCEPTED}
        came = arrivals(self.venue, set())
        records = self.room.store.history.alerts(Asked(limit=len(outcome.sent) + 1))
        ends = Counter(_end(record) for record in records if record.ended_at is not None and record.alert.id in due)
        told = (
            f"{len(outcome.sent)} alerts sent, {len(due)} accepted, {ends.total()} ended, {len(due) - ends.total()} "
            f"lost: {_listed(ends)}; {self._seen_by_the_exchange(set(due))}; {ended}"
        )
        print(f"crowd: {told}", file=sys.stderr)
        took = [came[name] - at for name, at in due.items() if name in came]
        return _Found(figures=Figures.of(took, outcome.seconds), sizes=sizes, told=told)

    def _seen_by_the_exchange(self, alerts: set[str]) -> str:
        """Say what the exchange has of the *alerts*, and whether anything there is too much."""
        placed = [order for key in self.keys for order in self._ask(f"sim/accounts/{key['key_id']}/orders")]
        entries = Counter(_alert_in(one) for one in placed if one["side"] == "buy")
        strangers = sum(1 for one in placed if _alert_in(one) not in alerts)
        counts, peaks = Counter(self._ask("counts")), self._ask("peaks")
        too_many = counts.pop("429", 0)
        most = max(entries.values(), default=0)
        return (
            f"{len(placed)} orders, {most} entries for an alert at most, {strangers} orders for none; an account held "
            f"at most {peaks['units']} of {_UNITS_MAX} of a share, {peaks['together']} of {_POSITIONS_MAX} in all; "
            f"{counts.total()} requests, {too_many} of them too many: {_listed(counts)}"
        )

    def _ask(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return httpx.get(f"{self.venue}/{path}", timeout=_ANSWER_SECONDS).raise_for_status().json()


def _end(record: AlertRecord) -> str:
    """Say in a word or two how an alert ended."""
    return record.refusal.code if record.refusal is not None else record.status.value


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.most_common())


def _alert_in(order: Mapping[str, str]) -> str:
    return order["client_order_id"].partition("-")[0]


def _spent() -> Counter[str]:
    """Return for how many ticks the service and the exchange have kept a processor so far."""
    spent: Counter[str] = Counter()
    for child in children(os.getpid()):
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        for part, word in _PARTS.items():
            spent[part] += ticks(child, 2) if word in words else 0
    return spent


def _look(service: Service, seconds: float, sizes: list[Size]) -> None:
    """Look at the service's memory at each part of the time."""
    began = time.monotonic()
    for part in _LOOKS:
        time.sleep(max(0.0, began + part * seconds - time.monotonic()))
        sizes.append(resident(service))
        print(f"crowd: {sizes[-1].mebibytes:,.1f} MiB after {part * seconds:g} s", file=sys.stderr)


def _bodies(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """Return an opening alert for every bot, by turns for each person, and then a closing one for each."""
    return tuple(
        json.dumps({"action": action, "symbol": symbol, "timeframe": frame, "token": token, "alert_id": PLACE})
        for action in ("buy", "close") for frame in _TIMEFRAMES for symbol in _SYMBOLS for token in tokens
    )  # fmt: skip


@contextmanager
def _crowd(folder: Path, venue: str, users: int) -> Iterator[_Crowd]:
    """Furnish everybody in a service that has been there once."""
    told = httpx.get(f"{venue}/told").raise_for_status().json()
    settle_in(folder, told)
    with running(folder) as service:
        service.end(SIGTERM)
    room = wiring.beside(Settings.load({"TRADECORE_FOLDER": str(folder / "var")}, here=folder))
    with closing(room.store):
        own, scripts = told["accounts"][:users], told["accounts"][users:]
        tokens = tuple(_furnish(room, number, keys) for number, keys in enumerate(own, 1))
        yield _Crowd(venue=venue, room=room, keys=own, tokens=tokens, scripts=scripts)


def _furnish(room: Room, number: int, keys: Mapping[str, str]) -> str:
    """Make a person with an account and its bots; return a token for their alerts."""
    services, user_id, account_id = room.services, UserId(f"user-{number}"), AccountId(f"account-{number}")
    services.directory.keep(User(id=user_id, name=user_id))
    account = Account(id=account_id, user_id=user_id, name="stocks", venue=Venue.ALPACA, limits=_LIMITS)
    services.directory.keep(account)
    credentials = Credentials(key_id=keys["key_id"], secret=keys["secret_key"])
    services.keyring.save(account, credentials, KeysConfirmed(number=f"PA{number:010}"))
    for symbol in _SYMBOLS:
        for frame in _TIMEFRAMES:
            services.directory.keep(Bot(
                id=BotId(f"{account_id}-{symbol}-{frame}"), user_id=user_id, account_id=account_id,
                symbol=Symbol(symbol), timeframe=Timeframe.read(frame), limits=_BOT_LIMITS))  # fmt: skip
    issued = issue(services.mint, user_id=user_id, power=Power.SUBMIT, now=services.clock.now())
    services.directory.keep(issued.token)
    return issued.text
