"""Hold money and quantities to being exact, and to never growing by rounding."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.examples import D
from tradecore.domain.money import ceil_to, down_to, exact, floor_to, is_multiple, money, plain, sign

steps = st.sampled_from([D("0.000000001"), D("0.01"), D("0.25"), D(1), D(5)])
numbers = st.decimals(-(10**9), 10**9, places=9)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10", D(10)), (" 10 ", D(10)), ("+10", D(10)), ("-3.5", D("-3.5")), ("10.", D(10)), (".5", D("0.5")),
        ("1e3", D(1000)), ("1.5E-2", D("0.015")), (7, D(7)), (-7, D(-7)), ("0", D(0)),
        ("0.000000000001", D("1e-12")), ("999999999999999", D("999999999999999")),
        ("999999999999999.999999999999", D("999999999999999.999999999999")),
    ],
)  # fmt: skip
def test_a_plain_number_is_read_exactly(text: str | int, number: Decimal) -> None:
    assert exact(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "ten", "NaN", "nan", "inf", "-Infinity", "1_000", "1,000", "0x10", "١٢", "1e", "e5", ".", "--1", "1 2"],
)
def test_what_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number that can be traded") as refused:
        exact(text)

    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["1e999999", "1000000000000000", "1e15", "0.0000000000001", "1e-13", "1e-999999", "1" * 40, "0." + "1" * 40],
)
def test_a_number_beyond_what_any_market_quotes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="more digits than any market uses"):
        exact(text)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("10", "10"), ("10.00", "10"), ("1E+3", "1000"), ("0.250", "0.25"), ("-3.10", "-3.1"),
        ("-0", "0"), ("0.00", "0"), ("-0.00", "0"), ("100", "100"), ("0.000000001", "0.000000001"),
    ],
)  # fmt: skip
def test_a_number_is_written_without_exponent_or_idle_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(numbers)
def test_what_is_written_plainly_is_read_back_the_same(number: Decimal) -> None:
    assert exact(plain(number)) == number


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1234.5", "1,234.50"), ("-500", "-500.00"), ("0.005", "0.00"), ("0.015", "0.02"), ("1000000", "1,000,000.00")],
)
def test_money_is_written_to_the_cent(amount: str, text: str) -> None:
    assert money(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("number", "down", "floor", "ceil"),
    [
        ("5989.9", "5989.75", "5989.75", "5990"),
        ("5990", "5990", "5990", "5990"),
        ("6010.1", "6010", "6010", "6010.25"),
        ("-0.3", "-0.25", "-0.5", "-0.25"),
        ("0.24", "0", "0", "0.25"),
        ("-0.24", "0", "-0.25", "0"),
    ],
)
def test_the_three_ways_of_rounding_differ_where_they_should(number: str, down: str, floor: str, ceil: str) -> None:
    tick = D("0.25")

    found = [rounded(Decimal(number), tick) for rounded in (down_to, floor_to, ceil_to)]

    assert found == [Decimal(down), Decimal(floor), Decimal(ceil)]


@given(numbers, steps)
def test_rounding_down_never_makes_a_number_larger_or_turns_its_sign(number: Decimal, step: Decimal) -> None:
    rounded = down_to(number, step)

    assert abs(number) - step < abs(rounded) <= abs(number)
    assert rounded * number >= 0
    assert is_multiple(rounded, step)


@given(numbers, steps)
def test_a_number_lies_between_its_floor_and_its_ceiling(number: Decimal, step: Decimal) -> None:
    low, high = floor_to(number, step), ceil_to(number, step)

    assert low <= number <= high
    assert high - low == (0 if is_multiple(number, step) else step)


@pytest.mark.parametrize(("number", "expected"), [("0.01", 1), ("0", 0), ("-0", 0), ("-12", -1)])
def test_the_sign_is_one_nothing_or_minus_one(number: str, expected: int) -> None:
    assert sign(Decimal(number)) == expected
