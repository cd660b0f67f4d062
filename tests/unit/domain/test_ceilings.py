"""Count contracts of all products together, at the ceiling and one step to each side."""

from decimal import Decimal
from itertools import chain, combinations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import AAPL, MES
from tests.unit.domain.examples import D
from tradecore.domain.ceilings import (
    MICROS,
    ContractLimit,
    ContractWeight,
    Reach,
    ScalingStep,
    minis_in,
    reach_of,
    room_for,
)
from tradecore.domain.ids import Symbol

ES = evolve(MES, symbol=Symbol("ESZ2026"), root=Symbol("ES"), tick_value=D("12.5"))
FIVE = ContractLimit(minis=D(5))
# The scaling plan of a funded account of 50,000.
SCALED = ContractLimit(minis=D(5), scaling=(
    ScalingStep(profit=D(0), minis=D(2)), ScalingStep(profit=D(1500), minis=D(3)),
    ScalingStep(profit=D(2000), minis=D(5))))  # fmt: skip

quantities = st.integers(-20, 20).map(Decimal)
weights = st.sampled_from([D(1), D("0.1"), D("0.2")])


@pytest.mark.parametrize("root", sorted(MICROS))
def test_ten_micros_are_one_mini(root: str) -> None:
    assert FIVE.weight(evolve(MES, root=Symbol(root))) * 10 == FIVE.weight(ES) == 1


@pytest.mark.parametrize("root", ["SIL", "MBT", "MET", "QM", "XYZ"])
def test_what_is_not_known_as_a_micro_counts_whole_until_somebody_says_otherwise(root: str) -> None:
    told = ContractLimit(minis=D(5), weights=(ContractWeight(root=root.lower(), minis=D("0.2")),))
    product = evolve(MES, root=Symbol(root))

    assert (FIVE.weight(product), told.weight(product), told.weight(ES)) == (1, D("0.2"), 1)


def test_shares_are_no_contracts_and_what_nobody_lists_is_one() -> None:
    assert (FIVE.weight(AAPL), FIVE.weight(None)) == (0, 1)


@pytest.mark.parametrize(
    ("elsewhere", "held", "weight", "room"),
    [
        # 4 ES and 10 MES are the 5 minis of an account of 50,000.
        ("4", "0", "0.1", "10"), ("4", "10", "0.1", "0"), ("4", "9", "0.1", "1"), ("4.9", "0", "1", "0.1"),
        ("5", "0", "0.1", "0"), ("5.1", "0", "0.1", "0"), ("0", "0", "1", "5"), ("0", "50", "0.1", "0"),
        ("0", "49", "0.1", "1"), ("0", "51", "0.1", "0"),
    ],
)  # fmt: skip
def test_the_room_ends_at_the_ceiling(elsewhere: str, held: str, weight: str, room: str) -> None:
    here = reach_of([D(held)])

    assert room_for(D(5), elsewhere=D(elsewhere), here=here, weight=D(weight), long=True) == D(room)


def test_the_other_side_leaves_room_as_far_as_the_net_can_come() -> None:
    long_three = Reach(longs=D(3))

    assert room_for(D(5), elsewhere=D(0), here=long_three, weight=D(1), long=False) == 5
    assert room_for(D(5), elsewhere=D(0), here=Reach(longs=D(6)), weight=D(1), long=False) == 0


def test_long_and_short_in_two_products_add_up_and_in_one_the_larger_counts() -> None:
    es, mes = Symbol("ESZ2026"), Symbol("MESZ2026")

    assert minis_in([(es, D(2), D(1)), (mes, D(-10), D("0.1"))]) == 3
    assert minis_in([(es, D(2), D(1)), (es, D(-3), D(1))]) == 3
    assert minis_in([]) == 0


@pytest.mark.parametrize(
    ("profit", "minis"),
    [("-500", 2), ("0", 2), ("0.01", 2), ("1499.99", 2), ("1500", 2), ("1500.01", 3), ("2000", 3), ("2000.01", 5)],
)
def test_a_scaling_step_begins_above_its_profit(profit: str, minis: int) -> None:
    assert SCALED.ceiling(D(profit)) == minis


def test_a_profit_that_nobody_knows_is_at_the_first_step() -> None:
    assert (SCALED.ceiling(None), FIVE.ceiling(None), FIVE.level(D(9))) == (2, 5, None)


def test_a_scaling_plan_never_lifts_the_ceiling() -> None:
    assert evolve(SCALED, minis=D(4)).ceiling(D(9000)) == 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: ContractLimit(minis=D(0)),
        lambda: ContractLimit(minis=D(5), scaling=(ScalingStep(profit=D(0), minis=D(0)),)),
        lambda: evolve(SCALED, scaling=tuple(reversed(SCALED.scaling))),
        lambda: evolve(SCALED, scaling=(SCALED.scaling[0], SCALED.scaling[0])),
        lambda: ContractWeight(root="MES", minis=D(0)),
        lambda: ContractWeight(root="", minis=D(1)),
    ],
)
def test_what_makes_no_sense_cannot_be_built(make: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make()  # type: ignore[operator] # every one of them is callable


@given(st.lists(quantities, max_size=6))
def test_no_order_of_closing_carries_a_position_beyond_its_reach(parts: list[Decimal]) -> None:
    reach = reach_of(parts)

    every = chain.from_iterable(combinations(parts, size) for size in range(len(parts) + 1))
    nets = [abs(sum(chosen, D(0))) for chosen in every]
    assert max(nets) == reach.most


@given(st.integers(1, 30), st.integers(0, 30), st.lists(quantities, max_size=4), weights, st.booleans())
def test_what_fills_the_room_is_at_the_ceiling_at_most_and_one_more_is_over(
    ceiling: int, elsewhere: int, parts: list[Decimal], weight: Decimal, long: bool
) -> None:
    room = room_for(D(ceiling), elsewhere=D(elsewhere), here=reach_of(parts), weight=weight, long=long)

    def minis(units: Decimal) -> Decimal:
        return elsewhere + reach_of([*parts, units if long else -units]).most * weight

    assert room == 0 or minis(room) <= ceiling
    assert minis(room + 1) > ceiling or minis(D(0)) > ceiling
