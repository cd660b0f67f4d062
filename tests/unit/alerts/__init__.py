"""Prove how alert bodies are read."""
