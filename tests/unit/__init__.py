"""Test one part at a time, without a world."""
