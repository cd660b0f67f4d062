"""Hold the venues of our own to the rules of those that they stand for."""
