"""Keep sealed credentials in the database."""

from typing import Any, Final, final

from sqlalchemy import Row, delete, insert, select, update

from tradecore.adapters.sql.engine import Database
from tradecore.adapters.sql.tables import CREDENTIALS
from tradecore.domain.credentials import KeyMode, SealedCredentials
from tradecore.domain.ids import AccountId
from tradecore.domain.parties import Venue
from tradecore.ports.vault import Safe

_T: Final = CREDENTIALS.c


@final
class SqlSafe(Safe):
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, sealed: SealedCredentials) -> None:
        row = _row(sealed)
        same = select(_T.account_id).where(
            _T.venue == row["venue"], _T.number == sealed.number, _T.account_id != sealed.account_id)  # fmt: skip
        with self._database.write() as connection:
            self._database.lock(connection, CREDENTIALS.name)  # Who looks whether a number is free must be alone.
            if connection.execute(same).first() is not None:
                message = "another account here trades with what these keys open already"
                raise ValueError(message)
            connection.execute(delete(CREDENTIALS).where(_T.account_id == sealed.account_id))
            connection.execute(insert(CREDENTIALS).values(row))

    def get(self, account_id: AccountId) -> SealedCredentials | None:
        with self._database.read() as connection:
            row = connection.execute(select(CREDENTIALS).where(_T.account_id == account_id)).first()
        return None if row is None else _sealed(row)

    def all(self) -> tuple[SealedCredentials, ...]:
        with self._database.read() as connection:
            rows = connection.execute(select(CREDENTIALS).order_by(_T.account_id)).all()
        return tuple(map(_sealed, rows))

    def swap(self, old: SealedCredentials, new: SealedCredentials) -> bool:
        # A sealed text never comes twice, so that where both lie there still, nothing else has changed either.
        unchanged = (_T.account_id == old.account_id, _T.key_id == old.key_id, _T.secret == old.secret)
        with self._database.write() as connection:
            return bool(connection.execute(update(CREDENTIALS).where(*unchanged).values(_row(new))).rowcount)

    def remove(self, account_id: AccountId) -> None:
        with self._database.write() as connection:
            connection.execute(delete(CREDENTIALS).where(_T.account_id == account_id))


def _row(sealed: SealedCredentials) -> dict[str, object]:
    return {
        "account_id": sealed.account_id, "venue": sealed.venue.name, "mode": sealed.mode.name,
        "number": sealed.number, "key_id": sealed.key_id, "secret": sealed.secret, "saved_at": sealed.saved_at,
    }  # fmt: skip


def _sealed(row: Row[Any]) -> SealedCredentials:
    return SealedCredentials(
        account_id=AccountId(row.account_id), venue=Venue[row.venue], mode=KeyMode[row.mode], number=row.number,
        key_id=row.key_id, secret=row.secret, saved_at=row.saved_at)  # fmt: skip
