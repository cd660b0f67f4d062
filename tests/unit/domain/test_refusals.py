"""Hold every refusal to a sentence for people and a name for scripts, the most urgent first."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecore.domain.refusals import Refusal, most_urgent

# Scripts and other people's alarms hang on these: one may be added, none may change.
CODES = [
    "flattened", "reduce-only", "halted", "no-bot", "unknown-account", "bot-inactive", "too-old", "from-the-future",
    "waited-too-long", "market-closed", "outside-window", "get-flat", "unknown-instrument", "stale-month",
    "not-tradable", "not-shortable", "no-way-out", "book-in-question", "overtaken", "partial-exit", "no-price",
    "stale-price", "price-too-far", "account-unknown-state", "account-blocked", "drawdown-reached",
    "daily-loss-reached", "daily-loss-at-risk", "daily-profit-reached", "losing-streak", "too-many-positions",
    "too-many-orders", "position-full", "no-stop", "less-than-a-share", "worth-too-little", "too-small",
]  # fmt: skip


@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_is_one_sentence_that_a_person_understands(refusal: Refusal) -> None:
    sentence = refusal.value

    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert len(sentence.split()) >= 4
    assert "_" not in sentence


def test_no_two_refusals_say_the_same() -> None:
    sentences = [refusal.value for refusal in Refusal.__members__.values()]

    assert len(set(sentences)) == len(Refusal.__members__)


@pytest.mark.parametrize("code", CODES)
def test_the_names_for_scripts_are_stable(code: str) -> None:
    assert code in {refusal.code for refusal in Refusal}


@pytest.mark.parametrize("refusal", Refusal)
def test_a_name_for_scripts_is_lower_case_with_hyphens(refusal: Refusal) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", refusal.code)


def test_overtaken_says_that_a_later_exit_overtook_it() -> None:
    assert "overtaken by a later exit" in Refusal.OVERTAKEN.value


def test_nothing_is_most_urgent_of_nothing() -> None:
    assert most_urgent(()) is None


def test_the_kill_switch_is_more_urgent_than_anything_else() -> None:
    assert list(Refusal)[:3] == [Refusal.FLATTENED, Refusal.REDUCE_ONLY, Refusal.HALTED]


@given(st.lists(st.sampled_from(Refusal), min_size=1))
def test_the_first_in_the_list_is_the_one_reported(refusals: list[Refusal]) -> None:
    reported = most_urgent(tuple(refusals))

    assert reported in refusals
    assert list(Refusal).index(reported) == min(list(Refusal).index(refusal) for refusal in refusals)
