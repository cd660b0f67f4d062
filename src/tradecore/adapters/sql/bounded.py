"""Give a connection to PostgreSQL up that was cut, or that is not answered on in time; imported where it is needed.

The server bounds what it does itself, but one that stands still, or whose disk does, keeps to no bound of its own.
"""

from collections.abc import Iterable
from math import inf
from select import POLLIN, poll
from time import monotonic
from typing import Any, Final, final

import psycopg

# The driver's words for a statement, and for what is put into it.
_Query = Any
_Params = Any

# Who was kept from running for a while may find the answer there, however late it is.
_A_LOOK_SECONDS: Final = 0.1


@final
class _OneByOne(psycopg.Cursor[Any]):
    """Sends what it is given several values for once for each, and waits for each answer.

    The driver would send all of it in a pipeline. A process that is frozen in the middle of one is not idle to the
    server, which waits for the rest without a bound, and keeps everybody else from the rows that are locked.
    """

    _count: int | None = None

    def execute(self, query: _Query, params: _Params = None, **named: Any) -> "_OneByOne":  # noqa: ANN401 - as the driver has them
        self._count = None
        super().execute(query, params, **named)
        return self

    def executemany(self, query: _Query, params_seq: Iterable[_Params], *, returning: bool = False) -> None:
        assert not returning, "what returns rows is one statement here"
        count = 0
        for params in params_seq:
            count += self.execute(query, params).rowcount
        self._count = count

    @property
    def rowcount(self) -> int:
        """How many rows the last call has written, in all."""
        return super().rowcount if self._count is None else self._count


@final
class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed where the server has not answered at the moment `until`."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - as the driver has them
        super().__init__(*given, **named)
        self.cursor_factory = _OneByOne
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
