"""Say whose fault it is, and whether you may repeat.

TradecoreError
├── ProgrammingError          ours: a bug; crash, do not retry
├── ConflictError             two writers met; read again, then decide again
└── WorldError                theirs: the network, a broker, a database
    ├── UnreachableError      nothing was done; safe to repeat
    │   └── ShutError         and it will be in vain until a person mends it: keys are missing, or not taken
    ├── OutcomeUnknownError   something may have been done; look first
    ├── MalformedError        they spoke, and we could not understand it
    └── SealedError           what is encrypted cannot be opened; a person must mend it

What a person or a market may rightly do wrong is no exception: it is a `Refusal`, a value.
"""


class TradecoreError(Exception):
    """Everything that tradecore raises on purpose."""


class ProgrammingError(TradecoreError):
    """A bug of ours: stop, and do not repeat."""


class ConflictError(TradecoreError):
    """Somebody else wrote first: nothing was written; read again, then decide again."""


class WorldError(TradecoreError):
    """The outside failed us."""


class UnreachableError(WorldError):
    """Nothing was done; the same call may be repeated.

    `retry_after` is in seconds, where the other side named a time.
    """

    def __init__(self, message: str, *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ShutError(UnreachableError):
    """The account cannot be traded until a person mends it: it has no keys, they do not open, or are not taken."""


class OutcomeUnknownError(WorldError):
    """Something may have been done: look it up by our id before anything is repeated."""


class MalformedError(WorldError):
    """They spoke, and we could not understand it; after an order was sent this means: unknown."""


class SealedError(WorldError):
    """What is encrypted cannot be opened, or nothing can be encrypted: the sentence says what to set."""
