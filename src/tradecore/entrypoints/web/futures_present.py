"""Turn what accounts hold, and how they did, into the views of the futures bot's addresses."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import asdict, frozen

from tradecore.domain.book import Book
from tradecore.domain.guard_rails import Rail, risk_level
from tradecore.domain.money import HUNDRED, ZERO, plain
from tradecore.domain.orders import Order, OrderState, OrderType, Report, Side
from tradecore.domain.parties import HaltLevel
from tradecore.domain.performance import measure
from tradecore.domain.sessions import CHICAGO
from tradecore.domain.signals import Direction
from tradecore.entrypoints.web import futures_views as v
from tradecore.entrypoints.web.looks import Look
from tradecore.entrypoints.web.snapshots import Held

_TYPES: Final = {OrderType.LIMIT: 1, OrderType.STOP: 4, OrderType.STOP_LIMIT: 3}
_WORKING, _SUSPENDED = 1, 8
_SECONDS_OLD: Final = 60


def number(value: Decimal | None) -> float | None:
    """Write a number as the futures bot did; no money is counted with it."""
    return None if value is None else float(value)


def moment(value: datetime) -> str:
    return value.astimezone(CHICAGO).isoformat()


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Add up what is known of all; None where something is missing."""
    found = list(amounts)
    known = [amount for amount in found if amount is not None]
    return sum(known, ZERO) if len(known) == len(found) else None


# ---------------------------------------------------------------- positions


@frozen(kw_only=True)
class State:
    """A position with its amounts in money, before they are written."""

    held: Held
    book: Book | None
    realised: Decimal

    @property
    def result(self) -> Decimal | None:
        """What it has won in all; None where there is no price."""
        return None if self.held.unrealised is None else self.held.unrealised + self.realised


def states(look: Look) -> tuple[State, ...]:
    """Return what is held, that of most value first."""
    books = {book.key.symbol: book for book in look.books}
    found = [
        State(held=held, book=books.get(held.position.symbol), realised=_realised(books.get(held.position.symbol)))
        for held in look.seen.held
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.held.value or ZERO), one.held.position.symbol)))


def _realised(book: Book | None) -> Decimal:
    shares = book.shares if book is not None else ()
    trades = [(share, share.trade) for share in shares if share.trade is not None]
    return sum((trade.cash + share.cost - trade.commission for share, trade in trades), ZERO)


def position_view(state: State, now: datetime) -> v.PositionStateView:
    held, book = state.held, state.book
    quantity, quote = held.position.quantity, held.quote
    age = (now - quote.at).total_seconds() if quote is not None else None
    resting = [order for order in (book.orders if book else ()) if order.state in _AT_BROKER]
    return v.PositionStateView(
        symbol=held.position.symbol,
        has_position=True,
        size=float(abs(quantity)),
        side=Direction.of(quantity).value,
        entry_price=float(held.position.average_price),
        current_price=number(quote.last if quote else None),
        price_age_seconds=age,
        price_source=f"last_price_{age:.0f}s_old" if age is not None else None,
        current_pnl=number(held.unrealised),
        unrealized_pnl=number(held.unrealised),
        realized_pnl=float(state.realised),
        market_value=number(held.value),
        stop_orders=tuple(
            _resting(one) for one in resting if one.ticket.type in {OrderType.STOP, OrderType.STOP_LIMIT}
        ),
        limit_orders=tuple(_resting(one) for one in resting if one.ticket.type is OrderType.LIMIT),
        duration_minutes=_minutes(book, now),
        position_type=1 if quantity > ZERO else 2,
        external=float(held.external),
        uncertain=_doubts(state, age),
    )


_AT_BROKER: Final = frozenset({OrderState.WORKING, OrderState.HELD, OrderState.CANCELLING})


def _resting(order: Order) -> v.RestingOrderView:
    ticket = order.ticket
    return v.RestingOrderView(
        id=order.broker_order_id or order.id,
        contractId=ticket.symbol,
        type=_TYPES[ticket.type],
        status=_SUSPENDED if order.state is OrderState.HELD else _WORKING,
        side=0 if ticket.side is Side.BUY else 1,
        size=float(order.left),
        limitPrice=number(ticket.limit_price),
        stopPrice=number(ticket.stop_price),
        bot_id=order.bot_id,
    )


def _minutes(book: Book | None, now: datetime) -> float | None:
    """Return for how long bots have held it; None where nobody knows since when."""
    opened = [share.trade.opened_at for share in (book.shares if book else ()) if share.trade is not None]
    return round((now - min(opened)).total_seconds() / 60, 1) if opened else None


def _doubts(state: State, age: float | None) -> tuple[str, ...]:
    held, book = state.held, state.book
    found = []
    if age is None:
        found.append("There is no price.")
    elif age > _SECONDS_OLD:
        found.append(f"The price is {age:.0f} s old.")
    if book is not None and book.in_doubt:
        found.append("Nobody knows yet what became of an order.")
    if book is not None and book.drift:
        found.append(f"Nobody can explain {plain(book.drift)} of it: see tradecore drift.")
    elif held.external and (book is None or held.external != book.external):
        found.append(f"The books do not know {plain(held.external - (book.external if book else ZERO))} of it yet.")
    return tuple(found)


def missing(look: Look) -> tuple[str, ...]:
    """Say what the books hold and the broker does not show: it was closed a moment ago, or by hand."""
    if look.seen.trouble:
        return ()
    shown = {held.position.symbol for held in look.seen.held}
    return tuple(
        f"The books hold {plain(book.net)} {book.key.symbol}, and the broker shows none of it."
        for book in look.books if book.net and book.key.symbol not in shown
    )  # fmt: skip


def order_by_hand_view(report: Report) -> v.HandOrderView:
    return v.HandOrderView(
        order_id=report.broker_order_id,
        symbol=report.symbol,
        side=report.side.value if report.side is not None else None,
        quantity=number(report.quantity),
        filled=float(report.filled),
    )


# ---------------------------------------------------------------- the account's day


def rail_view(rail: Rail) -> v.RailView:
    return v.RailView(
        name=rail.name, unit=rail.unit, limit=float(rail.limit), actual=number(rail.actual),
        distance=number(rail.distance), reached=rail.reached, guards=rail.guards, detail=rail.detail)  # fmt: skip


def reasons(look: Look) -> tuple[str, ...]:
    """Return in sentences why nothing can be opened in the account now."""
    seen, day = look.seen, look.today
    found = [] if look.account.active else ["The account is switched off."]
    if look.account.unlisted:
        found.append("The account is in `.env` no longer: it can be closed, and opens nothing.")
    if seen.trouble:
        found.append(seen.trouble)
    if seen.state is not None and seen.state.blocked:
        found.append(f"The broker does not let it trade: {seen.state.blocked.rstrip('.')}.")
    found += [f"The kill switch says: {halt.level.value} ({halt.reason.rstrip('.')})." for halt in day.halts]
    if look.flat_by is not None and look.now >= look.flat_by:
        found.append("The session is about to end: it opens nothing until the next one.")
    found += [f"{rail.name.capitalize()}: {rail.detail}." for rail in look.rails if rail.reached and rail.guards]
    return tuple(found)


def metrics(look: Look) -> v.AccountMetricsView:
    seen, day = look.seen, look.today
    performance = measure(day.trades)
    level = max((halt.level for halt in day.halts), key=list(HaltLevel).index, default=None)
    why = reasons(look)
    return v.AccountMetricsView(
        daily_pnl=float(day.day.realised),
        gross_pnl=float(day.day.realised + day.commission),
        daily_fees=float(day.commission),
        unrealized_pnl=number(day.day.unrealised if day.day.known else None),
        trade_count=performance.trades,
        winning_trades=performance.wins,
        losing_trades=performance.losses,
        win_rate=float(performance.win_rate / HUNDRED) if performance.win_rate is not None else 0.0,
        consecutive_losses=day.losses_in_a_row,
        open_positions=None if seen.trouble else len(seen.held),
        can_trade=not why,
        risk_level="unknown" if seen.trouble else risk_level(look.account.limits, look.stand, look.rails),
        kill_switch=level.value if level else None,
        reasons=why,
    )


def thresholds(look: Look) -> v.ThresholdsView:
    limits = look.account.limits
    return v.ThresholdsView(
        max_daily_loss=number(-limits.daily_loss if limits.daily_loss else None),
        profit_target=number(limits.daily_profit),
        max_consecutive_losses=limits.losing_streak or None,
    )


def health_view(look: Look) -> v.AccountHealthView:
    return v.AccountHealthView(
        account=look.account.name,
        account_id=look.account.id,
        health=v.HealthMetricsView(**asdict(metrics(look)), thresholds=thresholds(look)),
        guard_rails=tuple(map(rail_view, look.rails)),
        flat_by=moment(look.flat_by) if look.flat_by is not None else None,
        error=look.seen.trouble or None,
        timestamp=moment(look.now),
    )


def account_state(look: Look) -> v.AccountStateView:
    found = tuple(position_view(state, look.now) for state in states(look))
    unknown = look.seen.trouble
    return v.AccountStateView(
        account_id=look.account.id,
        position=None if unknown else found[0] if found else v.PositionStateView(),
        positions=found,
        account_metrics=metrics(look),
        uncertain=missing(look),
        error=unknown or None,
    )
