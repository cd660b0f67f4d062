"""Show how a command is used, below its help."""


def examples(*lines: str) -> str:
    """Return the end of a command's help: *lines* that can be typed as they stand."""
    # The letter tells click to leave the lines as they are.
    return "\n".join(("\b", "Example:" if len(lines) == 1 else "Examples:", *(f"  {line}" for line in lines)))
