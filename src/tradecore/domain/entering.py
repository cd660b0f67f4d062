"""Judge an entry: every gate, in order, each with what it compared; then the size that is left."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

from tradecore.domain.book import Book, StepKind, Wish
from tradecore.domain.events import AlertArrived, Event, OrderReported
from tradecore.domain.facts import Facts
from tradecore.domain.fitting import (
    WHOLE_ONLY,
    contract_room,
    fit,
    guard_around,
    keep_off,
    risk_of,
    size_gate,
    wanted,
)
from tradecore.domain.ids import Symbol
from tradecore.domain.instruments import Instrument, Market, is_dated
from tradecore.domain.limits import (
    Day,
    Judgement,
    judge_count,
    judge_daily_loss,
    judge_daily_profit,
    judge_drawdown,
    judge_drawdown_risk,
    judge_profit_target,
    judge_streak,
)
from tradecore.domain.money import HUNDRED, ONE, ZERO, is_multiple, plain
from tradecore.domain.orders import Bracket, News, Side
from tradecore.domain.parties import Account, Bot, HaltLevel
from tradecore.domain.refusals import Refusal, most_urgent
from tradecore.domain.resting import has_way_back
from tradecore.domain.venues import VenueRules

# An entry that waited longer than this, behind another plan or for its own close, is no longer what was meant.
WAIT_SECONDS_MAX: Final = 300

_NOTHING_YET: Final = Day()
_VENUES_OWN: Final = {
    Refusal.ACCOUNT_UNREACHABLE, Refusal.STALE_MONTH, Refusal.NOT_SHORTABLE, Refusal.NO_PRICE, Refusal.ACCOUNT_BLOCKED,
}  # fmt: skip
_HALTED: Final = {
    HaltLevel.NO_ENTRIES: Refusal.HALTED,
    HaltLevel.REDUCE_ONLY: Refusal.REDUCE_ONLY,
    HaltLevel.FLATTEN: Refusal.FLATTENED,
}


@frozen(kw_only=True)
class Entrance:
    """What the gates leave of an entry: units to trade and their protection, or why there are none."""

    gates: tuple[Judgement, ...]
    refusal: Refusal | None
    quantity: Decimal = ZERO
    guard: Bracket = Bracket()

    @property
    def sentence(self) -> str:
        """The refusal as a person reads it, with the gate's words where those tell more."""
        assert self.refusal is not None
        told = next(gate.detail for gate in self.gates if gate.refusal is self.refusal)
        sentence = self.refusal.value
        is_told = self.refusal in _VENUES_OWN or told in WHOLE_ONLY.values()
        return f"{sentence.rstrip('.')}: {told.rstrip('.')}." if is_told else sentence


def may_enter(book: Book, event: Event) -> bool:
    """Tell whether judging *event* can come to judging an entry: where not, nobody need ask how the account stands."""
    if isinstance(event, AlertArrived) and event.alert.signal.is_entry:
        return True
    if any(wish.signal.is_entry for wish in book.waiting):
        return True
    plan = book.plan
    opening = [step for step in plan.steps if step.kind is StepKind.OPEN and not step.done] if plan is not None else []
    if plan is None or plan.entry_id is None or not isinstance(event, OrderReported):
        return bool(opening)
    # Its entry is out, and this says how it fared: nothing more is opened, but for the rest of an entry in two, for one
    # that met another order of ours, and for one that never was placed.
    again = event.report.wash_trade or event.report.news is News.NEVER_PLACED
    return again or len(opening) > 1 or any(order.send_at is not None for order in book.entries)


def judge_entry(book: Book, wish: Wish, facts: Facts, *, long: bool, to: Decimal | None) -> Entrance:
    """Judge an entry for *wish* on the side *long*, up to a share of *to* signed units where that is named.

    Every gate is judged, so that people see them all; the most urgent refusal is the one reported.
    """
    bot, account, instrument = facts.bot(wish.bot_id), facts.account, facts.instrument
    if bot is None or account is None:
        missing = Judgement("bot", "it is not configured any more", Refusal.NO_BOT)
        return Entrance(gates=(missing,), refusal=missing.refusal)
    gates = [*_sender_gates(wish, bot, account, facts), *_market_gates(bot, account, facts)]
    gates += _instrument_gates(book, facts, long=long)
    gates += _price_gates(wish, bot, facts)
    quantity, guard = ZERO, Bracket()
    if instrument is not None and facts.quote is not None:
        price = facts.quote.last
        guard = guard_around(price, bot.protection, instrument, long=long)
        found = wanted(book, wish, bot, facts, guard, long=long, to=to)
        room = contract_room(book, wish, account, facts, long=long)
        left = found if isinstance(found, Refusal) else fit(book, bot, account, found, instrument, room, long=long)
        left = keep_off(left, book, bot, instrument, price, long=long)
        if isinstance(left, Decimal) and left * price * instrument.point_value < facts.rules.worth_min:
            left = Refusal.WORTH_TOO_LITTLE
        quantity = left if isinstance(left, Decimal) else ZERO
        held = abs(book.held(bot.id)) + quantity
        guard = guard_around(price, bot.protection, instrument, long=long, quantity=held or None)
        may_short = instrument.shortable and facts.rules.shorts
        change = quantity if long else -quantity
        gates.append(_way_out_gate(book, instrument, change, may_short=may_short))
        gates += _stop_gate(book, facts.rules, guard, change)
        gates += _stray_gate(book, facts.rules, guard, long=long)
        gates += _limit_gates(book, bot, account, facts, price, risk_of(quantity, price, guard, instrument))
        gates += [room.gate] if room is not None else []
        by_alert = wish.alert is not None and wish.alert.size is not None and wish.alert.size.stated
        gates.append(size_gate(found, left, instrument, by_alert=by_alert, to=to))
    refusal = most_urgent(tuple(gate.refusal for gate in gates if gate.refusal is not None))
    return Entrance(gates=tuple(gates), refusal=refusal, quantity=ZERO if refusal else quantity, guard=guard)


def _sender_gates(wish: Wish, bot: Bot, account: Account, facts: Facts) -> Iterator[Judgement]:
    level = facts.halt_level(bot)
    yield Judgement("kill switch", level.value if level else "off", _HALTED[level] if level else None)
    asleep = not (bot.active and account.opens)
    whose = "the account is" if not account.active else "the bot is"
    words = (
        "the settings name the account no more" if account.unlisted else f"{whose} switched {'off' if asleep else 'on'}"
    )
    yield Judgement("bot active", words, Refusal.BOT_INACTIVE if asleep else None)
    yield judge_age(wish, bot)
    yield Judgement("duplicate", "first delivery")
    waited = (facts.now - wish.came_at).total_seconds()
    late = waited > WAIT_SECONDS_MAX
    words = f"waited {waited:.0f} s of {WAIT_SECONDS_MAX} s allowed"
    yield Judgement("turn", words, Refusal.WAITED_TOO_LONG if late else None)


def judge_age(wish: Wish, bot: Bot) -> Judgement:
    """Judge the age on arrival: what waits behind another plan here is our doing, not the alert's."""
    alert, age_max = wish.alert, bot.limits.alert_age_max
    if alert is None or alert.fired_at is None:
        return Judgement("alert age", "the alert says no firing time")
    age = (alert.received_at - alert.fired_at).total_seconds()
    words = f"{age:.0f} s old on arrival"
    if age_max is None:
        return Judgement("alert age", f"{words}; the bot sets no maximum")
    refusal = Refusal.TOO_OLD if age > age_max else Refusal.FROM_THE_FUTURE if age < -age_max else None
    return Judgement("alert age", f"{words}, of {age_max} s allowed", refusal)


def _minute(moment: datetime) -> str:
    """Write *moment* to the minute, without its zone; `strftime` would take three times as long."""
    return moment.isoformat(" ")[: len("2026-11-23 21:00")]


def _market_gates(bot: Bot, account: Account, facts: Facts) -> Iterator[Judgement]:
    hours = facts.hours
    if facts.shut:
        yield Judgement("way to the venue", facts.shut, Refusal.ACCOUNT_UNREACHABLE)
    if facts.instrument is None:
        return  # Nobody knows whose hours would count; the gate of the instrument says so.
    if hours is None:
        yield Judgement("market hours", "the calendar does not tell", Refusal.MARKET_CLOSED)
        return
    if hours.now is None:
        opens = f"opens {_minute(hours.next.opens)} UTC" if hours.next else "no further session is known"
        yield Judgement("market hours", f"closed; {opens}", Refusal.MARKET_CLOSED)
    else:
        yield Judgement("market hours", f"open until {_minute(hours.now.closes)} UTC")
    if bot.window is not None:
        inside = facts.now in bot.window
        words = f"{bot.window.opens.isoformat('minutes')} to {bot.window.closes.isoformat('minutes')} {bot.window.zone}"
        yield Judgement("trading window", words, None if inside else Refusal.OUTSIDE_WINDOW)
    if account.get_flat is not None and hours.now is not None and hours.now.market is not Market.ALWAYS:
        begins = account.get_flat.begins(hours.now)
        late = facts.now >= begins
        words = f"from {_minute(begins.astimezone(UTC))} UTC on"
        yield Judgement("get flat", words, Refusal.GET_FLAT if late else None)


def _instrument_gates(book: Book, facts: Facts, *, long: bool) -> Iterator[Judgement]:
    instrument = facts.instrument
    if instrument is None:
        if is_dated(book.key.symbol):
            yield Judgement("instrument", _not_active(book.key.symbol, facts), Refusal.STALE_MONTH)
        else:
            yield Judgement("instrument", f"{book.key.symbol} is not listed", Refusal.UNKNOWN_INSTRUMENT)
        return
    if not instrument.active:
        yield Judgement("instrument", _not_active(instrument.symbol, facts), Refusal.STALE_MONTH)
    elif not instrument.tradable:
        yield Judgement("instrument", f"{instrument.symbol} is not tradable now", Refusal.NOT_TRADABLE)
    else:
        yield Judgement("instrument", f"{instrument.symbol} is tradable")
    if not long:
        may = instrument.shortable and facts.rules.shorts
        why = "it is hard to borrow, for a day at most" if instrument.hard_to_borrow else "the venue does not lend it"
        why = "the account may not sell short" if instrument.shortable else why
        yield Judgement("shortable", "yes" if may else why, None if may else Refusal.NOT_SHORTABLE)
    odd = book.drift or (book.suspicion.difference if book.suspicion else ZERO)
    detail = f"the broker holds {plain(odd)} more than the book explains" if odd else "book and broker agree"
    yield Judgement("book", detail, Refusal.BOOK_IN_QUESTION if odd else None)
    state = facts.state
    if state is not None and state.blocked:
        yield Judgement("account", state.blocked, Refusal.ACCOUNT_BLOCKED)


def _way_out_gate(book: Book, instrument: Instrument, change: Decimal, *, may_short: bool) -> Judgement:
    """Refuse an entry of signed *change* after which closing one share could take an order that no venue takes."""
    held = [book.external, change, *(share.quantity for share in book.shares)]
    shorts = any(quantity < ZERO for quantity in held)
    if shorts and instrument.fractionable and not all(is_multiple(quantity, ONE) for quantity in held):
        return Judgement("way out", "a fraction would be held beside a short", Refusal.NO_WAY_OUT)
    if shorts and change > ZERO and not may_short:
        return Judgement("way out", "closing it beside a short would sell short", Refusal.NO_WAY_OUT)
    return Judgement("way out", "every share can be closed again")


def _stop_gate(book: Book, rules: VenueRules, guard: Bracket, change: Decimal) -> Iterator[Judgement]:
    """Refuse an entry that would put a stop and an opposite position side by side where the venue has no room for it.

    Not only what is held when all has filled counts: while others' shares fill or close, the net passes every size.
    """
    if not rules.stops_need_one_side:
        return
    held = [book.external, book.drift, change, *(share.quantity for share in book.shares)]
    opposite = any(quantity > ZERO for quantity in held) and any(quantity < ZERO for quantity in held)
    if opposite and (guard.stop_price is not None or any(share.stop_price is not None for share in book.shares)):
        yield Judgement("stops", "one would stand beside an opposite position", Refusal.NO_STOP_BESIDE)
    else:
        yield Judgement("stops", "every stop has room at the venue")


def _stray_gate(book: Book, rules: VenueRules, guard: Bracket, *, long: bool) -> Iterator[Judgement]:
    """Refuse an entry whose stop and exit the venue would take for wash trades, for what people have working."""
    if rules.refuses_wash_trades:
        meets = not has_way_back(book, Side.BUY if long else Side.SELL, rules, guard)
        detail = "one works on the entry's side" if meets else "none is in the way of stop and exit"
        yield Judgement("orders by hand", detail, Refusal.ORDER_BY_HAND if meets else None)


def _not_active(symbol: Symbol, facts: Facts) -> str:
    return f"the active month is {facts.active_month}, not {symbol}" if facts.active_month else f"{symbol} is not it"


def _price_gates(wish: Wish, bot: Bot, facts: Facts) -> Iterator[Judgement]:
    quote = facts.quote
    if quote is None:
        why = (words.removeprefix("price: ") for words in facts.unknown if words.startswith("price: "))
        yield Judgement("price", next(why, "the venue has none"), Refusal.NO_PRICE)
        return
    age = (facts.now - quote.at).total_seconds()
    # One that is much younger than now was seen by a clock that was set back since: nobody knows how old it is.
    stale = abs(age) > bot.limits.quote_age_max
    words = f"{round(age)} s old"
    if stale and age < 0:
        words = f"{round(-age)} s ahead of this machine's clock, which may be wrong"
    yield Judgement("price", f"{plain(quote.last)}, {words}", Refusal.STALE_PRICE if stale else None)
    gap_max = bot.limits.price_gap_percent
    wanted = wish.alert.price if wish.alert else None
    if gap_max is not None and wanted:
        gap = abs(quote.last - wanted) * HUNDRED / wanted
        words = f"{gap:.2f} % from the alert's {plain(wanted)}, {plain(gap_max)} % allowed"
        yield Judgement("price gap", words, Refusal.PRICE_TOO_FAR if gap > gap_max else None)


def _limit_gates(
    book: Book, bot: Bot, account: Account, facts: Facts, price: Decimal, risk: Decimal
) -> list[Judgement]:
    limits = account.limits
    more = facts.risked_since(book, price)
    mine = facts.days.get(bot.id, _NOTHING_YET) + facts.risked_since(book, price, bot.id)
    equity, today = facts.state.equity if facts.state else None, facts.account_day + more
    judged = [
        *judge_drawdown(limits.drawdown, equity, facts.equity_high),
        *judge_drawdown_risk(limits.drawdown, equity, facts.equity_high, today, new_risk=risk),
        *judge_daily_loss("bot", bot.limits.daily_loss, mine, new_risk=risk),
        *judge_daily_loss("account", limits.daily_loss, today, new_risk=risk),
        *judge_daily_profit(limits.daily_profit, facts.account_day),
        *judge_profit_target(limits, equity),
        *judge_streak(limits.losing_streak, facts.losses_in_a_row),
        *judge_count("orders per minute", Refusal.TOO_MANY_ORDERS, limits.orders_per_minute, facts.orders_last_minute),
    ]
    if facts.user is not None:
        judged += judge_daily_loss("user", facts.user.limits.daily_loss, facts.user_day + more, new_risk=risk)
    if not book.held(bot.id):
        count = facts.positions_open + len(facts.opened_since(book) - {bot.id})
        judged += judge_count("open positions", Refusal.TOO_MANY_POSITIONS, limits.positions_max, count)
    return judged
