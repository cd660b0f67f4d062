"""The roles that the outside plays, as Protocols whose docstrings are the contracts."""
