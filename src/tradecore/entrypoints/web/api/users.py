"""Tell and keep the people who use the installation."""

from typing import Final

from attrs import evolve

from tradecore.domain.ids import UserId
from tradecore.domain.parties import Role, User
from tradecore.entrypoints.web import party_present as present
from tradecore.entrypoints.web import party_views as v
from tradecore.entrypoints.web.api.keeping import changed, keep
from tradecore.entrypoints.web.auth import Needs
from tradecore.entrypoints.web.errors import ProblemError, not_found
from tradecore.entrypoints.web.routing import Call, Routes

ROUTES: Final = Routes()


@ROUTES.on("GET /api/v1/me", v.UserView)
def me(call: Call) -> v.UserView:
    """Tell who the caller is."""
    return present.user_view(call.viewer.user)


@ROUTES.on("GET /api/v1/users", v.UsersView, needs=Needs.ADMIN)
def users(call: Call) -> v.UsersView:
    """Tell everybody."""
    return v.UsersView(users=tuple(map(present.user_view, call.services.directory.users())))


@ROUTES.on("POST /api/v1/users", {201: v.UserView}, needs=Needs.ADMIN, takes=v.UserDraft)
def make_user(call: Call) -> v.UserView:
    """Make a user. They choose a password by an invitation: `POST /api/v1/users/<user_id>/reset`."""
    draft = call.taken(v.UserDraft)
    try:
        user = User(
            id=UserId(call.services.mint.new()),
            name=draft.name,
            role=draft.role,
            active=draft.active,
            limits=draft.limits,
        )
    except ValueError as error:
        raise ProblemError(422, "bad-value", f"{error}.", "name") from error
    keep(call, user)
    return present.user_view(user)


@ROUTES.on("GET /api/v1/users/<user_id>", v.UserView, needs=Needs.ADMIN)
def user(call: Call) -> v.UserView:
    """Tell one user."""
    return present.user_view(_user(call))


@ROUTES.on("PATCH /api/v1/users/<user_id>", v.UserView, needs=Needs.ADMIN, takes=v.UserDraft, partial=True)
def change_user(call: Call) -> v.UserView:
    """Change a user; what is not named stays. A user who is switched off opens no door any more."""
    old = _user(call)
    draft = changed(call, v.UserDraft(name=old.name, role=old.role, active=old.active, limits=old.limits))
    if old.id == call.viewer.user.id and not (draft.active and draft.role is Role.ADMIN):
        message = "Nobody can take this from themselves: another administrator must do it."
        raise ProblemError(409, "own-power", message, "role" if draft.active else "active")
    try:
        new = evolve(old, name=draft.name, role=draft.role, active=draft.active, limits=draft.limits)
    except ValueError as error:
        raise ProblemError(422, "bad-value", f"{error}.", "name") from error
    keep(call, new)
    if not new.active:
        call.services.people.access.dismiss(new.id)
    return present.user_view(new)


def _user(call: Call) -> User:
    found = call.services.directory.user(UserId(call.place["user_id"]))
    if found is None:
        raise not_found("user")
    return found
