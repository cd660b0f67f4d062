"""Say why an alert could not be read, and what its sender can do about it."""

from typing import Final, Self

from attrs import frozen

BAD_REQUEST: Final = 400
TOO_LARGE: Final = 413
UNPROCESSABLE: Final = 422

_SHOWN_CHARACTERS_MAX: Final = 60


@frozen(kw_only=True)
class Unreadable:
    """Why a body is no alert. `code` is stable, `message` is for people, `status` is HTTP's."""

    code: str
    message: str
    field: str | None
    status: int


class UnreadableError(Exception):
    """Carries an `Unreadable` up to `read`, and no further."""

    def __init__(self, answer: Unreadable) -> None:
        super().__init__(answer.message)
        self.answer = answer

    @classmethod
    def of(cls, code: str, message: str, field: str | None = None, status: int = UNPROCESSABLE) -> Self:
        """Make the error and its answer in one go."""
        return cls(Unreadable(code=code, message=message, field=field, status=status))


def shown(text: object) -> str:
    """Quote *text* for a message, in ASCII and not at length."""
    whole = str(text)
    cut = whole[:_SHOWN_CHARACTERS_MAX]
    return ascii(cut) if cut == whole else f"{cut!a}..."
