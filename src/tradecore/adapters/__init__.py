"""The outside, one folder each; they never meet."""
