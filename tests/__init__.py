"""Show what tradecore does, on every level."""
