"""Define how the service says whether it is well."""

from attrs import frozen


@frozen(kw_only=True)
class HealthView:
    """Whether the service is well. `time` is Chicago's, `waiting` how many events are not judged yet.

    `workers` is how many processes trade on a database that many share, and null where there is only one. `money` is
    the most that is at stake here: "paper", "a firm's" (at ProjectX) or "REAL MONEY"; null where the database would
    have to tell.
    """

    status: str
    time: str
    service: str
    waiting: int | None
    workers: int | None
    money: str | None
    reasons: tuple[str, ...]
