"""Read and show what an account may do and lose."""

from collections.abc import Callable
from datetime import time
from decimal import Decimal
from typing import Any, Final

import click
from attrs import evolve, fields

from tradecore.domain.ceilings import ContractLimit, ContractWeight, ScalingStep
from tradecore.domain.limits import AccountLimits, DrawdownForm, TrailingDrawdown
from tradecore.domain.money import ZERO, exact, plain
from tradecore.domain.parties import Account
from tradecore.domain.sessions import GetFlat
from tradecore.entrypoints.cli.values import LIMIT, SIGNED

_NONE: Final = "none"
_OPTIONS: Final = (
    click.option("--daily-loss", type=LIMIT, help="Open nothing more after such a loss in a day."),
    click.option("--daily-profit", type=LIMIT, help="Open nothing more after such a gain in a day."),
    click.option("--losing-streak", type=click.IntRange(0), help="So many losing trades in a row end the day."),
    click.option("--position-max", type=LIMIT, help="So many units of one instrument at most."),
    click.option("--positions-max", type=click.IntRange(1), help="So many open positions at most."),
    click.option("--orders-per-minute", type=click.IntRange(1), help="So many entry orders a minute at most."),
    click.option("--flatten-on-daily-loss", is_flag=True, default=None, help="Also close everything then."),
    click.option("--start-balance", type=SIGNED, help="What the account began with; profits count from it."),
    click.option("--profit-target", type=LIMIT, help="Open nothing more once it has won so much in all."),
    click.option("--max-loss", type=LIMIT, help="How far the floor trails the highest balance."),
    click.option("--max-loss-form", type=click.Choice(["intraday", "end-of-day"]), help="From which high it trails."),
    click.option("--max-loss-stops-at", type=SIGNED, help="The floor rises no higher than this."),
    click.option("--paid-out/--not-paid-out", default=None, help="Whether the floor stands where it stops, for good."),
    click.option("--contracts-max", type=LIMIT, help="So many minis at most over all products; ten micros are one."),
    click.option("--contract-weight", metavar="ROOT=MINIS", multiple=True, help="What one of a product counts."),
    click.option("--scaling", metavar="PROFIT=MINIS,...", help="The minis allowed above each profit, or none."),
    click.option("--consistency", type=LIMIT, help="Tell when one day won more than this percentage of all profit."),
)  # fmt: skip


def with_limits(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let *command* take an account's limits."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def limits_changed(old: AccountLimits, given: dict[str, Any]) -> AccountLimits:
    """Return *old* with what is *given* by the options' names; `ValueError` where it makes no sense together."""
    said = {name: value for name, value in given.items() if value is not None and value != ()}
    firm: dict[str, Any] = {name: said.pop(name) for name in _OWN if name in said}
    if "consistency" in firm:
        said["consistency_percent"] = firm["consistency"]
    start = said.get("start_balance", old.start_balance)
    drawdown = _drawdown(old.drawdown, firm, start, moved="start_balance" in said)
    return evolve(old, **said, drawdown=drawdown, contracts=_contracts(old.contracts, firm))


_OWN: Final = (
    "max_loss", "max_loss_form", "max_loss_stops_at", "paid_out", "contracts_max", "contract_weight", "scaling",
    "consistency",
)  # fmt: skip


def _drawdown(
    old: TrailingDrawdown | None, firm: dict[str, Any], start: Decimal | None, *, moved: bool
) -> TrailingDrawdown | None:
    named = {"max_loss", "max_loss_form", "max_loss_stops_at", "paid_out"} & firm.keys()
    amount = firm.get("max_loss", old.amount if old is not None else ZERO)
    if not amount and (old is not None or not named - {"max_loss"}):
        return None
    if old is None and (start is None or not amount):
        message = "a maximum loss needs --max-loss and --start-balance"
        raise ValueError(message)
    assert old is not None or start is not None
    base = old or TrailingDrawdown(amount=amount, start=start or ZERO)
    changes: dict[str, Any] = {"amount": amount}
    if moved:
        changes["start"] = start
    if "max_loss_form" in firm:
        changes["form"] = DrawdownForm(firm["max_loss_form"].replace("-", " "))
    if "max_loss_stops_at" in firm:
        changes["stops_at"] = firm["max_loss_stops_at"]
    if "paid_out" in firm:
        changes["paid_out"] = firm["paid_out"]
    return evolve(base, **changes)


def _contracts(old: ContractLimit | None, firm: dict[str, Any]) -> ContractLimit | None:
    minis = firm.get("contracts_max", old.minis if old is not None else None)
    if not minis:
        if firm.keys() & {"contract_weight", "scaling"}:
            message = "weights and scaling steps need --contracts-max"
            raise ValueError(message)
        return None
    weights = {one.root: one for one in (old.weights if old is not None else ())}
    for text in firm.get("contract_weight", ()):
        one = ContractWeight(root=_pair(text)[0], minis=exact(_pair(text)[1]))
        weights[one.root] = one
    scaling = old.scaling if old is not None else ()
    if "scaling" in firm:
        steps = [] if firm["scaling"].lower() == _NONE else firm["scaling"].split(",")
        scaling = tuple(ScalingStep(profit=exact(_pair(one)[0]), minis=exact(_pair(one)[1])) for one in steps)
    return ContractLimit(minis=minis, weights=tuple(weights.values()), scaling=scaling)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        message = f"write NAME=NUMBER, such as SIL=0.2 or 1500=3, not {text!r}"
        raise ValueError(message)
    return name.strip(), value.strip()


def get_flat_of(text: str) -> GetFlat | None:
    """Read from when an account opens nothing any more: 15:07, by Chicago's clock, or none."""
    return None if text.lower() == _NONE else GetFlat(at=time.fromisoformat(text.strip().zfill(5)))


def limits_of(account: Account) -> list[tuple[str, str]]:
    """Return the limits that the account has, by their names, in words."""
    found = [(one.name, getattr(account.limits, one.name)) for one in fields(AccountLimits)]
    # An account may begin at zero; every other zero is no limit.
    told = [(name, value) for name, value in found if value or (name == "start_balance" and value is not None)]
    if account.get_flat is not None:
        told.append(("get_flat", account.get_flat))
    return [(name.replace("_", " "), _words(value)) for name, value in told]


def _words(value: object) -> str:
    match value:
        case Decimal():
            return plain(value)
        case TrailingDrawdown():
            stops = plain(value.stops_at) if value.stops_at is not None else None
            if value.paid_out:
                return f"floor at {stops} for good"
            trails = f"{plain(value.amount)} below the highest {value.form.value}, from {plain(value.start)} on"
            return trails + (f", no higher than {stops}" if stops is not None else "")
        case ContractLimit():
            scaling = [f"{plain(step.minis)} above {plain(step.profit)}" for step in value.scaling]
            weights = [f"{one.root} counts {plain(one.minis)}" for one in value.weights]
            return "; ".join([f"{plain(value.minis)} minis", *([", ".join(scaling)] if scaling else []), *weights])
        case GetFlat():
            return f"{value.at.isoformat('minutes')} {value.zone}"
        case _:
            return str(value)
