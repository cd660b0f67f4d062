"""Hold an order's life to being total, and to never beginning again by mistake."""

from itertools import product

import pytest

from tradecore.domain.order_states import LIFE, News, OrderState

S, N = OrderState, News
OVER = (S.FILLED, S.CANCELLED, S.REJECTED, S.EXPIRED, S.NEVER_PLACED)
# What a venue itself can say, as against what we conclude from its silence.
SAID = [news for news in News if news not in {N.LOST, N.NEVER_PLACED}]


def test_every_row_leads_from_a_state_to_a_state() -> None:
    for (state, news), after in LIFE.items():
        assert (type(state), type(news), type(after)) == (OrderState, News, OrderState)


def test_exactly_the_five_ends_are_over() -> None:
    over = {state for state in OrderState if state.is_over}

    assert over == set(OVER)


UNDER_WAY = [state for state in OrderState if state not in OVER]


@pytest.mark.parametrize(("state", "news"), list(product(UNDER_WAY, SAID)))
def test_whatever_a_venue_says_of_an_order_under_way_has_its_row(state: OrderState, news: News) -> None:
    assert (state, news) in LIFE


@pytest.mark.parametrize("state", UNDER_WAY)
def test_an_order_under_way_takes_every_end_that_a_venue_names(state: OrderState) -> None:
    ends = [LIFE[state, news] for news in (N.FILLED, N.CANCELLED, N.REJECTED, N.EXPIRED)]

    assert ends == [S.FILLED, S.CANCELLED, S.REJECTED, S.EXPIRED]


@pytest.mark.parametrize(("state", "news"), list(product([S.FILLED, S.CANCELLED, S.REJECTED, S.EXPIRED], News)))
def test_what_a_venue_has_ended_never_lives_again(state: OrderState, news: News) -> None:
    after = LIFE.get((state, news), state)

    assert after.is_over


@pytest.mark.parametrize("news", News)
def test_a_fill_is_never_undone(news: News) -> None:
    assert LIFE.get((S.FILLED, news), S.FILLED) is S.FILLED


@pytest.mark.parametrize("state", [S.CANCELLED, S.EXPIRED])
def test_a_fill_that_crossed_the_end_on_the_wire_is_the_truth(state: OrderState) -> None:
    assert LIFE[state, N.FILLED] is S.FILLED


@pytest.mark.parametrize(
    ("news", "after"),
    [
        (N.ACCEPTED, S.WORKING), (N.HELD, S.HELD), (N.CANCEL_PENDING, S.CANCELLING), (N.FILLED, S.FILLED),
        (N.CANCELLED, S.CANCELLED), (N.REJECTED, S.REJECTED), (N.EXPIRED, S.EXPIRED),
    ],
)  # fmt: skip
@pytest.mark.parametrize("state", [S.INTENDED, S.UNKNOWN, S.NEVER_PLACED])
def test_what_nobody_knew_of_becomes_what_the_venue_says(state: OrderState, news: News, after: OrderState) -> None:
    assert LIFE[state, news] is after


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (S.INTENDED, S.UNKNOWN), (S.UNKNOWN, S.UNKNOWN), (S.HELD, S.HELD), (S.WORKING, S.WORKING),
        (S.CANCELLING, S.CANCELLING), *((state, state) for state in OVER),
    ],
)  # fmt: skip
def test_a_lost_answer_is_never_taken_for_a_rejection(state: OrderState, after: OrderState) -> None:
    assert LIFE[state, N.LOST] is after


@pytest.mark.parametrize("state", [S.WORKING, S.HELD, S.CANCELLING])
def test_what_has_worked_at_a_venue_is_not_declared_never_placed(state: OrderState) -> None:
    assert (state, N.NEVER_PLACED) not in LIFE


@pytest.mark.parametrize("state", [S.INTENDED, S.UNKNOWN])
def test_what_was_looked_up_in_vain_until_sure_was_never_placed(state: OrderState) -> None:
    assert LIFE[state, N.NEVER_PLACED] is S.NEVER_PLACED


@pytest.mark.parametrize(("news", "after"), [(N.ACCEPTED, S.WORKING), (N.HELD, S.HELD), (N.FILLED, S.FILLED)])
def test_a_refused_or_overtaken_cancel_leaves_the_order_as_it_is(news: News, after: OrderState) -> None:
    assert LIFE[S.CANCELLING, news] is after


def test_a_stop_leg_may_fall_asleep_again_and_wake() -> None:
    asleep = LIFE[S.WORKING, N.HELD]

    assert LIFE[asleep, N.ACCEPTED] is S.WORKING
