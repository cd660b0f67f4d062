"""Describe who has signed in, and who was invited to choose a password."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from attrs import field, frozen

from tradecore.domain.ids import InvitationId, SignInId, UserId
from tradecore.domain.parties import Role

# Who does nothing for so long has to sign in again, and everybody after so many days.
IDLE_MAX: Final = timedelta(hours=12)
SIGN_IN_LIFE: Final = timedelta(days=7)


class Registration(Enum):
    """How people come to have a user here."""

    CLOSED = "closed"  # an administrator makes it
    INVITATION = "invitation"  # by themselves, once an administrator has invited them
    OPEN = "open"  # by themselves, whoever they are


@frozen(kw_only=True)
class SignIn:
    """A person's visit with a browser, from the password to signing out. What opens it is stored as a hash alone."""

    id: SignInId
    user_id: UserId
    hash: str = field(repr=False)
    at: datetime
    seen_at: datetime
    ends_at: datetime
    source: str = ""

    def good(self, now: datetime) -> bool:
        """Tell whether it still opens the door at *now*."""
        return now < self.ends_at and now - self.seen_at < IDLE_MAX


@frozen(kw_only=True)
class Invitation:
    """The right to choose a password, once: as a new person, or with `user_id` as one who is here already.

    `by` is the name of who has invited.
    """

    id: InvitationId
    hash: str = field(repr=False)
    by: str
    role: Role = Role.TRADER
    made_at: datetime
    ends_at: datetime
    user_id: UserId | None = None
    used_at: datetime | None = None

    def good(self, now: datetime) -> bool:
        """Tell whether it may still be used at *now*."""
        return self.used_at is None and now < self.ends_at
