"""Hold whoever knows the exchanges' hours to what the port promises.

Subclass `CalendarPromises` and give it a fixture `calendar`. See tests/integration/test_small_promises.py.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecore.domain.instruments import Market
from tradecore.ports.calendar import Calendar

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds


class CalendarPromises:
    @pytest.fixture
    def calendar(self) -> Calendar:
        raise NotImplementedError

    @pytest.mark.parametrize("market", list(Market))
    def test_the_clock_and_the_list_of_sessions_agree(self, calendar: Calendar, market: Market) -> None:
        @given(moments)
        def agree(moment: datetime) -> None:
            hours = calendar.hours(market, moment)
            around = calendar.sessions(market, hours.day - timedelta(days=7), hours.day + timedelta(days=14))
            assert hours.now == next((session for session in around if moment in session), None)
            assert hours.next == next((session for session in around if session.opens > moment), None)
            assert hours.day_began <= moment

        agree()

    @pytest.mark.parametrize("market", list(Market))
    def test_sessions_are_in_order_and_do_not_overlap(self, calendar: Calendar, market: Market) -> None:
        sessions = calendar.sessions(market, date(2026, 1, 1), date(2026, 12, 31))

        assert sessions
        assert all(early.closes <= late.opens for early, late in pairwise(sessions))
        assert {session.market for session in sessions} == {market}
