"""List the tables, and the indexes that keep an alert's cost the same however long the past is.

What the domain owns lies whole in a column of JSON; beside it stand only the columns that are searched by.
"""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from tradecore.adapters.sql.columns import Moment, Number, Prose

_ID: Final = 80  # an order's id has 60 characters, and "-SL" may follow
_WORD: Final = 40
_BOOK: Final = 200

# Named, so that a migration can find and drop them on every database.
METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *parts: Any) -> Table:  # noqa: ANN401 - columns, constraints and indexes
    """Return a table that counts its rows: the number is never used again, and says who came first."""
    # On SQLite only an INTEGER counts by itself, and has 64 bits.
    seq = Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    return Table(name, METADATA, seq, *parts, sqlite_autoincrement=True)


def _words(*names: str, nullable: bool = False) -> list[Column[str]]:
    return [Column(name, String(_ID), nullable=nullable) for name in names]


def _id() -> Column[str]:
    return Column("id", String(_ID), nullable=False, unique=True)


def _json(name: str) -> Column[str]:
    return Column(name, Prose, nullable=False)


# ---- the directory: who trades what

USERS: Final = _table("users", _id(), Column("name_key", String(_BOOK), nullable=False, unique=True), _json("body"))

ACCOUNTS: Final = _table(
    "accounts", _id(), *_words("user_id"), Column("name_key", String(_BOOK), nullable=False), _json("body"),
    UniqueConstraint("user_id", "name_key"),
)  # fmt: skip

# `timeframe` is in seconds, and 0 for a bot that takes any: two NULLs would not be the same to a unique index.
BOTS: Final = _table(
    "bots", _id(), *_words("user_id", "account_id", "symbol"), Column("timeframe", Integer, nullable=False),
    Column("active", Boolean, nullable=False), _json("body"),
    Index("uq_bots_active", "account_id", "symbol", "timeframe", unique=True,
          sqlite_where=text("active = 1"), postgresql_where=text("active")),
    Index(None, "user_id", "symbol"), Index(None, "account_id"),
)  # fmt: skip

TOKENS: Final = _table(
    "tokens", _id(), *_words("user_id"), Column("hash", String(_BOOK), nullable=False, unique=True),
    Column("used_at", Moment), _json("body"),
    Index(None, "user_id"),
)  # fmt: skip

HALTS: Final = _table("halts", _id(), Column("lifted", Boolean, nullable=False, index=True), _json("body"))

INSTRUMENTS: Final = _table(
    "instruments", Column("venue", String(_WORD), nullable=False), *_words("symbol", "root"),
    Column("active", Boolean, nullable=False), _json("body"),
    UniqueConstraint("venue", "symbol"),
    Index(None, "venue", "root"),
)  # fmt: skip

# What opens them stands here as a hash alone.
SIGN_INS: Final = _table(
    "sign_ins", _id(), *_words("user_id"), Column("hash", String(_BOOK), nullable=False, unique=True),
    *(Column(name, Moment, nullable=False) for name in ("at", "seen_at", "ends_at")),
    Column("source", String(_BOOK), nullable=False),
    Index(None, "user_id"), Index(None, "ends_at"),
)  # fmt: skip

INVITATIONS: Final = _table(
    "invitations", _id(), Column("hash", String(_BOOK), nullable=False, unique=True), *_words("by", "role"),
    *(Column(name, Moment, nullable=False) for name in ("made_at", "ends_at")),
    *_words("user_id", nullable=True), Column("used_at", Moment),
)  # fmt: skip

# The keys to accounts at their venues; what opens them stands here encrypted, each for its row alone.
CREDENTIALS: Final = Table(
    "credentials", METADATA,
    Column("account_id", String(_ID), primary_key=True), Column("venue", String(_WORD), nullable=False),
    Column("mode", String(_WORD), nullable=False), Column("number", String(_ID), nullable=False),
    Column("key_id", Text, nullable=False), Column("secret", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
    UniqueConstraint("venue", "number"),
)  # fmt: skip

# How often anything of the directory was changed, so that who has read it knows whether to read it again.
CHANGES: Final = Table(
    "changes", METADATA,
    Column("of", String(_WORD), primary_key=True), Column("count", BigInteger, nullable=False),
)  # fmt: skip

# ---- the inbox

# `identity` is a hash: what makes two deliveries one may be a body with its secret in it.
ALERTS: Final = _table(
    "alerts", _id(), *_words("user_id", "book_account_id", "symbol"), *_words("account_id", "bot_id", nullable=True),
    Column("identity", String(64), nullable=False), Column("accepted_at", Moment, nullable=False),
    Column("at", Moment, nullable=False), Column("status", String(_WORD), nullable=False),
    Column("refusal", String(_WORD)), Column("ended_at", Moment),
    _json("outcome"), _json("gates"), _json("alert"), _json("body"),
    Index(None, "user_id", "identity", "accepted_at"),
    Index(None, "user_id", "at"), Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
)  # fmt: skip

# Only what is not judged yet. `due` is empty where the order of posting counts; `book` is the key as one word.
EVENTS: Final = _table(
    "events", Column("book", String(_BOOK), nullable=False), *_words("account_id", "symbol"),
    Column("due", Moment), Column("posted_at", Moment, nullable=False), _json("body"),
    Index(None, "due", "seq"),
    Index(None, "book", "due", "seq"),
    Index(None, "account_id", "due", "seq"),
)  # fmt: skip

# ---- who trades for whom, where many processes do

# A process lives until its moment has passed by the database's clock, unless it says again that it does.
WORKERS: Final = Table(
    "workers", METADATA,
    Column("id", String(_ID), primary_key=True), Column("lives_until", Moment, nullable=False),
)  # fmt: skip

# Whose accounts are whose; an account whose holder does not live any more is anybody's.
LEASES: Final = Table(
    "leases", METADATA,
    Column("account_id", String(_ID), primary_key=True), Column("holder", String(_ID), nullable=False, index=True),
)  # fmt: skip

# ---- the ledger

BOOKS: Final = Table(
    "books", METADATA,
    *(Column(name, String(_ID), primary_key=True) for name in ("account_id", "symbol")),
    Column("version", Integer, nullable=False), Column("open", Boolean, nullable=False), _json("body"),
    Column("entering", Boolean, nullable=False, server_default=false()),
    Index("ix_books_open", "account_id", "symbol", sqlite_where=text("open = 1"), postgresql_where=text("open")),
    Index("ix_books_entering", "account_id", "symbol",
          sqlite_where=text("entering = 1"), postgresql_where=text("entering")),
)  # fmt: skip

JUDGEMENTS: Final = _table(
    "judgements", Column("event_id", String(_ID), nullable=False, unique=True), *_words("account_id", "symbol"),
    *_words("plan_id", "errand_id", nullable=True), Column("at", Moment, nullable=False),
    _json("event"), _json("before"), _json("facts"), _json("decision"),
    Index(None, "plan_id"), Index(None, "account_id", "seq"), Index(None, "at"),
)  # fmt: skip

# Only what is still to be performed.
ERRANDS: Final = _table(
    "errands", _id(),
    Column("event_id", String(_ID), ForeignKey("judgements.event_id"), nullable=False, index=True),
    Column("book", String(_BOOK), nullable=False, index=True), *_words("account_id", "symbol"), _json("command"),
)  # fmt: skip

ORDERS: Final = _table(
    "orders", _id(), *_words("account_id", "symbol", "plan_id"), *_words("bot_id", nullable=True),
    Column("at", Moment, nullable=False), Column("purpose", String(_WORD), nullable=False),
    Column("state", String(_WORD), nullable=False), _json("body"),
    Index(None, "plan_id"), Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
    Index(None, "account_id", "purpose", "at"),
)  # fmt: skip

FILLS: Final = _table(
    "fills", *_words("account_id", "symbol", "plan_id"), *_words("bot_id", nullable=True),
    Column("at", Moment, nullable=False), _json("body"),
    Index(None, "plan_id"), Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
)  # fmt: skip

TRADES: Final = _table(
    "trades", *_words("id", "account_id", "symbol", "bot_id", "opened_by", "closed_by"),
    Column("at", Moment, nullable=False), Column("net", Number, nullable=False), _json("body"),
    Index(None, "opened_by"), Index(None, "closed_by"),
    Index(None, "account_id", "at"), Index(None, "bot_id", "at"), Index(None, "at"),
)  # fmt: skip

TOLD: Final = _table(
    "told", *_words("account_id", "symbol"), Column("at", Moment, nullable=False),
    Column("urgency", String(_WORD), nullable=False), _json("text"),
    Index(None, "account_id", "at"), Index(None, "at"),
)  # fmt: skip

# ---- how an account stands

RESULTS: Final = _table(
    "results", *_words("account_id", "symbol", "bot_id"), Column("at", Moment, nullable=False),
    Column("amount", Number, nullable=False),
    Index(None, "account_id", "at"), Index(None, "account_id", "seq"),
)  # fmt: skip

# Only what is open.
SHARES: Final = Table(
    "shares", METADATA,
    *(Column(name, String(_ID), primary_key=True) for name in ("account_id", "symbol", "bot_id")),
    _json("body"), Column("instrument", Text),
)  # fmt: skip

# `high_ever` is the highest of this day and all before it, `last_high` the highest last of the days before it:
# so the newest row answers for all.
EQUITY_MARKS: Final = Table(
    "equity_marks", METADATA,
    Column("account_id", String(_ID), primary_key=True), Column("day", Date, primary_key=True),
    Column("high", Number, nullable=False), Column("last", Number, nullable=False),
    Column("high_ever", Number, nullable=False), Column("last_high", Number),
)  # fmt: skip
