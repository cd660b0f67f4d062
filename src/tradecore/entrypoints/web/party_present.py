"""Turn users, accounts, bots and tokens into views, and drafts into what the directory keeps."""

from datetime import datetime
from typing import assert_never

from attrs import asdict

from tradecore.domain.parties import Bot, Token, User
from tradecore.domain.sizing import Dollars, PercentOfEquity, RiskDollars, RiskPercent, Sizing, Units
from tradecore.entrypoints.runtime.bot_states import BotStanding
from tradecore.entrypoints.runtime.stakes import Stake
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web.errors import ProblemError

_K = v.SizingKind


def sizing_view(sizing: Sizing) -> v.SizingView:
    match sizing:
        case Units(quantity=amount):
            return v.SizingView(kind=_K.UNITS, amount=amount)
        case Dollars(amount=amount):
            return v.SizingView(kind=_K.DOLLARS, amount=amount)
        case PercentOfEquity(percent=amount):
            return v.SizingView(kind=_K.PERCENT_OF_EQUITY, amount=amount)
        case RiskDollars(amount=amount):
            return v.SizingView(kind=_K.RISK_DOLLARS, amount=amount)
        case RiskPercent(percent=amount):
            return v.SizingView(kind=_K.RISK_PERCENT, amount=amount)
        case _:
            assert_never(sizing)


def sizing_of(view: v.SizingView, field: str = "sizing") -> Sizing:
    kinds: dict[v.SizingKind, type[Sizing]] = {
        _K.UNITS: Units,
        _K.DOLLARS: Dollars,
        _K.PERCENT_OF_EQUITY: PercentOfEquity,
        _K.RISK_DOLLARS: RiskDollars,
        _K.RISK_PERCENT: RiskPercent,
    }
    try:
        return kinds[view.kind](view.amount)
    except ValueError as error:
        raise ProblemError(422, "bad-value", f"{error}.", f"{field}.amount") from error


def user_view(user: User) -> v.UserView:
    return v.UserView(user_id=user.id, name=user.name, role=user.role, active=user.active, limits=user.limits)


def account_view(stake: Stake) -> v.AccountView:
    account = stake.account
    return v.AccountView(
        account_id=account.id,
        user_id=account.user_id,
        name=account.name,
        venue=account.venue,
        money=stake.money,
        rests=stake.rests,
        active=account.active,
        limits=account.limits,
        get_flat=account.get_flat,
        automation=sizing_view(account.automation) if account.automation else None,
        protection=account.protection,
        streak_from=account.streak_from,
    )


def bot_settings_view(bot: Bot) -> v.BotSettingsView:
    return v.BotSettingsView(
        bot_id=bot.id,
        user_id=bot.user_id,
        account_id=bot.account_id,
        symbol=bot.symbol,
        timeframe=str(bot.timeframe) if bot.timeframe else None,
        name=bot.name,
        label=bot.label,
        active=bot.active,
        sizing=sizing_view(bot.sizing),
        mode=bot.mode,
        limits=bot.limits,
        protection=bot.protection,
        window=bot.window,
        duplicate_window=bot.duplicate_window,
        when_closed=bot.when_closed,
        made_at=bot.made_at,
        changed_at=bot.changed_at,
        leaving_since=bot.leaving_since,
    )


def bot_view(standing: BotStanding, warning: str | None) -> v.BotView:
    """Return the bot as callers see it; *warning* is what else is to be said than where it stands."""
    state, totals = standing.state, standing.totals
    last = standing.last.alert if standing.last is not None else None
    return v.BotView(
        **asdict(bot_settings_view(standing.bot), recurse=False),
        state=v.BotStateView(
            status=state.status.value,
            detail=state.detail,
            direction=state.direction,
            quantity=state.quantity,
            waits_until=state.waits_until,
            last_signal=last.signal if last is not None else None,
            last_signal_at=last.received_at if last is not None else None,
        ),
        totals=v.TotalsView(**asdict(totals), win_rate=totals.win_rate),
        warning=" ".join(filter(None, (warning, state.warning))) or None,
    )


def token_view(token: Token, now: datetime) -> v.TokenView:
    return v.TokenView(
        token_id=token.id,
        user_id=token.user_id,
        name=token.name,
        power=token.power,
        account_id=token.account_id,
        bot_id=token.bot_id,
        symbols=tuple(sorted(token.symbols)),
        signals=tuple(sorted(token.signals, key=lambda signal: signal.name)),
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
        replaced_by=token.replaced_by,
        good=token.good(now),
    )
