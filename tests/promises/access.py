"""Hold whoever keeps sign-ins and invitations to what the port promises.

Subclass `AccessPromises` and give it a fixture `access`, empty. See tests/integration/test_store_promises.py.
"""

from datetime import timedelta

import pytest
from attrs import evolve

from tests.builders import MONDAY, USER
from tests.promises.store import at, together
from tradecore.domain.ids import InvitationId, SignInId, UserId
from tradecore.domain.parties import Role
from tradecore.domain.people import Invitation, SignIn
from tradecore.ports.access import Access

OTHER = UserId("user-2")
WEEK = timedelta(days=7)
FIRST = SignIn(
    id=SignInId("one"), user_id=USER, hash="hash-1", at=MONDAY, seen_at=MONDAY, ends_at=MONDAY + WEEK,
    source="198.51.100.7")  # fmt: skip
SECOND = evolve(FIRST, id=SignInId("two"), hash="hash-2", at=at(1))
THIRD = evolve(FIRST, id=SignInId("three"), hash="hash-3", at=at(2))
THEIRS = evolve(FIRST, id=SignInId("theirs"), hash="hash-4", user_id=OTHER)
INVITATION = Invitation(
    id=InvitationId("inv"), hash="hash-5", by="ada", role=Role.ADMIN, made_at=MONDAY, ends_at=at(7 * 86_400)
)
RESET = evolve(INVITATION, id=InvitationId("reset"), hash="hash-6", role=Role.TRADER, user_id=OTHER)


class AccessPromises:
    @pytest.fixture
    def access(self) -> Access:
        raise NotImplementedError

    def test_who_is_admitted_is_known_by_the_hash(self, access: Access) -> None:
        for sign_in in (FIRST, SECOND, THEIRS):
            access.admit(sign_in)

        assert [access.sign_in(one) for one in ("hash-1", "hash-4", "hash-9")] == [FIRST, THEIRS, None]
        assert access.sign_ins(USER) == (FIRST, SECOND)
        assert access.sign_ins(UserId("nobody")) == ()

    def test_what_has_ended_is_forgotten_when_somebody_comes(self, access: Access) -> None:
        access.admit(FIRST)
        access.admit(evolve(THEIRS, ends_at=FIRST.ends_at + timedelta(seconds=1)))

        access.admit(evolve(SECOND, at=FIRST.ends_at, ends_at=FIRST.ends_at + WEEK))

        assert [one.id for one in (*access.sign_ins(USER), *access.sign_ins(OTHER))] == ["two", "theirs"]

    def test_who_is_seen_later_was_seen_later_and_never_earlier(self, access: Access) -> None:
        access.admit(FIRST)
        access.admit(SECOND)

        access.seen(FIRST.id, at(60))
        access.seen(FIRST.id, at(30))
        access.seen(SignInId("nobody"), at(60))

        assert access.sign_ins(USER) == (evolve(FIRST, seen_at=at(60)), SECOND)

    @pytest.mark.parametrize(
        ("which", "left"),
        [
            ({}, []),
            ({"only": "two"}, ["one", "three"]),
            ({"but": "two"}, ["two"]),
            ({"only": "theirs"}, ["one", "two", "three"]),
        ],
    )
    def test_a_users_own_sign_ins_are_ended(self, access: Access, which: dict[str, SignInId], left: list[str]) -> None:
        for sign_in in (FIRST, SECOND, THIRD, THEIRS):
            access.admit(sign_in)

        ended = access.dismiss(USER, **which)

        assert [one.id for one in access.sign_ins(USER)] == left
        assert ended == 3 - len(left)
        assert access.sign_ins(OTHER) == (THEIRS,)

    # ---- invitations

    def test_invitations_are_kept_as_they_are_until_they_are_withdrawn(self, access: Access) -> None:
        access.invite(INVITATION)
        access.invite(RESET)

        assert access.invitations() == (INVITATION, RESET)
        assert [access.invitation(one) for one in ("hash-5", "hash-6", "hash-9")] == [INVITATION, RESET, None]
        access.withdraw(INVITATION.id)
        access.withdraw(INVITATION.id)
        assert access.invitations() == (RESET,)
        assert not access.redeem(INVITATION.id, at(1))

    def test_ended_ones_are_forgotten_when_somebody_is_invited(self, access: Access) -> None:
        access.invite(INVITATION)

        access.invite(evolve(RESET, made_at=INVITATION.ends_at, ends_at=INVITATION.ends_at + WEEK))

        assert [one.id for one in access.invitations()] == ["reset"]

    def test_an_invitation_is_good_once_and_until_it_ends(self, access: Access) -> None:
        access.invite(INVITATION)
        access.invite(RESET)

        assert access.redeem(INVITATION.id, at(5))
        assert not access.redeem(INVITATION.id, at(5))
        assert not access.redeem(RESET.id, RESET.ends_at)
        assert access.invitation("hash-5") == evolve(INVITATION, used_at=at(5))
        assert access.invitation("hash-6") == RESET

    def test_of_many_who_redeem_at_once_one_does(self, access: Access) -> None:
        access.invite(INVITATION)

        assert sum(together(6, lambda number: access.redeem(INVITATION.id, at(number)))) == 1
