"""Let ``python -m tradecore.entrypoints.cli`` be the command."""

from tradecore.entrypoints.cli import main

if __name__ == "__main__":
    main(prog_name="tradecore")
