"""Hold the kill switch to its levels and scopes, and to staying flat until a person lifts it."""

from typing import Any

import pytest
from attrs import evolve

from tests.builders import ACCOUNT, BOT, MONDAY, OTHER_BOT, USER, a_book, a_bot, a_report, a_survey, an_account
from tests.desk import Desk
from tests.unit.domain.examples import BUY, CLOSE, FLAT, SELL, D, Tale, a_share, a_stop, a_ticket, an_order, cancelled
from tradecore.domain.decisions import Status
from tradecore.domain.events import FlattenAsked
from tradecore.domain.ids import AccountId, BotId, HaltId, UserId
from tradecore.domain.orders import News, Purpose
from tradecore.domain.parties import Halt, HaltLevel
from tradecore.domain.refusals import Refusal
from tradecore.domain.timeframes import Timeframe

LEVELS = list(HaltLevel)
TWO = (a_bot(), a_bot(id=OTHER_BOT, timeframe=Timeframe(300)))


def a_halt(level: HaltLevel = HaltLevel.FLATTEN, **scope: Any) -> Halt:
    return Halt(id=HaltId("h"), level=level, reason="enough", by="ada", at=MONDAY, **scope)


SCOPES: list[tuple[dict[str, Any], bool, bool, bool]] = [
    # scope, covers this bot, covers the other bot, covers what belongs to no bot
    ({}, True, True, True),
    ({"user_id": USER}, True, True, True),
    ({"account_id": ACCOUNT}, True, True, True),
    ({"user_id": USER, "account_id": ACCOUNT}, True, True, True),
    ({"bot_id": BOT}, True, False, False),
    ({"user_id": UserId("else")}, False, False, False),
    ({"account_id": AccountId("else")}, False, False, False),
    ({"bot_id": BotId("else")}, False, False, False),
]


@pytest.mark.parametrize(("scope", "mine", "others", "nobodys"), SCOPES)
def test_a_halt_covers_exactly_what_is_in_its_scope(
    scope: dict[str, Any], mine: bool, others: bool, nobodys: bool
) -> None:
    halt = a_halt(**scope)

    covered = [halt.covers(bot, an_account()) for bot in (*TWO, None)]

    assert covered == [mine, others, nobodys]


@pytest.mark.parametrize(
    ("level", "refusal"),
    [
        (HaltLevel.NO_ENTRIES, Refusal.HALTED), (HaltLevel.REDUCE_ONLY, Refusal.REDUCE_ONLY),
        (HaltLevel.FLATTEN, Refusal.FLATTENED),
    ],
)  # fmt: skip
def test_every_level_refuses_entries_with_its_own_reason(level: HaltLevel, refusal: Refusal) -> None:
    tale = Tale(halts=(a_halt(level),))

    tale.alert(BUY)

    assert tale.verdicts["A"].refusal is refusal
    assert tale.tickets == []


def test_without_an_account_no_halt_can_be_told() -> None:
    tale = Tale(account=None, halts=(a_halt(),), book=a_book(shares=(a_share(10),)))

    tale.wake()

    assert tale.facts().halt_level(TWO[0]) is None
    assert tale.tickets == []


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("signal", [CLOSE, SELL])
def test_no_level_stops_an_exit(level: HaltLevel, signal: Any) -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)), halts=(a_halt(level),))

    tale.alert(signal)

    assert tale.sent[0][1:] == (D(10), Purpose.EXIT)


@pytest.mark.parametrize("level", LEVELS)
def test_only_the_hardest_level_closes_by_itself(level: HaltLevel) -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)), halts=(a_halt(level),))

    tale.wake()
    tale.hear(a_survey(10))

    assert bool(tale.tickets) is (level is HaltLevel.FLATTEN)


@pytest.mark.parametrize(("scope", "mine", "others", "nobodys"), SCOPES)
def test_flattening_closes_what_is_in_the_halts_scope_and_nothing_else(
    scope: dict[str, Any], mine: bool, others: bool, nobodys: bool
) -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(10), a_share(5, OTHER_BOT)), external=D(2)), halts=(a_halt(**scope),))
    tale.wake()
    if nobodys:
        tale.hear(a_survey(17))

    if tale.tickets:
        tale.report()

    left = [tale.held(), tale.held(OTHER_BOT), tale.book.external]
    assert left == [0 if mine else 10, 0 if others else 5, 0 if nobodys else 2]


@pytest.mark.parametrize(
    "book",
    [
        a_book(shares=(a_share(10),)), a_book(shares=(a_share(5), a_share(-5, OTHER_BOT))), a_book(external=D(3)),
        a_book(drift=D(3)), a_book(orders=(an_order(),)), a_book(orders=(a_stop(),)),
    ],
)  # fmt: skip
def test_whatever_is_held_or_works_under_a_flattening_halt_is_closed(book: Any) -> None:
    tale = Tale(book=book, halts=(a_halt(),))

    tale.wake()

    assert tale.book.plan is not None
    assert tale.book.plan.wish.signal is FLAT
    assert tale.book.plan.wish.reason == "kill switch: enough"


def test_a_flat_book_under_a_flattening_halt_is_left_in_peace() -> None:
    tale = Tale(halts=(a_halt(),))

    decision = tale.wake()

    assert (decision.commands, decision.book.plan) == ((), None)


def test_a_late_fill_under_a_flattening_halt_is_closed_again() -> None:
    tale = Tale(halts=(a_halt(),))
    late = an_order(a_ticket("OLD-1-1"))

    tale.hear(a_report(late.ticket), order=late)
    tale.hear(a_survey(10))

    assert [ticket.purpose for ticket in tale.tickets] == [Purpose.FLATTEN]


def test_flattening_reports_flat_only_when_the_broker_has_confirmed_it() -> None:
    tale = Tale(book=a_book(shares=(a_share(10),)), halts=(a_halt(),))
    tale.hear(FlattenAsked(why="kill switch"))
    tale.hear(a_survey(10))
    tale.report()
    before = [decision.flat for decision in tale.decisions]

    confirmed = tale.hear(a_survey(0))

    assert not any(before)
    assert confirmed.flat


def test_a_halted_bot_whose_entry_is_under_way_is_flat_in_the_end() -> None:
    tale = Tale(*TWO, book=a_book(shares=(a_share(5, OTHER_BOT),)))
    tale.alert(BUY)
    tale.report(News.ACCEPTED, filled=D(4))
    tale.usual["halts"] = (a_halt(bot_id=BOT),)

    tale.report(News.FILLED)
    tale.report()

    assert (tale.held(), tale.held(OTHER_BOT)) == (0, 5)


def test_flatten_takes_back_an_entry_that_is_under_way() -> None:
    tale = Tale()
    tale.alert(BUY)
    tale.report(News.ACCEPTED)

    decision = tale.hear(FlattenAsked(why="kill switch"))

    assert cancelled(decision) == ("A-1-1",)


def test_a_halt_survives_a_restart_and_is_over_only_when_it_is_lifted() -> None:
    desk = Desk()
    halt = a_halt()
    desk.store.directory.keep(halt)
    desk.send(BUY)
    desk.run()
    desk.restart()
    desk.send(BUY)
    desk.run()
    refused = [desk.record(name).refusal for name in desk.alerts]

    desk.store.directory.keep(evolve(halt, lifted_at=desk.clock.now(), lifted_by="ada"))
    desk.send(BUY)
    desk.run()

    assert refused == [Refusal.FLATTENED, Refusal.FLATTENED]
    assert (desk.last().status, desk.held()) == (Status.DONE, 10)
