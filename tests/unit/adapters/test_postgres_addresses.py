"""Any address that people write for PostgreSQL is understood, and a pooler is treated as one."""

import psycopg
import pytest

from tradecore.adapters.sql import postgres
from tradecore.adapters.sql.engine import shown

SUPABASE = "postgresql://postgres.abc:pw@aws-0-eu.pooler.supabase.com"


@pytest.mark.parametrize(
    "url",
    ["postgres://u:p%40ss@h:5433/db", "postgresql://u:p%40ss@h:5433/db", "postgresql+psycopg://u:p%40ss@h:5433/db"],
)
def test_every_form_leads_to_the_same_driver_and_place(url: str) -> None:
    found = postgres.address(url)

    assert postgres.is_postgres(url)
    assert (found.drivername, found.username, found.password) == ("postgresql+psycopg", "u", "p@ss")
    assert (found.host, found.port, found.database) == ("h", 5433, "db")


@pytest.mark.parametrize("url", ["sqlite:////srv/x.db", "mysql://h/db", "postgresqlite://x"])
def test_nothing_else_is_taken_for_it(url: str) -> None:
    assert not postgres.is_postgres(url)


def test_what_only_other_programs_understand_is_left_out_and_the_rest_stays() -> None:
    found = postgres.address(f"{SUPABASE}:6543/postgres?pgbouncer=true&connection_limit=1&sslmode=require")

    assert dict(found.query) == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "is_pooled"),
    [
        (f"{SUPABASE}:6543/postgres", True),
        (f"{SUPABASE}:5432/postgres", False),
        ("postgres://u@h:5432/db?pgbouncer=true", True),
        ("postgres://u@h/db", False),
    ],
)
def test_a_pooler_is_known_by_its_port_or_its_word(url: str, is_pooled: bool) -> None:
    told = postgres.arguments(url, patience_seconds=1.2)

    assert postgres.is_pooled(url) is is_pooled
    # Nothing may be prepared where the next transaction meets another connection, and it takes no start options.
    assert (told.get("prepare_threshold", "usual") is None) is is_pooled
    assert ("options" in told) is not is_pooled


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in shown("postgres://u:hunter2@h/db")


def a_driver_error(kind: type[psycopg.Error], sqlstate: str | None) -> psycopg.Error:
    error = kind("as the server says")
    error.sqlstate = sqlstate
    return error


@pytest.mark.parametrize(
    ("kind", "sqlstate", "words"),
    [
        (psycopg.OperationalError, None, "the connection failed"),
        (psycopg.OperationalError, "57P01", "told to end"),
        (psycopg.OperationalError, "57P03", "starting, stopping"),
        (psycopg.errors.DiskFull, "53100", "disk is full"),
        (psycopg.errors.TooManyConnections, "53300", "no room"),
        (psycopg.errors.DeadlockDetected, "40P01", "in each other's way"),
        (psycopg.errors.LockNotAvailable, "55P03", "locked"),
        (psycopg.errors.QueryCanceled, "57014", "took too long"),
        (psycopg.errors.ReadOnlySqlTransaction, "25006", "may only be read"),
    ],
)
def test_what_the_world_does_is_told_in_words(kind: type[psycopg.Error], sqlstate: str | None, words: str) -> None:
    assert words in (postgres.meaning(a_driver_error(kind, sqlstate)) or "")


@pytest.mark.parametrize(
    "error",
    [a_driver_error(psycopg.errors.UndefinedTable, "42P01"), a_driver_error(psycopg.errors.UniqueViolation, "23505"),
     ValueError("ours")],
)  # fmt: skip
def test_what_is_our_bug_stays_one(error: Exception) -> None:
    assert postgres.meaning(error) is None
