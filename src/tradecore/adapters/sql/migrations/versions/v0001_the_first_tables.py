"""Create the first tables."""

from typing import Any, Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)

from tradecore.adapters.sql.columns import Moment, Number

revision: Final = "0001"
down_revision: Final = None

_ID: Final = 80
_WORD: Final = 40
_BOOK: Final = 200


def upgrade() -> None:
    """Create everything."""
    _directory()
    _inbox()
    _ledger()
    _past()
    _standing()


def _counted(name: str, *parts: Any) -> None:  # noqa: ANN401 - columns, constraints and indexes
    seq = Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    op.create_table(name, seq, *parts, sqlite_autoincrement=True)


def _words(*names: str, nullable: bool = False) -> list[Column[str]]:
    return [Column(name, String(_ID), nullable=nullable) for name in names]


def _id() -> Column[str]:
    return Column("id", String(_ID), nullable=False, unique=True)


def _json(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _directory() -> None:
    _counted("users", _id(), Column("name_key", String(_BOOK), nullable=False, unique=True), _json("body"))
    _counted(
        "accounts", _id(), *_words("user_id"), Column("name_key", String(_BOOK), nullable=False), _json("body"),
        UniqueConstraint("user_id", "name_key"),
    )  # fmt: skip
    _counted(
        "bots", _id(), *_words("user_id", "account_id", "symbol"), Column("timeframe", Integer, nullable=False),
        Column("active", Boolean, nullable=False), _json("body"),
        Index("uq_bots_active", "account_id", "symbol", "timeframe", unique=True,
              sqlite_where=text("active = 1"), postgresql_where=text("active")),
        Index(None, "user_id"), Index(None, "account_id"),
    )  # fmt: skip
    _counted(
        "tokens", _id(), *_words("user_id"), Column("hash", String(_BOOK), nullable=False, unique=True),
        Column("used_at", Moment), _json("body"),
        Index(None, "user_id"),
    )  # fmt: skip
    _counted("halts", _id(), Column("lifted", Boolean, nullable=False, index=True), _json("body"))
    _counted(
        "instruments", Column("venue", String(_WORD), nullable=False), *_words("symbol", "root"),
        Column("active", Boolean, nullable=False), _json("body"),
        UniqueConstraint("venue", "symbol"),
        Index(None, "venue", "root"),
    )  # fmt: skip


def _inbox() -> None:
    _counted(
        "alerts", _id(), *_words("user_id", "book_account_id", "symbol"),
        *_words("account_id", "bot_id", nullable=True),
        Column("identity", String(64), nullable=False), Column("accepted_at", Moment, nullable=False),
        Column("at", Moment, nullable=False), Column("status", String(_WORD), nullable=False),
        Column("refusal", String(_WORD)), Column("ended_at", Moment),
        _json("outcome"), _json("gates"), _json("alert"), _json("body"),
        Index(None, "user_id", "identity", "accepted_at"),
        Index(None, "user_id", "at"), Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
    )  # fmt: skip
    _counted(
        "events", Column("book", String(_BOOK), nullable=False), *_words("account_id", "symbol"),
        Column("due", Moment), Column("posted_at", Moment, nullable=False), _json("body"),
        Index(None, "due", "seq"),
        Index(None, "book", "due", "seq"),
    )  # fmt: skip


def _ledger() -> None:
    op.create_table(
        "books",
        *(Column(name, String(_ID), primary_key=True) for name in ("account_id", "symbol")),
        Column("version", Integer, nullable=False), Column("open", Boolean, nullable=False), _json("body"),
        Index("ix_books_open", "account_id", "symbol", sqlite_where=text("open = 1"), postgresql_where=text("open")),
    )  # fmt: skip
    _counted(
        "judgements", Column("event_id", String(_ID), nullable=False, unique=True), *_words("account_id", "symbol"),
        *_words("plan_id", "errand_id", nullable=True), Column("at", Moment, nullable=False),
        _json("event"), _json("before"), _json("facts"), _json("decision"),
        Index(None, "plan_id"), Index(None, "account_id", "seq"), Index(None, "at"),
    )  # fmt: skip
    _counted(
        "errands", _id(),
        Column("event_id", String(_ID), ForeignKey("judgements.event_id"), nullable=False, index=True),
        Column("book", String(_BOOK), nullable=False, index=True), *_words("account_id", "symbol"), _json("command"),
    )  # fmt: skip


def _past() -> None:
    _counted(
        "orders", _id(), *_words("account_id", "symbol", "plan_id"), *_words("bot_id", nullable=True),
        Column("at", Moment, nullable=False), Column("purpose", String(_WORD), nullable=False),
        Column("state", String(_WORD), nullable=False), _json("body"),
        Index(None, "plan_id"), Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
        Index(None, "account_id", "purpose", "at"),
    )  # fmt: skip
    _counted(
        "fills", *_words("account_id", "symbol", "plan_id"), *_words("bot_id", nullable=True),
        Column("at", Moment, nullable=False), _json("body"),
        Index(None, "plan_id"), Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
    )  # fmt: skip
    _counted(
        "trades", *_words("id", "account_id", "symbol", "bot_id", "opened_by", "closed_by"),
        Column("at", Moment, nullable=False), Column("net", Number, nullable=False), _json("body"),
        Index(None, "opened_by"), Index(None, "closed_by"),
        Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
    )  # fmt: skip
    _counted(
        "told", *_words("account_id", "symbol"), Column("at", Moment, nullable=False),
        Column("urgency", String(_WORD), nullable=False), _json("text"),
        Index(None, "account_id", "at"), Index(None, "at"),
    )  # fmt: skip


def _standing() -> None:
    _counted(
        "results", *_words("account_id", "symbol", "bot_id"), Column("at", Moment, nullable=False),
        Column("amount", Number, nullable=False),
        Index(None, "account_id", "at"),
    )  # fmt: skip
    op.create_table(
        "shares",
        *(Column(name, String(_ID), primary_key=True) for name in ("account_id", "symbol", "bot_id")),
        _json("body"), Column("instrument", Text),
    )  # fmt: skip
    op.create_table(
        "equity_marks",
        Column("account_id", String(_ID), primary_key=True), Column("day", Date, primary_key=True),
        Column("high", Number, nullable=False), Column("last", Number, nullable=False),
        Column("high_ever", Number, nullable=False), Column("last_high", Number),
    )  # fmt: skip
