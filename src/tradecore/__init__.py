"""Turn a TradingView alert into the right broker order: once, within limits, explained."""

__version__ = "0.1.0"
