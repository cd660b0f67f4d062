"""Keep who has signed in, and who was invited, in memory."""

from datetime import datetime
from typing import final

from attrs import evolve

from tradecore.adapters.memory.state import State
from tradecore.domain.ids import InvitationId, SignInId, UserId
from tradecore.domain.people import Invitation, SignIn
from tradecore.ports.access import Access


@final
class MemoryAccess(Access):
    def __init__(self, state: State) -> None:
        self._state = state

    def admit(self, sign_in: SignIn) -> None:
        with self._state.lock:
            self._state.trip("admit")
            ended = [one.id for one in self._state.sign_ins.values() if one.ends_at <= sign_in.at]
            for sign_in_id in ended:
                del self._state.sign_ins[sign_in_id]
            self._state.sign_ins[sign_in.id] = sign_in

    def sign_in(self, hashed: str) -> SignIn | None:
        with self._state.lock:
            self._state.trip("sign_in")
            return next((one for one in self._state.sign_ins.values() if one.hash == hashed), None)

    def sign_ins(self, user_id: UserId) -> tuple[SignIn, ...]:
        with self._state.lock:
            self._state.trip("sign_ins")
            return tuple(one for one in self._state.sign_ins.values() if one.user_id == user_id)

    def seen(self, sign_in_id: SignInId, at: datetime) -> None:
        with self._state.lock:
            self._state.trip("seen")
            old = self._state.sign_ins.get(sign_in_id)
            if old is not None and old.seen_at < at:
                self._state.sign_ins[sign_in_id] = evolve(old, seen_at=at)

    def dismiss(self, user_id: UserId, *, only: SignInId | None = None, but: SignInId | None = None) -> int:
        with self._state.lock:
            self._state.trip("dismiss")
            ended = [
                one.id for one in self._state.sign_ins.values()
                if one.user_id == user_id and only in {None, one.id} and one.id != but
            ]  # fmt: skip
            for sign_in_id in ended:
                del self._state.sign_ins[sign_in_id]
            return len(ended)

    def invite(self, invitation: Invitation) -> None:
        with self._state.lock:
            self._state.trip("invite")
            ended = [one.id for one in self._state.invitations.values() if one.ends_at <= invitation.made_at]
            for invitation_id in ended:
                del self._state.invitations[invitation_id]
            self._state.invitations[invitation.id] = invitation

    def invitation(self, hashed: str) -> Invitation | None:
        with self._state.lock:
            self._state.trip("invitation")
            return next((one for one in self._state.invitations.values() if one.hash == hashed), None)

    def invitations(self) -> tuple[Invitation, ...]:
        with self._state.lock:
            self._state.trip("invitations")
            return tuple(self._state.invitations.values())

    def redeem(self, invitation_id: InvitationId, at: datetime) -> bool:
        with self._state.lock:
            self._state.trip("redeem")
            old = self._state.invitations.get(invitation_id)
            if old is None or not old.good(at):
                return False
            self._state.invitations[invitation_id] = evolve(old, used_at=at)
            return True

    def withdraw(self, invitation_id: InvitationId) -> None:
        with self._state.lock:
            self._state.trip("withdraw")
            self._state.invitations.pop(invitation_id, None)
