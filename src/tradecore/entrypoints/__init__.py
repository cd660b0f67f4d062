"""The doors, and the one loop behind them."""
