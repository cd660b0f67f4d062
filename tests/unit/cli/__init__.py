"""Hold tests of the cli."""
