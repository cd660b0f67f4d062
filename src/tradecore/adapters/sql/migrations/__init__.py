"""Bring a database's tables up to date, one step at a time."""
