"""Serve the programming interface under /api/v1: what happened, what is set, and what a person may do."""
