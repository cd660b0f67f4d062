"""Put a stop and a target on the right side of the entry, at the distance that was asked for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AAPL, MES
from tests.unit.domain.examples import D
from tradecore.domain.instruments import Instrument
from tradecore.domain.money import is_multiple
from tradecore.domain.protection import Distance, DistanceUnit, Protection

TICKS, PERCENT, DOLLARS = DistanceUnit.TICKS, DistanceUnit.PERCENT, DistanceUnit.DOLLARS


def both(distance: Distance) -> Protection:
    return Protection(stop=distance, target=distance)


@pytest.mark.parametrize(
    ("amount", "unit", "stop", "target"),
    [
        (40, TICKS, "5990", "6010"),
        (50, DOLLARS, "5990", "6010"),
        ("0.5", PERCENT, "5970", "6030"),
        # 16.25 dollars are 3.25 points; 30 over 9 contracts are off the grid: the stop widens, the target narrows.
        ("16.25", DOLLARS, "5996.75", "6003.25"),
        ("3.34", DOLLARS, "5999.25", "6000.5"),
    ],
)
def test_a_long_is_protected_below_and_takes_its_profit_above(
    amount: str, unit: DistanceUnit, stop: str, target: str
) -> None:
    protection = both(Distance(D(amount), unit))

    found = [at(D(6000), MES, long=True) for at in (protection.stop_at, protection.target_at)]

    assert found == [D(stop), D(target)]


@pytest.mark.parametrize(
    ("amount", "unit", "stop", "target"),
    [(40, TICKS, "6010", "5990"), ("3.34", DOLLARS, "6000.75", "5999.5"), ("0.5", PERCENT, "6030", "5970")],
)
def test_a_short_is_protected_above_and_takes_its_profit_below(
    amount: str, unit: DistanceUnit, stop: str, target: str
) -> None:
    protection = both(Distance(D(amount), unit))

    found = [at(D(6000), MES, long=False) for at in (protection.stop_at, protection.target_at)]

    assert found == [D(stop), D(target)]


def test_what_was_not_asked_for_is_not_there() -> None:
    nothing = Protection()

    assert (nothing.stop_at(D(100), AAPL, long=True), nothing.target_at(D(100), AAPL, long=True)) == (None, None)


def test_a_distance_under_one_tick_is_one_tick() -> None:
    protection = both(Distance(D("0.1"), TICKS))

    assert protection.stop_at(D(6000), MES, long=True) == D("5999.75")
    assert protection.target_at(D(6000), MES, long=True) == D("6000.25")


def test_a_stop_below_nothing_stands_at_the_lowest_price_there_is() -> None:
    protection = both(Distance(D(200), DOLLARS))

    assert protection.stop_at(D(100), AAPL, long=True) == D("0.01")
    assert protection.target_at(D(100), AAPL, long=False) == D("0.01")


@pytest.mark.parametrize("amount", ["100", "200", "100.01"])
def test_a_stop_as_far_away_as_the_whole_price_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=f"a stop {amount} % away protects nothing: it must be less than 100 %"):
        Protection(stop=Distance(D(amount), PERCENT))

    assert Protection(stop=Distance(D("99.99"), PERCENT)).stop_at(D(100), AAPL, long=True) == D("0.01")


@pytest.mark.parametrize("amount", ["100", "200"])
def test_a_target_as_far_away_as_the_whole_price_is_one_for_longs_alone(amount: str) -> None:
    protection = Protection(target=Distance(D(amount), PERCENT))

    assert protection.target_at(D(100), AAPL, long=True) == 100 + D(amount)
    assert protection.target_at(D(100), AAPL, long=False) is None
    assert Protection(target=Distance(D(99), PERCENT)).target_at(D(100), AAPL, long=False) == D(1)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_distance_to_the_wrong_side_cannot_be_configured(amount: int) -> None:
    with pytest.raises(ValueError, match="a distance must be above zero"):
        Distance(D(amount), TICKS)


@given(
    st.decimals(10, 10**5, places=2), st.decimals("0.01", 50, places=2), st.sampled_from(DistanceUnit),
    st.sampled_from([AAPL, MES]), st.booleans(),
)  # fmt: skip
def test_stop_and_target_lie_on_the_grid_on_their_own_sides(
    entry: Decimal, amount: Decimal, unit: DistanceUnit, instrument: Instrument, long: bool
) -> None:
    distance = Distance(amount, unit)

    stop, target = (at(entry, instrument, long=long) for at in (both(distance).stop_at, both(distance).target_at))

    assert stop is not None
    assert target is not None
    tick = instrument.tick_size
    assert is_multiple(stop, tick)
    assert is_multiple(target, tick)
    wanted = max(distance.in_price(entry, instrument), tick)
    side = 1 if long else -1
    if stop > tick and target > tick:
        assert wanted <= (entry - stop) * side < wanted + tick, "a stop is never nearer than asked for"
        assert wanted - tick < (target - entry) * side <= wanted, "a target is never farther than asked for"
