"""Say how an account stands, from our own store alone: what is open, what the day has brought, what was sent lately."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Final

from attrs import frozen

from tradecore.domain.book import Book, BookKey
from tradecore.domain.facts import Facts
from tradecore.domain.ids import AccountId
from tradecore.domain.limits import Day
from tradecore.domain.money import ZERO
from tradecore.domain.parties import Account
from tradecore.domain.records import Holding
from tradecore.domain.values import evolve
from tradecore.domain.venues import Position
from tradecore.entrypoints.runtime.exposure import Coming, Exposure
from tradecore.ports.directory import Directory
from tradecore.ports.ledger import Ledger, Standing

_MINUTE: Final = timedelta(minutes=1)


@frozen(kw_only=True)
class Standings:
    """Adds to facts what limits are judged by. Raises `UnreachableError` where our own store cannot be had."""

    directory: Directory
    ledger: Ledger
    standing: Standing

    def add(
        self, facts: Facts, book: Book, prices: Mapping[BookKey, Decimal], held: tuple[Position, ...] | None = None
    ) -> Facts:
        """Return *facts* with how the account stands, as far as any limit asks for it.

        *held* is what the broker says the account holds; None where nobody knows.
        """
        account, hours = facts.account, facts.hours
        assert account is not None
        limits = account.limits
        if limits.drawdown is not None and hours is not None:
            high = self.standing.equity_high(account.id, limits.drawdown.form, hours.day)
            facts = evolve(facts, equity_high=high)
        if limits.contracts is not None and limits.contracts.scaling and hours is not None:
            ends = self.standing.equity_ends(account.id, hours.day, 1)
            facts = evolve(facts, equity_ended=ends[0] if ends else None)
        if limits.orders_per_minute is not None:
            # Those of the future were made before the clock was set back.
            since, to_come = (facts.now + step for step in (-_MINUTE, _MINUTE))
            count = self.standing.orders_since(account.id, since) - self.standing.orders_since(account.id, to_come)
            facts = evolve(facts, orders_last_minute=count)
        if limits.losing_streak and hours is not None:
            since = max(hours.day_began, account.streak_from or hours.day_began)
            facts = evolve(facts, losses_in_a_row=self.standing.losses_in_a_row(account.id, since))
        if limits.positions_max is not None or limits.contracts is not None or _days_count(facts):
            facts = self._days(facts, book, prices, held)
        return facts

    def open_besides(self, facts: Facts, book: Book) -> Iterator[tuple[Account, BookKey]]:
        """Yield what is open, or about to be in other books, where a limit asks what it is worth."""
        if not _days_count(facts):
            return
        accounts = self._accounts_that_count(facts)
        keys = {holding.key for holding in self.standing.holdings(accounts)}
        keys |= {other.key for other in self.ledger.books_entering(accounts) if other.key != book.key}
        for key in keys:
            yield accounts[key.account_id], key

    def _accounts_that_count(self, facts: Facts) -> dict[AccountId, Account]:
        account, user = facts.account, facts.user
        assert account is not None
        accounts = {account.id: account}
        if user is not None and user.limits.daily_loss:
            accounts |= {one.id: one for one in self.directory.view().accounts(user.id)}
        return accounts

    def _days(
        self, facts: Facts, book: Book, prices: Mapping[BookKey, Decimal], held: tuple[Position, ...] | None
    ) -> Facts:
        """Add what is open, and what the day has brought: for the account, its bots and, where it counts, its user."""
        account = facts.account
        assert account is not None
        accounts = self._accounts_that_count(facts)
        exposures = self._exposures(accounts, book, prices)
        mine = exposures[account.id]
        facts = evolve(facts, positions_open=mine.positions)
        if account.limits.contracts is not None and held is not None:
            find = partial(self.directory.view().instrument, account.venue)
            elsewhere = mine.minis(account.limits.contracts, held, find, but=book.key.symbol)
            facts = evolve(facts, contracts_elsewhere=elsewhere)
        if facts.hours is None or not _days_count(facts):
            return facts
        began = facts.hours.day_began
        results = {account_id: self.standing.results_of_bots(account_id, began) for account_id in accounts}
        days = {
            account_id: exposures[account_id].day(sum(won.values(), ZERO)) for account_id, won in results.items()
        }  # fmt: skip
        won = results[account.id]
        return evolve(
            facts,
            days={bot_id: mine.of_bot(bot_id).day(won.get(bot_id, ZERO)) for bot_id in facts.bots},
            account_day=days[account.id],
            user_day=sum(days.values(), Day()),
        )

    def _exposures(
        self, accounts: Mapping[AccountId, Account], book: Book, prices: Mapping[BookKey, Decimal]
    ) -> dict[AccountId, Exposure]:
        """Return what each account has open, and what its other books are about to open."""
        holdings: defaultdict[AccountId, list[Holding]] = defaultdict(list)
        for holding in self.standing.holdings(accounts):
            holdings[holding.key.account_id].append(holding)
        coming: defaultdict[AccountId, list[Coming]] = defaultdict(list)
        for other in self.ledger.books_entering(accounts):
            if other.key != book.key:
                coming[other.key.account_id] += (
                    Coming(key=other.key, order=order, point_value=other.point_value, instrument=other.instrument)
                    for order in other.entries
                )
        return {
            account_id: Exposure(holdings=tuple(holdings[account_id]), coming=tuple(coming[account_id]), prices=prices)
            for account_id in accounts
        }


def _days_count(facts: Facts) -> bool:
    """Tell whether any limit needs what the day has brought."""
    assert facts.account is not None
    limits, user = facts.account.limits, facts.user
    by_user = user is not None and user.limits.daily_loss
    return bool(limits.daily_loss or limits.daily_profit or limits.drawdown or by_user) or any(
        bot.limits.daily_loss for bot in facts.bots.values()
    )
