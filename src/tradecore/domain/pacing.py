"""Say how long to wait before something is asked or tried again; every wait has a limit."""

from datetime import timedelta
from typing import Final

# Seconds until the next try, by how often it was in vain; the last one for ever after.
DELAYS: Final = (1, 2, 4, 8, 15, 30, 60)
# How long an order may stay handed over without any word before it is looked up.
ANSWER_TIME: Final = timedelta(seconds=30)
# An order that rests on purpose is looked at this often, in case a stream lost its news.
REST_TIME: Final = timedelta(seconds=300)
# How long an entry may fill in parts before the part that filled gets a stop of its own.
FILL_TIME: Final = timedelta(seconds=5)
# How long after the first sight of a difference the broker is asked again.
SECOND_LOOK: Final = timedelta(seconds=2)
# By how much a broker's positions may lag behind its fills, where it is one that lags: ten seconds were seen.
LAG: Final = timedelta(seconds=15)
# How long the price may lie past a stop that has not filled: news of its fill may be on the way.
PASSED_TIME: Final = timedelta(seconds=5)
# How often the price is looked at for a target that rests at no venue, while its market is open.
WATCH_TIME: Final = timedelta(seconds=15)

# How often the venue's clock is looked at while an entry waits for an opening: what it says of that may change.
CLOCK_TIME: Final = timedelta(seconds=60)

# So many refusals of an exit in a row before an alert's CLOSE is given up and a person is told. FLAT, and what
# tradecore itself wants closed, is never given up.
ATTEMPTS_MAX: Final = 4

# So many stops of one trade that a venue refuses or loses; then the share is closed instead.
STOPS_LOST_MAX: Final = 3


def delay(tries: int) -> timedelta:
    """Return how long to wait before the next try, after so many in vain."""
    return timedelta(seconds=DELAYS[min(tries, len(DELAYS) - 1)])


def patience(looks: int) -> timedelta:
    """Return how long to wait before a working order is looked up again, after so many looks without news."""
    return min(timedelta(seconds=2 ** min(looks + 1, 10)), REST_TIME)
