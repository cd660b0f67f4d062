"""Invite people, let them register, and let them choose another password when they have forgotten theirs."""

from datetime import datetime, timedelta
from typing import Final

from attrs import asdict, field, frozen

from tradecore.domain.ids import InvitationId, UserId
from tradecore.domain.parties import Role
from tradecore.domain.people import Invitation, Registration
from tradecore.entrypoints.runtime.people import Denial, Invited
from tradecore.entrypoints.web.api.denying import begin_guess, denied, guessed_right
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.party_present import user_view
from tradecore.entrypoints.web.party_views import UserView
from tradecore.entrypoints.web.routing import Answer, Call, Routes

ROUTES: Final = Routes()
_LIFE: Final = timedelta(days=7)
_RESET_LIFE: Final = timedelta(days=1)


@frozen(kw_only=True)
class InvitationDraft:
    """An invitation as it is to be: what the person may do here, and for how many seconds it is good."""

    role: Role = Role.TRADER
    life: timedelta = _LIFE


@frozen(kw_only=True)
class ResetDraft:
    """For how many seconds the person may choose another password."""

    life: timedelta = _RESET_LIFE


@frozen(kw_only=True)
class InvitationView:
    """An invitation, without its text. `user_id` is who may choose another password; null invites a new person."""

    invitation_id: str
    role: Role
    by: str
    made_at: datetime
    ends_at: datetime
    user_id: str | None
    used_at: datetime | None
    good: bool


@frozen(kw_only=True)
class NewInvitationView(InvitationView):
    """An invitation just made. `invitation` is its text, shown this once: hand it to the person alone."""

    invitation: str = field(repr=False)


@frozen(kw_only=True)
class InvitationsView:
    """Invitations, oldest first."""

    invitations: tuple[InvitationView, ...]


@frozen(kw_only=True)
class RegistrationDraft:
    """A new person: their name, a password of at least 10 characters, and their invitation where one is needed."""

    name: str
    password: str = field(repr=False)
    invitation: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class NewPasswordDraft:
    """The invitation to choose another password, and the password: at least 10 characters."""

    invitation: str = field(repr=False)
    password: str = field(repr=False)


@ROUTES.on("POST /api/v1/register", {201: UserView}, needs=Needs.NOTHING, takes=RegistrationDraft)
def register(call: Call) -> UserView:
    """Become a user, as the installation allows it (`TRADECORE_REGISTRATION`): not at all, invited, or anybody."""
    call.must_be_from_here()
    draft = call.taken(RegistrationDraft)
    if call.services.people.registration is Registration.CLOSED:
        raise denied(Denial.CLOSED)  # Nobody can guess anything here: it holds nobody up.
    begin_guess(call, invitation=draft.invitation)
    user = call.services.people.register(draft.name, draft.password, draft.invitation)
    if isinstance(user, Denial):
        raise denied(user)
    # Whoever comes without an invitation has to wait after a few others: it costs the machine as much as a guess.
    if draft.invitation:
        guessed_right(call, invitation=draft.invitation)
    return user_view(user)


@ROUTES.on("POST /api/v1/password/reset", {204: None}, needs=Needs.NOTHING, takes=NewPasswordDraft)
def reset_password(call: Call) -> Answer:
    """Choose another password by an administrator's invitation. All visits of the user end."""
    call.must_be_from_here()
    draft = call.taken(NewPasswordDraft)
    begin_guess(call, invitation=draft.invitation)
    changed = call.services.people.reset(draft.invitation, draft.password)
    if isinstance(changed, Denial):
        raise denied(changed)
    guessed_right(call, invitation=draft.invitation)
    return Answer(view=None, status=204)


@ROUTES.on("GET /api/v1/invitations", InvitationsView, needs=Needs.ADMIN)
def invitations(call: Call) -> InvitationsView:
    """Tell who was invited, without what opens the door."""
    now = call.services.clock.now()
    return InvitationsView(invitations=tuple(_view(one, now) for one in call.services.people.access.invitations()))


@ROUTES.on("POST /api/v1/invitations", {201: NewInvitationView}, needs=Needs.ADMIN, takes=InvitationDraft)
def invite(call: Call) -> NewInvitationView:
    """Invite a new person. The invitation's text is in the answer, and never to be had again; it is good once."""
    draft, people = call.taken(InvitationDraft), call.services.people
    if people.registration is Registration.CLOSED:
        raise ProblemError(409, "registration-closed", "Set TRADECORE_REGISTRATION to invitation or open first.")
    return _new(call, people.invite(call.viewer.user.name, draft.life, role=draft.role))


@ROUTES.on("DELETE /api/v1/invitations/<invitation_id>", {204: None}, needs=Needs.ADMIN)
def withdraw_invitation(call: Call) -> Answer:
    """Withdraw an invitation. A repeat is harmless."""
    call.services.people.access.withdraw(InvitationId(call.place["invitation_id"]))
    return Answer(view=None, status=204)


@ROUTES.on("POST /api/v1/users/<user_id>/reset", {201: NewInvitationView}, needs=Needs.ADMIN, takes=ResetDraft)
def invite_reset(call: Call) -> NewInvitationView:
    """Let a user choose another password, once. Until then the old one stays good."""
    draft, services = call.taken(ResetDraft), call.services
    user = services.directory.user(UserId(call.place["user_id"]))
    if user is None:
        raise not_found("user")
    return _new(call, services.people.invite(call.viewer.user.name, draft.life, user=user))


def _new(call: Call, invited: Invited) -> NewInvitationView:
    shown = _view(invited.invitation, call.services.clock.now())
    return NewInvitationView(**asdict(shown, recurse=False), invitation=invited.text)


def _view(one: Invitation, now: datetime) -> InvitationView:
    return InvitationView(
        invitation_id=one.id, role=one.role, by=one.by, made_at=one.made_at, ends_at=one.ends_at,
        user_id=one.user_id, used_at=one.used_at, good=one.good(now))  # fmt: skip
