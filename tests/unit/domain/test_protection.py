"""Put a stop and a target on the right side of the entry, at the distance that was asked for."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.builders import AAPL, MES
from tests.unit.domain.examples import D
from tradecore.domain.instruments import Instrument
from tradecore.domain.money import is_multiple
from tradecore.domain.protection import Distance, DistanceUnit, Protection

TICKS, PERCENT, DOLLARS, POSITION = DistanceUnit


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
    st.sampled_from([AAPL, MES]), st.booleans(), st.integers(1, 9).map(Decimal),
)  # fmt: skip
def test_stop_and_target_lie_on_the_grid_on_their_own_sides(
    entry: Decimal, amount: Decimal, unit: DistanceUnit, instrument: Instrument, long: bool, quantity: Decimal
) -> None:
    distance = Distance(amount, unit)
    asked = both(distance)

    stop, target = (at(entry, instrument, long=long, quantity=quantity) for at in (asked.stop_at, asked.target_at))

    assert stop is not None
    assert target is not None
    tick = instrument.tick_size
    assert is_multiple(stop, tick)
    assert is_multiple(target, tick)
    wanted = max(distance.in_price(entry, instrument, quantity), tick)
    side = 1 if long else -1
    if stop > tick and target > tick:
        assert wanted <= (entry - stop) * side < wanted + tick, "a stop is never nearer than asked for"
        assert wanted - tick < (target - entry) * side <= wanted, "a target is never farther than asked for"


# ---------------------------------------------------------------- dollars for the whole position


def template(stop: int, target: int = 100, least: str | None = None, unit: DistanceUnit = TICKS) -> Protection:
    return Protection(
        stop=Distance(D(stop), POSITION), target=Distance(D(target), POSITION),
        stop_min=Distance(D(least), unit) if least is not None else None)  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "target", "size", "stop_ticks", "target_ticks"),
    [
        (50, 100, 1, 40, 80), (50, 100, 2, 20, 40), (50, 100, 3, 13, 27), (50, 100, 4, 10, 20), (50, 100, 5, 8, 16),
        (30, 60, 1, 24, 48), (30, 60, 2, 12, 24), (30, 60, 3, 8, 16),
    ],
)  # fmt: skip
@pytest.mark.parametrize("long", [True, False])
def test_dollars_for_a_position_are_the_nearer_the_more_is_held(
    stop: int, target: int, size: int, stop_ticks: int, target_ticks: int, *, long: bool
) -> None:
    asked, sign = template(stop, target), 1 if long else -1

    found = [at(D(6000), MES, long=long, quantity=D(size)) for at in (asked.stop_at, asked.target_at)]

    assert found == [D(6000) - sign * stop_ticks * D("0.25"), D(6000) + sign * target_ticks * D("0.25")]


@pytest.mark.parametrize(("dollars", "size", "ticks"), [("12.5", 4, 2), ("13.75", 4, 3), ("0.5", 1, 1), (1, 9, 1)])
def test_half_a_tick_is_taken_from_the_distance_and_one_tick_stays(dollars: str, size: int, ticks: int) -> None:
    asked = Protection(stop=Distance(D(dollars), POSITION))

    assert asked.stop_at(D(6000), MES, long=True, quantity=D(size)) == D(6000) - ticks * D("0.25")


def test_what_depends_on_the_size_is_not_there_without_one() -> None:
    asked = template(50)

    assert asked.stop_at(D(6000), MES, long=True) is None
    assert asked.target_at(D(6000), MES, long=True) is None


@pytest.mark.parametrize(
    ("least", "most"),
    # In ticks of a quarter: 6, 5, 3.25, 3.5 and 11 points, where three are wanted.
    [(24, 1), (20, 2), (13, 3), (14, 2), (44, 0)],
)
def test_so_much_is_held_at_most_that_the_stop_comes_not_too_near(least: int, most: int) -> None:
    assert template(50, least=str(least)).quantity_max(D(6000), MES) == most


@given(st.integers(1, 400), st.integers(2, 60))
@example(15, 2)  # eight would stand just between one tick and two
def test_the_most_that_may_be_held_keeps_the_distance_and_one_more_does_not(dollars: int, least: int) -> None:
    asked = template(dollars, least=str(least))
    most = asked.quantity_max(D(6000), MES)
    assert most is not None
    assert asked.stop is not None

    if most:
        assert asked.stop.in_price(D(6000), MES, most) >= least * MES.tick_size
    assert asked.stop.in_price(D(6000), MES, most + 1) < least * MES.tick_size


@pytest.mark.parametrize(("least", "unit"), [("0.1", TICKS), ("1", TICKS), ("0.0001", PERCENT)])
def test_one_tick_is_kept_by_any_size(least: str, unit: DistanceUnit) -> None:
    assert template(50, least=least, unit=unit).quantity_max(D(6000), MES) is None


@pytest.mark.parametrize(
    ("stop", "least"),
    [(None, TICKS), (DOLLARS, TICKS), (POSITION, POSITION)],
    ids=["no stop", "a stop that no size moves", "a smallest distance that depends on the size"],
)
def test_a_smallest_distance_that_no_size_can_keep_cannot_be_configured(
    stop: DistanceUnit | None, least: DistanceUnit
) -> None:
    with pytest.raises(ValueError, match="a smallest stop distance goes with"):
        Protection(stop=Distance(D(50), stop) if stop else None, stop_min=Distance(D(5), least))
