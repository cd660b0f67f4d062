"""Hold the signal state machine to the requirements, row by row."""

import pytest

from tests.builders import an_alert
from tests.unit.domain.examples import BUY, CLOSE, FLAT, HOLD, SELL, D
from tradecore.domain.signals import INTENTIONS, Direction, Intention, Signal, Size, Strategy

LONG, SHORT, NONE = Direction.LONG, Direction.SHORT, Direction.FLAT
I = Intention  # noqa: E741  One letter keeps the table as narrow as the requirements' own.

# Requirements, section 3; HOLD is from section 4.
TABLE = {
    BUY: (I.ALREADY_LONG, I.REVERSE_TO_LONG, I.OPEN_LONG),
    SELL: (I.REVERSE_TO_SHORT, I.ALREADY_SHORT, I.OPEN_SHORT),
    CLOSE: (I.CLOSE, I.CLOSE, I.NOTHING_TO_CLOSE),
    FLAT: (I.CLEAR, I.CLEAR, I.CLEAR),
    HOLD: (I.NOTHING, I.NOTHING, I.NOTHING),
}
ROWS = [
    (signal, held, intention)
    for signal, row in TABLE.items()
    for held, intention in zip((LONG, SHORT, NONE), row, strict=True)
]


@pytest.mark.parametrize(("signal", "held", "intention"), ROWS)
def test_a_signal_means_what_the_requirements_say(signal: Signal, held: Direction, intention: Intention) -> None:
    assert INTENTIONS[signal, held] is intention


def test_the_table_answers_every_signal_in_every_state_and_nothing_else() -> None:
    pairs = {(signal, held) for signal in Signal for held in Direction}

    assert set(INTENTIONS) == pairs
    assert len(ROWS) == len(pairs)


def test_a_signal_enters_or_exits_or_does_neither() -> None:
    kinds = {signal: (signal.is_entry, signal.is_exit) for signal in Signal}

    assert kinds == {
        BUY: (True, False), SELL: (True, False), CLOSE: (False, True), FLAT: (False, True), HOLD: (False, False),
    }  # fmt: skip


@pytest.mark.parametrize(("quantity", "direction"), [("0.1", LONG), ("0", NONE), ("-0", NONE), ("-7", SHORT)])
def test_a_signed_quantity_tells_the_direction(quantity: str, direction: Direction) -> None:
    assert Direction.of(D(quantity)) is direction


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_size_that_is_not_positive_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="a size must be above zero"):
        Size(amount=D(amount))


@pytest.mark.parametrize(("direction", "quantity"), [(LONG, "-1"), (LONG, "0"), (SHORT, "0"), (NONE, "1")])
def test_a_strategy_that_contradicts_itself_is_refused(direction: Direction, quantity: str) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Strategy(direction=direction, quantity=D(quantity))


@pytest.mark.parametrize(("direction", "quantity"), [(LONG, "1"), (SHORT, "0.5"), (NONE, "0")])
def test_a_strategy_names_how_much_it_holds_or_leaves_it_open(direction: Direction, quantity: str) -> None:
    named = Strategy(direction=direction, quantity=D(quantity))

    assert named.quantity == D(quantity)
    assert Strategy(direction=direction).quantity is None


def test_an_alert_needs_no_more_than_signal_and_symbol() -> None:
    alert = an_alert(CLOSE)

    assert (alert.size, alert.price, alert.strategy, alert.fired_at) == (None, None, None, None)
