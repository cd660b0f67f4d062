"""Check that people sign in and out, register as the installation allows it, and that guessing gets nobody in."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from tests.browser import PASSWORD, Browser
from tests.office import ADA, BOB, OWNER, Office, problem
from tradecore.domain.ids import InvitationId, UserId
from tradecore.domain.parties import Power
from tradecore.domain.people import SignIn

NEW: str = "another horse entirely"


def an_office(**settings: Any) -> Office:
    office = Office(**settings)
    for user_id in (ADA, BOB, OWNER):
        user = office.store.directory.user(user_id)
        assert user is not None
        office.store.directory.keep(evolve(user, password_hash=office.passwords.hash(PASSWORD)))
    return office


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def browser(office: Office) -> Browser:
    browser = Browser(office)
    assert browser.sign_in().status_code == 201
    return browser


def wrong(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, problem(answer)["code"]


def off_and_on(office: Office, user_id: UserId) -> None:
    for active in (False, True):
        assert office.ask(f"/api/v1/users/{user_id}", OWNER, "PATCH", json={"active": active}).status_code == 200


# ---------------------------------------------------------------- signing in


def test_who_signs_in_gets_a_cookie_that_only_the_browser_can_use(office: Office) -> None:
    answer = Browser(office).sign_in()

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tradecore=ses_")
    assert set(cookie.split("; ")[1:]) == {"Max-Age=604800", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    told = answer.get_json()
    assert (told["user"]["user_id"], told["session"]["source"], told["session"]["current"]) == (
        ADA,
        "198.51.100.7",
        True,
    )
    assert cookie.partition("=")[2].partition(";")[0] not in answer.text


def test_a_visit_opens_what_an_api_token_does(browser: Browser, office: Office) -> None:
    assert browser.told("/api/v1/me")["user_id"] == ADA
    assert browser.told("/positions")["accounts"].keys() == {"adas"}
    assert browser.told("/api/v1/session")["csrf_token"] == browser.proof
    made = browser.ask("POST", "/api/v1/bots", {"account_id": "adas", "symbol": "MSFT"})
    assert (made.status_code, made.get_json()["user_id"]) == (201, ADA)
    assert wrong(browser.ask("GET", "/api/v1/users")) == (403, "forbidden")
    chief = Browser(office)
    chief.sign_in("OWNER ")
    assert len(chief.told("/api/v1/users")["users"]) == 3


@pytest.mark.parametrize("proof", ["", "wrong", "somebody elses"])
def test_what_changes_anything_needs_the_proof_that_no_other_page_knows(
    browser: Browser, office: Office, proof: str
) -> None:
    other = Browser(office)
    other.sign_in("bob")
    before = office.written()

    for method, path, body in (
        ("POST", "/api/v1/bots", {"account_id": "adas", "symbol": "MSFT"}),
        ("PATCH", "/api/v1/accounts/adas", {"active": False}),
        ("DELETE", "/api/v1/bots/ada-aapl-15", None),
        ("POST", "/api/v1/tokens", {"power": "api"}),
        ("PUT", "/api/v1/password", {"old": PASSWORD, "new": NEW}),
        ("DELETE", "/api/v1/session", None),
    ):
        shown = other.proof if proof == "somebody elses" else proof
        answer = browser.ask(method, path, body, proof=shown)
        if shown == "":
            answer = browser._client.open(path, method=method, json=body, base_url="https://trade.example.org")
        assert wrong(answer) == (403, "csrf"), path
    assert office.written() == before
    assert browser.told("/api/v1/me")["user_id"] == ADA


def test_alerts_are_never_sent_by_a_cookie(browser: Browser) -> None:
    body = {"action": "buy", "symbol": "AAPL", "timeframe": "15 Min"}

    assert browser.ask("POST", "/webhook", body).status_code == 401
    assert "would" not in browser.ask("POST", "/test-webhook", body).get_json()


def test_another_sites_page_signs_nobody_in(office: Office) -> None:
    for site in ("cross-site", "same-site"):
        assert wrong(Browser(office).sign_in(Sec_Fetch_Site=site)) == (403, "cross-site")
    assert Browser(office).sign_in(Sec_Fetch_Site="same-origin").status_code == 201


def test_a_token_that_is_shown_counts_and_not_the_cookie_beside_it(browser: Browser, office: Office) -> None:
    bobs = browser.ask("GET", "/api/v1/me", Authorization=f"Bearer {office.texts[BOB, Power.API]}")
    nobodys = browser.ask("GET", "/api/v1/me", Authorization="Bearer api_nobodys")

    assert bobs.get_json()["user_id"] == BOB
    assert nobodys.status_code == 401


def test_each_sign_in_opens_by_another_text_whatever_was_shown(browser: Browser) -> None:
    first = browser.cookie

    browser.sign_in()

    second = browser.cookie
    assert second != first
    browser.cookie = first  # The visit before is over.
    assert browser.ask("GET", "/api/v1/me").status_code == 401
    browser.cookie = "ses_chosen-by-somebody-else"
    browser.sign_in()
    assert browser.cookie not in {first, second, "ses_chosen-by-somebody-else"}


def test_what_opens_a_visit_is_stored_nowhere(browser: Browser, office: Office) -> None:
    assert browser.cookie not in repr(office.store._state.__dict__)
    assert PASSWORD not in repr(office.store._state.__dict__)
    assert all(browser.cookie not in one.hash for one in office.store.access.sign_ins(ADA))


# ---------------------------------------------------------------- the end of a visit


def test_a_visit_ends_after_twelve_hours_without_a_request(browser: Browser, office: Office) -> None:
    for _ in range(3):
        office.clock.advance(timedelta(hours=11))
        browser.told("/api/v1/me")

    office.clock.advance(timedelta(hours=12))

    assert wrong(browser.ask("GET", "/api/v1/me")) == (401, "unauthorised")


def test_a_visit_ends_after_seven_days_whatever_comes(browser: Browser, office: Office) -> None:
    for _ in range(7 * 4 - 1):
        office.clock.advance(timedelta(hours=6))
        browser.told("/api/v1/me")

    office.clock.advance(timedelta(hours=6))

    assert browser.ask("GET", "/api/v1/me").status_code == 401


def test_that_somebody_is_there_is_written_once_a_minute(browser: Browser, office: Office) -> None:
    for seconds, written in ((59, False), (1, True), (30, False)):
        (before,) = office.store.access.sign_ins(ADA)
        office.clock.advance(seconds)
        browser.told("/api/v1/me")
        (after,) = office.store.access.sign_ins(ADA)
        assert (before != after) is written


def test_a_request_does_not_fail_because_it_cannot_be_noted(browser: Browser, office: Office) -> None:
    office.clock.advance(60)
    office.store.fail_next("seen")

    assert browser.told("/api/v1/me")["user_id"] == ADA


def test_signing_out_ends_the_visit_here_alone(browser: Browser, office: Office) -> None:
    other, text = Browser(office), browser.cookie
    other.sign_in()

    answer = browser.ask("DELETE", "/api/v1/session")

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    browser.cookie = text
    assert browser.ask("GET", "/api/v1/me").status_code == 401
    assert other.told("/api/v1/me")["user_id"] == ADA


def test_a_person_sees_where_they_are_signed_in_and_signs_out_there_or_everywhere(
    browser: Browser, office: Office
) -> None:
    phone, bobs = Browser(office, "203.0.113.9"), Browser(office)
    phone.sign_in()
    bobs.sign_in("bob")

    seen = browser.told("/api/v1/sessions")["sessions"]
    assert [(one["source"], one["current"]) for one in seen] == [("198.51.100.7", True), ("203.0.113.9", False)]
    path = f"/api/v1/sessions/{seen[1]['session_id']}"
    assert bobs.ask("DELETE", path).status_code == 404
    assert [browser.ask("DELETE", path).status_code for _ in range(2)] == [204, 404]
    assert phone.ask("GET", "/api/v1/me").status_code == 401
    phone.sign_in()
    assert phone.ask("DELETE", "/api/v1/sessions").status_code == 204
    assert browser.ask("GET", "/api/v1/me").status_code == 401
    assert bobs.told("/api/v1/me")["user_id"] == BOB


def test_who_is_switched_off_is_out_and_stays_out(browser: Browser, office: Office) -> None:
    off_and_on(office, ADA)

    assert browser.ask("GET", "/api/v1/me").status_code == 401
    assert browser.sign_in().status_code == 201


def test_a_caller_with_a_token_has_no_visit(office: Office) -> None:
    assert wrong(office.ask("/api/v1/session")) == (404, "not-found")
    assert wrong(office.ask("/api/v1/session", method="DELETE")) == (409, "no-session")


# ---------------------------------------------------------------- guessing


def test_nobody_learns_whether_it_was_the_name_or_the_password(office: Office) -> None:
    office.ask(f"/api/v1/users/{BOB}", OWNER, "PATCH", json={"active": False})
    office.ask("/api/v1/users", OWNER, "POST", json={"name": "cleo"})  # without a password yet
    told = set()
    for name, password in (("ada", "wrong"), ("nobody", PASSWORD), ("bob", PASSWORD), ("cleo", ""), ("cleo", "x")):
        before = office.passwords.work
        answer = Browser(office, f"for {name}{password}").sign_in(name, password)
        told.add((answer.status_code, answer.text, office.passwords.work - before))

    assert len(told) == 1
    assert {(status, work) for status, _, work in told} == {(401, 1)}
    assert office.store.access.sign_ins(BOB) == ()


def test_guesses_have_to_wait_even_for_the_right_password(office: Office) -> None:
    thief, before = Browser(office, "203.0.113.9"), office.passwords.work
    for _ in range(5):
        assert wrong(thief.sign_in(password="wrong")) == (401, "wrong-password")

    late = thief.sign_in()

    assert wrong(late) == (429, "too-many-guesses")
    assert late.headers["Retry-After"] == "1"
    assert office.passwords.work == before + 5
    office.clock.advance(1)
    assert thief.sign_in().status_code == 201


def test_guesses_at_a_name_hold_up_strangers_and_not_who_is_known(browser: Browser, office: Office) -> None:
    for number in range(25):
        Browser(office, f"203.0.113.{number}").sign_in(password="wrong")

    assert Browser(office, "192.0.2.1").sign_in().status_code == 429
    assert browser.sign_in().status_code == 201


def test_a_right_password_does_not_wait_for_what_others_at_the_address_got_wrong(office: Office) -> None:
    here = Browser(office, "203.0.113.9")
    for number in range(6):
        here.ask("POST", "/api/v1/password/reset", {"invitation": f"inv_{number}", "password": NEW})
        here.sign_in("bob", "wrong")

    assert here.sign_in("bob").status_code == 429
    assert here.sign_in("ada").status_code == 201


def test_registering_where_nobody_may_is_no_guess() -> None:
    browser, body = Browser(an_office(registration="closed")), {"name": "eve", "password": NEW}
    told = [wrong(browser.ask("POST", "/api/v1/register", body | {"invitation": "inv_x"})) for _ in range(60)]

    assert set(told) == {(403, "registration-closed")}
    assert browser.sign_in().status_code == 201


def test_guesses_at_the_old_password_have_to_wait_too(browser: Browser) -> None:
    body = {"old": "wrong", "new": NEW}
    statuses = [browser.ask("PUT", "/api/v1/password", body).status_code for _ in range(6)]

    assert statuses == [403] * 5 + [429]


@pytest.mark.parametrize(("path", "body"), [
    ("/api/v1/register", {"name": "eve", "password": NEW, "invitation": "inv_guessed"}),
    ("/api/v1/password/reset", {"invitation": "inv_guessed", "password": NEW}),
])  # fmt: skip
def test_guesses_at_invitations_have_to_wait_too(path: str, body: dict[str, str]) -> None:
    office = an_office(registration="invitation")
    thief = Browser(office)

    assert [thief.ask("POST", path, body).status_code for _ in range(6)] == [403] * 5 + [429]
    assert Browser(office, "203.0.113.9").ask("POST", path, body).status_code == 403


def test_a_database_that_is_away_is_not_taken_for_a_wrong_password(office: Office) -> None:
    for call in ("users", "admit"):
        office.store.fail_next(call)
        assert wrong(Browser(office).sign_in()) == (503, "unavailable")


# ---------------------------------------------------------------- passwords


def test_a_new_password_ends_every_other_visit(browser: Browser, office: Office) -> None:
    other = Browser(office, "203.0.113.9")
    other.sign_in()

    answer = browser.ask("PUT", "/api/v1/password", {"old": PASSWORD, "new": NEW})

    assert answer.status_code == 204
    assert browser.told("/api/v1/me")["user_id"] == ADA
    assert other.ask("GET", "/api/v1/me").status_code == 401
    assert other.sign_in().status_code == 401
    assert other.sign_in(password=NEW).status_code == 201
    assert office.told("/api/v1/me")["user_id"] == ADA  # the token is good still


@pytest.mark.parametrize(
    ("old", "new", "found", "field"),
    [
        ("wrong", NEW, (403, "wrong-password"), "old"),
        (PASSWORD, "short", (422, "bad-password"), "new"),
        (PASSWORD, " " * 20, (422, "bad-password"), "new"),
    ],
)
def test_a_password_that_cannot_be_leaves_the_old_one(
    browser: Browser, office: Office, old: str, new: str, found: tuple[int, str], field: str
) -> None:
    answer = browser.ask("PUT", "/api/v1/password", {"old": old, "new": new})

    assert wrong(answer) == found
    assert problem(answer)["field"] == field
    assert Browser(office).sign_in().status_code == 201


def test_a_sign_in_that_a_new_password_overtakes_comes_to_nothing(browser: Browser, office: Office) -> None:
    admit = office.store.access.admit

    def late(sign_in: SignIn) -> None:
        browser.ask("PUT", "/api/v1/password", {"old": PASSWORD, "new": NEW})
        admit(sign_in)

    office.store.access.admit = late  # type: ignore[method-assign] # the moment between looking and letting in

    assert Browser(office, "203.0.113.9").sign_in().status_code == 401
    assert len(office.store.access.sign_ins(ADA)) == 1


def test_who_has_forgotten_the_password_is_invited_to_choose_another_once(browser: Browser, office: Office) -> None:
    made = office.ask(f"/api/v1/users/{ADA}/reset", OWNER, "POST", json={})
    text = made.get_json()["invitation"]
    body = {"invitation": text, "password": NEW}
    stranger = Browser(office, "203.0.113.9")

    assert (made.status_code, made.get_json()["user_id"], made.get_json()["by"]) == (201, ADA, OWNER)
    assert wrong(stranger.ask("POST", "/api/v1/password/reset", body | {"password": "short"})) == (422, "bad-password")
    assert browser.told("/api/v1/me")["user_id"] == ADA
    assert stranger.ask("POST", "/api/v1/password/reset", body).status_code == 204
    assert wrong(stranger.ask("POST", "/api/v1/password/reset", body)) == (403, "no-invitation")

    assert browser.ask("GET", "/api/v1/me").status_code == 401
    assert stranger.sign_in(password=NEW).status_code == 201
    assert text not in repr(office.store._state.__dict__)
    assert text not in office.ask("/api/v1/invitations", OWNER).text


@pytest.mark.parametrize("end", ["late", "withdrawn", "switched off"])
def test_an_invitation_to_choose_a_password_ends(office: Office, end: str) -> None:
    made = office.ask(f"/api/v1/users/{ADA}/reset", OWNER, "POST", json={"life": 3600}).get_json()
    if end == "late":
        office.clock.advance(3600)
    elif end == "withdrawn":
        assert office.ask(f"/api/v1/invitations/{made['invitation_id']}", OWNER, "DELETE").status_code == 204
    else:
        office.ask(f"/api/v1/users/{ADA}", OWNER, "PATCH", json={"active": False})

    body = {"invitation": made["invitation"], "password": NEW}

    assert wrong(Browser(office).ask("POST", "/api/v1/password/reset", body)) == (403, "no-invitation")


# ---------------------------------------------------------------- registration


def register(office: Office, name: str = "cleo", password: str = PASSWORD, invitation: object = None) -> TestResponse:
    body = {"name": name, "password": password, "invitation": invitation}
    return Browser(office).ask("POST", "/api/v1/register", body)


def invited(office: Office, **body: object) -> Any:
    answer = office.ask("/api/v1/invitations", OWNER, "POST", json=body)
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def test_registration_is_closed_unless_the_installation_says_otherwise(office: Office) -> None:
    assert wrong(office.ask("/api/v1/invitations", OWNER, "POST", json={})) == (409, "registration-closed")
    reset = office.ask(f"/api/v1/users/{ADA}/reset", OWNER, "POST", json={}).get_json()["invitation"]

    for text in (None, reset):
        assert wrong(register(office, invitation=text)) == (403, "registration-closed")
    assert len(office.store.directory.users()) == 3


def test_who_is_invited_registers_once_and_signs_in() -> None:
    office = an_office(registration="invitation")
    text = invited(office)["invitation"]

    assert wrong(register(office)) == (403, "no-invitation")
    assert wrong(register(office, invitation=text, password="short")) == (422, "bad-password")
    assert wrong(register(office, invitation=text, name="ADA")) == (409, "taken")
    made = register(office, invitation=text)
    assert (made.status_code, made.get_json()["role"]) == (201, "trader")
    assert wrong(register(office, "dora", invitation=text)) == (403, "no-invitation")
    assert Browser(office).sign_in("Cleo").status_code == 201
    (listed,) = office.told("/api/v1/invitations", OWNER)["invitations"]
    assert (listed["good"], listed["used_at"] is not None) == (False, True)


def test_an_invitation_says_what_the_person_may_do() -> None:
    office = an_office(registration="invitation")

    made = register(office, invitation=invited(office, role="admin")["invitation"])

    assert made.get_json()["role"] == "admin"


@pytest.mark.parametrize("end", ["late", "withdrawn", "for somebody else"])
def test_an_invitation_ends(end: str) -> None:
    office = an_office(registration="invitation")
    made = invited(office, life=86_400)
    if end == "late":
        office.clock.advance(86_400)
    elif end == "withdrawn":
        office.ask(f"/api/v1/invitations/{made['invitation_id']}", OWNER, "DELETE")
    else:
        made = office.ask(f"/api/v1/users/{ADA}/reset", OWNER, "POST", json={}).get_json()

    assert wrong(register(office, invitation=made["invitation"])) == (403, "no-invitation")


def test_an_invitation_is_used_up_by_one_of_two_who_come_at_once() -> None:
    office = an_office(registration="invitation")
    text = invited(office)["invitation"]
    redeem = office.store.access.redeem

    def late(invitation_id: InvitationId, at: datetime) -> bool:
        office.store.access.redeem = redeem  # type: ignore[method-assign] # once is enough
        assert register(office, "dora", invitation=text).status_code == 201
        return redeem(invitation_id, at)

    office.store.access.redeem = late  # type: ignore[method-assign] # the moment between looking and using

    assert wrong(register(office, "cleo", invitation=text)) == (403, "no-invitation")
    assert {user.name for user in office.store.directory.users()} == {"owner", "ada", "bob", "dora"}


def test_an_open_house_makes_traders_of_whoever_comes_and_no_administrators() -> None:
    office = an_office(registration="open")

    made = register(office)

    assert (made.status_code, made.get_json()["role"]) == (201, "trader")
    body = {"name": "eve", "password": PASSWORD, "role": "admin"}
    assert wrong(Browser(office).ask("POST", "/api/v1/register", body)) == (422, "unknown-field")
    assert wrong(register(office, "eve", invitation="inv_wrong")) == (403, "no-invitation")
    assert wrong(register(office, "x" * 61)) == (422, "bad-value")
    assert wrong(register(office, "horse battery", "Horse Battery")) == (422, "bad-password")


def test_an_open_house_is_not_flooded_from_one_place() -> None:
    office = an_office(registration="open")

    statuses = [register(office, f"guest {number}").status_code for number in range(6)]

    assert statuses == [201] * 5 + [429]


# ---------------------------------------------------------------- secrets


def test_no_password_or_what_opens_a_visit_is_ever_logged_or_answered() -> None:
    office = an_office(registration="invitation")
    browser, told = Browser(office), []
    with capture_logs() as logged:
        told.append(browser.sign_in(password="not-the-password").text)
        told.append(browser.sign_in().text)
        told.append(browser.ask("PUT", "/api/v1/password", {"old": PASSWORD, "new": NEW}).text)
        text = invited(office)["invitation"]
        told.append(register(office, password="cleos-own-password", invitation=text).text)
        told += [browser.ask("GET", path).text for path in ("/api/v1/session", "/api/v1/sessions", "/api/v1/me")]
        told.append(office.ask("/api/v1/invitations", OWNER).text)

    shown = f"{told} {logged}"
    for secret in (PASSWORD, NEW, "not-the-password", "cleos-own-password", text, browser.cookie):
        assert secret not in shown
    assert browser.proof not in str(logged)
