"""Do from a terminal what people do with tradecore."""

from tradecore.entrypoints.cli.commands import main

__all__ = ["main"]
