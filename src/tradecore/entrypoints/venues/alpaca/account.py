"""Answer for the account and its configuration."""

from decimal import Decimal
from typing import Any, Final

from flask import Flask, Response

from tradecore.domain.money import HUNDRED, ZERO
from tradecore.entrypoints.venues.alpaca.engine.accounts import CONFIGURATION, Account
from tradecore.entrypoints.venues.alpaca.engine.floor import Floor
from tradecore.entrypoints.venues.alpaca.engine.funds import buying_power
from tradecore.entrypoints.venues.alpaca.engine.refusals import parameter
from tradecore.entrypoints.venues.alpaca.venue import Venue, caller
from tradecore.entrypoints.venues.alpaca.writing import answer, body, moment, number, refused

_INITIAL: Final = Decimal(50) / HUNDRED
_MAINTENANCE: Final = Decimal(30) / HUNDRED
_SHORT_PER_UNIT: Final = Decimal(5)


def account_shape(floor: Floor, account: Account, *, pdt_fields: bool) -> dict[str, Any]:
    """Write an account; all money is text."""
    values = {symbol: held.quantity * floor.quotes[symbol].last for symbol, held in account.holdings.items()}
    long = sum((value for value in values.values() if value > 0), ZERO)
    short = sum((value for value in values.values() if value < 0), ZERO)
    power = buying_power(floor, account)
    equity = account.cash + long + short
    return {
        "id": account.id,
        "account_number": account.number,
        "status": account.status,
        "created_at": moment(account.created_at),
        "trading_blocked": account.trading_blocked,
        "account_blocked": account.account_blocked,
        "trade_suspended_by_user": account.configuration["suspend_trade"],
        "shorting_enabled": account.shorting_enabled,
        "multiplier": number(account.multiplier),
        "cash": number(account.cash),
        "equity": number(equity),
        "last_equity": number(account.last_equity),
        "portfolio_value": number(equity),
        "buying_power": number(power),
        "effective_buying_power": number(power),
        "regt_buying_power": number(power),
        "non_marginable_buying_power": number(power / account.multiplier),
        "options_buying_power": number(power / account.multiplier),
        "long_market_value": number(long),
        "short_market_value": number(short),
        "position_market_value": number(long - short),
        "initial_margin": number((long - short) * _INITIAL),
        "maintenance_margin": number(_maintenance(account, values)),
        "sma": number(equity),
        "balance_asof": floor.now().date().isoformat(),
        **_ALWAYS,
        **(_PDT if pdt_fields else {}),
    }


# What a paper account of shares and coins always says.
_ALWAYS: Final = {
    "crypto_status": "ACTIVE",
    "currency": "USD",
    "transfers_blocked": False,
    "last_maintenance_margin": "0",
    "accrued_fees": "0",
    "pending_reg_taf_fees": "0",
    "intraday_adjustments": "0",
    "options_approved_level": 0,
    "options_trading_level": 0,
    "crypto_tier": 1,
    "admin_configurations": {},
    "user_configurations": None,
}
_PDT: Final = {"pattern_day_trader": False, "daytrade_count": 0, "daytrading_buying_power": "0"}


def _maintenance(account: Account, values: dict[str, Decimal]) -> Decimal:
    """Return what must stay as equity: 30 %, and of a short at least five dollars a share."""
    margin = ZERO
    for symbol, value in values.items():
        least = abs(account.holding(symbol).quantity) * _SHORT_PER_UNIT if value < 0 else ZERO
        margin += max(abs(value) * _MAINTENANCE, least)
    return margin


def add_account(app: Flask, venue: Venue) -> None:
    """Add the addresses of the account."""

    @app.get("/v2/account")
    def account() -> Response:
        with venue.exchange.lock:
            return answer(account_shape(venue.floor, caller(), pdt_fields=venue.manners.pdt_fields))

    @app.get("/v2/account/configurations")
    def configuration() -> Response:
        return answer(caller().configuration)

    @app.patch("/v2/account/configurations")
    def configure() -> Response:
        wanted = body()
        if not isinstance(wanted, dict):
            return refused(parameter("request body format is invalid"))
        for name, value in wanted.items():
            known = CONFIGURATION.get(name)
            if isinstance(known, bool) and not isinstance(value, bool | None):
                return refused(parameter(f"invalid {name}"))
        # A null leaves a setting as it was: alpaca-py sends every field.
        changes = {name: value for name, value in wanted.items() if name in CONFIGURATION and value is not None}
        with venue.exchange.turn():
            caller().configuration.update(changes)
        return answer(caller().configuration)
