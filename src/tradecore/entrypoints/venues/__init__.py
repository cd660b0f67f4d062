"""Venues of our own, each in a process of its own."""
