"""Keep who has signed in, and who was invited, in the database."""

from datetime import datetime
from typing import Any, Final, final

from sqlalchemy import Row, delete, insert, select, update

from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import INVITATIONS, SIGN_INS
from tradecore.domain.ids import InvitationId, SignInId, UserId
from tradecore.domain.parties import Role
from tradecore.domain.people import Invitation, SignIn
from tradecore.ports.access import Access

_S: Final = SIGN_INS.c
_I: Final = INVITATIONS.c


@final
class SqlAccess(Access):
    def __init__(self, database: Database) -> None:
        self._database = database

    def admit(self, sign_in: SignIn) -> None:
        row = {
            "id": sign_in.id, "user_id": sign_in.user_id, "hash": sign_in.hash, "at": sign_in.at,
            "seen_at": sign_in.seen_at, "ends_at": sign_in.ends_at, "source": sign_in.source,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(SIGN_INS).where(_S.ends_at <= sign_in.at))
            connection.execute(insert(SIGN_INS).values(row))

    def sign_in(self, hashed: str) -> SignIn | None:
        with self._database.read() as connection:
            row = connection.execute(select(SIGN_INS).where(_S.hash == hashed)).first()
        return None if row is None else _sign_in(row)

    def sign_ins(self, user_id: UserId) -> tuple[SignIn, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(SIGN_INS).where(_S.user_id == user_id).order_by(_S.seq)).all()
        return tuple(map(_sign_in, rows))

    def seen(self, sign_in_id: SignInId, at: datetime) -> None:
        with self._database.write() as connection:
            connection.execute(update(SIGN_INS).where(_S.id == sign_in_id, _S.seen_at < at).values(seen_at=at))

    def dismiss(self, user_id: UserId, *, only: SignInId | None = None, but: SignInId | None = None) -> int:
        ended = delete(SIGN_INS).where(_S.user_id == user_id)
        if only is not None:
            ended = ended.where(_S.id == only)
        if but is not None:
            ended = ended.where(_S.id != but)
        with self._database.write() as connection:
            return connection.execute(ended).rowcount

    def invite(self, invitation: Invitation) -> None:
        row = {
            "id": invitation.id, "hash": invitation.hash, "by": invitation.by, "role": invitation.role.name,
            "made_at": invitation.made_at, "ends_at": invitation.ends_at, "user_id": invitation.user_id,
            "used_at": invitation.used_at,
        }  # fmt: skip
        with self._database.write() as connection:
            connection.execute(delete(INVITATIONS).where(_I.ends_at <= invitation.made_at))
            connection.execute(insert(INVITATIONS).values(row))

    def invitation(self, hashed: str) -> Invitation | None:
        with self._database.read() as connection:
            row = connection.execute(select(INVITATIONS).where(_I.hash == hashed)).first()
        return None if row is None else _invitation(row)

    def invitations(self) -> tuple[Invitation, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(INVITATIONS).order_by(_I.seq)).all()
        return tuple(map(_invitation, rows))

    def redeem(self, invitation_id: InvitationId, at: datetime) -> bool:
        unused = update(INVITATIONS).where(_I.id == invitation_id, _I.used_at.is_(None), _I.ends_at > at)
        with self._database.write() as connection:
            return bool(connection.execute(unused.values(used_at=at)).rowcount)

    def withdraw(self, invitation_id: InvitationId) -> None:
        with self._database.write() as connection:
            connection.execute(delete(INVITATIONS).where(_I.id == invitation_id))


def _sign_in(row: Row[Any]) -> SignIn:
    return SignIn(
        id=SignInId(row.id), user_id=UserId(row.user_id), hash=row.hash, at=row.at, seen_at=row.seen_at,
        ends_at=row.ends_at, source=row.source)  # fmt: skip


def _invitation(row: Row[Any]) -> Invitation:
    return Invitation(
        id=InvitationId(row.id), hash=row.hash, by=row.by, role=Role[row.role], made_at=row.made_at,
        ends_at=row.ends_at, user_id=None if row.user_id is None else UserId(row.user_id),
        used_at=row.used_at)  # fmt: skip
