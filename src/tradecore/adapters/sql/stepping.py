"""Take the steps of `migrations` with Alembic, driven from code: there is no ini file."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FOLDER: Final = Path(__file__).parent / "migrations"


def take_steps(connection: Connection, *, to: str) -> None:
    """Bring the tables to the version *to*, in the transaction of *connection*."""
    command.upgrade(config_for(connection), to)


def config_for(connection: Connection) -> Config:
    """Return Alembic's settings for the steps of this program on *connection*."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
