"""Hold any broker to what the port promises.

Subclass `BrokerPromises` and give it a fixture `rig`: a `BrokerRig` around your broker and a venue that does what the
rig says. See tests/integration/test_broker_promises.py.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from decimal import Decimal

import pytest
from attrs import evolve

from tests.promises.listening import OVER, Recorder
from tradecore.domain.errors import MalformedError, OutcomeUnknownError, UnreachableError, WorldError
from tradecore.domain.ids import BrokerOrderId, OrderId, Symbol, stop_leg_id, target_leg_id
from tradecore.domain.money import ZERO
from tradecore.domain.orders import Bracket, News, OrderType, Purpose, Report, Side, Ticket
from tradecore.ports.broker import Broker

PRICE = Decimal(100)
UNKNOWN = (OutcomeUnknownError, MalformedError)


class BrokerRig(ABC):
    """A broker, its venue, and the hands to move the venue with.

    The account is flat, rich enough for a hundred units, and may sell short. The venue's market is open, and `symbol`
    costs 100; it may be bought and sold in whole units. The recorder listens.
    """

    symbol: Symbol
    broker: Broker
    heard: Recorder

    @abstractmethod
    def price(self, last: Decimal) -> None:
        """Let the venue trade at *last*."""

    @abstractmethod
    def fill_in_parts(self, parts: Iterable[Decimal]) -> None:
        """Let no more than each of *parts* trade at the next prices."""

    @abstractmethod
    def place_by_hand(self, side: Side, quantity: Decimal, limit_price: Decimal) -> BrokerOrderId:
        """Place an order that tradecore knows nothing of."""

    @abstractmethod
    def reject_next(self) -> str:
        """Let the venue refuse the next order; return words of the reason that its report must give."""

    @abstractmethod
    def lose_next_answer(self) -> None:
        """Let the venue place the next order, and its answer get lost."""

    @abstractmethod
    def garble_next_answer(self) -> None:
        """Let the venue place the next order, and answer nonsense."""

    @abstractmethod
    def lose_next_request(self) -> None:
        """Let the next order get lost on its way to the venue."""

    @abstractmethod
    def cut_line(self) -> None:
        """Let nothing reach the venue."""

    @abstractmethod
    def mend_line(self) -> None:
        """Let everything reach the venue again."""

    @abstractmethod
    def cut_stream(self) -> None:
        """Let nothing that happens from now on be told to the listener."""

    @abstractmethod
    def mend_stream(self) -> None:
        """Let the listener be told again of what happens from now on."""

    @abstractmethod
    def close(self) -> None:
        """Let go of everything."""


def a_market(order_id: str, side: Side, quantity: int, symbol: Symbol, bracket: Bracket | None = None) -> Ticket:
    purpose = Purpose.ENTRY if side is Side.BUY else Purpose.EXIT
    return Ticket(
        id=OrderId(order_id),
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        purpose=purpose,
        bracket=bracket,
    )


def a_limit(
    order_id: str, side: Side, quantity: int, price: int, symbol: Symbol, bracket: Bracket | None = None
) -> Ticket:
    return Ticket(
        id=OrderId(order_id),
        symbol=symbol,
        side=side,
        quantity=Decimal(quantity),
        type=OrderType.LIMIT,
        limit_price=Decimal(price),
        bracket=bracket,
    )


def seen(broker: Broker, order_id: OrderId) -> Report:
    report = broker.find(order_id)
    assert report is not None, f"the venue does not know {order_id}"
    return report


class BrokerPromises:
    """The promises, one test each."""

    @pytest.fixture
    def rig(self) -> BrokerRig:
        raise NotImplementedError("say in a subclass which broker is to keep the promises")

    # ---------------------------------------------------------------- orders

    def test_a_market_order_fills_and_is_held(self, rig: BrokerRig) -> None:
        ticket = a_market("m-1", Side.BUY, 3, rig.symbol)

        answer = rig.broker.submit(ticket)
        end = rig.heard.until_over(ticket.id)

        assert answer.order_id == ticket.id
        assert answer.broker_order_id
        assert (end.news, end.filled, end.average_price) == (News.FILLED, Decimal(3), PRICE)
        assert seen(rig.broker, ticket.id).filled == 3
        assert [(one.symbol, one.quantity, one.average_price) for one in rig.broker.positions()] == [
            (rig.symbol, Decimal(3), PRICE)
        ]

    def test_what_is_flat_is_no_position(self, rig: BrokerRig) -> None:
        rig.broker.submit(a_market("m-1", Side.BUY, 3, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))

        rig.broker.submit(a_market("m-2", Side.SELL, 3, rig.symbol))
        rig.heard.until_over(OrderId("m-2"))

        assert rig.broker.positions() == ()
        assert rig.broker.survey(rig.symbol).net == 0

    def test_a_short_is_a_negative_position(self, rig: BrokerRig) -> None:
        rig.broker.submit(a_market("m-1", Side.SELL, 2, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))

        assert [one.quantity for one in rig.broker.positions()] == [-2]
        assert rig.broker.survey(rig.symbol).net == -2

    def test_an_unknown_order_is_not_found(self, rig: BrokerRig) -> None:
        assert rig.broker.find(OrderId("nobody-knows-me")) is None

    def test_a_no_is_a_report_with_its_reason(self, rig: BrokerRig) -> None:
        words = rig.reject_next()

        answer = rig.broker.submit(a_market("m-1", Side.BUY, 1, rig.symbol))
        if answer.news not in OVER:
            answer = rig.heard.until_over(OrderId("m-1"))

        assert answer.news is News.REJECTED
        assert words in answer.reason
        assert rig.broker.positions() == ()

    def test_one_order_crosses_zero_where_the_rules_say_so_and_is_refused_where_not(self, rig: BrokerRig) -> None:
        rig.broker.submit(a_market("m-1", Side.BUY, 2, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))

        answer = rig.broker.submit(a_market("m-2", Side.SELL, 5, rig.symbol))
        if answer.news not in OVER:
            answer = rig.heard.until_over(OrderId("m-2"))

        assert answer.news is (News.FILLED if rig.broker.rules.crosses_zero else News.REJECTED)
        assert rig.broker.survey(rig.symbol).net == (-3 if rig.broker.rules.crosses_zero else 2)

    # ---------------------------------------------------------------- what the rules tell of

    @pytest.mark.parametrize(("held", "quantity"), [(0, 1), (2, 3)])
    def test_an_order_that_may_only_reduce_never_opens(self, rig: BrokerRig, held: int, quantity: int) -> None:
        if not rig.broker.rules.reduce_only:
            pytest.skip("the venue cannot be told that an order may only reduce")
        if held:
            rig.broker.submit(a_market("m-1", Side.BUY, held, rig.symbol))
            rig.heard.until_over(OrderId("m-1"))
        exit_ = evolve(a_market("m-2", Side.SELL, quantity, rig.symbol), reduce_only=True)

        answer = rig.broker.submit(exit_)
        if answer.news not in OVER:
            answer = rig.heard.until_over(exit_.id)

        assert (answer.news, answer.reason != "") == (News.REJECTED, True)
        assert rig.broker.survey(rig.symbol).net == held

    def test_an_order_that_may_only_reduce_closes_what_is_held(self, rig: BrokerRig) -> None:
        if not rig.broker.rules.reduce_only:
            pytest.skip("the venue cannot be told that an order may only reduce")
        rig.broker.submit(a_market("m-1", Side.BUY, 2, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))
        exit_ = evolve(a_market("m-2", Side.SELL, 2, rig.symbol), reduce_only=True)

        rig.broker.submit(exit_)

        assert rig.heard.until_over(exit_.id).news is News.FILLED
        assert rig.broker.positions() == ()

    def held_with_a_stop(self, rig: BrokerRig, quantity: int) -> Ticket:
        """Buy *quantity*, and let a stop rest for two of it."""
        rig.broker.submit(a_market("m-1", Side.BUY, quantity, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))
        stop = Ticket(
            id=OrderId("s-1"), symbol=rig.symbol, side=Side.SELL, quantity=Decimal(2), type=OrderType.STOP,
            stop_price=Decimal(95), purpose=Purpose.STOP)  # fmt: skip
        rig.broker.submit(stop)
        return stop

    def test_a_refusal_as_a_wash_trade_is_marked_and_no_other_is(self, rig: BrokerRig) -> None:
        if not rig.broker.rules.refuses_wash_trades:
            pytest.skip("the venue takes orders on both sides")
        stop = self.held_with_a_stop(rig, 2)

        against = rig.broker.submit(a_market("m-2", Side.BUY, 1, rig.symbol))
        rig.broker.cancel(stop.id)
        rig.heard.until_over(stop.id)
        rig.reject_next()
        other = rig.broker.submit(a_market("m-3", Side.BUY, 1, rig.symbol))
        if other.news not in OVER:
            other = rig.heard.until_over(OrderId("m-3"))

        assert (against.news, against.wash_trade) == (News.REJECTED, True)
        assert (other.news, other.wash_trade) == (News.REJECTED, False)

    def test_shares_that_a_stop_holds_cannot_be_sold_beside_it(self, rig: BrokerRig) -> None:
        if not rig.broker.rules.holds_shares:
            pytest.skip("the venue holds no shares for what rests")
        self.held_with_a_stop(rig, 3)

        held = rig.broker.submit(a_market("m-2", Side.SELL, 2, rig.symbol))
        free = rig.broker.submit(a_market("m-3", Side.SELL, 1, rig.symbol))
        if free.news not in OVER:
            free = rig.heard.until_over(OrderId("m-3"))

        assert (held.news, held.wash_trade, free.news) == (News.REJECTED, False, News.FILLED)

    # ---------------------------------------------------------------- an id is used once

    def test_the_same_id_again_is_answered_with_the_first_order(self, rig: BrokerRig) -> None:
        ticket = a_market("m-1", Side.BUY, 3, rig.symbol)
        first = rig.broker.submit(ticket)
        rig.heard.until_over(ticket.id)

        again = rig.broker.submit(ticket)

        assert again.broker_order_id == first.broker_order_id
        assert (again.news, again.filled) == (News.FILLED, Decimal(3))
        assert rig.broker.survey(rig.symbol).net == 3

    def test_the_same_id_stays_used_after_its_order_was_cancelled(self, rig: BrokerRig) -> None:
        ticket = a_limit("l-1", Side.BUY, 3, 90, rig.symbol)
        rig.broker.submit(ticket)
        rig.broker.cancel(ticket.id)
        rig.heard.until_over(ticket.id)

        again = rig.broker.submit(ticket)
        rig.price(Decimal(80))

        assert again.news is News.CANCELLED
        assert rig.broker.survey(rig.symbol).net == 0

    # ---------------------------------------------------------------- resting orders

    def test_a_limit_rests_is_surveyed_and_fills_when_reached(self, rig: BrokerRig) -> None:
        ticket = a_limit("l-1", Side.BUY, 3, 90, rig.symbol)
        rig.broker.submit(ticket)

        (working,) = rig.broker.survey(rig.symbol).working
        assert (working.order_id, working.news, working.filled) == (ticket.id, News.ACCEPTED, ZERO)
        assert working.works_at == Decimal(90)
        assert rig.broker.working_symbols() == {rig.symbol}

        rig.price(Decimal(90))
        end = rig.heard.until_over(ticket.id)

        assert (end.news, end.average_price) == (News.FILLED, Decimal(90))
        assert rig.broker.survey(rig.symbol).working == ()
        assert rig.broker.working_symbols() == frozenset()

    def test_a_stop_fills_when_reached(self, rig: BrokerRig) -> None:
        ticket = Ticket(
            id=OrderId("s-1"),
            symbol=rig.symbol,
            side=Side.BUY,
            quantity=Decimal(2),
            type=OrderType.STOP,
            stop_price=Decimal(105),
        )
        rig.broker.submit(ticket)
        rig.price(Decimal(104))
        assert seen(rig.broker, ticket.id).news is News.ACCEPTED
        (working,) = rig.broker.survey(rig.symbol).working
        assert {seen(rig.broker, ticket.id).works_at, working.works_at} == {Decimal(105)}, "where the stop rests"

        rig.price(Decimal(105))

        assert rig.heard.until_over(ticket.id).news is News.FILLED

    def test_a_cancelled_order_ends_and_a_repeat_is_harmless(self, rig: BrokerRig) -> None:
        ticket = a_limit("l-1", Side.BUY, 3, 90, rig.symbol)
        rig.broker.submit(ticket)

        answer = rig.broker.cancel(ticket.id)
        end = rig.heard.until_over(ticket.id)
        again = rig.broker.cancel(ticket.id)

        assert answer.news in {News.CANCEL_PENDING, News.CANCELLED}
        assert end.news is News.CANCELLED
        assert again.news is News.CANCELLED
        assert rig.broker.survey(rig.symbol).working == ()

    def test_cancelling_a_filled_order_is_answered_with_its_fill(self, rig: BrokerRig) -> None:
        ticket = a_market("m-1", Side.BUY, 3, rig.symbol)
        rig.broker.submit(ticket)
        rig.heard.until_over(ticket.id)

        answer = rig.broker.cancel(ticket.id)

        assert (answer.news, answer.filled) == (News.FILLED, Decimal(3))

    def test_parts_are_reported_in_total_and_survive_a_cancel(self, rig: BrokerRig) -> None:
        rig.fill_in_parts([Decimal(2), Decimal(1), Decimal(0)])
        ticket = a_limit("l-1", Side.BUY, 5, 100, rig.symbol)
        rig.broker.submit(ticket)
        rig.heard.until_filled(ticket.id, 2)
        rig.price(PRICE)
        rig.heard.until_filled(ticket.id, 3)

        rig.broker.cancel(ticket.id)
        end = rig.heard.until_over(ticket.id)

        assert (end.news, end.filled, end.average_price) == (News.CANCELLED, Decimal(3), PRICE)
        assert rig.broker.survey(rig.symbol).net == 3

    # ---------------------------------------------------------------- people's orders

    def test_orders_of_people_are_surveyed_without_an_id_of_ours(self, rig: BrokerRig) -> None:
        broker_order_id = rig.place_by_hand(Side.BUY, Decimal(4), Decimal(90))

        (stray,) = rig.broker.survey(rig.symbol).working

        assert (stray.order_id, stray.broker_order_id) == (None, broker_order_id)
        assert (stray.symbol, stray.side, stray.quantity) == (rig.symbol, Side.BUY, Decimal(4))
        assert rig.broker.working_symbols() == {rig.symbol}

    def test_orders_of_people_can_be_cancelled_again_and_again(self, rig: BrokerRig) -> None:
        broker_order_id = rig.place_by_hand(Side.BUY, Decimal(4), Decimal(90))

        rig.broker.cancel_stray(broker_order_id)
        rig.heard.until(lambda: any(one.news is News.CANCELLED for one in rig.heard.of(None)), "the stray's end")
        rig.broker.cancel_stray(broker_order_id)

        assert rig.broker.survey(rig.symbol).working == ()

    def test_what_people_bought_is_held(self, rig: BrokerRig) -> None:
        rig.place_by_hand(Side.BUY, Decimal(4), PRICE)
        rig.heard.until(lambda: any(one.news is News.FILLED for one in rig.heard.of(None)), "the stray's fill")

        assert rig.broker.survey(rig.symbol).net == 4

    # ---------------------------------------------------------------- brackets

    def an_entry_with_both_legs(self, rig: BrokerRig) -> Ticket:
        if not rig.broker.rules.brackets:
            pytest.skip("the venue has no brackets")
        bracket = Bracket(stop_price=Decimal(95), target_price=Decimal(110), reference=PRICE)
        return a_market("b-1", Side.BUY, 3, rig.symbol, bracket)

    def test_a_filled_entry_is_protected_by_both_legs_under_their_ids(self, rig: BrokerRig) -> None:
        ticket = self.an_entry_with_both_legs(rig)
        rig.broker.submit(ticket)
        rig.heard.until_over(ticket.id)
        for leg_id in (stop_leg_id(ticket.id), target_leg_id(ticket.id)):
            rig.heard.until_news(leg_id, News.ACCEPTED)
            assert seen(rig.broker, leg_id).side is Side.SELL

        working = {report.order_id for report in rig.broker.survey(rig.symbol).working}

        assert working == {stop_leg_id(ticket.id), target_leg_id(ticket.id)}
        rests = [seen(rig.broker, leg_id(ticket.id)).works_at for leg_id in (stop_leg_id, target_leg_id)]
        assert rests == [Decimal(95), Decimal(110)]

    @pytest.mark.parametrize(("price", "stop_wins"), [(95, True), (110, False)])
    def test_when_one_leg_fills_the_other_ends(self, rig: BrokerRig, price: int, stop_wins: bool) -> None:
        ticket = self.an_entry_with_both_legs(rig)
        rig.broker.submit(ticket)
        winner, loser = stop_leg_id(ticket.id), target_leg_id(ticket.id)
        if not stop_wins:
            winner, loser = loser, winner
        rig.heard.until_news(winner, News.ACCEPTED)
        rig.heard.until_news(loser, News.ACCEPTED)

        rig.price(Decimal(price))

        assert rig.heard.until_over(winner).news is News.FILLED
        assert rig.heard.until_over(loser).news is News.CANCELLED
        assert rig.broker.positions() == ()
        assert rig.broker.working_symbols() == frozenset()

    def test_an_entry_that_never_filled_takes_its_legs_along(self, rig: BrokerRig) -> None:
        bracket = self.an_entry_with_both_legs(rig).bracket
        ticket = a_limit("b-1", Side.BUY, 3, 98, rig.symbol, bracket)
        rig.broker.submit(ticket)

        rig.broker.cancel(ticket.id)
        rig.heard.until_over(ticket.id)
        for leg_id in (stop_leg_id(ticket.id), target_leg_id(ticket.id)):
            rig.heard.until_over(leg_id)
        rig.price(Decimal(90))

        assert rig.broker.survey(rig.symbol).working == ()
        assert rig.broker.survey(rig.symbol).net == 0

    # ---------------------------------------------------------------- when the line fails

    @pytest.mark.parametrize("garbled", [False, True])
    def test_a_lost_answer_is_unknown_until_looked_up(self, rig: BrokerRig, garbled: bool) -> None:
        ticket = a_market("m-1", Side.BUY, 3, rig.symbol)
        if garbled:
            rig.garble_next_answer()
        else:
            rig.lose_next_answer()

        with pytest.raises(UNKNOWN):
            rig.broker.submit(ticket)

        rig.heard.until_over(ticket.id)
        assert seen(rig.broker, ticket.id).news is News.FILLED
        assert rig.broker.submit(ticket).filled == 3
        assert rig.broker.survey(rig.symbol).net == 3

    def test_a_lost_request_may_be_repeated_once_nobody_knows_it(self, rig: BrokerRig) -> None:
        ticket = a_market("m-1", Side.BUY, 3, rig.symbol)
        rig.lose_next_request()

        with pytest.raises((*UNKNOWN, UnreachableError)):
            rig.broker.submit(ticket)

        assert rig.broker.find(ticket.id) is None
        rig.broker.submit(ticket)
        rig.heard.until_over(ticket.id)
        assert rig.broker.survey(rig.symbol).net == 3

    def test_without_an_answer_nothing_is_read_as_nothing_held(self, rig: BrokerRig) -> None:
        rig.broker.submit(a_market("m-1", Side.BUY, 3, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))
        rig.cut_line()

        with pytest.raises(WorldError):
            rig.broker.survey(rig.symbol)
        with pytest.raises(WorldError):
            rig.broker.positions()
        with pytest.raises(WorldError):
            rig.broker.working_symbols()
        with pytest.raises(WorldError):
            rig.broker.find(OrderId("m-1"))
        with pytest.raises(WorldError):
            rig.broker.account()

        rig.mend_line()
        assert rig.broker.survey(rig.symbol).net == 3

    def test_after_the_stream_was_cut_the_listener_is_told_to_look_again(self, rig: BrokerRig) -> None:
        gaps = rig.heard.gaps
        rig.cut_stream()
        rig.broker.submit(a_market("m-1", Side.BUY, 3, rig.symbol))

        rig.mend_stream()

        rig.heard.until(lambda: rig.heard.gaps > gaps, "that something was missed")
        assert seen(rig.broker, OrderId("m-1")).filled == 3
        rig.broker.submit(a_market("m-2", Side.BUY, 1, rig.symbol))
        rig.heard.until_over(OrderId("m-2"))

    def test_after_close_nothing_more_is_told(self, rig: BrokerRig) -> None:
        rig.broker.close()
        rig.broker.close()

        rig.place_by_hand(Side.BUY, Decimal(1), PRICE)

        assert rig.heard.of(None) == []

    # ---------------------------------------------------------------- the account

    def test_an_open_result_counts_in_the_equity(self, rig: BrokerRig) -> None:
        rig.broker.submit(a_market("m-1", Side.BUY, 3, rig.symbol))
        rig.heard.until_over(OrderId("m-1"))
        before = rig.broker.account().equity
        point_value = next(one for one in rig.broker.instruments() if one.symbol == rig.symbol).point_value

        rig.price(Decimal(102))

        assert rig.broker.account().equity - before == 6 * point_value

    def test_each_root_has_one_active_instrument(self, rig: BrokerRig) -> None:
        active = [one.root for one in rig.broker.instruments() if one.active]

        assert any(one.symbol == rig.symbol for one in rig.broker.instruments())
        assert len(active) == len(set(active))
