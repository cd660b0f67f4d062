"""Keep who has signed in, and who was invited."""

from datetime import datetime
from typing import Protocol

from tradecore.domain.ids import InvitationId, SignInId, UserId
from tradecore.domain.people import Invitation, SignIn


class Access(Protocol):
    """Stores sign-ins and invitations. Raises `UnreachableError` as the ledger does."""

    def admit(self, sign_in: SignIn) -> None:
        """Store a new sign-in; those that had ended by its beginning are forgotten."""
        ...

    def sign_in(self, hashed: str) -> SignIn | None:
        """Return the sign-in with this hash, ended ones included."""
        ...

    def sign_ins(self, user_id: UserId) -> tuple[SignIn, ...]:
        """Return a user's sign-ins, oldest first."""
        ...

    def seen(self, sign_in_id: SignInId, at: datetime) -> None:
        """Note that somebody is still there; never moves back."""
        ...

    def dismiss(self, user_id: UserId, *, only: SignInId | None = None, but: SignInId | None = None) -> int:
        """End a user's sign-ins, or *only* one of theirs, or all *but* one; return how many."""
        ...

    def invite(self, invitation: Invitation) -> None:
        """Store a new invitation; those that had ended by its beginning are forgotten."""
        ...

    def invitation(self, hashed: str) -> Invitation | None:
        """Return the invitation with this hash, used and ended ones included."""
        ...

    def invitations(self) -> tuple[Invitation, ...]:
        """Return all that are not forgotten, oldest first."""
        ...

    def redeem(self, invitation_id: InvitationId, at: datetime) -> bool:
        """Use an invitation up; True for one caller alone, whoever else tries at the same time."""
        ...

    def withdraw(self, invitation_id: InvitationId) -> None:
        """Delete an invitation. A repeat is harmless."""
        ...
