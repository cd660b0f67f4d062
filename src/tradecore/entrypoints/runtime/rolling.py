"""Tell people what they hold in a contract month that gives way, or has: before it happens, where that can be known."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, final

from attrs import frozen

from tradecore.domain.book import BookKey
from tradecore.domain.commands import Urgency
from tradecore.domain.instruments import Instrument
from tradecore.domain.parties import Account
from tradecore.domain.records import Told
from tradecore.domain.rolls import expected_roll
from tradecore.domain.sessions import CHICAGO
from tradecore.entrypoints.runtime.services import Services

# A weekend and a day, so that a person hears of it on a working day.
_DAYS_BEFORE: Final = timedelta(days=4)


@frozen
class Roll:
    """A month in which an account holds or works something, and that gives way: when, and what then, in sentences."""

    key: BookKey
    sentence: str


def rolls(services: Services, today: date) -> Iterator[Roll]:
    """Yield what of all open books is in a month that gives way soon, or has. Asks our own database alone."""
    directory = services.directory.view()
    accounts = {account.id: account for account in directory.accounts()}
    for key in sorted(services.ledger.open_books(), key=str):
        account = accounts.get(key.account_id)
        month = directory.instrument(account.venue, key.symbol) if account is not None else None
        if account is None or month is None or month.root == month.symbol:
            continue
        active = directory.instrument(account.venue, month.root)
        if sentence := _sentence(account, month, active, today):
            yield Roll(key, sentence)


def _sentence(account: Account, month: Instrument, active: Instrument | None, today: date) -> str:
    out = f"A CLOSE or FLAT for {month.root} closes it."
    if not month.active:
        now = f": {active.symbol} is" if active is not None and active.active else ""
        return f"{account.name} is in {month.symbol}, which is not the active month any more{now}. {out}"
    day = expected_roll(month)
    if day is None or not day - _DAYS_BEFORE <= today:
        return ""
    when = f"by a rule of thumb on {day:%A} {day.isoformat()}; the venue decides"
    return f"{account.name} is in {month.symbol}, which soon gives way to the next month ({when}). {out}"


@final
class RollWatch:
    """Tells each roll once a day, by Chicago's."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._told: set[tuple[BookKey, date]] = set()

    def tend(self) -> None:
        """Look, and tell what was not told today. Raises `UnreachableError` where our own database cannot be had."""
        now = self._services.clock.now()
        today = now.astimezone(CHICAGO).date()
        self._told = {one for one in self._told if one[1] == today}
        for roll in rolls(self._services, today):
            if (roll.key, today) not in self._told:
                self._told.add((roll.key, today))
                told = Told(at=now, key=roll.key, urgency=Urgency.WARNING.value, text=roll.sentence)
                self._services.notifier.tell(told)
