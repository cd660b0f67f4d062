"""Hold the presets to the table that they were taken from, and to being limits like any others."""

from decimal import Decimal

import pytest

from tests.builders import an_account
from tests.unit.domain.examples import D
from tradecore.adapters.encoding.converter import strict_converter
from tradecore.domain.firms import PRESETS
from tradecore.domain.limits import AccountLimits

# Profit target, maximum loss, daily loss, minis: what the firm's pages say.
COMBINES = [("50k", 3000, 2000, 1000, 5), ("100k", 6000, 3000, 2000, 10), ("150k", 9000, 4500, 3000, 15)]


@pytest.mark.parametrize(("size", "target", "loss", "daily", "minis"), COMBINES)
def test_an_evaluation_is_as_the_firm_has_it(size: str, target: int, loss: int, daily: int, minis: int) -> None:
    limits, start = PRESETS[f"topstepx-combine-{size}"].limits, Decimal(size.removesuffix("k")) * 1000

    assert limits.drawdown is not None
    assert limits.contracts is not None
    assert (limits.profit_target, limits.daily_loss, limits.contracts.minis) == (target, daily, minis)
    assert limits.start_balance == start
    assert (limits.drawdown.floor(start), limits.drawdown.floor(start * 2)) == (start - loss, start)


@pytest.mark.parametrize(
    ("size", "loss", "profits"),
    [
        ("50k", 2000, {0: 2, 1500: 2, 1501: 3, 2001: 5}),
        ("100k", 3000, {0: 3, 1501: 4, 2001: 5, 3001: 10}),
        ("150k", 4500, {0: 3, 1501: 4, 2001: 5, 3001: 10, 4501: 15}),
    ],
)
def test_a_funded_account_begins_at_zero_and_scales(size: str, loss: int, profits: dict[int, int]) -> None:
    limits = PRESETS[f"topstepx-express-{size}"].limits

    assert limits.drawdown is not None
    assert limits.contracts is not None
    assert (limits.drawdown.floor(D(0)), limits.drawdown.floor(D(9000))) == (-loss, 0)
    assert {profit: limits.contracts.ceiling(D(profit)) for profit in profits} == profits


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_a_date_a_source_and_leaves_what_no_firm_sets(name: str) -> None:
    found = PRESETS[name]
    before = an_account(
        limits=AccountLimits(orders_per_minute=7, losing_streak=2, profit_target=D(1), start_balance=D(5))
    )

    after = found.put_on(before)

    assert found.name == name
    assert found.as_of.year >= 2026
    assert found.source
    assert any("change" in note for note in found.notes)
    assert (after.limits.orders_per_minute, after.limits.losing_streak) == (7, 2)
    assert (after.limits.profit_target, after.get_flat) == (found.limits.profit_target, found.get_flat)
    assert found.put_on(after) == after


@pytest.mark.parametrize("name", PRESETS)
def test_the_limits_of_a_preset_outlive_being_stored(name: str) -> None:
    converter, limits = strict_converter(), PRESETS[name].limits

    assert converter.structure(converter.unstructure(limits), AccountLimits) == limits
