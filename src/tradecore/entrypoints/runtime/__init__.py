"""The one loop behind all doors, and what it needs to run."""
