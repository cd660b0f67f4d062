"""Give a connection to PostgreSQL up that was cut, or that is not answered on in time; imported where it is needed.

The server bounds what it does itself, but one that stands still, or whose disk does, keeps to no bound of its own.
"""

from math import inf
from select import POLLIN, poll
from time import monotonic
from typing import Any, Final, final

import psycopg

# Who was kept from running for a while may find the answer there, however late it is.
_A_LOOK_SECONDS: Final = 0.1


@final
class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed where the server has not answered at the moment `until`."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as the driver has them
        super().__init__(*given, **named)
        self.until = inf
        self._unasked = poll()
        self._unasked.register(self.pgconn.socket, POLLIN)

    def wait(self, gen: Any, interval: float = _A_LOOK_SECONDS, timeout: float | None = None) -> Any:  # noqa: ANN401 - as above
        if timeout is None and self.until < inf:
            timeout = max(self.until - monotonic(), _A_LOOK_SECONDS)
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError as error:
            if monotonic() < self.until:
                raise
            # Nobody knows what the server still does; whatever it is, it is not ours any more.
            self.pgconn.finish()
            message = "no answer came in time"
            raise psycopg.OperationalError(message) from error

    @property
    def is_cut(self) -> bool:
        """Whether the server has ended the connection while nobody used it; it is asked nothing."""
        try:
            while self._unasked.poll(0):
                # What comes unasked is a farewell, or nothing that matters.
                self.pgconn.consume_input()
        except psycopg.OperationalError:
            return True
        return self.closed
