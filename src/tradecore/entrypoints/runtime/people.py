"""Let people in: who they are, how they come to have a password, and until when a visit lasts."""

from contextlib import suppress
from datetime import timedelta
from enum import Enum
from typing import Final

from attrs import evolve, field, frozen

from tradecore.domain.errors import UnreachableError
from tradecore.domain.ids import InvitationId, SignInId, UserId
from tradecore.domain.parties import Role, User
from tradecore.domain.people import SIGN_IN_LIFE, Invitation, Registration, SignIn
from tradecore.entrypoints.runtime.tokens import hash_of
from tradecore.ports.access import Access
from tradecore.ports.directory import Directory
from tradecore.ports.passwords import Passwords
from tradecore.ports.system import Clock, Mint

PASSWORD_CHARACTERS_MIN: Final = 10
_PASSWORD_CHARACTERS_MAX: Final = 500
_SEEN_STEP: Final = timedelta(minutes=1)


class Denial(Enum):
    """Why somebody is not let in, as a sentence."""

    CLOSED = "Nobody can register here: ask an administrator for a user."
    UNINVITED = "The invitation is wrong, used or ended: ask for another one."
    NAME_TAKEN = "There is somebody of that name already."
    BAD_NAME = "A name has 1 to 60 characters."
    SHORT = f"A password has {PASSWORD_CHARACTERS_MIN} to {_PASSWORD_CHARACTERS_MAX} characters."
    LIKE_NAME = "A password must not be the name."
    WRONG = "The name or the password is wrong."


@frozen
class Admitted:
    """Somebody who has signed in, and the text that opens the door from now on; it is stored nowhere."""

    user: User
    sign_in: SignIn
    text: str = field(repr=False)


@frozen
class Invited:
    """An invitation, and its text, which nobody can find out again."""

    invitation: Invitation
    text: str = field(repr=False)


@frozen(kw_only=True)
class People:
    """The people of an installation. Raises `UnreachableError` as the directory and the passwords do.

    What is not allowed comes back as a `Denial`, and has changed nothing.
    """

    directory: Directory
    access: Access
    passwords: Passwords
    clock: Clock
    mint: Mint
    registration: Registration = Registration.CLOSED

    # ---- signing in

    def sign_in(self, name: str, password: str, source: str) -> Admitted | Denial:
        """Let a person in; whether it was the name or the password that was wrong, nobody can tell."""
        user = self._named(name)
        # Matched in any case, so that it takes as long for a name that nobody has.
        good = self.passwords.match(password.strip(), user.password_hash if user is not None else "")
        if not good or user is None or not user.active:
            return Denial.WRONG
        now, text = self.clock.now(), f"ses_{self.mint.secret()}"
        sign_in = SignIn(
            id=SignInId(self.mint.new()), user_id=user.id, hash=hash_of(text), at=now, seen_at=now,
            ends_at=now + SIGN_IN_LIFE, source=source)  # fmt: skip
        self.access.admit(sign_in)
        if self.directory.user(user.id) != user:
            # The password was changed meanwhile, which ends every visit: this one, too.
            self.access.dismiss(user.id, only=sign_in.id)
            return Denial.WRONG
        return Admitted(user, sign_in, text)

    def signed_in(self, text: str) -> tuple[SignIn, User] | None:
        """Return whose visit *text* opens, and note that they are still there; None where it opens none any more."""
        now = self.clock.now()
        sign_in = self.access.sign_in(hash_of(text))
        if sign_in is None or not sign_in.good(now):
            return None
        user = self.directory.user(sign_in.user_id)
        if user is None or not user.active:
            return None
        if now - sign_in.seen_at >= _SEEN_STEP:
            with suppress(UnreachableError):  # The next request notes it, too.
                self.access.seen(sign_in.id, now)
        return sign_in, user

    # ---- passwords

    def set_password(self, user: User, password: str, *, staying: SignInId | None = None) -> User | Denial:
        """Give a person another password, and end all their visits but the one of who is *staying*."""
        chosen = self._chosen(user.name, password)
        if isinstance(chosen, Denial):
            return chosen
        changed = evolve(user, password_hash=self.passwords.hash(chosen))
        # Before, so that no death in between leaves a visit; and after, for who came in between.
        self.access.dismiss(user.id, but=staying)
        self.directory.keep(changed)
        self.access.dismiss(user.id, but=staying)
        return changed

    def change_password(self, user: User, old: str, new: str, *, staying: SignInId | None) -> User | Denial:
        """Let a person who knows the *old* password choose a *new* one."""
        if not self.passwords.match(old.strip(), user.password_hash):
            return Denial.WRONG
        return self.set_password(user, new, staying=staying)

    # ---- coming to be somebody

    def add(
        self, name: str, password: str, *, role: Role = Role.TRADER, invitation: Invitation | None = None
    ) -> User | Denial:
        """Make a user, in the role of their *invitation* where there is one, which is used up by it."""
        chosen = self._chosen(name, password)
        if isinstance(chosen, Denial):
            return chosen
        if self._named(name) is not None:
            return Denial.NAME_TAKEN
        role = invitation.role if invitation is not None else role
        try:
            user = User(id=UserId(self.mint.new()), name=name.strip(), role=role)
        except ValueError:
            return Denial.BAD_NAME
        hashed = self.passwords.hash(chosen)
        # Used up at the last moment: whoever mistypes may try again, and of two at once one is let in.
        if invitation is not None and not self.access.redeem(invitation.id, self.clock.now()):
            return Denial.UNINVITED
        user = evolve(user, password_hash=hashed)
        try:
            self.directory.keep(user)
        except ValueError:
            return Denial.NAME_TAKEN
        return user

    def invite(self, by: str, life: timedelta, *, role: Role = Role.TRADER, user: User | None = None) -> Invited:
        """Invite a new person, or *user* to choose another password."""
        now, text = self.clock.now(), f"inv_{self.mint.secret()}"
        invitation = Invitation(
            id=InvitationId(self.mint.new()), hash=hash_of(text), by=by, role=user.role if user else role, made_at=now,
            ends_at=now + life, user_id=user.id if user else None)  # fmt: skip
        self.access.invite(invitation)
        return Invited(invitation, text)

    def register(self, name: str, password: str, invitation_text: str | None = None) -> User | Denial:
        """Make a user of who comes by themselves, as far as the installation allows it."""
        if self.registration is Registration.CLOSED:
            return Denial.CLOSED
        invitation = self._invitation(invitation_text) if invitation_text else None
        if invitation is not None and invitation.user_id is not None:
            invitation = None
        if invitation is None and (invitation_text or self.registration is Registration.INVITATION):
            return Denial.UNINVITED
        return self.add(name, password, invitation=invitation)

    def reset(self, invitation_text: str, password: str) -> User | Denial:
        """Let a person who was invited to it choose another password."""
        invitation = self._invitation(invitation_text)
        user = self.directory.user(invitation.user_id) if invitation and invitation.user_id else None
        if invitation is None or user is None or not user.active:
            return Denial.UNINVITED
        chosen = self._chosen(user.name, password)
        if isinstance(chosen, Denial):
            return chosen
        if not self.access.redeem(invitation.id, self.clock.now()):
            return Denial.UNINVITED
        return self.set_password(user, chosen)

    def _invitation(self, text: str) -> Invitation | None:
        invitation = self.access.invitation(hash_of(text))
        return invitation if invitation is not None and invitation.good(self.clock.now()) else None

    def _named(self, name: str) -> User | None:
        wanted = name.strip().casefold()
        return next((user for user in self.directory.users() if user.name.casefold() == wanted), None)

    def _chosen(self, name: str, password: str) -> str | Denial:
        """Return the password as it counts: without blanks around it, which get lost on their way."""
        password = password.strip()
        if not PASSWORD_CHARACTERS_MIN <= len(password) <= _PASSWORD_CHARACTERS_MAX:
            return Denial.SHORT
        return Denial.LIKE_NAME if password.casefold() == name.strip().casefold() else password
