"""Hold tests of the runtime."""
