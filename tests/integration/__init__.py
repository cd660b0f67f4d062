"""Test the parts together, and against what they stand on."""
