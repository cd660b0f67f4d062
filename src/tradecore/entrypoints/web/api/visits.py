"""Sign in and out with a browser, tell who is signed in, and change the password."""

from datetime import datetime
from typing import Final

from attrs import field, frozen

from tradecore.domain.ids import SignInId, UserId
from tradecore.domain.people import SIGN_IN_LIFE, SignIn
from tradecore.entrypoints.runtime.people import Admitted, Denial
from tradecore.entrypoints.web.api.denying import begin_guess, denied, guessed_right
from tradecore.entrypoints.web.auth import COOKIE, Needs, proof_of
from tradecore.entrypoints.web.errors import ProblemError, ProblemView, not_found
from tradecore.entrypoints.web.party_present import user_view
from tradecore.entrypoints.web.party_views import UserView
from tradecore.entrypoints.web.routing import Answer, Call, Routes

ROUTES: Final = Routes()
_COOKIE_FORM: Final = "Path=/; Secure; HttpOnly; SameSite=Lax"


@frozen(kw_only=True)
class SignInDraft:
    """Who wants to sign in."""

    name: str
    password: str = field(repr=False)


@frozen(kw_only=True)
class SignInView:
    """One visit with a browser: when it began, was last seen, and ends at the latest."""

    session_id: str
    user_id: str
    at: datetime
    seen_at: datetime
    ends_at: datetime
    source: str
    current: bool


@frozen(kw_only=True)
class SignInsView:
    """Visits, oldest first."""

    sessions: tuple[SignInView, ...]


@frozen(kw_only=True)
class SessionView:
    """Who has signed in. What changes anything must carry `csrf_token` in the header `X-CSRF-Token`."""

    session: SignInView
    user: UserView
    csrf_token: str = field(repr=False)


@frozen(kw_only=True)
class SignInRows:
    """Whose visits are asked for: the caller's own, or for administrators anybody's."""

    user_id: str | None = None


@frozen(kw_only=True)
class PasswordDraft:
    """The password until now, and the one from now on: at least 10 characters."""

    old: str = field(repr=False)
    new: str = field(repr=False)


@ROUTES.on("POST /api/v1/session", {201: SessionView, 401: ProblemView}, needs=Needs.NOTHING, takes=SignInDraft)
def sign_in(call: Call) -> Answer:
    """Sign in with a browser, which gets a cookie that nothing else can read. Guesses have to wait.

    The visit ends after twelve hours without a request, after seven days, or by signing out.
    """
    call.must_be_from_here()
    draft = call.taken(SignInDraft)
    begin_guess(call, draft.name)
    admitted = call.services.people.sign_in(draft.name, draft.password, call.source)
    if isinstance(admitted, Denial):
        raise denied(admitted)
    guessed_right(call, draft.name)
    if call.cookie is not None and (former := call.services.people.signed_in(call.cookie.text)) is not None:
        call.services.people.access.dismiss(former[1].id, only=former[0].id)
    call.note(user=admitted.user.id)
    cookie = f"{COOKIE}={admitted.text}; Max-Age={int(SIGN_IN_LIFE.total_seconds())}; {_COOKIE_FORM}"
    return Answer(view=_session_of(admitted), status=201, headers={"Set-Cookie": cookie})


@ROUTES.on("GET /api/v1/session", {200: SessionView, 404: ProblemView})
def session(call: Call) -> SessionView:
    """Tell who has signed in with this browser, and the token that changes must carry."""
    shown, viewer = call.cookie, call.viewer
    if viewer.sign_in is None or shown is None:
        raise ProblemError(404, "not-found", "Nobody has signed in: the caller has shown a token.")
    return SessionView(
        session=_view(viewer.sign_in, viewer.sign_in), user=user_view(viewer.user), csrf_token=proof_of(shown.text)
    )


@ROUTES.on("DELETE /api/v1/session", {204: None})
def sign_out(call: Call) -> Answer:
    """Sign out."""
    viewer = call.viewer
    if viewer.sign_in is None:
        raise ProblemError(409, "no-session", "Nobody has signed in: the caller has shown a token.")
    call.services.people.access.dismiss(viewer.user.id, only=viewer.sign_in.id)
    return _signed_out()


@ROUTES.on("GET /api/v1/sessions", SignInsView, asks=SignInRows)
def sign_ins(call: Call) -> SignInsView:
    """Tell where the caller is signed in."""
    viewer, people = call.viewer, call.services.people
    viewer.must_be_whole()
    user_id = UserId(call.asked(SignInRows).user_id or viewer.user.id)
    if not viewer.sees(user_id):
        raise not_found("user")
    now = call.services.clock.now()
    found = (one for one in people.access.sign_ins(user_id) if one.good(now))
    return SignInsView(sessions=tuple(_view(one, viewer.sign_in) for one in found))


@ROUTES.on("DELETE /api/v1/sessions", {204: None})
def sign_out_everywhere(call: Call) -> Answer:
    """Sign out everywhere, here included."""
    call.viewer.must_be_whole()
    call.services.people.access.dismiss(call.viewer.user.id)
    return _signed_out()


@ROUTES.on("DELETE /api/v1/sessions/<session_id>", {204: None})
def sign_out_elsewhere(call: Call) -> Answer:
    """Sign out of one of the caller's own visits."""
    call.viewer.must_be_whole()
    wanted = SignInId(call.place["session_id"])
    if not call.services.people.access.dismiss(call.viewer.user.id, only=wanted):
        raise not_found("session")
    return Answer(view=None, status=204)


@ROUTES.on("PUT /api/v1/password", {204: None}, takes=PasswordDraft)
def change_password(call: Call) -> Answer:
    """Choose another password. The caller's other visits end; tokens stay as they are."""
    viewer, draft = call.viewer, call.taken(PasswordDraft)
    viewer.must_be_whole()
    begin_guess(call, viewer.user.name)
    staying = viewer.sign_in.id if viewer.sign_in is not None else None
    changed = call.services.people.change_password(viewer.user, draft.old, draft.new, staying=staying)
    if changed is Denial.WRONG:
        raise ProblemError(403, "wrong-password", "The old password is wrong.", "old")
    guessed_right(call, viewer.user.name)
    if isinstance(changed, Denial):
        raise ProblemError(422, "bad-password", changed.value, "new")
    return Answer(view=None, status=204)


def _session_of(admitted: Admitted) -> SessionView:
    return SessionView(
        session=_view(admitted.sign_in, admitted.sign_in), user=user_view(admitted.user),
        csrf_token=proof_of(admitted.text))  # fmt: skip


def _view(one: SignIn, current: SignIn | None) -> SignInView:
    return SignInView(
        session_id=one.id, user_id=one.user_id, at=one.at, seen_at=one.seen_at, ends_at=one.ends_at,
        source=one.source, current=current is not None and current.id == one.id)  # fmt: skip


def _signed_out() -> Answer:
    return Answer(view=None, status=204, headers={"Set-Cookie": f"{COOKIE}=; Max-Age=0; {_COOKIE_FORM}"})
