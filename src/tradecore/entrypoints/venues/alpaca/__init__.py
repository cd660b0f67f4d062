"""An exchange in memory that speaks as Alpaca does: its rules, its REST API and its streams."""
